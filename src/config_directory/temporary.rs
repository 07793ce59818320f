//! The files that new content is written to, before it takes a service file's place.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::failure::{Failure, uninterrupted};
use crate::sys;

/// How long a file must have been left alone before it may count as left behind. A writer holds its file by a lock, but
/// only from a moment after it has made it; version 0.1.0 took no lock.
const LEAST_AGE: Duration = Duration::from_secs(3600);

/// How many entries of a directory are looked at, so that a write ends soon in a directory of any size.
const MOST_ENTRIES: usize = 4096;

fn name_of(process: u32, number: u32) -> String {
    format!(".zinit-client-{process}-{number}.tmp")
}

/// Whether a name is one that this library makes, to the letter.
fn is_ours(name: &str) -> bool {
    let numbers = name.strip_prefix(".zinit-client-").and_then(|rest| rest.strip_suffix(".tmp"));
    let numbers = numbers.and_then(|numbers| numbers.split_once('-'));
    numbers.is_some_and(|(process, number)| match (process.parse(), number.parse()) {
        // Numbers may be written in other ways.
        (Ok(process), Ok(number)) => name_of(process, number) == name,
        _ => false,
    })
}

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
            let path = directory.join(name_of(process::id(), number));
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(mode).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC);
            match options.open(&path) {
                Ok(file) => {
                    // Where the file system has no locks, nobody can take one to remove the file, either.
                    let _ = sys::lock(file.as_fd());
                    return Ok(Self { path, file });
                }
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

/// Removes from a directory what writers that were killed have left there. What cannot be removed stays.
pub fn remove_left_behind(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.take(MOST_ENTRIES).flatten() {
        if entry.file_name().to_str().is_some_and(is_ours) {
            let _ = remove_if_left_behind(&entry.path());
        }
    }
}

fn remove_if_left_behind(path: &Path) -> io::Result<()> {
    if !is_old(&uninterrupted(|| fs::symlink_metadata(path))?) {
        return Ok(());
    }
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    sys::lock(file.as_fd())?;
    // By now, another may have removed it, or its writer may have ended, and the name may be a new writer's.
    let locked = uninterrupted(|| file.metadata())?;
    let named = uninterrupted(|| fs::symlink_metadata(path))?;
    if is_old(&locked) && (locked.dev(), locked.ino()) == (named.dev(), named.ino()) {
        uninterrupted(|| fs::remove_file(path))?;
    }
    Ok(())
}

/// Whether this is a file that has been left alone for long. One from the future has not.
fn is_old(metadata: &Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|modified| modified.elapsed().ok());
    metadata.is_file() && age.is_some_and(|age| age > LEAST_AGE)
}
