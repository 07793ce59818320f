//! What has become of each service of a wait or a group, while it goes on and afterwards.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::model::{Name, State};

/// How far an operation has come.
#[derive(Debug, Default)]
pub struct Progress {
    is_sent: AtomicBool,
    report: Mutex<Report>,
}

impl Progress {
    /// For operations: begins the report.
    pub(super) fn begin(&self, names: &[Name]) {
        *self.rows() = Report::new(names);
    }

    /// For operations: notes what has become of a service.
    pub(super) fn note(&self, index: usize, change: impl FnOnce(&mut Row)) {
        if let Some(row) = self.rows().0.get_mut(index) {
            change(row);
        }
    }

    /// For operations: whether a service has failed.
    pub(super) fn has_failed(&self, index: usize) -> bool {
        self.rows().0.get(index).is_some_and(|row| matches!(row.outcome, Outcome::Failed(_)))
    }

    /// For operations: the last state that was seen of a service.
    pub(super) fn state(&self, index: usize) -> Option<State> {
        self.rows().0.get(index).and_then(|row| row.state.clone())
    }

    /// For operations: ends the report of what was tried, and reads it. `fatal` is the error that ended the
    /// whole before its time.
    pub(super) fn end<T>(&self, verb: &str, fatal: Option<&Error>, read: impl FnOnce(&Report) -> T) -> T {
        let mut report = self.rows();
        report.end(verb, fatal);
        read(&report)
    }

    /// For drivers: a command has gone out, for this row.
    pub fn note_sent(&self, row: Option<usize>) {
        self.is_sent.store(true, Ordering::Relaxed);
        if let Some(row) = row {
            self.note(row, |row| row.is_sent = true);
        }
    }

    /// Whether a command has gone out: from then on the daemon may have acted.
    pub fn is_sent(&self) -> bool {
        self.is_sent.load(Ordering::Relaxed)
    }

    /// The report so far.
    pub fn report(&self) -> Report {
        self.rows().clone()
    }

    /// As [`Progress::report`], once all is over: leaves an empty one.
    pub fn take_report(&self) -> Report {
        std::mem::take(&mut self.rows())
    }

    #[inline(never)]
    fn rows(&self) -> MutexGuard<'_, Report> {
        // A panic between two assignments leaves nothing half done here.
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
    is_sent: bool,
}

impl Row {
    /// It has failed; the error says in which state it was seen last.
    pub(super) fn fail(&mut self, error: Error) {
        let error = match &self.state {
            Some(state) if error.state().is_none() => error.with_state(state.clone()),
            _ => error,
        };
        self.outcome = Outcome::Failed(error.with_service(self.name.as_str()));
    }

    /// All is over: what is still under way has come to what ended the whole, and a failure says what was
    /// tried.
    fn end(&mut self, verb: &str, fatal: Option<&Error>) {
        let name = self.name.as_str();
        let error = match (&self.outcome, fatal) {
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
    fn new(names: &[Name]) -> Self {
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

    /// The failures, in the order given.
    pub fn failures(&self) -> impl Iterator<Item = (&Row, &Error)> {
        self.0.iter().filter_map(|row| match &row.outcome {
            Outcome::Failed(error) => Some((row, error)),
            _ => None,
        })
    }

    fn end(&mut self, verb: &str, fatal: Option<&Error>) {
        // What is given again has come to the same. Sorted by name.
        let mut unique: Vec<Row> = Vec::with_capacity(self.0.len());
        for row in &mut self.0 {
            match unique.binary_search_by(|first| first.name.as_str().cmp(row.name.as_str())) {
                Ok(at) => unique.get(at).into_iter().for_each(|first| row.clone_from(first)),
                Err(at) => {
                    row.end(verb, fatal);
                    unique.insert(at, row.clone());
                }
            }
        }
    }
}

/// Each service once, with its first row.
pub(super) fn unique(names: &[Name]) -> impl Iterator<Item = (usize, &Name)> {
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
