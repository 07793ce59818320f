//! What the daemon can be told to do. Each returns when the daemon has taken it in, not when it is done.

use super::Io;
use super::queries::is_unknown;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DaemonVersion, Name, Signal};
use crate::protocol::{Command, Done, line};

/// Sets the target Up.
pub async fn start(io: Io<'_>, name: &Name) -> Result<()> {
    tell(io, line::start(name)).await.map_err(|error| error.service_context("start", name.as_str()))
}

/// Sets the target Down and has the stop signal sent.
pub async fn stop(io: Io<'_>, name: &Name) -> Result<()> {
    match tell(io, line::stop(name)).await {
        // The process has just ended and the daemon has not noted it yet; the target is Down all the same
        // (0.2.14).
        Err(error) if matches!(error.kind(), ErrorKind::ServiceDown { .. }) => Ok(()),
        result => result.map_err(|error| error.service_context("stop", name.as_str())),
    }
}

/// Has the daemon read the service's file and start it.
pub async fn monitor(io: Io<'_>, name: &Name) -> Result<()> {
    let result = tell(io, line::monitor(name)).await.map_err(|error| match error.kind() {
        // Before 0.2.9 the daemon gives the reason alone, in many wordings. What is known to be about another service is
        // not such a reason.
        ErrorKind::Daemon { message, advice: "" } => {
            Error::from(ErrorKind::ConfigRefused { message: message.clone() })
        }
        _ => error,
    });
    result.map_err(|error| error.service_context("monitor", name.as_str()))
}

/// Has the daemon drop a stopped service.
pub async fn forget(io: Io<'_>, name: &Name) -> Result<()> {
    tell(io, line::forget(name)).await.map_err(|error| error.service_context("forget", name.as_str()))
}

/// As [`forget`]; a service that the daemon does not know is forgotten already.
pub(super) async fn forget_if_known(io: Io<'_>, name: &Name) -> Result<()> {
    match forget(io, name).await {
        Err(error) if is_unknown(&error) => Ok(()),
        result => result,
    }
}

/// Signals the service's process group.
pub async fn kill(io: Io<'_>, name: &Name, signal: Signal) -> Result<()> {
    tell(io, line::kill(name, signal)).await.map_err(|error| error.service_context("signal", name.as_str()))
}

/// Stops all services and restarts the machine.
pub async fn reboot(io: Io<'_>) -> Result<()> {
    let result = match obey(io, line::reboot()).await {
        // Before 0.2.9 the daemon has one command for it, under the other name.
        Err(error) if is_unknown_command(&error, "reboot") => obey(io, line::shutdown()).await,
        result => result,
    };
    result.map_err(|error| error.context("reboot"))
}

/// Stops all services and turns the machine off. Sends nothing to a daemon that would restart it instead.
pub async fn shutdown(io: Io<'_>) -> Result<()> {
    let version = io.version().await?;
    let result = if version.numbers < DaemonVersion::SHUTDOWN {
        Err(ErrorKind::NotSupported { reason: "before zinit 0.2.9 `shutdown` means reboot", message: None }
            .into())
    } else {
        obey(io, line::shutdown()).await
    };
    result.map_err(|error| error.context("shut down"))
}

async fn tell(io: Io<'_>, command: Command<Done>) -> Result<()> {
    io.ask(command).await.map(|Done| ())
}

/// Tells the daemon something that ends it: one that closes without a word has obeyed.
async fn obey(io: Io<'_>, command: Command<Done>) -> Result<()> {
    match tell(io, command).await {
        Err(error) if matches!(error.kind(), ErrorKind::Closed { .. }) && io.progress().is_sent() => Ok(()),
        result => result,
    }
}

fn is_unknown_command(error: &Error, command: &str) -> bool {
    let words = format!("unknown command '{command}'");
    matches!(error.kind(), ErrorKind::NotSupported { message: Some(message), .. } if message.starts_with(&words))
}
