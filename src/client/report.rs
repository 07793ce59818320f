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
    /// A command for it has gone out.
    pub(super) is_sent: bool,
}

impl Row {
    /// It will not get there; the error says in which state it was seen last.
    pub(super) fn fail(&mut self, error: Error) {
        let error = match &self.state {
            Some(state) if error.state().is_none() => error.with_state(state.clone()),
            _ => error,
        };
        self.outcome = Outcome::Failed(error.with_service(self.name.as_str()));
    }

    /// All is over: what is still under way has come to what ended the whole, and a failure says what was tried.
    fn close(&mut self, verb: &str, ended: Option<&Error>) {
        let name = self.name.as_str();
        let error = match (&self.outcome, ended) {
            (Outcome::Failed(error), _) => error.clone(),
            (Outcome::Pending, Some(error)) if error.service().is_none_or(|service| service == name) => {
                error.clone()
            }
            // It struck while another service was asked for.
            (Outcome::Pending, Some(error)) => Error::from(error.kind().clone()),
            _ => return,
        };
        let error = error.service_context(verb, name).with_request_sent(self.is_sent);
        self.fail(error);
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
        let row = |name: &Name| Row {
            name: name.clone(),
            outcome: Outcome::Pending,
            state: None,
            killed: false,
            is_sent: false,
        };
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

    /// All is over; `ended` is what has ended the whole before its time.
    pub(super) fn close(&mut self, verb: &str, ended: Option<&Error>) {
        // What is given again has come to the same. Sorted by name.
        let mut firsts: Vec<Row> = Vec::with_capacity(self.0.len());
        for row in &mut self.0 {
            match firsts.binary_search_by(|first| first.name.as_str().cmp(row.name.as_str())) {
                Ok(at) => firsts.get(at).into_iter().for_each(|first| row.clone_from(first)),
                Err(at) => {
                    row.close(verb, ended);
                    firsts.insert(at, row.clone());
                }
            }
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

/// Each service once, with its first row.
pub(super) fn firsts(names: &[Name]) -> impl Iterator<Item = (usize, &Name)> {
    // Sorted.
    let mut seen = Vec::with_capacity(names.len());
    names.iter().enumerate().filter(move |(_, name)| {
        let place = seen.binary_search(&name.as_str());
        if let Err(at) = place {
            seen.insert(at, name.as_str());
        }
        place.is_err()
    })
}
