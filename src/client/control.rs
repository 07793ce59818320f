//! What the daemon can be told to do. Each returns when the daemon has taken it in, not when it is done.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::Io;
use super::io::later;
use super::queries;
use super::zinit_0_3;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Address, DaemonVersion, Name, Signal, Target};
use crate::protocol::{Done, Protocol, Request, command};

/// Sets the target Up.
pub async fn start(io: Io<'_>, name: &Name) -> Result<()> {
    tell(io, Request::Start(name.clone()))
        .await
        .map_err(|error| error.service_context("start", name.as_str()))
}

/// Sets the target Down and has the stop signal sent.
pub async fn stop(io: Io<'_>, name: &Name) -> Result<()> {
    stop_for_now(io, name).await.map(drop)
}

/// The same; gives how long the service must stay stopped before it counts as stopped.
async fn stop_for_now(io: Io<'_>, name: &Name) -> Result<Duration> {
    match tell_or_do(io, Request::Stop(name.clone())).await {
        // The process has just ended and the daemon has not noted it yet; the target is Down all the same
        // (0.2.14).
        Err(error) if matches!(error.kind(), ErrorKind::ServiceDown { .. }) => Ok(Duration::ZERO),
        result => result.map_err(|error| error.service_context("stop", name.as_str())),
    }
}

/// As [`stop`], for who waits for the end otherwise: does not wait for a daemon that confirms only when the process has
/// ended, a second later or two (zinit 0.2.28). The target tells that the command has arrived. Gives how long the
/// service must stay stopped before it counts as stopped.
///
/// The command goes out once, however long it is on its way: a second one would leave the first one to stop what is
/// started behind it.
pub(super) async fn begin_stop(io: Io<'_>, name: &Name) -> Result<Duration> {
    let mut stop = pin!(stop_for_now(io, name));
    let looking = io.in_slot(1);
    let mut arrival = pin!(arrives(looking, name));
    let mut looks = false;
    // The one that nobody waits for any more is ended.
    let (told, left) = poll_fn(|context| {
        if let Poll::Ready(told) = stop.as_mut().poll(context) {
            return Poll::Ready((told, looks.then_some(looking)));
        }
        if io.known_protocol().get() != Some(Protocol::JsonRpc) {
            return Poll::Pending;
        }
        looks = true;
        arrival.as_mut().poll(context).map(|arrived| (arrived.map(|()| Duration::ZERO), Some(io)))
    })
    .await;
    match left {
        Some(left) => left.give_up().await.and(told),
        None => told,
    }
}

/// Waits until the target tells that a stop has arrived. One that was Down before, of a service without a process, does
/// not, nor does a service that is not known: there, the daemon answers the stop at once.
async fn arrives(io: Io<'_>, name: &Name) -> Result<()> {
    const LONGEST: Duration = Duration::from_millis(100);
    // So long the reply takes where there is no process.
    let mut pause = Duration::from_millis(10);
    let mut was_up = false;
    loop {
        io.pause(later(io.now(), pause)).await?;
        match queries::status_as_told(io, name).await {
            Ok(status) if status.target == Target::Up => was_up = true,
            Ok(status) if was_up || status.pid != 0 => return Ok(()),
            Ok(_) => {}
            // The stop may come behind this look, and find what is monitored meanwhile.
            Err(error) if error.kind().is_unknown_service() => {}
            Err(error) => return Err(error),
        }
        pause = (pause * 2).min(LONGEST);
    }
}

/// Has the daemon read the service's file and start it.
pub async fn monitor(io: Io<'_>, name: &Name) -> Result<()> {
    let result = tell_or_do(io, Request::Monitor(name.clone())).await.map(drop);
    let result = result.map_err(|error| match error.kind() {
        // Before 0.2.9 the daemon gives the reason alone, in many wordings. What is known to be about another service is
        // not such a reason.
        ErrorKind::Daemon { message, advice: "" } => {
            Error::from(ErrorKind::ConfigRefused { message: message.clone() })
        }
        _ => error,
    });
    result.map_err(|error| error.service_context("monitor", name.as_str()))
}

/// Has the daemon drop a stopped service; zinit 0.3 drops its file, too.
pub async fn forget(io: Io<'_>, name: &Name) -> Result<()> {
    let result = tell_or_do(io, Request::Forget(name.clone())).await.map(drop);
    result.map_err(|error| error.service_context("forget", name.as_str()))
}

/// As [`forget`]; a service that the daemon does not know is forgotten already.
pub(super) async fn forget_if_known(io: Io<'_>, name: &Name) -> Result<()> {
    match forget(io, name).await {
        Err(error) if error.kind().is_unknown_service() => Ok(()),
        result => result,
    }
}

/// Signals the service's process group.
pub async fn kill(io: Io<'_>, name: &Name, signal: Signal) -> Result<()> {
    let result = tell_or_do(io, Request::Kill(name.clone(), signal)).await.map(drop);
    result.map_err(|error| error.service_context("signal", name.as_str()))
}

/// Stops all services and restarts the machine.
pub async fn reboot(io: Io<'_>) -> Result<()> {
    let result = match end(io, Request::Reboot).await {
        // Before 0.2.9 the daemon has one command for it, under the other name.
        Err(error) if is_unknown_command(&error, "reboot") => end(io, Request::Shutdown).await,
        result => result,
    };
    result.map_err(|error| error.context("reboot"))
}

/// Stops all services and turns the machine off. Sends nothing to a daemon that would restart it instead.
pub async fn shutdown(io: Io<'_>) -> Result<()> {
    let result = if can_power_off(io).await? {
        end(io, Request::Shutdown).await
    } else {
        Err(ErrorKind::NotSupported { reason: "before zinit 0.2.9 `shutdown` means reboot", message: None }
            .into())
    };
    result.map_err(|error| error.context("shut down"))
}

/// Every daemon that speaks JSON-RPC can; of another one, the version tells.
async fn can_power_off(io: Io<'_>) -> Result<bool> {
    if matches!(io.known_protocol().get(), Some(Protocol::JsonRpc | Protocol::Zinit03)) {
        return Ok(true);
    }
    match io.version().await {
        Ok(version) => Ok(version.numbers >= DaemonVersion::SHUTDOWN),
        Err(error) if matches!(error.kind(), ErrorKind::Version { .. }) => match io.protocol().await {
            Ok(Protocol::JsonRpc | Protocol::Zinit03) => Ok(true),
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// Has the daemon serve JSON-RPC over HTTP, too. It closes a server that it has started before.
pub async fn start_http_server(io: Io<'_>, address: &Address) -> Result<()> {
    let result = tell(io, Request::StartHttpServer(address.clone())).await;
    result.map_err(|error| error.context(format_args!("start the HTTP server at {}", address.as_str())))
}

/// Has the daemon serve JSON-RPC over HTTP no longer.
pub async fn stop_http_server(io: Io<'_>) -> Result<()> {
    tell(io, Request::StopHttpServer).await.map_err(|error| error.context("stop the HTTP server"))
}

async fn tell(io: Io<'_>, request: Request) -> Result<()> {
    io.ask(command::tell(request)).await.map(|Done| ())
}

/// Tells the daemon; or does the same in steps, where the daemon is zinit 0.3, whose protocol does not have the request.
/// Gives how long a service that was told to stop must stay stopped.
async fn tell_or_do(io: Io<'_>, request: Request) -> Result<Duration> {
    // What is known of the daemon may be of the one before.
    if zinit_0_3::is_spoken(io) {
        // Boxed, as below, so that a command to another daemon is no larger.
        let result = Box::pin(zinit_0_3::do_in_steps(io, &request)).await;
        let is_another = |error: &Error| !zinit_0_3::is_spoken(io) && is_absent(error);
        if !result.as_ref().is_err_and(is_another) {
            return result;
        }
    }
    match tell(io, request.clone()).await {
        Err(error) if zinit_0_3::is_spoken(io) && is_absent(&error) => {
            Box::pin(zinit_0_3::do_in_steps(io, &request)).await
        }
        told => told.map(|()| Duration::ZERO),
    }
}

/// Whether a request was refused here, because the protocol does not have it.
fn is_absent(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotSupported { message: None, .. })
}

async fn end(io: Io<'_>, request: Request) -> Result<()> {
    io.ask(command::end(request)).await.map(|Done| ())
}

fn is_unknown_command(error: &Error, command: &str) -> bool {
    let words = format!("unknown command '{command}'");
    matches!(error.kind(), ErrorKind::NotSupported { message: Some(message), .. } if message.starts_with(&words))
}
