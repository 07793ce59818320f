//! Asks the `zinit` binary for its version, which the daemon itself does not tell.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::Options;
use crate::client::later;
use crate::error::{Error, ErrorKind, Result, describe};
use crate::model::DaemonVersion;
use crate::sys::{self, Child};

/// A `zinit -V` under way. Never waits; says what to wait for.
///
/// A child that cannot be waited for, because the caller ignores SIGCHLD or reaps all children, is judged by
/// its output.
pub(super) struct VersionQuery {
    binary: PathBuf,
    timeout: Duration,
    /// When the child is killed; and once it was, when it is left alone.
    deadline: Instant,
    is_killed: bool,
    child: Option<Child>,
    stdout: Option<File>,
    output: Vec<u8>,
    /// What it has said, while it is not reaped yet.
    version: Option<Result<DaemonVersion>>,
}

/// Something that has come, or when to look again.
type Progress<T> = std::result::Result<T, Instant>;

impl VersionQuery {
    /// The most that the child may print.
    const MOST_BYTES: usize = 4096;
    /// A child may end without its output ending: a process that it has left behind may hold that open for
    /// ever.
    const LOOK_AGAIN: Duration = Duration::from_millis(50);
    const REAP_AGAIN: Duration = Duration::from_millis(1);
    const AFTER_KILL: Duration = Duration::from_secs(1);

    /// Starts with the first [`advance`](Self::advance); the child is given the time of one exchange.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            binary: options.zinit_binary.clone(),
            timeout: options.endpoint.io_timeout,
            deadline: Instant::now(),
            is_killed: false,
            child: None,
            stdout: None,
            output: Vec::new(),
            version: None,
        }
    }

    /// Readable when the child has printed something, or has ended.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.stdout.as_ref().map(File::as_fd)
    }

    /// Goes on as far as it can. `before_close` is told of the descriptor before it is closed.
    pub(super) fn advance(
        &mut self,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) -> Progress<Result<DaemonVersion>> {
        if self.version.is_none() {
            let output = self.read()?;
            self.version = Some(output.and_then(|output| self.parse(&output)));
            self.descriptor().into_iter().for_each(before_close);
            self.stdout = None;
        }
        self.reap()?;
        Ok(self.version.take().unwrap_or_else(|| Err(self.failed("was asked twice"))))
    }

    /// What the child prints, to the end of the output or of the child.
    fn read(&mut self) -> Progress<Result<Vec<u8>>> {
        if self.child.is_none() {
            if let Err(error) = self.spawn() {
                return Ok(Err(error));
            }
        }
        // Before the output is read, which so is all that the child has printed.
        let has_ended = self.child.as_mut().is_none_or(Child::has_ended);
        let mut part = [0; 256];
        while self.output.len() <= Self::MOST_BYTES {
            match self.stdout.as_mut().map_or(Ok(0), |stdout| stdout.read(&mut part)) {
                Ok(0) => return Ok(Ok(std::mem::take(&mut self.output))),
                Ok(length) => self.output.extend(part.iter().take(length)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && has_ended => {
                    return Ok(Ok(std::mem::take(&mut self.output)));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return self.look_again(),
                Err(error) => return Ok(Err(self.failed_by("cannot be read", &error, ""))),
            }
        }
        Ok(Err(self.failed("prints too much: give the path of the zinit binary in the options")))
    }

    fn spawn(&mut self) -> Result<()> {
        let spawned = CString::new(self.binary.as_os_str().as_bytes())
            .map_err(|_| io::ErrorKind::NotFound.into())
            .and_then(|program| sys::spawn(&program, c"-V"));
        let (child, stdout) = spawned.map_err(|error| {
            self.failed_by("cannot be run", &error, ": give the path of the zinit binary in the options")
        })?;
        self.child = Some(child);
        self.deadline = later(Instant::now(), self.timeout);
        self.stdout = Some(stdout.into());
        Ok(())
    }

    fn look_again<T>(&self) -> Progress<Result<T>> {
        let now = Instant::now();
        if now < self.deadline {
            return Err(later(now, Self::LOOK_AGAIN).min(self.deadline));
        }
        let waited = self.timeout.as_millis();
        Ok(Err(self.failed(&format!("timed out after {waited} ms: look why it hangs"))))
    }

    fn parse(&self, output: &[u8]) -> Result<DaemonVersion> {
        let output = String::from_utf8_lossy(output);
        DaemonVersion::parse_output(&output).ok_or_else(|| {
            self.failed(&format!("printed {output:?}, which is not a version such as `zinit v0.2.14`"))
        })
    }

    /// Reaps the child, so that no zombie is left; kills it where it does not end by itself.
    fn reap(&mut self) -> Progress<()> {
        let Some(child) = &mut self.child else { return Ok(()) };
        let now = Instant::now();
        if child.has_ended() {
            return Ok(());
        }
        if now >= self.deadline {
            if self.is_killed {
                return Ok(());
            }
            child.kill();
            self.is_killed = true;
            self.deadline = later(now, Self::AFTER_KILL);
        }
        Err(later(now, Self::REAP_AGAIN))
    }

    fn failed(&self, what: &str) -> Error {
        self.failed_with(what, 0)
    }

    /// The system reported an error.
    fn failed_by(&self, what: &str, error: &io::Error, advice: &str) -> Error {
        let reason = describe(error);
        self.failed_with(&format!("{what} ({reason}){advice}"), error.raw_os_error().unwrap_or(0))
    }

    fn failed_with(&self, what: &str, os_errno: i32) -> Error {
        ErrorKind::Version { reason: format!("`{} -V` {what}", self.binary.display()), os_errno }.into()
    }
}

impl Drop for VersionQuery {
    /// A query that is given up leaves no child behind.
    fn drop(&mut self) {
        self.deadline = Instant::now();
        while self.reap().is_err() {
            let _ = sys::wait_readable([None], Some(Self::REAP_AGAIN));
        }
    }
}
