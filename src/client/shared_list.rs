//! A list that one wait has asked for, and the other waits of the same client use, too.

use std::hint::spin_loop;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use crate::model::ServiceList;

/// When a reply was so: at some time between these two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// The reply tells of no time before this.
    pub(super) asked: Instant,
    /// The reply may have lain unread for long: by now it may not be so any more.
    pub(super) answered: Instant,
}

impl Seen {
    /// For how long it was so for certain, where it was so at `since`.
    pub(super) fn lasted_from(self, since: Instant) -> Duration {
        self.asked.saturating_duration_since(since)
    }

    /// How long the daemon took.
    pub(super) fn took(self) -> Duration {
        self.answered.saturating_duration_since(self.asked)
    }
}

/// A list, and when it was so.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) list: ServiceList,
    pub(super) seen: Seen,
}

/// The last list that a wait of a client has asked for.
#[derive(Debug, Default)]
pub(super) struct SharedList(Mutex<Shared>);

#[derive(Debug, Default)]
struct Shared {
    latest: Option<Arc<Listed>>,
    /// A wait has asked for the next one then.
    asked: Option<Instant>,
}

/// Where a wait has its list from.
pub(super) enum Source<'a> {
    /// Another wait has asked for it.
    Shared(Arc<Listed>),
    /// Another wait has asked for it, and has no answer yet. The list before took so long.
    UnderWay(Duration),
    /// It is to ask for it.
    Ask(Asking<'a>),
}

impl SharedList {
    /// A list that tells of a time later than `seen`.
    pub(super) fn newer_than(&self, seen: Instant, now: Instant) -> Source<'_> {
        // Whoever asked is cancelled, or in another process since a fork, or the daemon hangs.
        const LOST: Duration = Duration::from_secs(1);
        let Some(mut shared) = self.lock() else { return Source::Ask(Asking(self)) };
        if let Some(latest) = shared.latest.as_ref().filter(|latest| latest.seen.asked > seen) {
            return Source::Shared(Arc::clone(latest));
        }
        if shared.asked.is_some_and(|asked| now.saturating_duration_since(asked) < LOST) {
            return Source::UnderWay(shared.latest.as_ref().map_or(Duration::ZERO, |it| it.seen.took()));
        }
        shared.asked = Some(now);
        Source::Ask(Asking(self))
    }

    /// Nobody needs it any more.
    pub(super) fn clear(&self) {
        if let Some(mut shared) = self.lock() {
            shared.latest = None;
        }
    }

    /// Without waiting for it: a process that was forked while another thread held it would wait for ever.
    fn lock(&self) -> Option<MutexGuard<'_, Shared>> {
        // It is held for less than a microsecond.
        const TRIES: usize = 1000;
        for _ in 0..TRIES {
            match self.0.try_lock() {
                Ok(shared) => return Some(shared),
                // A panic between two assignments leaves nothing half done here.
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => spin_loop(),
            }
        }
        None
    }
}

/// Held by the wait that asks for the list, until it has the answer or gives up.
pub(super) struct Asking<'a>(&'a SharedList);

impl Asking<'_> {
    /// Gives the list to all.
    pub(super) fn share(self, listed: Listed) -> Arc<Listed> {
        let listed = Arc::new(listed);
        if let Some(mut shared) = self.0.lock() {
            shared.latest = Some(Arc::clone(&listed));
        }
        listed
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if let Some(mut shared) = self.0.lock() {
            shared.asked = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Listed, Seen, SharedList, Source};
    use crate::model::ServiceList;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_list_is_asked_for_once_and_given_to_all_that_have_seen_less() {
        let (shared, begin) = (SharedList::default(), Instant::now());
        let Source::Ask(asking) = shared.newer_than(begin, begin + seconds(1)) else {
            panic!("it is not there")
        };
        assert!(matches!(shared.newer_than(begin, begin + seconds(1)), Source::UnderWay(Duration::ZERO)));
        let seen = Seen { asked: begin + seconds(1), answered: begin + seconds(2) };
        asking.share(Listed { list: ServiceList::default(), seen });
        assert!(matches!(shared.newer_than(begin, begin + seconds(9)), Source::Shared(_)));
        let asking = shared.newer_than(begin + seconds(1), begin + seconds(9));
        assert!(matches!(asking, Source::Ask(_)));
        let under_way = shared.newer_than(begin + seconds(1), begin + seconds(9));
        assert!(matches!(under_way, Source::UnderWay(took) if took == seconds(1)));
    }

    #[test]
    fn a_list_that_nobody_needs_any_more_is_not_given() {
        let (shared, begin) = (SharedList::default(), Instant::now());
        let Source::Ask(asking) = shared.newer_than(begin, begin) else { panic!("it is not there") };
        let seen = Seen { asked: begin + seconds(1), answered: begin + seconds(1) };
        asking.share(Listed { list: ServiceList::default(), seen });
        shared.clear();
        assert!(matches!(shared.newer_than(begin, begin + seconds(2)), Source::Ask(_)));
    }

    #[test]
    fn a_list_that_does_not_come_is_asked_for_again_after_a_second() {
        let (shared, begin) = (SharedList::default(), Instant::now());
        let asking = shared.newer_than(begin, begin);
        assert!(matches!(asking, Source::Ask(_)));
        let almost = begin + Duration::from_millis(999);
        assert!(matches!(shared.newer_than(begin, almost), Source::UnderWay(_)));
        assert!(matches!(shared.newer_than(begin, begin + seconds(1)), Source::Ask(_)));
    }

    #[test]
    fn a_list_that_another_holds_for_ever_keeps_nobody_waiting() {
        // As in a process that was forked while another thread held it.
        let (shared, begin) = (SharedList::default(), Instant::now());
        let _held = shared.lock().unwrap();
        assert!(matches!(shared.newer_than(begin, begin), Source::Ask(_)));
        shared.clear();
    }
}
