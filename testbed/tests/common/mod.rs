//! A JSON-RPC daemon of its own for each test, and connections to it.
//!
//! It is the testbed, or what `ZINIT_JSONRPC_BIN` names: a zinit 0.2.15 to 0.2.28, or a script that starts one and
//! has it read the directory that `-c` names, which zinit itself does not do.

// Each test program uses a part of this.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::Value;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// What an event that must come is waited for: far longer than it takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Set for a daemon, and so for every process of its services: they are found by it when the test is over.
const MARK: &str = "ZINIT_TEST_DIRECTORY";

/// A service whose process does nothing, for long.
pub const SLEEPER: (&str, &str) = ("sleeper", "exec: sleep 1000\n");

/// The version whose errors the daemon gives, if it is not the testbed, which can do both.
pub fn version_of_real_daemon() -> Option<String> {
    let output = Command::new(env::var_os("ZINIT_JSONRPC_BIN")?).arg("-V").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.trim().trim_start_matches("zinit v").to_owned())
}

/// A running daemon. Dropped, it ends with all its processes, and its directory is removed.
pub struct Daemon {
    directory: PathBuf,
    process: Child,
}

impl Daemon {
    /// Starts a daemon on service files, each a name and its text, and waits until it listens.
    pub fn start(services: &[(&str, &str)]) -> Self {
        Self::start_with(services, "0.2.28", &[])
    }

    /// The same, with the errors of a version, and with further options of `init`.
    pub fn start_with(services: &[(&str, &str)], errors: &str, options: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Short, because the path of a socket is.
        let directory = env::temp_dir().join(format!("zinit-rpc-{}-{count}", process::id()));
        // What is left of an earlier run with the same process id.
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("services")).unwrap();
        for (name, text) in services {
            fs::write(directory.join("services").join(format!("{name}.yaml")), text).unwrap();
        }
        let mut command = if let Some(binary) = env::var_os("ZINIT_JSONRPC_BIN") {
            Command::new(binary)
        } else {
            let mut command = Command::new(env!("CARGO_BIN_EXE_zinit-testbed"));
            command.args(["--protocol", "jsonrpc", "--errors", errors]);
            command
        };
        let log = fs::File::create(directory.join("log")).unwrap();
        let process = command
            .arg("-s")
            .arg(directory.join("zinit.sock"))
            .args(["init", "-c"])
            .arg(directory.join("services"))
            .arg("--container")
            .args(options)
            .env(MARK, &directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let daemon = Self { directory, process };
        wait_until("the daemon listens", || UnixStream::connect(daemon.socket()).is_ok());
        daemon
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.directory.join("zinit.sock")
    }

    /// The path of a service file.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join("services").join(format!("{name}.yaml"))
    }

    /// A connection to it.
    pub fn connect(&self) -> Connection {
        let stream = UnixStream::connect(self.socket()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Connection { stream, received: Vec::new() }
    }

    /// Waits until a service is in a state with this text, process ids masked.
    pub fn wait_for_state(&self, service: &str, state: &str) {
        let mut connection = self.connect();
        wait_until(&format!("{service} is {state}"), || {
            let status = connection.call("service_status", &Value::from(vec![service]));
            mask(status["result"]["state"].as_str().unwrap_or_default()) == mask(state)
        });
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        nix::sys::signal::kill(self.pid(), signal).unwrap();
    }

    /// Its process.
    pub fn pid(&self) -> nix::unistd::Pid {
        nix::unistd::Pid::from_raw(i32::try_from(self.process.id()).unwrap())
    }

    /// Whether it has ended, and if so, whether with success.
    pub fn ended(&mut self) -> Option<bool> {
        self.process.try_wait().unwrap().map(|status| status.success())
    }

    /// Waits until it ends by itself, and says whether with success.
    pub fn wait_until_it_ends(&mut self) -> bool {
        wait_until("the daemon ends", || self.ended().is_some());
        self.ended().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Not asked to end, but killed: it might wait for a service that does not stop.
        let _ = self.process.kill();
        self.process.wait().unwrap();
        let mark = format!("{MARK}={}", self.directory.display());
        wait_until("its processes end", || {
            let left = processes_with(mark.as_bytes());
            for process in &left {
                let process = nix::unistd::Pid::from_raw(*process);
                let _ = nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGKILL);
            }
            left.is_empty()
        });
        if thread::panicking() {
            let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            eprintln!("the daemon's log:\n{log}");
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn processes_with(variable: &[u8]) -> Vec<i32> {
    let has_it = |process: &i32| {
        // It may be gone meanwhile, or another user's.
        let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == variable)
    };
    let entries = fs::read_dir(Path::new("/proc")).unwrap();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter(has_it).collect()
}

/// A connection. A read that takes too long fails the test.
pub struct Connection {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Connection {
    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Sends a request and gives the next reply.
    pub fn call(&mut self, method: &str, params: &Value) -> Value {
        self.send(request(0, method, params));
        self.value()
    }

    /// The next line, without its newline. The end of the stream fails the test.
    pub fn line(&mut self) -> String {
        self.next_line().expect("the daemon closed the connection")
    }

    /// Whether a line has come that was not taken yet.
    pub fn has_line(&mut self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let mut bytes = [0; 8 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(count) => self.received.extend_from_slice(&bytes[..count]),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        self.stream.set_nonblocking(false).unwrap();
        self.received.contains(&b'\n')
    }

    /// The next line as JSON.
    pub fn value(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// The next line, or none at the end of the stream.
    pub fn next_line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let rest = self.received.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.received, rest);
                line.pop();
                return Some(String::from_utf8(line).unwrap());
            }
            let mut bytes = [0; 8 * 1024];
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(count) => self.received.extend_from_slice(&bytes[..count]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing came back: {error}"),
            }
        }
    }

    /// All that came without a newline behind it until the stream ended.
    pub fn rest(&mut self) -> String {
        assert_eq!(self.next_line(), None);
        String::from_utf8(std::mem::take(&mut self.received)).unwrap()
    }

    /// Fails if something comes that was not asked for here: for that, requests make three round trips.
    pub fn expect_silence(&mut self) {
        for round in 0..3 {
            let id = format!("round {round}");
            self.send(format!(r#"{{"jsonrpc":"2.0","id":"{id}","method":"nope"}}"#));
            let expected = format!(
                r#"{{"jsonrpc":"2.0","id":"{id}","error":{{"code":-32601,"message":"Method not found"}}}}"#
            );
            assert_eq!(self.line(), expected);
        }
    }

    /// Closes the direction to the daemon.
    pub fn half_close(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }
}

/// The text of a request, without a newline.
pub fn request(id: u64, method: &str, params: &Value) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)
}

/// The text with `N` for each number that differs from run to run. Process id 0, which is no process, stays.
pub fn mask(text: &str) -> String {
    const BEFORE: [&str; 6] =
        [r#""pid":"#, "Pid(", r#""memory_usage":"#, r#""cpu_usage":"#, r#""subscription":"#, r#""result":"#];
    let mut masked = String::new();
    let mut rest = text;
    while let Some((at, before)) =
        BEFORE.iter().filter_map(|before| Some((rest.find(before)?, before))).min_by_key(|(at, _)| *at)
    {
        let (done, number) = rest.split_at(at + before.len());
        masked.push_str(done);
        let end = number.find(|byte: char| !byte.is_ascii_digit() && byte != '.').unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        masked.push_str(if number.is_empty() || number == "0" { number } else { "N" });
        rest = after;
    }
    masked + rest
}

/// Waits until something is the case; fails the test where it does not get there.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < PATIENCE, "it does not come to this: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
