//! The signals that zinit knows, by name.

use crate::error::{ErrorKind, Result};
use crate::model::Text;

/// A signal by the name that the daemon knows it by (zinit 0.2.14: those of nix 0.22).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal(&'static (i32, Text));

macro_rules! table {
    ($($(#[$only:meta])? $name:ident)*) => {
        &[$($(#[$only])? (libc::$name, Text::literal(concat!(stringify!($name), "\0")))),*]
    };
}

static SIGNALS: &[(i32, Text)] = table! {
    SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM
    SIGTERM SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO
    SIGPWR SIGSYS
    // Neither Linux nor the daemon has it on these.
    #[cfg(not(any(
        target_arch = "mips", target_arch = "mips32r6", target_arch = "mips64", target_arch = "mips64r6",
        target_arch = "sparc", target_arch = "sparc64",
    )))]
    SIGSTKFLT
};

/// Names of the C library for the same numbers, which the daemon refuses.
const ALIASES: [(&str, &str); 4] =
    [("SIGCLD", "SIGCHLD"), ("SIGIOT", "SIGABRT"), ("SIGPOLL", "SIGIO"), ("SIGUNUSED", "SIGSYS")];

impl Signal {
    /// By its name in any case, aliases of the C library included.
    pub fn parse(name: &str) -> Result<Self> {
        let name_known =
            ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map_or(name, |(_, name)| name);
        SIGNALS
            .iter()
            .find(|(_, known)| known.as_str().eq_ignore_ascii_case(name_known))
            .map(Self)
            .ok_or_else(|| ErrorKind::InvalidSignal { signal: name.to_owned() }.into())
    }

    /// Whether the daemon knows it by exactly this name.
    pub fn is_known(name: &str) -> bool {
        SIGNALS.iter().any(|(_, known)| known.as_str() == name)
    }

    /// By its number on this machine.
    pub fn from_number(number: i32) -> Option<Self> {
        SIGNALS.iter().find(|(known, _)| *known == number).map(Self)
    }

    /// The name that the daemon knows.
    pub fn name(self) -> &'static Text {
        &self.0.1
    }
}

#[cfg(test)]
mod tests {
    use super::{SIGNALS, Signal};

    #[test]
    fn every_signal_is_found_by_name_and_number() {
        for (number, name) in SIGNALS {
            let lower = name.as_str().to_lowercase();
            assert_eq!(Signal::parse(&lower).unwrap().name(), name);
            assert_eq!(Signal::from_number(*number).unwrap().name(), name);
        }
    }

    #[test]
    fn aliases_go_out_under_the_name_that_the_daemon_knows() {
        for (alias, name) in
            [("SIGCLD", "SIGCHLD"), ("sigiot", "SIGABRT"), ("SIGPOLL", "SIGIO"), ("SIGUNUSED", "SIGSYS")]
        {
            assert_eq!(Signal::parse(alias).unwrap().name().as_str(), name);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for name in ["", "TERM", "15", "SIG", "SIGRTMIN", "SIGTERM ", "SIGEMT"] {
            assert!(Signal::parse(name).is_err(), "{name:?}");
        }
        assert_eq!(Signal::from_number(0), None);
        assert_eq!(Signal::from_number(64), None);
    }
}
