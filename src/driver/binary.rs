//! Asks the `zinit` binary for its version, which the daemon itself does not tell.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::{Cause, Error, Result};
use crate::model::DaemonVersion;
use crate::sys;

/// Runs `zinit -V`; the child is given `timeout`, and then killed.
///
/// A child that cannot be waited for, because the caller ignores SIGCHLD or reaps all children, is judged by its output.
pub fn version(zinit_binary: &Path, timeout: Duration) -> Result<DaemonVersion> {
    let failed = |what: &str| {
        let reason = format!("`{} -V` {what}", zinit_binary.display());
        Error::from(Cause::Version { reason })
    };
    let mut child = Command::new(zinit_binary)
        .arg("-V")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            failed(&format!("cannot be run ({error}): give the binary's path in the options"))
        })?;
    let deadline = Instant::now() + timeout;
    let output = output(&mut child, deadline);
    end(&mut child, deadline);
    let output = output.map_err(|error| failed(&format!("was not understood ({error})")))?;
    DaemonVersion::parse_output(&output)
        .ok_or_else(|| failed(&format!("printed {output:?}, which is no version such as `zinit v0.2.14`")))
}

/// What the child prints, to the end of the output or of the child.
fn output(child: &mut Child, deadline: Instant) -> io::Result<String> {
    const MOST: usize = 4096;
    const NEXT_LOOK: Duration = Duration::from_millis(50);
    let mut stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    sys::set_nonblocking(stdout.as_fd())?;
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
                ended = !matches!(child.try_wait(), Ok(None));
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
    // Both fail only where the child is gone already, or is another's to reap.
    let _ = child.kill();
    reap(child, Instant::now() + AFTER_KILL);
}

fn reap(child: &mut Child, deadline: Instant) -> bool {
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < deadline => {
                let _ = sys::wait_readable([None], Some(Duration::from_millis(1)));
            }
            Ok(None) => return false,
            Ok(Some(_)) | Err(_) => return true,
        }
    }
}
