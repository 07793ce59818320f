//! What the daemon can be told to do. Each returns when the daemon has taken it in, not when it is done.

use super::Desk;
use super::queries::of_service;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DaemonVersion, Name, Signal};
use crate::protocol::{Command, line};

/// Sets the target Up.
pub async fn start(desk: &Desk, name: &Name) -> Result<()> {
    tell(desk, line::start(name)).await.map_err(|error| of_service(error, "start", name))
}

/// Sets the target Down and has the stop signal sent.
pub async fn stop(desk: &Desk, name: &Name) -> Result<()> {
    match tell(desk, line::stop(name)).await {
        // The process has just ended and the daemon has not noted it yet; the target is Down all the same (0.2.14).
        Err(error) if matches!(error.kind(), ErrorKind::ServiceDown { .. }) => Ok(()),
        result => result.map_err(|error| of_service(error, "stop", name)),
    }
}

/// Has the daemon read the service's file and start it.
pub async fn monitor(desk: &Desk, name: &Name) -> Result<()> {
    let result = tell(desk, line::monitor(name)).await.map_err(|error| match error.kind() {
        // Before 0.2.9 the daemon gives the reason alone, in many wordings.
        ErrorKind::Daemon { message } => Error::from(ErrorKind::ConfigRefused { message: message.clone() }),
        _ => error,
    });
    result.map_err(|error| of_service(error, "monitor", name))
}

/// Has the daemon drop a stopped service.
pub async fn forget(desk: &Desk, name: &Name) -> Result<()> {
    tell(desk, line::forget(name)).await.map_err(|error| of_service(error, "forget", name))
}

/// Signals the service's process group.
pub async fn kill(desk: &Desk, name: &Name, signal: Signal) -> Result<()> {
    tell(desk, line::kill(name, signal)).await.map_err(|error| of_service(error, "signal", name))
}

/// Stops all services and restarts the machine.
pub async fn reboot(desk: &Desk) -> Result<()> {
    let result = match obey(desk, line::reboot()).await {
        // Before 0.2.9 the daemon has one command for it, under the other name.
        Err(error) if is_unknown_command(&error, "reboot") => obey(desk, line::shutdown()).await,
        result => result,
    };
    result.map_err(|error| error.context("reboot"))
}

/// Stops all services and turns the machine off. Sends nothing to a daemon that would restart it instead.
pub async fn shutdown(desk: &Desk, version: &DaemonVersion) -> Result<()> {
    let result = if version.numbers < DaemonVersion::SHUTDOWN {
        Err(ErrorKind::NotSupported { reason: "before zinit 0.2.9 `shutdown` means reboot", message: None }
            .into())
    } else {
        obey(desk, line::shutdown()).await
    };
    result.map_err(|error| error.context("shut down"))
}

async fn tell(desk: &Desk, command: Command) -> Result<()> {
    desk.ask(command).await.map(|_| ())
}

/// Tells the daemon something that ends it: one that closes without a word has obeyed.
async fn obey(desk: &Desk, command: Command) -> Result<()> {
    match tell(desk, command).await {
        Err(error) if matches!(error.kind(), ErrorKind::Closed) && desk.sent() => Ok(()),
        result => result,
    }
}

fn is_unknown_command(error: &Error, command: &str) -> bool {
    let words = format!("unknown command '{command}'");
    matches!(error.kind(), ErrorKind::NotSupported { message: Some(message), .. } if message.starts_with(&words))
}
