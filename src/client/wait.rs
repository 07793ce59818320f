//! The time of a wait: how long it may take, and when it looks again.

use std::time::{Duration, Instant};

use super::Desk;
use super::desk::later;
use crate::error::{Error, ErrorKind, Result};

/// How long a wait may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// As long as it takes.
    Unlimited,
    /// This long.
    Limited(Duration),
}

impl Timeout {
    /// No wait at all.
    pub const NONE: Self = Self::Limited(Duration::ZERO);

    /// From milliseconds: -1 is no limit. `None` below that.
    pub fn from_milliseconds(milliseconds: i64) -> Option<Self> {
        match milliseconds {
            -1 => Some(Self::Unlimited),
            _ => u64::try_from(milliseconds).ok().map(|limit| Self::Limited(Duration::from_millis(limit))),
        }
    }

    fn as_milliseconds(self) -> i64 {
        match self {
            Self::Unlimited => -1,
            Self::Limited(limit) => i64::try_from(limit.as_millis()).unwrap_or(i64::MAX),
        }
    }
}

/// One wait. While it lives, every exchange on the desk keeps to its limit.
pub(super) struct Wait<'a> {
    desk: &'a Desk,
    timeout: Timeout,
    begin: Instant,
    deadline: Option<Instant>,
}

impl<'a> Wait<'a> {
    /// Begins now.
    pub(super) fn new(desk: &'a Desk, timeout: Timeout) -> Self {
        let begin = desk.now();
        let deadline = match timeout {
            Timeout::Unlimited => None,
            Timeout::Limited(limit) => Some(later(begin, limit)),
        };
        // No time is no time to wait for the service: the daemon has as long as ever for its replies.
        desk.set_limit(deadline.filter(|_| timeout != Timeout::NONE));
        Self { desk, timeout, begin, deadline }
    }

    /// Goes on that much longer from now.
    pub(super) fn extend(&mut self, by: Duration) {
        self.begin = self.desk.now();
        self.deadline = Some(later(self.begin, by));
        self.desk.set_limit(self.deadline);
    }

    pub(super) fn desk(&self) -> &'a Desk {
        self.desk
    }

    /// Whether there is no time to wait at all.
    pub(super) fn is_none(&self) -> bool {
        self.timeout == Timeout::NONE
    }

    /// Whether the time is up: what is seen from now on is the last look.
    pub(super) fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| self.desk.now() >= deadline)
    }

    /// Pauses until the next look is due: after a tenth of the time waited so far, so that a short wait ends soon and a
    /// long one costs little; sooner where `soon` says so; and later where a look keeps the daemon busy, for a thousand
    /// waits look at the same daemon.
    pub(super) async fn pause(&self, look_took: Duration, soon: Option<Duration>) -> Result<()> {
        const SHORTEST: Duration = Duration::from_millis(1);
        const LONGEST: Duration = Duration::from_millis(100);
        const LOOKS: u32 = 4;
        let now = self.desk.now();
        let due = (now.saturating_duration_since(self.begin) / 10).clamp(SHORTEST, LONGEST);
        let pause = soon.unwrap_or(due).max(look_took * LOOKS);
        let until = later(now, pause);
        self.desk.pause(self.deadline.map_or(until, |deadline| until.min(deadline))).await
    }

    /// The time is up, and `reason` says what was seen last.
    pub(super) fn timed_out(&self, reason: String) -> ErrorKind {
        ErrorKind::Timeout { milliseconds: self.timeout.as_milliseconds(), reason }
    }

    /// A daemon that had not answered when the time was up: then it is the time that counts.
    pub(super) fn in_time(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::NoReply { .. } if self.is_over() && !self.is_none() => {
                error.with_kind(self.timed_out("the daemon did not answer".to_owned()))
            }
            _ => error,
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.desk.set_limit(None);
    }
}
