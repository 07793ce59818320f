//! The files that new content is written to, before it takes a service file's place.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use super::failure::{Failure, uninterrupted};

/// A file beside the target, which goes away unless it takes the target's place.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
    file: File,
}

impl Temporary {
    /// Its name is no service's, and no other's: processes, threads and what a killed process left behind
    /// included.
    pub fn create(directory: &Path, mode: u32) -> Result<Self, Failure> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = directory.join(format!(".zinit-client-{}-{number}.tmp", process::id()));
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(mode).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC);
            match options.open(&path) {
                Ok(file) => return Ok(Self { path, file }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let reason = format!("the directory {} does not exist", directory.display());
                    return Err(Failure { reason, ..error.into() });
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    pub fn rename(mut self, target: &Path) -> io::Result<()> {
        uninterrupted(|| fs::rename(&self.path, target))?;
        self.path = PathBuf::new();
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = uninterrupted(|| fs::remove_file(&self.path));
        }
    }
}
