//! What a client is made with.

use std::path::PathBuf;
use std::time::Duration;

use crate::client::Settings;
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
    /// How long one process must be Running for a service without a test to be up.
    pub steady: Duration,
}

impl Options {
    /// The times that an operation keeps to.
    pub(super) fn settings(&self) -> Settings {
        Settings { io_timeout: self.endpoint.io_timeout, steady: self.steady }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            endpoint: Endpoint::default(),
            config_directory: ConfigDirectory::default(),
            // Looked up in PATH.
            zinit_binary: PathBuf::from("zinit"),
            steady: Duration::from_millis(250),
        }
    }
}
