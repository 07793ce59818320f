//! What a client knows of its daemon, and what its waits share.

use std::sync::atomic::{AtomicU32, Ordering};

use super::shared_list::SharedList;
use crate::model::Protocol;
use crate::protocol::KnownProtocol;

/// What a client knows of its daemon; shared by all that is done for one client.
#[derive(Debug)]
pub struct KnownDaemon {
    pub(super) protocol: KnownProtocol,
    pub(super) list: SharedList,
    /// Of this client.
    waits: WaitCount,
    /// Of all clients.
    all_waits: &'static WaitCount,
}

impl KnownDaemon {
    /// Nothing, but for the protocol that the caller has named.
    pub fn new(protocol: Option<Protocol>, all_waits: &'static WaitCount) -> Self {
        let protocol = KnownProtocol::new(protocol);
        Self { protocol, list: SharedList::default(), waits: WaitCount::default(), all_waits }
    }

    /// The same for another client.
    #[must_use]
    pub fn for_client(&self) -> Self {
        Self::new(self.protocol.named(), self.all_waits)
    }

    /// What the daemon speaks.
    pub fn protocol(&self) -> &KnownProtocol {
        &self.protocol
    }

    /// A wait begins; it is over when the result is dropped.
    pub(super) fn begin_wait(&self) -> UnderWay<'_> {
        self.waits.0.fetch_add(1, Ordering::Relaxed);
        self.all_waits.0.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    /// How many waits of this client are under way.
    pub(super) fn waits(&self) -> u32 {
        self.waits.0.load(Ordering::Relaxed)
    }

    /// How many waits of all clients are under way.
    pub(super) fn all_waits(&self) -> u32 {
        self.all_waits.0.load(Ordering::Relaxed)
    }
}

/// How many waits are under way. In a process that was forked, those of its parent count for ever.
#[derive(Debug, Default)]
pub struct WaitCount(AtomicU32);

impl WaitCount {
    /// Those of this process: in most, all clients have the same daemon.
    pub fn of_process() -> &'static Self {
        static WAITS: WaitCount = WaitCount(AtomicU32::new(0));
        &WAITS
    }
}

/// A wait.
pub(super) struct UnderWay<'a>(&'a KnownDaemon);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let KnownDaemon { waits, all_waits, list, .. } = self.0;
        all_waits.0.fetch_sub(1, Ordering::Relaxed);
        if waits.0.fetch_sub(1, Ordering::Relaxed) == 1 {
            list.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{KnownDaemon, WaitCount};
    use crate::client::shared_list::{Listed, Seen, Source};
    use crate::model::ServiceList;

    #[test]
    fn the_waits_of_a_process_are_counted_together() {
        assert!(std::ptr::eq(WaitCount::of_process(), WaitCount::of_process()));
    }

    #[test]
    fn the_list_is_kept_as_long_as_a_wait_is_under_way() {
        let known = KnownDaemon::new(None, Box::leak(Box::default()));
        let (begin, later) = (Instant::now(), Instant::now() + Duration::from_secs(1));
        let (one, other) = (known.begin_wait(), known.begin_wait());
        let Source::Ask(asking) = known.list.newer_than(begin, begin) else { panic!("it is not there") };
        let seen = Seen { asked: later, answered: later };
        asking.share(Listed { list: ServiceList::default(), seen });
        drop(one);
        assert_eq!((known.waits(), known.all_waits()), (1, 1));
        assert!(matches!(known.list.newer_than(begin, later), Source::Shared(_)));
        drop(other);
        assert_eq!((known.waits(), known.all_waits()), (0, 0));
        assert!(matches!(known.list.newer_than(begin, later), Source::Ask(_)));
    }
}
