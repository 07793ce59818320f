//! The time of a wait: how long it may take, and when it looks again.

use std::time::{Duration, Instant};

use super::io::{Io, LAST_LOOK, later};
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

/// When another look is worth it.
#[derive(Default)]
pub(super) struct NextLook {
    /// Within that time.
    pub(super) within: Option<Duration>,
    /// When it is due anyway.
    pub(super) when_due: bool,
    /// The pause counts from then on, and not from now.
    pub(super) from: Option<Instant>,
    /// By then at the latest.
    pub(super) by: Option<Instant>,
}

/// The time that one wait has.
pub(super) struct Deadline<'a> {
    /// Its exchanges keep to the deadline.
    io: Io<'a>,
    timeout: Timeout,
    begin: Instant,
    at: Option<Instant>,
    is_extended: bool,
}

impl<'a> Deadline<'a> {
    /// Counted from now on.
    pub(super) fn new(io: Io<'a>, timeout: Timeout) -> Self {
        let begin = io.now();
        let at = match timeout {
            Timeout::Unlimited => None,
            Timeout::Limited(limit) => Some(later(begin, limit)),
        };
        // No time is no time to wait for the service: the daemon has as long as ever for its replies.
        Self {
            io: io.with_limit(at.filter(|_| timeout != Timeout::NONE)),
            timeout,
            begin,
            at,
            is_extended: false,
        }
    }

    /// Until then, counted from now on.
    pub(super) fn extend_to(&mut self, at: Instant) {
        self.begin = self.io.now();
        self.at = Some(at);
        self.is_extended = true;
        self.io = self.io.with_limit(self.at);
    }

    /// For exchanges that keep to the deadline.
    pub(super) fn io(&self) -> Io<'a> {
        self.io
    }

    /// Whether there is no time to wait at all.
    pub(super) fn is_zero(&self) -> bool {
        self.timeout == Timeout::NONE
    }

    /// Whether the time is up: what is seen from now on is the last look.
    pub(super) fn has_passed(&self) -> bool {
        self.at.is_some_and(|at| self.io.now() >= at)
    }

    /// Whether even the time for the last look is up, so that nothing more is asked.
    pub(super) fn is_exhausted(&self) -> bool {
        (self.is_extended || !self.is_zero())
            && self.at.is_some_and(|at| self.io.now() >= later(at, LAST_LOOK))
    }

    /// Pauses until the next look is due, after a tenth of the time waited so far, so that
    /// a short wait ends soon and a long one costs little; after longer where many wait, for all of them look at one
    /// daemon; sooner where `next` says so; and later where the daemon takes its time for an exchange, for then it
    /// is busy.
    pub(super) async fn pause(&self, next: NextLook) -> Result<()> {
        const SHORTEST: Duration = Duration::from_millis(1);
        const LONGEST: Duration = Duration::from_millis(100);
        const LONGEST_FOR_MANY: Duration = Duration::from_secs(1);
        const EACH: u32 = 5;
        const MANY: u32 = 1000;
        const EXCHANGES: u32 = 4;
        const LONGEST_FOR_THE_DAEMON: Duration = Duration::from_secs(1);
        let now = self.io.now();
        let waits = self.io.daemon().all_waits().clamp(1, MANY);
        let longest = (SHORTEST * EACH * waits).clamp(LONGEST, LONGEST_FOR_MANY);
        let due = (now.saturating_duration_since(self.begin) / 10).clamp(SHORTEST * waits, longest);
        let pause = match next.within {
            Some(within) if next.when_due => within.min(due),
            Some(within) => within,
            None => due,
        };
        let until = later(
            next.from.unwrap_or(now),
            pause.max((self.io.exchange_time() * EXCHANGES).min(LONGEST_FOR_THE_DAEMON)),
        );
        self.io.pause([self.at, next.by].into_iter().flatten().fold(until, Instant::min)).await
    }

    /// Pauses while another wait asks for a list; the one before took so long.
    pub(super) async fn pause_for_list(&self, took: Duration) -> Result<()> {
        const SHORTEST: Duration = Duration::from_millis(1);
        const LONGEST: Duration = Duration::from_millis(50);
        let until = later(self.io.now(), took.clamp(SHORTEST, LONGEST));
        self.io.pause(self.at.map_or(until, |at| until.min(at))).await
    }

    /// The time is up, and `reason` says what was seen last.
    pub(super) fn timed_out(&self, reason: String) -> ErrorKind {
        ErrorKind::Timeout { milliseconds: self.timeout.as_milliseconds(), reason }
    }

    /// A daemon that had not answered when the time was up: then it is the time that counts.
    pub(super) fn or_timed_out(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::NoReply { .. } if self.has_passed() && !self.is_zero() => {
                error.with_kind(self.timed_out("the daemon did not answer".to_owned()))
            }
            _ => error,
        }
    }
}
