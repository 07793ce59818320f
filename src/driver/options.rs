//! What a client is made with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::queue::Queue;
use crate::client::{KnownDaemon, Settings, StopOrder, Task, WaitCount};
use crate::config_directory::ConfigDirectory;
use crate::protocol::Protocol;
use crate::transport::Endpoint;

/// Where the daemon, its service files and its binary are, and how long and how large its replies may be.
#[derive(Debug, Clone)]
pub struct Options {
    /// The daemon.
    pub endpoint: Endpoint,
    /// Its service files.
    pub config_directory: ConfigDirectory,
    /// Whether the caller has named that directory.
    pub is_directory_named: bool,
    /// Its binary, which tells its version.
    pub zinit_binary: PathBuf,
    /// How long one process must be Running for a service without a test to be up.
    pub steady: Duration,
    /// In which order the services of a group are stopped.
    pub stop_order: StopOrder,
    /// What is known of the daemon; shared by all that is done for one client.
    pub daemon: Arc<KnownDaemon>,
    /// Where the requests and streams of a client wait; `None`: each on its own.
    pub queue: Option<Arc<Queue>>,
}

impl Options {
    const DEFAULT_STEADY: Duration = Duration::from_millis(250);

    /// For another client, which does not know its daemon yet.
    #[must_use]
    pub fn for_client(&self) -> Self {
        Self { daemon: Arc::new(self.daemon.for_client()), ..self.clone() }
    }

    /// Names the protocol; `None`: it is to be learned.
    pub fn set_protocol(&mut self, protocol: Option<Protocol>) {
        self.daemon = Arc::new(KnownDaemon::new(protocol, WaitCount::of_process()));
    }

    /// For one operation that begins now.
    pub(super) fn task(&self) -> Task {
        Task::new(Instant::now(), self.settings(), Arc::clone(&self.daemon))
    }

    /// What an operation keeps to.
    fn settings(&self) -> Settings {
        Settings {
            io_timeout: self.endpoint.io_timeout,
            steady: self.steady,
            stop_order: self.stop_order,
            is_directory_named: self.is_directory_named,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        let mut endpoint = Endpoint::default();
        endpoint.set_socket_path(None);
        Self {
            endpoint,
            config_directory: ConfigDirectory::default(),
            is_directory_named: false,
            // Looked up in PATH.
            zinit_binary: PathBuf::from("zinit"),
            steady: Self::DEFAULT_STEADY,
            stop_order: StopOrder::Any,
            daemon: Arc::new(KnownDaemon::new(None, WaitCount::of_process())),
            queue: None,
        }
    }
}
