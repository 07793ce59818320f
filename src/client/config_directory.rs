//! The directory of service files.

use std::path::PathBuf;

/// The directory that the daemon reads service files from.
#[derive(Debug, Clone)]
pub struct ConfigDirectory(pub PathBuf);

impl Default for ConfigDirectory {
    fn default() -> Self {
        Self(PathBuf::from("/etc/zinit"))
    }
}

impl ConfigDirectory {
    /// The directory at a path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}
