//! What has become of each service of a wait or a group, while it goes on and afterwards.

use crate::error::Error;
use crate::model::{Name, State};

/// One service.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name.
    pub name: Name,
    /// What has become of it.
    pub outcome: Outcome,
    /// The last state that was seen of it.
    pub state: Option<State>,
    /// SIGKILL was needed.
    pub killed: bool,
}

impl Row {
    /// It will not get there; the error says in which state it was seen last.
    pub(super) fn fail(&mut self, error: Error) {
        let error = match &self.state {
            Some(state) if error.state().is_none() => error.in_state(state.clone()),
            _ => error,
        };
        self.outcome = Outcome::Failed(error.of_service(self.name.as_str()));
    }
}

/// What has become of one service.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Under way.
    Pending,
    /// It is where it should be.
    Done,
    /// It will not get there.
    Failed(Error),
}

/// All services of one wait or group, in the order given.
#[derive(Debug, Clone, Default)]
pub struct Report(Vec<Row>);

impl Report {
    /// All services under way.
    pub fn new(names: &[Name]) -> Self {
        let row =
            |name: &Name| Row { name: name.clone(), outcome: Outcome::Pending, state: None, killed: false };
        Self(names.iter().map(row).collect())
    }

    /// The services.
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// The services, taken out.
    pub fn into_rows(self) -> impl Iterator<Item = Row> {
        self.0.into_iter()
    }

    /// One service, to be changed.
    pub fn row_mut(&mut self, index: usize) -> Option<&mut Row> {
        self.0.get_mut(index)
    }

    /// Ends the whole: what is still under way has come to this.
    pub fn end(&mut self, error: &Error) {
        for row in self.0.iter_mut().filter(|row| matches!(row.outcome, Outcome::Pending)) {
            row.fail(error.clone());
        }
    }

    /// The failures, in the order given.
    pub fn failures(&self) -> impl Iterator<Item = (&Row, &Error)> {
        self.0.iter().filter_map(|row| match &row.outcome {
            Outcome::Failed(error) => Some((row, error)),
            _ => None,
        })
    }
}
