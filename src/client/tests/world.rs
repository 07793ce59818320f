//! What a test begins with: a simulated daemon, its service files, and times.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs, process};

use super::simulation::{BEGIN, Character, Fault, Simulation};
use crate::client::StopOrder;
use crate::driver::scripted::{FileScript, IO_TIMEOUT};

/// A daemon with services, at the moment when a case begins. Each run begins there again, but for the files.
#[derive(Clone)]
pub(super) struct World {
    pub(super) simulation: Simulation,
    pub(super) directory: Arc<Directory>,
    /// How long each exchange takes; half of it before the daemon acts.
    pub(super) latency: Duration,
    pub(super) io_timeout: Duration,
    /// How long a process must be Running.
    pub(super) steady: Duration,
    /// In which order a group is stopped.
    pub(super) stop_order: StopOrder,
    /// What befalls the service files, in virtual time.
    pub(super) files: FileScript,
    /// Where the client looks for the service files.
    pub(super) client_directory: PathBuf,
}

impl World {
    /// All these services have files, and none is monitored.
    pub(super) fn new(services: &[(&'static str, Character)]) -> Self {
        let directory = Directory::new();
        for (name, character) in services {
            let text = if character.oneshot { "exec: job\noneshot: true\n" } else { "exec: job\n" };
            fs::write(directory.file(name), text).unwrap();
        }
        Self {
            simulation: Simulation::new(directory.0.clone(), services),
            client_directory: directory.0.clone(),
            directory: Arc::new(directory),
            latency: Duration::ZERO,
            io_timeout: IO_TIMEOUT,
            steady: Duration::ZERO,
            stop_order: StopOrder::Any,
            files: |_| (Duration::ZERO, None),
        }
    }

    /// All these services have been monitored for long.
    pub(super) fn monitored(services: &[(&'static str, Character)]) -> Self {
        let mut world = Self::new(services);
        for (name, _) in services {
            world.simulation.handle(Duration::ZERO, &format!("monitor {name}"));
        }
        world
    }

    /// Somebody sent this command, that long before the case begins.
    pub(super) fn before(mut self, earlier: Duration, command: &str) -> Self {
        self.simulation.at(BEGIN.saturating_sub(earlier), command);
        self
    }

    /// Somebody else sends this command, that long after the case has begun.
    pub(super) fn at(mut self, later: Duration, command: &str) -> Self {
        self.simulation.at(BEGIN + later, command);
        self
    }

    /// Somebody else sends a command as soon as another one has been carried out.
    pub(super) fn behind(mut self, command: &'static str, other: &'static str) -> Self {
        self.simulation.behind(command, other);
        self
    }

    /// This befalls the daemon, that long after the case has begun.
    pub(super) fn fault(mut self, later: Duration, fault: Fault) -> Self {
        self.simulation.fault = Some((BEGIN + later, fault));
        self
    }

    /// Each exchange takes as long.
    pub(super) fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// One exchange may take as long.
    pub(super) fn io_timeout(mut self, io_timeout: Duration) -> Self {
        self.io_timeout = io_timeout;
        self
    }

    /// A process must be Running as long to be up.
    pub(super) fn steady(mut self, steady: Duration) -> Self {
        self.steady = steady;
        self
    }

    /// A group is stopped in reverse order of `after`.
    pub(super) fn in_reverse(mut self) -> Self {
        self.stop_order = StopOrder::Reverse;
        self
    }

    /// The client cannot read the service files.
    pub(super) fn without_files(mut self) -> Self {
        self.client_directory = PathBuf::from("/nowhere");
        self
    }

    /// Does something to the daemon before the case begins.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Simulation)) -> Self {
        change(&mut self.simulation);
        self
    }

    /// The process of a service when the case begins.
    pub(super) fn pid(&self, service: &str) -> i32 {
        self.simulation.clone().service(BEGIN, service).unwrap().pid()
    }
}

/// A directory of its own, which goes away with the case.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        // In memory where the system has such a place: there are many.
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
        let path = parent.join(format!("zinit-waits-{}-{number}", process::id()));
        // What is left of an earlier run with the same process id.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn file(&self, service: &str) -> PathBuf {
        self.0.join(format!("{service}.yaml"))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
