//! The directory of service files.

use std::fs::{self, File, FileType, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, ErrorKind, Result, describe};
use crate::model::{Name, Service};

/// The directory that the daemon reads service files from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigDirectory(PathBuf);

impl Default for ConfigDirectory {
    fn default() -> Self {
        Self(PathBuf::from("/etc/zinit"))
    }
}

impl ConfigDirectory {
    /// The directory at a path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The file of a service.
    pub fn file(&self, name: &Name) -> PathBuf {
        self.0.join(format!("{}.yaml", name.as_str()))
    }

    /// Reads the file of a service.
    pub fn load(&self, name: &Name) -> Result<Service> {
        let path = self.file(name);
        let yaml = self.content(name);
        let service = yaml.and_then(|yaml| Service::from_yaml(&yaml)).map_err(|error| match error.kind() {
            ErrorKind::FileSyntax { reason, .. } => {
                ErrorKind::FileSyntax { path: Some(path.display().to_string()), reason: reason.clone() }
                    .into()
            }
            _ => error,
        });
        service.map_err(|error| error.with_service(name.as_str()))
    }

    /// Reads the file of a service as bytes; one byte more than is allowed where there are more.
    pub fn content(&self, name: &Name) -> Result<Vec<u8>> {
        let path = self.file(name);
        read(&path).map_err(|failure| failure.of("read", &path))
    }

    /// Writes the file of a service, whole or not at all: at any time a reader sees the old content or the
    /// new.
    ///
    /// A symbolic link is followed; its target keeps its mode.
    pub fn write(&self, name: &Name, service: &Service) -> Result<()> {
        let yaml = service.to_yaml().map_err(|error| error.with_service(name.as_str()))?;
        self.prepare(name, &yaml)?.replace().map_err(|error| error.with_service(name.as_str()))
    }

    /// Writes the new content beside the file of a service, which stays as it is. Whatever can go wrong with
    /// the directory or the disk goes wrong here.
    pub fn prepare(&self, name: &Name, yaml: &str) -> Result<PreparedFile> {
        let path = self.file(name);
        let prepared = prepare(&path, yaml.as_bytes()).map_err(|failure| failure.of("write", &path));
        let prepared = prepared.map(|(temporary, target)| PreparedFile { path, temporary, target });
        prepared.map_err(|error| error.with_service(name.as_str()))
    }

    /// Removes the file of a service, or the link that stands in its place; a missing one is fine.
    pub fn remove(&self, name: &Name) -> Result<()> {
        let path = self.file(name);
        match uninterrupted(|| fs::remove_file(&path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => {
                result.map_err(|error| Failure::from(error).of("remove", &path).with_service(name.as_str()))
            }
        }
    }
}

fn read(path: &Path) -> std::result::Result<Vec<u8>, Failure> {
    // Opened so that nothing waits for a writer, and nothing becomes this process's terminal.
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = file.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => missing(path, error),
        _ => error.into(),
    })?;
    let metadata = uninterrupted(|| file.metadata())?;
    expect_regular(metadata.file_type())?;
    // One byte more than is allowed shows that there are too many; what is behind the size was written since.
    // A file that says it is empty may be one that a program makes up.
    let most = Service::MAX_FILE_BYTES as u64 + 1;
    let size = Some(metadata.len()).filter(|size| *size > 0).unwrap_or(most).min(most);
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(size).read_to_end(&mut content)?;
    Ok(content)
}

fn missing(path: &Path, error: io::Error) -> Failure {
    match uninterrupted(|| fs::read_link(path)) {
        Ok(target) => Failure {
            reason: format!("it is a symbolic link to {}, which does not exist", target.display()),
            ..error.into()
        },
        Err(_) => Failure { is_missing: true, ..error.into() },
    }
}

/// The new content of a service file, written and waiting; dropped, it leaves no trace.
#[derive(Debug)]
pub struct PreparedFile {
    path: PathBuf,
    temporary: Temporary,
    target: PathBuf,
}

impl PreparedFile {
    /// Takes the place of the service file.
    pub fn replace(self) -> Result<()> {
        let Self { path, temporary, target } = self;
        temporary.rename(&target).map_err(|error| Failure::from(error).of("write", &path))?;
        // The file is whole in either case, and some file systems cannot do this for a directory.
        let _ = File::open(parent(&target)).and_then(|directory| directory.sync_all());
        Ok(())
    }
}

fn prepare(path: &Path, content: &[u8]) -> std::result::Result<(Temporary, PathBuf), Failure> {
    let target = follow_links(path)?;
    let old = match uninterrupted(|| fs::symlink_metadata(&target)) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(old) = &old {
        expect_regular(old.file_type())?;
    }
    let (mut file, temporary) = Temporary::create(parent(&target))?;
    if let Some(old) = old {
        // Of all users, only root may give a file away; the mode comes after, for a new owner takes some bits
        // off it.
        let _ = uninterrupted(|| fchown(&file, Some(old.uid()), Some(old.gid())));
        file.set_permissions(Permissions::from_mode(old.mode() & 0o7777))?;
    }
    file.write_all(content)?;
    file.sync_all()?;
    Ok((temporary, target))
}

fn parent(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new("/"))
}

/// The file that a path leads to, though it need not exist.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // As many as the system follows.
    for _ in 0..40 {
        match uninterrupted(|| fs::symlink_metadata(&path)) {
            Ok(metadata) if metadata.is_symlink() => {
                let link = uninterrupted(|| fs::read_link(&path))?;
                path.pop();
                path.push(link);
            }
            _ => return Ok(path),
        }
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// A file beside the target, which goes away unless it takes the target's place.
#[derive(Debug)]
struct Temporary(PathBuf);

impl Temporary {
    /// Its name is no service's, and no other's: processes, threads and what a killed process left behind
    /// included.
    fn create(directory: &Path) -> std::result::Result<(File, Self), Failure> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = directory.join(format!(".zinit-client-{}-{number}.tmp", process::id()));
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o660).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC);
            match options.open(&path) {
                Ok(file) => return Ok((file, Self(path))),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let reason = format!("the directory {} does not exist", directory.display());
                    return Err(Failure { reason, ..error.into() });
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn rename(mut self, target: &Path) -> io::Result<()> {
        uninterrupted(|| fs::rename(&self.0, target))?;
        self.0 = PathBuf::new();
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            let _ = uninterrupted(|| fs::remove_file(&self.0));
        }
    }
}

/// Makes a call again where a signal has cut it short, which some file systems let happen. The standard library does so
/// by itself where it opens, reads, writes and syncs a file, and sets its mode.
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// What went wrong with a file, before it is known which.
struct Failure {
    reason: String,
    os_errno: i32,
    is_missing: bool,
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
    fn of(self, what: &'static str, path: &Path) -> Error {
        let Self { reason, os_errno, is_missing } = self;
        let path = path.display().to_string();
        if is_missing {
            return ErrorKind::FileNotFound { path, os_errno }.into();
        }
        ErrorKind::FileIo { what, path, reason, os_errno }.into()
    }
}

fn expect_regular(kind: FileType) -> std::result::Result<(), Failure> {
    let kind = match kind {
        _ if kind.is_dir() => "a directory",
        _ if kind.is_fifo() => "a FIFO",
        _ if kind.is_socket() => "a socket",
        _ if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => return Ok(()),
    };
    Err(Failure { reason: format!("it is {kind}, not a file"), os_errno: 0, is_missing: false })
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
