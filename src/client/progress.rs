//! What has become of each service of a wait or a group, while it goes on and afterwards.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::model::{Name, State, Status, Target, Text};

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

    /// For operations: a service has come to this step.
    pub(super) fn enter(&self, index: usize, step: Step) {
        self.note(index, |row| row.step = step);
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
        let mut report = self.rows().clone();
        report.repeat();
        report
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

/// What is being done with a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet.
    None,
    /// It was told to stop, and has not ended.
    Stopping,
    /// SIGKILL is sent to it, and it has not ended.
    Killing,
    /// It is stopped, and nothing more has been done.
    Stopped,
    /// The daemon is told to forget it.
    Forgetting,
    /// Its definition is put in its place.
    Writing,
    /// Its definition is removed.
    Removing,
    /// The daemon is told to start or to monitor it, and it is not up yet.
    Starting,
    /// It is where it should be.
    Done,
}

static STEPS: [(Step, Text); 9] = [
    (Step::None, Text::literal("None\0")),
    (Step::Stopping, Text::literal("Stopping\0")),
    (Step::Killing, Text::literal("Killing\0")),
    (Step::Stopped, Text::literal("Stopped\0")),
    (Step::Forgetting, Text::literal("Forgetting\0")),
    (Step::Writing, Text::literal("Writing\0")),
    (Step::Removing, Text::literal("Removing\0")),
    (Step::Starting, Text::literal("Starting\0")),
    (Step::Done, Text::literal("Done\0")),
];

impl Step {
    /// Every step, with its word.
    pub fn all() -> impl Iterator<Item = (Self, &'static Text)> {
        STEPS.iter().map(|(step, word)| (*step, word))
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
    /// Its process, where the last reply about it named one; 0 otherwise.
    pub pid: i32,
    /// What the daemon works towards, as far as is known.
    pub target: Target,
    /// SIGKILL was needed.
    pub killed: bool,
    /// What is being done with it, or was when it failed.
    step: Step,
    /// A command for it has gone out.
    is_sent: bool,
    /// The row where the same service was given first.
    first: Option<usize>,
}

impl Row {
    fn new(name: &Name) -> Self {
        Self {
            name: name.clone(),
            outcome: Outcome::Pending,
            state: None,
            pid: 0,
            target: Target::Unknown,
            killed: false,
            step: Step::None,
            is_sent: false,
            first: None,
        }
    }

    /// What is being done with it, or was when it failed.
    pub fn step(&self) -> Step {
        if matches!(self.outcome, Outcome::Done) { Step::Done } else { self.step }
    }

    /// It is told to stop. One that was killed before goes on being killed.
    pub(super) fn begin_stop(&mut self) {
        self.step = if self.killed { Step::Killing } else { Step::Stopping };
    }

    /// Its status was seen.
    pub(super) fn see(&mut self, status: &Status) {
        self.state = Some(status.state.clone());
        self.pid = status.pid;
        self.target = status.target;
    }

    /// Its state was seen in a list, which tells neither process nor target. Its process may be another one by now, and
    /// a state can stay when the process has ended.
    pub(super) fn see_listed(&mut self, state: &State) {
        self.state = Some(state.clone());
        self.pid = 0;
    }

    /// The daemon does not know it any more.
    pub(super) fn see_unknown(&mut self) {
        self.pid = 0;
        self.target = Target::Unknown;
    }

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
        let row = |(name, first)| Row { first, ..Row::new(name) };
        Self(names.iter().zip(firsts(names)).map(row).collect())
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
        self.0.iter_mut().for_each(|row| row.end(verb, fatal));
        self.repeat();
    }

    /// What is given again has come to the same.
    fn repeat(&mut self) {
        for index in 0..self.0.len() {
            let first = self.0.get(index).and_then(|row| row.first);
            let Some(of_first) = first.and_then(|first| self.0.get(first)).cloned() else { continue };
            self.0.get_mut(index).into_iter().for_each(|row| *row = Row { first, ..of_first.clone() });
        }
    }
}

/// Each service once, with its first row.
pub(super) fn unique(names: &[Name]) -> impl Iterator<Item = (usize, &Name)> {
    let rows = names.iter().enumerate().zip(firsts(names));
    rows.filter_map(|(row, first)| first.is_none().then_some(row))
}

/// For each name the row where it was given first, if it was given before.
fn firsts(names: &[Name]) -> Vec<Option<usize>> {
    // Sorted by name.
    let mut seen: Vec<(&str, usize)> = Vec::with_capacity(names.len());
    let mut firsts = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let place = seen.binary_search_by(|(known, _)| (*known).cmp(name.as_str()));
        firsts.push(place.ok().and_then(|at| seen.get(at)).map(|(_, first)| *first));
        if let Err(at) = place {
            seen.insert(at, (name.as_str(), index));
        }
    }
    firsts
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Progress, Row};
    use crate::error::{Error, ErrorKind};
    use crate::model::{Name, State};

    fn state(text: &str) -> State {
        State::parse(text).unwrap()
    }

    fn begun(names: &[&str]) -> Progress {
        let progress = Progress::default();
        progress.begin(&names.iter().map(|name| Name::new(name).unwrap()).collect::<Vec<_>>());
        progress
    }

    fn error(row: &Row) -> &Error {
        match &row.outcome {
            Outcome::Failed(error) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_failure_has_its_own_state_or_the_one_that_was_seen_last() {
        let progress = begun(&["web"]);
        for (own, told) in [(Some("Blocked"), "Blocked"), (None, "Running")] {
            progress.note(0, |row| {
                row.see_listed(&state("Running"));
                let error = Error::from(ErrorKind::Cancelled);
                row.fail(match own {
                    Some(own) => error.with_state(state(own)),
                    None => error,
                });
            });
            assert_eq!(error(&progress.report().rows()[0]).state(), Some(&state(told)));
        }
    }

    #[test]
    fn what_ends_the_whole_tells_each_service_of_itself() {
        let progress = begun(&["db", "web"]);
        let fatal = Error::from(ErrorKind::Cancelled).service_context("get the status of", "db");
        progress.end("start", Some(&fatal), |report| {
            for row in report.rows() {
                assert_eq!(error(row).service(), Some(row.name.as_str()));
            }
            let message = error(&report.rows()[1]).to_string();
            assert!(message.starts_with("cannot start \"web\"") && !message.contains("db"), "{message}");
        });
    }

    #[test]
    fn a_service_that_was_given_twice_has_the_same_in_both_rows_whenever_it_is_asked() {
        let progress = begun(&["web", "db", "web"]);
        for text in ["Blocked", "Running"] {
            progress.note(0, |row| row.see_listed(&state(text)));
            let report = progress.report();
            assert_eq!(report.rows()[2].state, Some(state(text)));
            progress.end("start", None, |report| assert_eq!(report.rows()[2].state, Some(state(text))));
        }
        assert_eq!(progress.take_report().rows().len(), 3);
        assert!(progress.report().rows().is_empty());
    }
}
