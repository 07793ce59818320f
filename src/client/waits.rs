//! Waiting for one service, and the sequences that end in a wait.

use std::future::Future;

use super::deadline::{Deadline, Timeout};
use super::down::{IfUnknown, stop_all, tell_all_to_stop};
use super::run::run_single;
use super::up::{Baseline, OldProcessEnded, ServiceKind, UpCondition, wait_until_up};
use super::up::{pause_behind_end, tell_to_monitor, tell_to_start, wait_for_ends};
use super::wait_until::{OnReached, Pending};
use super::{Io, Row, Step, control, definitions};
use crate::error::{Error, Result};
use crate::model::{Name, Service};

/// Starts a service and waits until it is up. With no time to wait, returns when the daemon has taken it in.
pub async fn start_wait(io: Io<'_>, name: &Name, timeout: Timeout) -> Result<()> {
    let io = io.for_row(0);
    run_single(io, "start", name, async {
        if timeout == Timeout::NONE {
            return tell_to_start(io, 0, name).await;
        }
        let deadline = Deadline::new(io, timeout);
        // Where it is a file, it is looked at before the daemon.
        let early = if definitions::are_files(io) { Some(ServiceKind::read(io, name).await?) } else { None };
        let mut baseline = Baseline::look(deadline.io(), 0, name).await;
        if let Ok(Some(pid)) = baseline.as_ref().map(Baseline::dying) {
            io.progress().enter(0, Step::Stopping);
            let dying = vec![Pending::new(0, name, OldProcessEnded { pid })];
            if !wait_for_ends(&deadline, dying).await? {
                return Ok(());
            }
            baseline = Baseline::look(deadline.io(), 0, name).await;
        }
        let baseline = baseline.map_err(|error| deadline.or_timed_out(error))?;
        let kind = if let Some(kind) = early {
            kind
        } else {
            let kind = ServiceKind::read(deadline.io(), name).await;
            kind.map_err(|error| deadline.or_timed_out(error))?
        };
        start_and_wait(&deadline, name, kind, baseline).await
    })
    .await
}

/// Stops a service and waits until no process of it lives; kills it when the time is up. With no time to
/// wait, returns when the daemon has taken it in.
pub async fn stop_wait(io: Io<'_>, name: &Name, timeout: Timeout) -> Result<()> {
    let names = std::slice::from_ref(name);
    run_single(io, "stop", name, async {
        if timeout == Timeout::NONE {
            return tell_all_to_stop(io, names, IfUnknown::Fail).await;
        }
        stop_all(io, names, timeout, IfUnknown::Fail, OnReached::Finish).await
    })
    .await
}

/// Stops a service, kills it when its grace is over, starts it, and waits until its new process is up.
pub async fn restart(io: Io<'_>, name: &Name, grace: Timeout, timeout: Timeout) -> Result<()> {
    let io = io.for_row(0);
    run_single(io, "restart", name, async {
        let names = std::slice::from_ref(name);
        stop_all(io, names, grace, IfUnknown::Fail, OnReached::Continue).await?;
        if io.progress().has_failed(0) {
            return Ok(());
        }
        let deadline = Deadline::new(io, timeout);
        let baseline = Baseline::stopped(io.progress().state(0));
        let kind = ServiceKind::read(deadline.io(), name).await;
        let kind = kind.map_err(|error| deadline.or_timed_out(error))?;
        pause_behind_end(&deadline).await?;
        start_and_wait(&deadline, name, kind, baseline).await
    })
    .await
}

/// Puts a definition in force: stops and forgets the service if it is there, writes its file, monitors it,
/// and waits until it is up. Whatever can be known to fail fails before anything is touched.
pub async fn deploy(
    io: Io<'_>,
    name: &Name,
    service: &Service,
    grace: Timeout,
    timeout: Timeout,
) -> Result<()> {
    let io = io.for_row(0);
    run_single(io, "deploy", name, async {
        // The daemon may be asked whether it takes definitions.
        let deadline = Deadline::new(io, grace);
        let prepared = async {
            definitions::check_name(deadline.io(), name).await?;
            definitions::prepare(deadline.io(), name, service).await
        };
        let prepared = prepared.await.map_err(|error| deadline.or_timed_out(error))?;
        put_in_force(io, name, service, prepared.put(io, name), grace, timeout).await
    })
    .await
}

/// Puts the file that stands there in force, as it is: stops and forgets the service if it is there, monitors
/// it, and waits until it is up. A file that the daemon would refuse fails before anything is touched.
pub async fn reload(io: Io<'_>, name: &Name, grace: Timeout, timeout: Timeout) -> Result<()> {
    let io = io.for_row(0);
    run_single(io, "reload", name, async {
        let deadline = Deadline::new(io, grace);
        let service = async {
            definitions::check_name(deadline.io(), name).await?;
            let service = definitions::load_checked(deadline.io(), name).await?;
            // Where the daemon has no file that it could read again, it is given what it has.
            let prepared = if definitions::starts(deadline.io()) {
                Some(definitions::prepare(deadline.io(), name, &service).await?)
            } else {
                None
            };
            Ok((service, prepared))
        };
        let (service, prepared) = service.await.map_err(|error: Error| deadline.or_timed_out(error))?;
        let replace = async {
            match prepared {
                Some(prepared) => prepared.put(io, name).await,
                None => Ok(()),
            }
        };
        put_in_force(io, name, &service, replace, grace, timeout).await
    })
    .await
}

/// Puts the file that stands there in force: has the daemon forget what it knows, and read the file. Nothing of the
/// service runs while `replace` puts the file there.
async fn put_in_force(
    io: Io<'_>,
    name: &Name,
    service: &Service,
    replace: impl Future<Output = Result<()>>,
    grace: Timeout,
    timeout: Timeout,
) -> Result<()> {
    let names = std::slice::from_ref(name);
    stop_all(io.to_remove(), names, grace, IfUnknown::CountAsStopped, OnReached::Continue).await?;
    if io.progress().has_failed(0) {
        return Ok(());
    }
    io.progress().enter(0, Step::Forgetting);
    control::forget_if_known(io, name).await?;
    io.progress().note(0, Row::see_unknown);
    io.progress().enter(0, Step::Writing);
    replace.await?;
    let deadline = Deadline::new(io, timeout);
    // Over the socket of zinit 0.3, the definition is taken in and the service started in one.
    if !definitions::starts(deadline.io()) {
        let monitored = tell_to_monitor(deadline.io(), 0, name).await;
        monitored.map_err(|error| deadline.or_timed_out(error))?;
    }
    wait_for_start(&deadline, name, ServiceKind::of(io, service), Baseline::nothing()).await
}

async fn start_and_wait(
    deadline: &Deadline<'_>,
    name: &Name,
    kind: ServiceKind,
    baseline: Baseline,
) -> Result<()> {
    tell_to_start(deadline.io(), 0, name).await.map_err(|error| deadline.or_timed_out(error))?;
    wait_for_start(deadline, name, kind, baseline).await
}

/// The service has been told to start.
async fn wait_for_start(
    deadline: &Deadline<'_>,
    name: &Name,
    kind: ServiceKind,
    baseline: Baseline,
) -> Result<()> {
    if deadline.is_zero() {
        return Ok(());
    }
    let condition = UpCondition::new(kind, baseline, deadline.io());
    wait_until_up(deadline, vec![Pending::new(0, name, condition)]).await
}
