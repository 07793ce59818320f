//! The version of a zinit daemon.

use crate::model::{Protocol, Text};

/// A version, and its text as the `zinit` binary printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonVersion {
    /// Major, minor and patch: what is compared.
    pub numbers: (u64, u64, u64),
    /// Without the leading `v`.
    pub text: Text,
}

impl DaemonVersion {
    /// The first one in which `shutdown` and `reboot` are two commands; before it, `shutdown` meant reboot.
    pub const SHUTDOWN: (u64, u64, u64) = (0, 2, 9);

    /// The first one that has `log snapshot`; before it, that is `log`.
    pub const LOG_SNAPSHOT: (u64, u64, u64) = (0, 2, 11);

    /// The first one that speaks JSON-RPC.
    pub const JSON_RPC: (u64, u64, u64) = (0, 2, 15);

    /// The first one that speaks the JSON-RPC of zinit 0.3.
    pub const ZINIT_0_3: (u64, u64, u64) = (0, 3, 0);

    /// Reads a semantic version: `0.2.14`.
    pub fn parse(text: &str) -> Option<Self> {
        let version = semver::Version::parse(text).ok()?;
        Some(Self { numbers: (version.major, version.minor, version.patch), text: Text::new(text)? })
    }

    /// What a daemon of this version speaks.
    pub fn protocol(&self) -> Protocol {
        match self.numbers {
            numbers if numbers < Self::JSON_RPC => Protocol::Line,
            numbers if numbers < Self::ZINIT_0_3 => Protocol::JsonRpc,
            _ => Protocol::Zinit03,
        }
    }

    /// Reads what `zinit -V` prints: `zinit v0.2.14`.
    pub fn parse_output(output: &str) -> Option<Self> {
        let (_, version) = output.trim_end().split_once(' ')?;
        Self::parse(version.strip_prefix('v').unwrap_or(version))
    }
}

#[cfg(test)]
mod tests {
    use super::DaemonVersion;

    #[test]
    fn the_output_of_the_binary_is_read() {
        let version = DaemonVersion::parse_output("zinit v0.2.14\n").unwrap();
        assert_eq!(version.numbers, (0, 2, 14));
        assert_eq!(version.text.as_str(), "0.2.14");
        for output in ["", "zinit", "zinit \n", "zinit v0.2\n", "zinit v0.2.14 extra\n"] {
            assert_eq!(DaemonVersion::parse_output(output), None, "{output:?}");
        }
    }

    #[test]
    fn a_build_behind_a_release_is_that_release() {
        let version = DaemonVersion::parse("0.2.9-3-gabc").unwrap();
        assert!(version.numbers >= DaemonVersion::SHUTDOWN);
    }
}
