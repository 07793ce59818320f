//! What takes more than one request, or more care, where the daemon is zinit 0.3.
//!
//! Its protocol does not have some requests as they are: see [`Request`]. Such a request is refused before it is sent,
//! and what is here does the same in steps. So a daemon of another protocol costs no question more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Io;
use super::io::{later, not_in_protocol};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    DaemonVersion, Name, ProcessStats, Protocol, Service, Signal, StateKind, Stats, Status, Target, Text,
};
use crate::protocol::{Child, Done, GraphState, Pong, Request, command};

/// Whether it is what the daemon speaks, as far as is known.
pub(super) fn is_spoken(io: Io<'_>) -> bool {
    io.known_protocol().get() == Some(Protocol::Zinit03)
}

/// Does what the protocol has no request for. Gives how long a service that was told to stop must stay stopped before it
/// counts as stopped.
pub(super) async fn do_in_steps(io: Io<'_>, request: &Request) -> Result<Duration> {
    match request {
        Request::Stop(name) => return stop(io, name).await,
        Request::Kill(name, signal) => kill(io, name, *signal).await?,
        Request::Monitor(name) => monitor(io, name).await?,
        Request::Forget(name) => remove(io, name).await?,
        _ => return Err(not_in_protocol(request, Some(Protocol::Zinit03))),
    }
    Ok(Duration::ZERO)
}

/// Signals the process group of a service that has a process: of one without, such as a target, the daemon takes its own
/// group for it, and dies.
async fn kill(io: Io<'_>, name: &Name, signal: Signal) -> Result<()> {
    let mut tries = Tries::default();
    let mut first = None;
    loop {
        let pid = io.ask(command::status(name)).await?.pid;
        if pid == 0 || pid != *first.get_or_insert(pid) {
            let message = "it has no process".to_owned();
            return Err(ErrorKind::ServiceDown { message }.into());
        }
        let told = io.ask(command::tell(Request::KillProcess(name.clone(), signal))).await;
        match told {
            Err(error) if tries.has_another(&error) => tries.pause(io).await?,
            told => return told.map(|Done| ()),
        }
    }
}

/// The tries to signal a process group that the daemon does not find. It tells of a process before that has made its
/// group, and for a moment after its end.
#[derive(Default)]
struct Tries(usize);

impl Tries {
    fn has_another(&mut self, error: &Error) -> bool {
        const MOST: usize = 20;
        self.0 += 1;
        matches!(error.kind(), ErrorKind::ServiceDown { .. }) && self.0 < MOST
    }

    async fn pause(&self, io: Io<'_>) -> Result<()> {
        const NOTED: Duration = Duration::from_millis(10);
        io.pause(later(io.now(), NOTED)).await
    }
}

/// Stops a service. Gives how long it must stay stopped before it counts as stopped.
///
/// A stop of a service that waits, for its next start or for another service, only takes that out of sight: it is started
/// all the same. So it is told again until it has a process that can be stopped, or the time of its next start is over.
async fn stop(io: Io<'_>, name: &Name) -> Result<Duration> {
    let mut tries = Tries::default();
    loop {
        let before = io.ask(command::status(name)).await?;
        if io.removes() {
            check_removable(io, name).await?;
        }
        let stays = match before.state.kind() {
            StateKind::Blocked => SHORTEST,
            StateKind::Unknown | StateKind::Error | StateKind::Failure | StateKind::TestFailure
                if before.target != Target::Unknown =>
            {
                next_start(io, name).await?.unwrap_or_default()
            }
            _ => Duration::ZERO,
        };
        match io.ask(command::tell(Request::StopProcess(name.clone()))).await {
            // The service is not stopped by that either.
            Err(error) if tries.has_another(&error) => tries.pause(io).await?,
            told => return told.map(|Done| stays),
        }
    }
}

/// So long must a service stay stopped at least that waited for another one.
const SHORTEST: Duration = Duration::from_secs(1);

/// Within what time the daemon may start a service by itself; `None`: it does not.
async fn next_start(io: Io<'_>, name: &Name) -> Result<Option<Duration>> {
    let GraphState { output } = io.ask(command::graph_state()).await?;
    Ok(delay_in(&output, name.as_str()))
}

/// The delay that stands in the daemon's words for people:
///
/// ```text
/// [X] web - Failed (exited with code 1)
///     restart_count: 3, next_delay: 8000ms
/// ```
///
/// It is that of the start after the next one, and no shorter than that of the next one.
fn delay_in(output: &str, name: &str) -> Option<Duration> {
    let mut lines = output.lines().skip_while(|line| !is_header_of(line, name)).skip(1);
    let line = lines.next()?.trim_start();
    let (_, delay) = line.strip_prefix("restart_count: ")?.split_once(", next_delay: ")?;
    let milliseconds: u64 = delay.strip_suffix("ms")?.parse().ok()?;
    Some(Duration::from_millis(milliseconds) + SHORTEST)
}

/// Whether it is the line `[X] NAME - State`.
fn is_header_of(line: &str, name: &str) -> bool {
    let behind_symbol = line.split_once("] ").map(|(_, behind)| behind);
    let behind_name = behind_symbol.and_then(|behind| behind.strip_prefix(name));
    line.starts_with('[') && behind_name.is_some_and(|behind| behind.starts_with(" - "))
}

/// Has the daemon take in the definition of a service that it does not know, and start it. It reads no file of zinit 0.2:
/// where the caller has named the directory of such files, the file is read here.
async fn monitor(io: Io<'_>, name: &Name) -> Result<()> {
    let _turn = Turn::take(io).await?;
    match io.ask(command::status(name)).await {
        Ok(_) => {
            let message = format!("service {:?} already monitored", name.as_str());
            return Err(ErrorKind::AlreadyMonitored { message }.into());
        }
        Err(error) if error.kind().is_unknown_service() => {}
        Err(error) => return Err(error),
    }
    if !io.is_directory_named() {
        let message =
            "zinit 0.3 reads its directory only when it begins: add the service, which starts it".to_owned();
        return Err(ErrorKind::ConfigRefused { message }.into());
    }
    let definition = io.load_checked(name).await.map_err(|error| {
        let message = error.to_string();
        error.with_kind(ErrorKind::ConfigRefused { message })
    })?;
    set(io, definition.to_zinit_0_3(name.as_str())?).await
}

/// Has the daemon take in a definition of a service that it does not know.
async fn set(io: Io<'_>, definition: String) -> Result<()> {
    io.ask(command::tell(Request::Set(definition))).await.map(|Done| ())
}

/// The turn of one call of this process to look at the daemon's services, and to add or remove one: between the two no
/// other call may do so. Two definitions of one name hang the daemon for ever, and a service that is added meanwhile takes
/// the last place. Nothing keeps another program from it.
struct Turn;

static IS_TAKEN: AtomicBool = AtomicBool::new(false);

impl Turn {
    async fn take(io: Io<'_>) -> Result<Self> {
        const LOOK: Duration = Duration::from_millis(2);
        let lost = io.exchange_deadline();
        while IS_TAKEN.swap(true, Ordering::Acquire) {
            // Whoever has it is in another process since a fork, or waits for a daemon that hangs.
            if io.now() >= lost {
                break;
            }
            io.pause(later(io.now(), LOOK)).await?;
        }
        Ok(Self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        IS_TAKEN.store(false, Ordering::Release);
    }
}

/// The definition that the daemon has of a service, as it takes it; `None`: it does not know the service, or that is not
/// one that can be given to it, such as a target.
pub(super) async fn definition(io: Io<'_>, name: &Name) -> Result<Option<String>> {
    match io.ask(command::get(name)).await {
        Ok(json) => Ok(Service::from_zinit_0_3(&json.0).is_ok().then_some(json.0)),
        Err(error) if error.kind().is_unknown_service() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a definition in the place of the one that is there, if that can be taken out. If the daemon refuses it, the old
/// one is put back, which may have been taken out before.
pub(super) async fn put(io: Io<'_>, name: &Name, new: String, old: Option<String>) -> Result<()> {
    let _turn = Turn::take(io).await?;
    match remove_in_turn(io, name).await {
        Err(error) if error.kind().is_unknown_service() => {}
        Err(error) => return Err(error.service_context("replace", name.as_str())),
        Ok(()) => {}
    }
    let Err(error) = set(io, new).await else { return Ok(()) };
    let error = match (error.kind(), old) {
        (ErrorKind::ConfigRefused { .. }, Some(old)) => match put_back(io, name, old).await {
            Ok(()) => error.context("take in the new definition; the old one was put back"),
            Err(again) => {
                error.context(format_args!("take in the new definition, nor put the old one back ({again})"))
            }
        },
        _ => error,
    };
    Err(error.service_context("add", name.as_str()))
}

async fn put_back(io: Io<'_>, name: &Name, old: String) -> Result<()> {
    match io.ask(command::status(name)).await {
        // Two definitions of one name would hang the daemon.
        Ok(_) => Ok(()),
        Err(error) if error.kind().is_unknown_service() => set(io, old).await,
        Err(error) => Err(error),
    }
}

/// Whether there is a service of that name, which can be taken out then, though perhaps not yet; an error where it cannot.
///
/// The daemon keeps services by their place, and moves the last one to the place of one that is taken out; but not what it
/// knows of processes, logs and timers. Those that depend on one that is taken out it takes out, too, and one that depends
/// on itself for ever. Told to put a definition in the place of another one, it answers nobody any more.
pub(super) async fn check_removable(io: Io<'_>, name: &Name) -> Result<bool> {
    let services = io.ask(command::unsorted_list()).await?;
    let is_it = |(known, _): &(Text, _)| known.as_str() == name.as_str();
    if !services.iter().any(is_it) {
        return Ok(false);
    }
    if !services.last().is_some_and(is_it) {
        let reason = "zinit 0.3 mixes up its services if one is replaced or removed that is not the last one in its list: \
                      change its file, and restart the daemon";
        return Err(ErrorKind::NotSupported { reason, message: None }.into());
    }
    for (other, _) in &services {
        let Ok(other) = Name::new(other.as_str()) else { continue };
        let status = match io.ask(command::status(&other)).await {
            Err(error) if error.kind().is_unknown_service() => continue,
            status => status?,
        };
        if status.after.iter().any(is_it) {
            let reason = "another service, or itself, depends on it, and zinit 0.3 would remove that, too: \
                          change its file, and restart the daemon";
            return Err(ErrorKind::NotSupported { reason, message: None }.into());
        }
    }
    Ok(true)
}

/// Takes a service out that has stopped, with its file.
pub(super) async fn remove(io: Io<'_>, name: &Name) -> Result<()> {
    let _turn = Turn::take(io).await?;
    remove_in_turn(io, name).await
}

async fn remove_in_turn(io: Io<'_>, name: &Name) -> Result<()> {
    let status = io.ask(command::status(name)).await?;
    check_removable(io, name).await?;
    if !is_stopped(&status) {
        let message = format!("it is {}", status.state);
        return Err(ErrorKind::ServiceUp { message }.into());
    }
    io.ask(command::tell(Request::Remove(name.clone()))).await.map(|Done| ())
}

/// Whether it has no process, and will not be started.
pub(super) fn is_stopped(status: &Status) -> bool {
    status.target != Target::Up && status.pid == 0
}

/// The target of a service that has ended, and of which its state alone does not tell.
pub(super) async fn target(io: Io<'_>, name: &Name) -> Result<Target> {
    let json = io.ask(command::get(name)).await?;
    let is_spawned_again = Service::from_zinit_0_3(&json.0)
        .is_ok_and(|service| service.oneshot() || service.is_restarted_always());
    Ok(if is_spawned_again { Target::Up } else { Target::Down })
}

/// What the process of a service uses, with those below it.
pub(super) async fn with_children(io: Io<'_>, name: &Name, stats: Stats) -> Result<Stats> {
    if stats.process.pid == 0 {
        let message = "it has no process".to_owned();
        return Err(ErrorKind::ServiceDown { message }.into());
    }
    let children = io.ask(command::children(name)).await?.children;
    let child = |Child { pid, memory_bytes }| ProcessStats { pid, memory: memory_bytes, cpu: 0.0 };
    Ok(Stats { children: children.into_iter().map(child).collect(), ..stats })
}

/// The version of the daemon itself.
pub(super) async fn version(io: Io<'_>) -> Result<DaemonVersion> {
    let Pong { version } = io.ask(command::ping()).await?;
    let unreadable = || ErrorKind::Version { reason: format!("the daemon says {version:?}"), os_errno: 0 };
    DaemonVersion::parse(&version).ok_or_else(|| unreadable().into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::delay_in;

    const OUTPUT: &str = "=== Service Graph State ===\n\n[+] web-2 - Running (pid=3, uptime=9s)\n\n\
                          [X] web - Failed (exited with code 1)\n    restart_count: 3, next_delay: 8000ms\n\
                          [-] idle - Inactive\n\n[?] b - Blocked (waiting on: [X] c - Failed)\n";

    #[test]
    fn the_delay_of_a_service_stands_behind_its_name() {
        assert_eq!(delay_in(OUTPUT, "web"), Some(Duration::from_secs(9)));
        for name in ["web-2", "we", "idle", "b", "c", "absent", ""] {
            assert_eq!(delay_in(OUTPUT, name), None, "{name}");
        }
    }
}
