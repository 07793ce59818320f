//! A daemon of its own for each end-to-end test: in a private directory, and with nothing left behind.
//!
//! Which daemon it is, the environment says: `ZINIT_BIN` any zinit 0.2.x, else `ZINIT_TESTBED` the testbed,
//! else the testbed that `cargo build -p zinit-testbed` has put beside the tests.

// Each test program uses a part of this.
#![allow(dead_code)]

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use zinit_client::client::{Io, control, queries};
use zinit_client::config_directory::ConfigDirectory;
use zinit_client::driver::{Options, blocking};
use zinit_client::error::Result;
use zinit_client::model::{DaemonVersion, Name, ServiceList, Signal, State, Status};
use zinit_client::transport::Endpoint;

/// What an event that must come is waited for: far longer than it takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long something is watched that must not happen.
pub const WATCH: Duration = Duration::from_millis(300);

/// A service whose process does nothing, for long.
pub const SLEEPER: (&str, &str) = ("sleeper", "exec: sleep 1000\n");

/// A service whose process ignores the stop signal; it tells in a file `ready` of the daemon's directory when
/// it does.
pub const STUBBORN: (&str, &str) = (
    "stubborn",
    "exec: sh -c 'trap \"\" TERM; touch \"$ZINIT_TEST_DIRECTORY/ready\"; while :; do sleep 1000; done'\n\
     shutdown_timeout: 1000\n",
);

/// Set for a daemon, and so for every process of its services: they are found by it when the test is over.
const MARK: &str = "ZINIT_TEST_DIRECTORY";

/// Whether the daemon is of this version or a later one. If not, the test is to end: it is skipped, and says so.
pub fn is_since(since: (u64, u64, u64), has: &str) -> bool {
    let (major, minor, patch) = since;
    let is_since = *version() >= since;
    if !is_since {
        say_skipped(&format!("since zinit {major}.{minor}.{patch} {has}"));
    }
    is_since
}

/// Whether the daemon speaks JSON-RPC.
pub fn speaks_json_rpc() -> bool {
    *version() >= JSON_RPC
}

/// Whether the daemon is zinit 0.3, which has states, methods and files of its own.
pub fn is_zinit_0_3() -> bool {
    *version() >= (0, 3, 0)
}

/// The first zinit that does.
const JSON_RPC: (u64, u64, u64) = (0, 2, 15);

fn version() -> &'static (u64, u64, u64) {
    static VERSION: OnceLock<(u64, u64, u64)> = OnceLock::new();
    VERSION.get_or_init(|| {
        let output = Command::new(binary()).arg("-V").output().unwrap();
        DaemonVersion::parse_output(std::str::from_utf8(&output.stdout).unwrap()).unwrap().numbers
    })
}

/// A daemon of each protocol: the line protocol first, then JSON-RPC. The one that the environment names is the one of
/// its protocol; the other one is the testbed, or what `ZINIT_JSONRPC_BIN` names.
pub fn binary_of_each_protocol() -> [PathBuf; 2] {
    let json_rpc = env::var_os("ZINIT_JSONRPC_BIN")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lib/zinit-jsonrpc"), PathBuf::from);
    if speaks_json_rpc() { [testbed(), binary()] } else { [binary(), json_rpc] }
}

fn say_skipped(why: &str) {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    // What eprintln! prints is seen only where a test fails.
    io::stderr().write_all(format!("skipped: {test}: {why}\n").as_bytes()).unwrap();
}

/// Whether the daemon speaks the line protocol. If not, the test is to end: it is skipped, and says so.
pub fn is_line_daemon(has: &str) -> bool {
    let is_line = !speaks_json_rpc();
    if !is_line {
        say_skipped(&format!("zinit before 0.2.15 alone {has}"));
    }
    is_line
}

/// For tests of logs.
pub fn has_start_mark() -> bool {
    is_since((0, 2, 14), "the log has a mark at each start")
}

/// For tests of the kept lines alone.
pub fn has_log_snapshot() -> bool {
    is_since(DaemonVersion::LOG_SNAPSHOT, "there is `log snapshot`")
}

/// A running daemon. Dropped, it ends with all its processes, and its directory is removed.
pub struct Daemon {
    binary: PathBuf,
    directory: PathBuf,
    process: Child,
    /// How many daemons there have been here.
    generation: usize,
}

impl Daemon {
    /// Starts a daemon on service files, each a name and its text, and waits until it answers.
    pub fn start(services: &[(&str, &str)]) -> Self {
        Self::start_binary(&binary(), services)
    }

    /// The same, with a daemon that is named.
    pub fn start_binary(binary: &Path, services: &[(&str, &str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Short, because the path of a socket is.
        let directory = env::temp_dir().join(format!("zinit-test-{}-{count}", process::id()));
        // What is left of an earlier run with the same process id.
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("services")).unwrap();
        for (name, text) in services {
            fs::write(directory.join("services").join(format!("{name}.yaml")), text).unwrap();
        }
        let process = spawn(binary, &directory, 1);
        let mut daemon = Self { binary: binary.to_owned(), directory, process, generation: 1 };
        daemon.wait_until_it_answers();
        daemon
    }

    /// A path in the daemon's private directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The daemon's socket.
    pub fn socket_path(&self) -> PathBuf {
        self.path("zinit.sock")
    }

    /// The directory of its service files.
    pub fn config_directory(&self) -> PathBuf {
        self.path("services")
    }

    /// Where the library reaches it.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint { socket_path: self.socket_path(), ..Endpoint::default() }
    }

    /// The options of a client for it.
    pub fn options(&self) -> Options {
        Options {
            endpoint: self.endpoint(),
            config_directory: ConfigDirectory::new(self.config_directory()),
            is_directory_named: true,
            zinit_binary: self.binary.clone(),
            ..Options::default()
        }
    }

    /// Its process.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.process.id()).unwrap()
    }

    /// Writes a service file.
    pub fn write_file(&self, name: &str, text: &str) {
        fs::write(self.config_directory().join(format!("{name}.yaml")), text).unwrap();
    }

    /// Writes a shell script into the private directory, to be run by its path. What it leaves running ends
    /// with the daemon.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        let script = format!("#!/bin/sh\nexport {MARK}='{}'\n{text}\n", self.directory.display());
        // Written by another process: a file that this one has open for writing, and lends to a child which
        // another test starts at the same moment, cannot be run.
        let mut shell = Command::new("sh")
            .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(shell.wait().unwrap().success());
        path
    }

    /// A connection to it. A read that takes too long fails the test.
    pub fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.socket_path()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes as they are, and returns all that comes back until the daemon closes.
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        reply
    }

    /// Runs an operation of the library on it.
    pub fn run<T>(&self, operation: impl AsyncFnOnce(Io<'_>) -> Result<T>) -> Result<T> {
        blocking::run(&self.options(), operation)
    }

    /// All its services.
    pub fn list(&self) -> Result<ServiceList> {
        self.run(queries::list)
    }

    /// One of its services.
    pub fn status(&self, service: &str) -> Result<Status> {
        self.run(async |io| queries::status(io, &name(service)).await)
    }

    /// Whether it has a service.
    pub fn exists(&self, service: &str) -> Result<bool> {
        self.run(async |io| queries::exists(io, &name(service)).await)
    }

    /// Starts a service.
    pub fn start_service(&self, service: &str) -> Result<()> {
        self.run(async |io| control::start(io, &name(service)).await)
    }

    /// Stops a service.
    pub fn stop(&self, service: &str) -> Result<()> {
        self.run(async |io| control::stop(io, &name(service)).await)
    }

    /// Has it read a service's file.
    pub fn monitor(&self, service: &str) -> Result<()> {
        self.run(async |io| control::monitor(io, &name(service)).await)
    }

    /// Has it drop a service.
    pub fn forget(&self, service: &str) -> Result<()> {
        self.run(async |io| control::forget(io, &name(service)).await)
    }

    /// Signals a service.
    pub fn kill(&self, service: &str, signal: &str) -> Result<()> {
        let signal = Signal::parse(signal)?;
        self.run(async |io| control::kill(io, &name(service), signal).await)
    }

    /// Waits until a service's status is as wanted, and returns it.
    pub fn wait_for(&self, service: &str, wanted: impl Fn(&Status) -> bool) -> Status {
        let begin = Instant::now();
        loop {
            let status = self.status(service);
            match &status {
                Ok(found) if wanted(found) => return status.unwrap(),
                _ if begin.elapsed() < PATIENCE => pause(),
                _ => panic!("service {service:?} did not get where it should: {status:?}"),
            }
        }
    }

    /// Waits until a service is in a state with this text, process ids masked; or in one that means the same, where
    /// the daemon has words of its own.
    pub fn wait_for_state(&self, service: &str, state: &str) -> Status {
        let expected = State::parse(&state.replace("PID", "1")).unwrap();
        let means_the_same = |told: &State| {
            told.kind() == expected.kind()
                && (expected.exit_status().is_none() || told.exit_status() == expected.exit_status())
        };
        self.wait_for(service, |status| {
            masked(status.state.text().as_str()) == state || (is_zinit_0_3() && means_the_same(&status.state))
        })
    }

    /// Waits until a service is stopped.
    pub fn wait_until_stopped(&self, service: &str) -> Status {
        self.wait_for(service, Status::is_stopped)
    }

    /// Kills it, as a crash would: the socket file and the processes of its services stay.
    pub fn crash(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        self.process.wait().unwrap();
    }

    /// Kills it with all processes of its services, and starts another one in its place.
    pub fn restart(&mut self) {
        self.crash();
        self.end_services();
        self.replace(&self.binary.clone());
    }

    /// Ends the processes of its services, once it has crashed.
    pub fn end_services(&self) {
        end_processes(&self.directory);
    }

    /// Once it has crashed and its services have ended, starts another daemon in its place.
    pub fn replace(&mut self, binary: &Path) {
        self.generation += 1;
        binary.clone_into(&mut self.binary);
        self.process = spawn(binary, &self.directory, self.generation);
        self.wait_until_it_answers();
    }

    /// Waits until it ends by itself, and says whether with success.
    pub fn wait_until_it_ends(&mut self) -> bool {
        let mut status = None;
        wait_until("the daemon ends", || {
            status = self.process.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().success()
    }

    fn wait_until_it_answers(&mut self) {
        let options = self.options();
        wait_until("the daemon answers", || {
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("the daemon ended with {status}: {}", self.log());
            }
            blocking::run(&options, queries::list).is_ok()
        });
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Not asked to end, but killed: it might wait for a service that does not stop, and start another
        // meanwhile.
        self.crash();
        end_processes(&self.directory);
        if thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log());
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The daemon that the tests run against.
pub fn binary() -> PathBuf {
    let binary = env::var_os("ZINIT_BIN").map_or_else(testbed, PathBuf::from);
    assert!(
        binary.is_file(),
        "no daemon at {}: run `make test`, or `cargo build -p zinit-testbed`, or set ZINIT_BIN to a zinit 0.2.x",
        binary.display()
    );
    binary
}

fn testbed() -> PathBuf {
    env::var_os("ZINIT_TESTBED").map_or_else(
        || {
            // The tests are in target/debug/deps.
            let program = env::current_exe().unwrap();
            program.ancestors().nth(2).unwrap().join("zinit-testbed")
        },
        PathBuf::from,
    )
}

fn spawn(binary: &Path, directory: &Path, generation: usize) -> Child {
    let log = fs::File::options().create(true).append(true).open(directory.join("log")).unwrap();
    Command::new(binary)
        .arg("-s")
        .arg(directory.join("zinit.sock"))
        .args(["init", "-c"])
        .arg(directory.join("services"))
        .arg("--container")
        .env(MARK, directory)
        .env("ZINIT_TEST_GENERATION", generation.to_string())
        // The script that plays zinit 0.2.28 asks for it.
        .env("ZINIT_TESTBED", testbed())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Ends the processes of a daemon's services, those included that left their process group or lost their
/// parent.
fn end_processes(directory: &Path) {
    let mark = format!("{MARK}={}", directory.display());
    let begin = Instant::now();
    loop {
        let processes = processes_with(mark.as_bytes());
        if processes.is_empty() || begin.elapsed() > PATIENCE {
            return;
        }
        for process in processes {
            signal(process, libc::SIGKILL);
        }
        pause();
    }
}

/// The living processes that have `variable` in their environment; a zombie has none.
fn processes_with(variable: &[u8]) -> Vec<i32> {
    let entries = fs::read_dir("/proc").unwrap();
    let has_it = |process: &i32| {
        // It may be gone meanwhile, or another user's.
        let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == variable)
    };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter(has_it).collect()
}

/// Sends a signal to a process; one that is gone needs none.
#[allow(unsafe_code)]
pub fn signal(process: i32, signal: i32) {
    // SAFETY: takes no pointer.
    unsafe { libc::kill(process, signal) };
}

/// Whether a process is there and is no zombie.
pub fn is_alive(process: i32) -> bool {
    // As a status has it where there is none.
    assert_ne!(process, 0, "0 is not the id of a process");
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

/// Waits until something is the case; fails the test where it does not get there.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < PATIENCE, "waited in vain: {what}");
        pause();
    }
}

/// Between two looks at something that is waited for.
fn pause() {
    thread::sleep(Duration::from_millis(5));
}

/// A service's name.
pub fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

/// The text with each process id in it, other than 0, replaced by `PID`.
pub fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some((before, after)) = split_behind_mark(rest) {
        let number = after.len() - after.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let (number, after) = after.split_at(number);
        masked.push_str(before);
        masked.push_str(if matches!(number, "" | "0") { number } else { "PID" });
        rest = after;
    }
    masked + rest
}

fn split_behind_mark(text: &str) -> Option<(&str, &str)> {
    let behind = |mark: &str| text.find(mark).map(|found| found + mark.len());
    let at = [behind("\"pid\":"), behind("Pid(")].into_iter().flatten().min()?;
    Some(text.split_at(at))
}

/// The permission bits of a file.
pub fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Does something as a user who may not write to `socket`.
#[allow(unsafe_code)]
pub fn as_another_user<T: Send>(socket: &Path, action: impl FnOnce() -> T + Send) -> T {
    // For who is not root and so cannot be another user: not even the owner may.
    fs::set_permissions(socket, fs::Permissions::from_mode(0o555)).unwrap();
    let in_thread = || {
        // SAFETY: takes no pointer. It changes as whom this one thread opens files, and the thread ends here.
        unsafe { libc::setfsuid(65534) };
        action()
    };
    thread::scope(|scope| scope.spawn(in_thread).join().unwrap())
}

/// Has the system reap the children of this process unasked.
#[allow(unsafe_code)]
pub fn ignore_sigchld() {
    // SAFETY: no handler is set that could do anything.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
}
