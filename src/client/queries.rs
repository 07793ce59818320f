//! What the daemon can be asked.

use std::time::Duration;

use super::side_by_side::{at_once, side_by_side};
use super::task::SLOTS;
use super::{Io, definitions, zinit_0_3};
use crate::error::{ErrorKind, Result};
use crate::model::{DaemonVersion, Name, Protocol, Service, ServiceList, Stats, Status, Target};
use crate::protocol::command;

/// All monitored services.
pub async fn list(io: Io<'_>) -> Result<ServiceList> {
    // A list fails as a whole where a service is forgotten meanwhile (2 in 100 under load, zinit 0.2.14).
    const TRIES: usize = 10;
    let mut tries = 1;
    loop {
        let error = match io.ask(command::list()).await {
            Ok(list) => return Ok(list),
            Err(error) => error,
        };
        let error = match error.kind() {
            ErrorKind::UnknownService { .. } if tries < TRIES => {
                tries += 1;
                continue;
            }
            ErrorKind::UnknownService { message, .. } => {
                let what = "a service that was forgotten in the meantime; try again";
                let message = message.clone();
                error.with_kind(ErrorKind::UnknownService { what, message })
            }
            _ => error,
        };
        return Err(error.context("list the services"));
    }
}

/// One service in detail.
pub async fn status(io: Io<'_>, name: &Name) -> Result<Status> {
    // Not in steps of its own, for each moves the status.
    let status = io.ask(command::status(name)).await;
    let mut status = status.map_err(|error| error.service_context("get the status of", name.as_str()))?;
    if is_target_hidden(io, &status) {
        status.target = hidden_target(io, name).await?;
    }
    Ok(status)
}

/// The same, in one exchange: zinit 0.3 does not tell the target of a service that has ended.
pub(super) async fn status_as_told(io: Io<'_>, name: &Name) -> Result<Status> {
    let status = io.ask(command::status(name)).await;
    status.map_err(|error| error.service_context("get the status of", name.as_str()))
}

fn is_target_hidden(io: Io<'_>, status: &Status) -> bool {
    status.target == Target::Unknown && zinit_0_3::is_spoken(io)
}

async fn hidden_target(io: Io<'_>, name: &Name) -> Result<Target> {
    // Boxed, so that a status of another daemon is no larger.
    let target = Box::pin(zinit_0_3::target(io, name)).await;
    target.map_err(|error| error.service_context("get the status of", name.as_str()))
}

/// All monitored services in detail, sorted by name. A service that is forgotten meanwhile is left out. Of one whose
/// name cannot be sent there is what the list tells.
pub async fn statuses(io: Io<'_>) -> Result<Vec<Status>> {
    if zinit_0_3::is_spoken(io) {
        return full_list(io).await;
    }
    let list = list(io).await?;
    // It is known only now.
    if zinit_0_3::is_spoken(io) {
        return full_list(io).await;
    }
    let is_quick = io.exchange_time() < Duration::from_millis(1);
    let services = list.services();
    let at_once = if is_quick { at_once(services.len()) } else { SLOTS };
    let statuses = side_by_side(io, at_once, services.iter(), |io, (name, state)| async move {
        let Ok(name) = Name::new(name.as_str()) else { return Ok(Some(Status::from_list(name, state))) };
        match status_as_told(io, &name).await {
            Err(error) if error.kind().is_unknown_service() => Ok(None),
            status => status.map(Some),
        }
    });
    Ok(statuses.await?.into_iter().flatten().collect())
}

/// The same of zinit 0.3, whose list tells all but what services run after.
async fn full_list(io: Io<'_>) -> Result<Vec<Status>> {
    let mut found = Vec::new();
    for mut status in
        io.ask(command::full_list()).await.map_err(|error| error.context("list the services"))?
    {
        if let (true, Ok(name)) = (is_target_hidden(io, &status), Name::new(status.name.as_str())) {
            match hidden_target(io, &name).await {
                Err(error) if error.kind().is_unknown_service() => continue,
                target => status.target = target?,
            }
        }
        found.push(status);
    }
    found.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// What the processes of one service use. The daemon takes a second or two to measure it.
pub async fn stats(io: Io<'_>, name: &Name) -> Result<Stats> {
    let stats = match io.ask(command::stats(name)).await {
        Ok(stats) if zinit_0_3::is_spoken(io) => zinit_0_3::with_children(io, name, stats).await,
        stats => stats,
    };
    stats.map_err(|error| error.service_context("get the stats of", name.as_str()))
}

/// Whether a service is monitored.
pub async fn exists(io: Io<'_>, name: &Name) -> Result<bool> {
    match status_as_told(io, name).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind().is_unknown_service() => Ok(false),
        Err(error) => Err(error),
    }
}

/// The definition of a service that is monitored.
pub async fn get(io: Io<'_>, name: &Name) -> Result<Box<Service>> {
    status_as_told(io, name).await?;
    definitions::load_service(io, name).await
}

/// The version of the zinit binary; before 0.3, the daemon itself does not tell its own.
pub async fn version(io: Io<'_>) -> Result<DaemonVersion> {
    if zinit_0_3::is_spoken(io) {
        return zinit_0_3::version(io).await;
    }
    let version = io.version().await?;
    let Some(speaks) = io.known_protocol().get() else { return Ok(version) };
    let binary_speaks = version.protocol();
    if speaks == binary_speaks {
        return Ok(version);
    }
    let reason = format!(
        "the zinit binary is {}, but the daemon speaks {}, which zinit {} does; \
         name the daemon's own binary in the client's options",
        version.text,
        speaks.words(),
        speaks.versions()
    );
    Err(ErrorKind::Version { reason, os_errno: 0 }.into())
}

/// The protocol that the daemon speaks at this moment, whatever is known of it.
pub async fn protocol(io: Io<'_>) -> Result<Protocol> {
    io.learn_protocol().await.map_err(|error| error.context("find out the daemon's protocol"))
}
