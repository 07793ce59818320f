//! Cases in real time on a machine that has other things to do.
//!
//! The simulated daemon keeps its times by the clock, and so do the expectations of a case. Where a thread had to wait for
//! a processor meanwhile, a failure says nothing of the library: the case is run again. It fails for good where it fails
//! without such a wait, or each time.

use std::cell::Cell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

const TRIES: usize = 20;
/// What the expectations allow for.
const ALLOWED: Duration = Duration::from_millis(2);

thread_local! {
    /// How long the daemons of this case have waited for a processor; `None` without a daemon in real time.
    static OF_DAEMONS: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// Runs a case until it says something of the library.
pub(super) fn judge(case: impl Fn()) {
    for _ in 1..TRIES {
        OF_DAEMONS.set(None);
        let before = waited();
        let Err(failure) = catch_unwind(AssertUnwindSafe(&case)) else { return };
        match OF_DAEMONS.get().map(|of_daemons| of_daemons + waited().saturating_sub(before)) {
            Some(late) if late > ALLOWED => {
                eprintln!("the machine was late: threads have waited {late:?} for a processor; once more");
            }
            _ => resume_unwind(failure),
        }
    }
    case();
}

/// How long this thread waits for a processor while it does something.
pub(super) fn measure(act: impl FnOnce()) -> Duration {
    let before = waited();
    act();
    waited().saturating_sub(before)
}

/// Adds what a daemon of this case has waited.
pub(super) fn add(waited: Duration) {
    OF_DAEMONS.set(Some(OF_DAEMONS.get().unwrap_or_default() + waited));
}

/// How long this thread has waited for a processor since it began; nothing where the kernel does not count it.
fn waited() -> Duration {
    let counts = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = counts.split(' ').nth(1).and_then(|count| count.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// How often a case is run that fails, where its daemon has waited that long for a processor.
fn tries_of_a_failure(of_daemon: Option<Duration>) -> usize {
    let tries = Cell::new(0);
    let failure = catch_unwind(AssertUnwindSafe(|| {
        judge(|| {
            tries.set(tries.get() + 1);
            if let Some(waited) = of_daemon {
                add(waited);
            }
            panic!("a failure that is part of the test");
        });
    }));
    assert!(failure.is_err());
    tries.get()
}

#[test]
fn a_failure_counts_unless_the_machine_was_late() {
    assert_eq!(tries_of_a_failure(None), 1);
    assert_eq!(tries_of_a_failure(Some(ALLOWED * 2)), TRIES);
}
