//! What can go wrong with a file.

use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::error::{Error, ErrorKind, describe};

/// What went wrong with a file, before it is known which.
pub struct Failure {
    pub reason: String,
    pub os_errno: i32,
    pub is_missing: bool,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let os_errno = error.raw_os_error().unwrap_or(0);
        let reason = match os_errno {
            libc::EISDIR => "it is a directory, not a file".to_owned(),
            // What the system says to who opens one is: No such device or address.
            libc::ENXIO => "it is a socket or a device, not a file".to_owned(),
            _ => describe(&error),
        };
        Self { reason, os_errno, is_missing: false }
    }
}

impl Failure {
    pub fn of(self, what: &'static str, path: &Path) -> Error {
        let Self { reason, os_errno, is_missing } = self;
        let path = path.display().to_string();
        if is_missing {
            return ErrorKind::FileNotFound { path, os_errno }.into();
        }
        ErrorKind::FileIo { what, path, reason, os_errno }.into()
    }
}

pub fn expect_regular(kind: FileType) -> std::result::Result<(), Failure> {
    let kind = match kind {
        _ if kind.is_dir() => "a directory",
        _ if kind.is_fifo() => "a FIFO",
        _ if kind.is_socket() => "a socket",
        _ if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => return Ok(()),
    };
    Err(Failure { reason: format!("it is {kind}, not a file"), os_errno: 0, is_missing: false })
}

/// Makes a call again where a signal has cut it short, which some file systems let happen. The standard library does so
/// by itself where it opens, reads, writes and syncs a file, and sets its mode.
pub fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::uninterrupted;

    #[test]
    fn a_call_that_signals_cut_short_is_made_again_until_it_ends_otherwise() {
        for last in [Ok(7), Err(libc::ENOENT)] {
            let mut results = vec![last, Err(libc::EINTR), Err(libc::EINTR)];
            let result = uninterrupted(|| results.pop().unwrap().map_err(io::Error::from_raw_os_error));
            assert_eq!(result.map_err(|error| error.raw_os_error().unwrap()), last);
            assert!(results.is_empty());
        }
    }
}
