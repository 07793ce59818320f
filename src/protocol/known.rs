//! What a client knows of its daemon.

use std::sync::atomic::{AtomicU8, Ordering};

use super::Protocol;

/// Which protocol the daemon speaks: named by the caller, or learned from its replies.
#[derive(Debug)]
pub struct KnownProtocol {
    /// Named by the caller.
    named: Option<Protocol>,
    /// Learned last: 0 nothing, or the number of a protocol. Each value alone is true of some moment, so that no order
    /// is needed.
    learned: AtomicU8,
}

impl KnownProtocol {
    /// What the caller has named; `None`: it is to be learned.
    pub fn new(named: Option<Protocol>) -> Self {
        Self { named, learned: AtomicU8::new(0) }
    }

    /// What the caller has named.
    pub fn named(&self) -> Option<Protocol> {
        self.named
    }

    /// What the daemon speaks, as far as is known.
    // This and `learn` have names in the machine code, too, for helgrind, which takes an atomic for a race.
    #[inline(never)]
    pub fn get(&self) -> Option<Protocol> {
        self.named.or_else(|| match self.learned.load(Ordering::Relaxed) {
            1 => Some(Protocol::Line),
            2 => Some(Protocol::JsonRpc),
            3 => Some(Protocol::Zinit03),
            _ => None,
        })
    }

    /// The daemon has not understood it. Another call may have learned meanwhile what it understands: that stays.
    pub fn unlearn(&self, protocol: Protocol) {
        let learned = number(protocol);
        let _ = self.learned.compare_exchange(learned, 0, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The daemon has answered in it.
    #[inline(never)]
    pub fn learn(&self, protocol: Protocol) {
        let learned = number(protocol);
        // Most calls learn nothing new, and a line of cache that nobody writes is shared.
        if self.learned.load(Ordering::Relaxed) != learned {
            self.learned.store(learned, Ordering::Relaxed);
        }
    }
}

fn number(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Line => 1,
        Protocol::JsonRpc => 2,
        Protocol::Zinit03 => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::KnownProtocol;
    use crate::protocol::Protocol::{JsonRpc, Line, Zinit03};

    #[test]
    fn what_the_caller_has_named_is_not_learned_anew() {
        let known = KnownProtocol::new(Some(Line));
        known.learn(JsonRpc);
        assert_eq!((known.named(), known.get()), (Some(Line), Some(Line)));
    }

    #[test]
    fn what_the_daemon_has_not_understood_is_forgotten_and_nothing_else() {
        for protocol in [Line, JsonRpc, Zinit03] {
            let known = KnownProtocol::new(None);
            known.learn(protocol);
            for other in [Line, JsonRpc, Zinit03] {
                if other != protocol {
                    known.unlearn(other);
                }
            }
            assert_eq!((known.named(), known.get()), (None, Some(protocol)));
            known.unlearn(protocol);
            assert_eq!(known.get(), None);
        }
    }
}
