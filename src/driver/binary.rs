//! Asks the `zinit` binary for its version, which the daemon itself does not tell.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::model::DaemonVersion;
use crate::sys::{self, Child};

/// Runs `zinit -V`; the child is given `timeout`, and then killed.
///
/// A child that cannot be waited for, because the caller ignores SIGCHLD or reaps all children, is judged by its output.
pub fn version(zinit_binary: &Path, timeout: Duration) -> Result<DaemonVersion> {
    let failed = |what: &str| {
        let reason = format!("`{} -V` {what}", zinit_binary.display());
        Error::from(ErrorKind::Version { reason })
    };
    let not_run =
        |error: io::Error| failed(&format!("cannot be run ({error}): give the binary's path in the options"));
    let program = CString::new(zinit_binary.as_os_str().as_bytes())
        .map_err(|_| not_run(io::ErrorKind::NotFound.into()))?;
    let (mut child, stdout) = sys::spawn(&program, c"-V").map_err(not_run)?;
    let deadline = Instant::now() + timeout;
    let output = output(&mut child, stdout.into(), deadline);
    end(&mut child, deadline);
    let output = output.map_err(|error| failed(&format!("was not understood ({error})")))?;
    DaemonVersion::parse_output(&output)
        .ok_or_else(|| failed(&format!("printed {output:?}, which is no version such as `zinit v0.2.14`")))
}

/// What the child prints, to the end of the output or of the child.
fn output(child: &mut Child, mut stdout: File, deadline: Instant) -> io::Result<String> {
    const MOST: usize = 4096;
    const NEXT_LOOK: Duration = Duration::from_millis(50);
    let mut output = Vec::new();
    let mut part = [0; 256];
    let mut ended = false;
    while output.len() < MOST {
        match stdout.read(&mut part) {
            Ok(0) => return text(output),
            Ok(length) => output.extend(part.iter().take(length)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A process that the child has left behind may hold the output open for ever.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && ended => return text(output),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                sys::wait_readable([Some(stdout.as_fd())], Some(left.min(NEXT_LOOK)))?;
                // Before the next read, which so gets all that the child has printed.
                ended = child.has_ended();
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::FileTooLarge.into())
}

fn text(output: Vec<u8>) -> io::Result<String> {
    String::from_utf8(output).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Reaps the child, so that no zombie is left; kills it where it does not end by itself.
fn end(child: &mut Child, deadline: Instant) {
    const AFTER_KILL: Duration = Duration::from_secs(1);
    if reap(child, deadline) {
        return;
    }
    child.kill();
    reap(child, Instant::now() + AFTER_KILL);
}

fn reap(child: &mut Child, deadline: Instant) -> bool {
    while !child.has_ended() {
        if Instant::now() >= deadline {
            return false;
        }
        let _ = sys::wait_readable([None], Some(Duration::from_millis(1)));
    }
    true
}
