//! What the daemon can be asked.

use super::desk::wrong_kind;
use super::{ConfigDirectory, Desk};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, Service, ServiceList, Status};
use crate::protocol::{Reply, line};

/// All monitored services.
pub async fn list(desk: &Desk) -> Result<ServiceList> {
    // A list fails as a whole where a service is forgotten meanwhile (2 in 100 under load, zinit 0.2.14).
    const TRIES: usize = 10;
    let mut tries = 1;
    loop {
        match desk.ask(line::list()).await {
            Ok(Reply::List(list)) => return Ok(list),
            Ok(_) => return Err(wrong_kind().into()),
            Err(error) if is_unknown(&error) && tries < TRIES => tries += 1,
            Err(error) => return Err(error.context("list the services")),
        }
    }
}

/// One service in detail.
pub async fn status(desk: &Desk, name: &Name) -> Result<Status> {
    match desk.ask(line::status(name)).await {
        Ok(Reply::Status(status)) => Ok(status),
        Ok(_) => Err(wrong_kind().into()),
        Err(error) => Err(of_service(error, "get the status of", name)),
    }
}

/// Whether a service is monitored.
pub async fn exists(desk: &Desk, name: &Name) -> Result<bool> {
    match status(desk, name).await {
        Ok(_) => Ok(true),
        Err(error) if is_unknown(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The definition of a service that is monitored.
pub async fn get(desk: &Desk, directory: &ConfigDirectory, name: &Name) -> Result<Service> {
    status(desk, name).await?;
    directory.load(name)
}

/// Whether the daemon said that it has no such service.
pub(super) fn is_unknown(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::UnknownService { .. })
}

/// Says what was tried on which service.
pub(super) fn of_service(error: Error, verb: &str, name: &Name) -> Error {
    error.service_context(verb, name.as_str())
}
