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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Deadline, LAST_LOOK, NextLook, Timeout, later};
    use crate::client::Io;
    use crate::driver::scripted::run;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Runs what asks the daemon nothing.
    fn without_daemon<T>(operation: impl AsyncFnOnce(Io<'_>) -> crate::error::Result<T>) -> T {
        run(|_, line| -> String { panic!("{line}") }, operation).result.unwrap()
    }

    #[test]
    fn nothing_is_asked_behind_the_last_look_unless_there_was_no_time_at_all() {
        without_daemon(async |io| {
            let limited = Deadline::new(io, Timeout::Limited(ms(100)));
            let unlimited = Deadline::new(io, Timeout::Unlimited);
            let none = Deadline::new(io, Timeout::NONE);
            let mut extended = Deadline::new(io, Timeout::NONE);
            extended.extend_to(later(io.now(), ms(100)));
            let told =
                || [&limited, &unlimited, &none, &extended].map(|it| (it.has_passed(), it.is_exhausted()));
            let begin = io.now();
            assert_eq!(told(), [(false, false), (false, false), (true, false), (false, false)]);
            io.pause(later(begin, ms(100))).await?;
            assert_eq!(told(), [(true, false), (false, false), (true, false), (true, false)]);
            io.pause(later(begin, ms(100) + LAST_LOOK)).await?;
            assert_eq!(told(), [(true, true), (false, false), (true, false), (true, true)]);
            // These were pauses, and none of them an exchange.
            assert_eq!(io.exchange_time(), Duration::ZERO);
            Ok(())
        });
    }

    /// How long it pauses after so long a wait, beside so many others.
    fn pause(waited: Duration, waits: usize, next: NextLook) -> Duration {
        without_daemon(async |io| {
            let _others: Vec<_> = (0..waits).map(|_| io.daemon().begin_wait()).collect();
            let deadline = Deadline::new(io, Timeout::Unlimited);
            io.pause(later(io.now(), waited)).await?;
            let begin = io.now();
            deadline.pause(next).await?;
            Ok(io.now() - begin)
        })
    }

    #[test]
    fn the_pause_is_a_tenth_of_the_time_within_bounds_that_grow_with_the_waits() {
        for (waited, waits, expected) in [
            (ms(0), 1, ms(1)),
            (ms(500), 1, ms(50)),
            (ms(20_000), 1, ms(100)),
            (ms(0), 30, ms(30)),
            (ms(20_000), 20, ms(100)),
            (ms(20_000), 100, ms(500)),
            (ms(20_000), 1000, ms(1000)),
            (ms(20_000), 3000, ms(1000)),
        ] {
            assert_eq!(pause(waited, waits, NextLook::default()), expected, "{waited:?} {waits}");
        }
    }

    #[test]
    fn a_look_that_is_worth_it_sooner_comes_sooner() {
        let within = |within, when_due| NextLook { within: Some(within), when_due, ..NextLook::default() };
        assert_eq!(pause(ms(500), 1, within(ms(20), true)), ms(20));
        assert_eq!(pause(ms(500), 1, within(ms(200), true)), ms(50));
        assert_eq!(pause(ms(500), 1, within(ms(200), false)), ms(200));
    }
}
