//! The directory of service files.

mod attributes;
mod failure;
mod temporary;

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use self::failure::{Failure, expect_regular, uninterrupted};
use self::temporary::{Temporary, remove_left_behind};
use crate::error::{ErrorKind, Result};
use crate::model::{Name, Service};
use crate::sys;

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
        const SUFFIX: &str = ".yaml";
        let (directory, name) = (self.0.as_os_str(), OsStr::from_bytes(name.as_bytes()));
        // In one piece of memory: a search makes a thousand.
        let mut path = PathBuf::with_capacity(directory.len() + 1 + name.len() + SUFFIX.len());
        path.push(directory);
        path.push(name);
        path.as_mut_os_string().push(SUFFIX);
        path
    }

    /// Reads the file of a service.
    pub fn load(&self, name: &Name) -> Result<Service> {
        self.read_as(name, Service::from_yaml)
    }

    /// As [`load`](Self::load), where the daemon would load the file, too.
    pub fn load_checked(&self, name: &Name) -> Result<Service> {
        self.read_as(name, |yaml| {
            let service = Service::from_yaml(yaml)?;
            service.check()?;
            Ok(service)
        })
    }

    fn read_as(&self, name: &Name, parse: impl Fn(&[u8]) -> Result<Service>) -> Result<Service> {
        let path = self.file(name);
        let yaml = self.content(name);
        let service = yaml.and_then(|yaml| parse(&yaml)).map_err(|error| match error.kind() {
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
    /// A symbolic link is followed. An existing file keeps its mode and its extended attributes, and its owner
    /// where this process may give a file away.
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
    let file = match open(path) {
        // It is a link.
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => open(&follow_links(path)?),
        result => result,
    };
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

/// Opens a file and no link, so that nothing waits for a writer, and nothing becomes this process's terminal.
fn open(path: &Path) -> io::Result<File> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
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
        remove_left_behind(parent(&target));
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
    // The mode of the old file comes last; until then, nobody else may look into the new one.
    let temporary = Temporary::create(parent(&target), if old.is_some() { 0o600 } else { 0o660 })?;
    let mut file = temporary.file();
    file.write_all(content)?;
    if let Some(old) = old {
        // Neither the umask nor the directory's default ACL may take from us the right to set attributes.
        file.set_permissions(Permissions::from_mode(0o600))?;
        // Of all users, only root may give a file away.
        let _ = uninterrupted(|| fchown(file, Some(old.uid()), Some(old.gid())));
        // A new content and a new owner take off attributes and bits of the mode, which so come after.
        attributes::keep(&target, temporary.path(), file)?;
        set_mode(file, old.mode() & 0o7777)?;
    }
    file.sync_all()?;
    Ok((temporary, target))
}

/// Some file systems change an access control list with each mode that is set.
fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    if uninterrupted(|| file.metadata())?.mode() & 0o7777 != mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(())
}

fn parent(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new("/"))
}

/// The file that a path leads to, though it need not exist.
fn follow_links(path: &Path) -> std::result::Result<PathBuf, Failure> {
    // As many as the system follows.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..=MOST_LINKS {
        match uninterrupted(|| fs::symlink_metadata(&path)) {
            Ok(metadata) if metadata.is_symlink() => {
                expect_trusted(&path, &metadata)?;
                let link = uninterrupted(|| fs::read_link(&path))?;
                path.pop();
                path.push(link);
            }
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            // It may be a link, which would be replaced.
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP).into())
}

/// Where everybody may put a link, one of a stranger would lead root's hand to any file. Many systems follow none such
/// either, where the sticky bit is set (`fs.protected_symlinks`); but they are not asked when a link is read.
fn expect_trusted(link: &Path, metadata: &Metadata) -> std::result::Result<(), Failure> {
    const OTHERS_MAY_WRITE: u32 = 0o002;
    let directory = uninterrupted(|| fs::metadata(parent(link)))?;
    let trusted = [0, sys::effective_user(), directory.uid()];
    if directory.mode() & OTHERS_MAY_WRITE == 0 || trusted.contains(&metadata.uid()) {
        return Ok(());
    }
    let reason = format!(
        "{} is a symbolic link of user {}, in a directory that everybody may write to, and is not followed; take \
         that permission off the directory",
        link.display(),
        metadata.uid()
    );
    Err(Failure { reason, os_errno: libc::EACCES, is_missing: false })
}
