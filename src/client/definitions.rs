//! Definitions: in the directory of service files, or over the socket of a daemon that takes and gives them there.
//!
//! Files are used where the caller has named their directory, where the daemon has no words for them, and where no
//! daemon is there.

use super::{Io, zinit_0_3};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, Service};
use crate::protocol::{Done, Protocol, Request, command};

/// The definition of a service.
pub async fn load_service(io: Io<'_>, name: &Name) -> Result<Box<Service>> {
    if !is_over_socket(io).await? {
        let loaded = io.load(name).await;
        // zinit 0.3 has services from files of its own, too.
        let is_missing = |error: &Error| matches!(error.kind(), ErrorKind::FileNotFound { .. });
        if !(zinit_0_3::is_spoken(io) && loaded.as_ref().is_err_and(is_missing)) {
            return loaded;
        }
    }
    let json = match io.ask(command::get(name)).await {
        Ok(json) => json.0,
        Err(error) => return Err(of_file(error, "read", name)),
    };
    let read =
        if zinit_0_3::is_spoken(io) { Service::from_zinit_0_3(&json) } else { Service::from_json(&json) };
    match read {
        Ok(service) => Ok(Box::new(service)),
        Err(error) => Err(of_file(error, "read", name)),
    }
}

/// As [`load_service`], where the daemon would load it, too.
pub(super) async fn load_checked(io: Io<'_>, name: &Name) -> Result<Box<Service>> {
    if !is_over_socket(io).await? {
        return io.load_checked(name).await;
    }
    let service = load_service(io, name).await?;
    service.check().map_err(|error| error.with_service(name.as_str()))?;
    Ok(service)
}

/// Whether the daemon would monitor a service of this name, before anything is done to the one that it has: it can have
/// one whose name it does not take again, which was there when it began (zinit 0.2.28).
pub(super) async fn check_name(io: Io<'_>, name: &Name) -> Result<()> {
    if !name.as_str().contains(['.', '\\']) {
        return Ok(());
    }
    match io.protocol().await {
        Ok(Protocol::Line | Protocol::Zinit03) => Ok(()),
        Ok(Protocol::JsonRpc) => {
            let message = format!("invalid service name '{}'", name.as_str());
            Err(Error::from(ErrorKind::ConfigRefused { message }).with_service(name.as_str()))
        }
        Err(error) => Err(error),
    }
}

/// Puts a definition in the place of the one that is there, if there is one.
pub async fn add_service(io: Io<'_>, name: &Name, service: &Service) -> Result<()> {
    prepare(io, name, service).await?.put(io, name).await
}

/// Removes the definition of a service; a missing one is fine.
pub async fn remove_service(io: Io<'_>, name: &Name) -> Result<()> {
    if !is_over_socket(io).await? {
        return io.remove(name).await;
    }
    let removed = if zinit_0_3::is_spoken(io) {
        match zinit_0_3::remove(io, name).await {
            Err(error) if error.kind().is_unknown_service() => Ok(()),
            removed => removed,
        }
    } else {
        delete(io, name).await
    };
    removed.map_err(|error| of_file(error, "remove", name))
}

/// A definition that waits for its place.
pub(super) enum Prepared {
    /// Beside the file of the service.
    File,
    /// Here, as JSON.
    Json(String),
    /// The same for zinit 0.3, with the definition that is there.
    Zinit03 { new: String, old: Option<String> },
}

/// Makes ready whatever can be made ready before the definition is put in its place.
pub(super) async fn prepare(io: Io<'_>, name: &Name, service: &Service) -> Result<Prepared> {
    if is_over_socket(io).await? {
        if zinit_0_3::is_spoken(io) {
            let new = service.to_zinit_0_3(name.as_str());
            let new = new.map_err(|error| error.with_service(name.as_str()))?;
            return Ok(Prepared::Zinit03 { new, old: zinit_0_3::definition(io, name).await? });
        }
        let json = service.to_json().map_err(|error| error.with_service(name.as_str()))?;
        return Ok(Prepared::Json(json));
    }
    let yaml = service.to_yaml().map_err(|error| error.with_service(name.as_str()))?;
    io.prepare(name, yaml).await?;
    Ok(Prepared::File)
}

impl Prepared {
    /// Puts it in its place.
    pub(super) async fn put(self, io: Io<'_>, name: &Name) -> Result<()> {
        let json = match self {
            Self::File => return io.replace().await,
            Self::Zinit03 { new, old } => return zinit_0_3::put(io, name, new, old).await,
            Self::Json(json) => json,
        };
        // The daemon does not write over a definition, nor keep it.
        let old = match io.ask(command::get(name)).await {
            Ok(old) => Some(old.0),
            Err(error) if error.kind().is_unknown_service() => None,
            Err(error) if is_unreadable(&error) => None,
            Err(error) => return Err(of_file(error, "read", name)),
        };
        delete(io, name).await.map_err(|error| of_file(error, "write", name))?;
        let Err(error) = create(io, name, json).await else { return Ok(()) };
        let error = of_file(error, "write", name);
        let Some(old) = old else { return Err(error) };
        match create(io, name, old).await {
            Ok(()) => Err(error.context("write the new definition; the old one was put back")),
            Err(again) => {
                Err(error
                    .context(format_args!("write the new definition, nor put the old one back ({again})")))
            }
        }
    }
}

async fn create(io: Io<'_>, name: &Name, json: String) -> Result<()> {
    io.ask(command::tell(Request::Create(name.clone(), json))).await.map(|Done| ())
}

async fn delete(io: Io<'_>, name: &Name) -> Result<()> {
    match io.ask(command::tell(Request::Delete(name.clone()))).await {
        Err(error) if error.kind().is_unknown_service() => Ok(()),
        result => result.map(|Done| ()),
    }
}

/// Whether a definition that is put in its place has its service started.
pub(super) fn starts(io: Io<'_>) -> bool {
    !io.is_directory_named() && zinit_0_3::is_spoken(io)
}

/// Whether it is known without a question that definitions are in files.
pub(super) fn are_files(io: Io<'_>) -> bool {
    io.is_directory_named() || io.known_protocol().get() == Some(Protocol::Line)
}

/// Whether the daemon takes and gives definitions, and the caller has not named another place for them.
pub(super) async fn is_over_socket(io: Io<'_>) -> Result<bool> {
    if are_files(io) {
        return Ok(false);
    }
    match io.protocol().await {
        Ok(protocol) => Ok(protocol != Protocol::Line),
        // Files can be written before the daemon is there.
        Err(error) if matches!(error.kind(), ErrorKind::NotRunning { .. } | ErrorKind::Permission { .. }) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// The daemon cannot read what stands there.
fn is_unreadable(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConfigRefused { .. })
}

/// An error as that of a file.
fn of_file(error: Error, what: &'static str, name: &Name) -> Error {
    let path = format!("{}.yaml of the daemon", name.as_str());
    let kind = match error.kind() {
        ErrorKind::UnknownService { .. } => ErrorKind::FileNotFound { path, os_errno: 0 },
        ErrorKind::FileSyntax { reason, .. } => {
            ErrorKind::FileSyntax { path: Some(path), reason: reason.clone() }
        }
        ErrorKind::ConfigRefused { message } if what == "read" => {
            ErrorKind::FileSyntax { path: Some(path), reason: message.clone() }
        }
        ErrorKind::Daemon { message, advice } => {
            ErrorKind::FileIo { what, path, reason: format!("{message}{advice}"), os_errno: 0 }
        }
        _ => return error.with_service(name.as_str()),
    };
    error.with_kind(kind).with_service(name.as_str())
}
