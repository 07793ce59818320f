//! What a client is made with.

use std::path::PathBuf;

use crate::config_directory::ConfigDirectory;
use crate::transport::Endpoint;

/// Where the daemon, its service files and its binary are, and how long and how large its replies may be.
#[derive(Debug, Clone)]
pub struct Options {
    /// The daemon.
    pub endpoint: Endpoint,
    /// Its service files.
    pub config_directory: ConfigDirectory,
    /// Its binary, which tells its version.
    pub zinit_binary: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            endpoint: Endpoint::default(),
            config_directory: ConfigDirectory::default(),
            // Looked up in PATH.
            zinit_binary: PathBuf::from("zinit"),
        }
    }
}
