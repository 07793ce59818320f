//! The desk between one operation and its driver.
//!
//! An operation is a plain `async fn`. It may do two things: ask the daemon, and pause. It lays what it needs on the
//! desk and is polled again when the driver has laid the answer beside it. So an operation knows no socket, no clock and
//! no thread, and the same code runs on the calling thread, under an event loop, and in tests on a clock that jumps.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::report::{Outcome, Report, Row};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Name;
use crate::protocol::{Command, Reply};

/// What an operation waits for.
pub enum Need {
    /// The reply to a command.
    Reply {
        /// To be sent.
        command: Command,
        /// Then the driver gives up, and answers with `NoReply`.
        deadline: Instant,
    },
    /// A point in time; answered with [`Reply::Done`].
    Time(Instant),
    /// A connection on which the daemon may send for ever; answered with [`Reply::Done`] once the command is out.
    Open {
        /// To be sent.
        command: Command,
        /// Then the driver gives up, and answers with `NoReply`.
        deadline: Instant,
    },
    /// What comes on that connection; answered with [`Reply::Part`], [`Reply::End`], or at this time [`Reply::Silence`].
    Part(Option<Instant>),
}

/// Between one operation and its driver: the time as the driver saw it, one need or one answer, and how far it has come.
pub struct Desk {
    io_timeout: Duration,
    papers: Mutex<Papers>,
}

struct Papers {
    now: Instant,
    sent: bool,
    /// The row of the report that commands are for.
    row: Option<usize>,
    limit: Option<Instant>,
    need: Option<Need>,
    answer: Option<Result<Reply>>,
    report: Report,
}

impl Desk {
    /// An empty desk; one exchange may take `io_timeout`.
    // Every call makes one; the library needs this once.
    #[inline(never)]
    pub fn new(now: Instant, io_timeout: Duration) -> Self {
        let report = Report::default();
        let papers = Papers { now, sent: false, row: None, limit: None, need: None, answer: None, report };
        Self { io_timeout, papers: Mutex::new(papers) }
    }

    /// For operations: the time when the driver answered last.
    pub fn now(&self) -> Instant {
        self.papers().now
    }

    /// For operations: sends a command and waits for the reply, for as long as one exchange may take, and not much
    /// longer than the limit.
    pub async fn ask(&self, command: Command) -> Result<Reply> {
        // So that a last look at the limit itself has a chance to be answered.
        const LAST_LOOK: Duration = Duration::from_secs(1);
        let (now, limit) = {
            let papers = self.papers();
            (papers.now, papers.limit)
        };
        let deadline = later(now, self.io_timeout);
        let limit = limit.map_or(deadline, |limit| later(limit.max(now), LAST_LOOK));
        self.need(Need::Reply { command, deadline: deadline.min(limit) }).await
    }

    /// For operations: sends a command after which the daemon may send for ever.
    pub async fn open(&self, command: Command) -> Result<()> {
        let deadline = later(self.now(), self.io_timeout);
        self.need(Need::Open { command, deadline }).await.map(|_| ())
    }

    /// For operations: what comes next on the connection that was opened; `None`: however long it takes.
    pub async fn listen(&self, until: Option<Instant>) -> Result<Reply> {
        self.need(Need::Part(until)).await
    }

    /// For operations: from now on all should be over by then; `None`: no limit.
    pub(super) fn set_limit(&self, limit: Option<Instant>) {
        self.papers().limit = limit;
    }

    /// For operations: begins the report.
    pub(super) fn open_report(&self, names: &[Name]) {
        self.papers().report = Report::new(names);
    }

    /// For operations: from now on commands are for this service.
    pub(super) fn turn_to(&self, index: usize) {
        self.papers().row = Some(index);
    }

    /// For operations: notes what has become of a service.
    pub(super) fn note(&self, index: usize, change: impl FnOnce(&mut Row)) {
        if let Some(row) = self.papers().report.row_mut(index) {
            change(row);
        }
    }

    /// For operations: whether a service will not get there.
    pub(super) fn has_failed(&self, index: usize) -> bool {
        let papers = self.papers();
        papers.report.rows().get(index).is_some_and(|row| matches!(row.outcome, Outcome::Failed(_)))
    }

    /// For operations: ends the report of what was tried; `ended` is what has ended the whole before its time.
    pub(super) fn close_report(&self, verb: &str, ended: Option<&Error>) {
        self.papers().report.close(verb, ended);
    }

    /// For operations: waits until a point in time.
    pub async fn pause(&self, until: Instant) -> Result<()> {
        self.need(Need::Time(until)).await.map(|_| ())
    }

    /// For drivers: what the operation waits for; `None` where that has been taken already.
    pub fn take(&self) -> Option<Need> {
        self.papers().need.take()
    }

    /// For drivers: what came of it, and the time now.
    pub fn answer(&self, now: Instant, answer: Result<Reply>) {
        let mut papers = self.papers();
        papers.now = now;
        papers.answer = Some(answer);
    }

    /// For drivers: a command has gone out.
    pub fn note_sent(&self) {
        let mut papers = self.papers();
        papers.sent = true;
        let row = papers.row;
        if let Some(row) = row.and_then(|row| papers.report.row_mut(row)) {
            row.is_sent = true;
        }
    }

    /// How far a wait or a group has come.
    pub fn report(&self) -> Report {
        self.papers().report.clone()
    }

    /// As [`Desk::report`], once it is over: leaves none.
    pub fn take_report(&self) -> Report {
        std::mem::take(&mut self.papers().report)
    }

    /// Whether a command has gone out: from then on the daemon may have acted.
    pub fn sent(&self) -> bool {
        self.papers().sent
    }

    fn need(&self, need: Need) -> Needing<'_> {
        Needing { desk: self, need: Some(need) }
    }

    #[inline(never)]
    fn papers(&self) -> MutexGuard<'_, Papers> {
        // A panic between two assignments leaves nothing half done here.
        self.papers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lays a need on the desk, and waits for the answer.
struct Needing<'a> {
    desk: &'a Desk,
    need: Option<Need>,
}

impl Future for Needing<'_> {
    type Output = Result<Reply>;

    // Every operation has this in many places; the library needs it once.
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let mut papers = self.desk.papers();
        if let Some(need) = self.need.take() {
            papers.need = Some(need);
            papers.answer = None;
            return Poll::Pending;
        }
        papers.answer.take().map_or(Poll::Pending, Poll::Ready)
    }
}

/// A point in time that far ahead; where no clock reaches that far, one a century ahead.
pub fn later(now: Instant, by: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    now.checked_add(by.min(CENTURY)).unwrap_or(now)
}

/// The reply was of another kind than the command asks for: a defect of the protocol layer.
pub(super) fn wrong_kind() -> ErrorKind {
    ErrorKind::Internal { reason: "a reply of another kind than was asked for".to_owned() }
}
