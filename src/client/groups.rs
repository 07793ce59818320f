//! Waiting for several services at once. A group goes on past a service that fails.

use super::deadline::{Deadline, Timeout};
use super::down::{IfUnknown, stop_all, tell_all_to_stop};
use super::progress::unique;
use super::run::run_group;
use super::up::{Baseline, OldProcessEnded, ServiceKind, UpCondition, wait_for_ends, wait_until_up};
use super::up::{pause_behind_end, tell_to_monitor, tell_to_start};
use super::wait_until::{OnReached, Pending, is_too_late, split_fatal};
use super::{Io, Outcome, Step};
use crate::error::{ErrorKind, Result};
use crate::model::Name;

/// Monitors and starts services, and waits until all are up. With no time to wait, returns when the daemon has taken it
/// in.
pub async fn start_multiple(io: Io<'_>, names: &[Name], timeout: Timeout) -> Result<()> {
    run_group(io, "start", names, async {
        let deadline = Deadline::new(io, timeout);
        let mut pending = Vec::with_capacity(names.len());
        let (mut dying, mut waiting) = (Vec::new(), Vec::new());
        for (index, name) in unique(names) {
            if is_too_late(&deadline, index, name) {
                continue;
            }
            let known = monitor_or_look(&deadline, index, name).await;
            match split_fatal(known.map_err(|error| deadline.or_timed_out(error)))? {
                Ok(Some(baseline)) if baseline.dying().is_some() => {
                    let pid = baseline.dying().unwrap_or_default();
                    io.progress().enter(index, Step::Stopping);
                    dying.push(Pending::new(index, name, OldProcessEnded { pid }));
                    waiting.push((index, name));
                }
                Ok(baseline) => start(&deadline, index, name, baseline, None, &mut pending).await?,
                Err(error) => io.progress().note(index, |row| row.fail(error)),
            }
        }
        if !dying.is_empty() && wait_for_ends(&deadline, dying).await? {
            for (index, name) in waiting {
                if io.progress().has_failed(index) || is_too_late(&deadline, index, name) {
                    continue;
                }
                let baseline = Baseline::look(deadline.io().for_row(index), index, name).await;
                match split_fatal(baseline.map_err(|error| deadline.or_timed_out(error)))? {
                    Ok(baseline) => start(&deadline, index, name, Some(baseline), None, &mut pending).await?,
                    Err(error) => io.progress().note(index, |row| row.fail(error)),
                }
            }
        }
        wait_until_up(&deadline, pending).await
    })
    .await
}

/// Stops services and waits until no process of them lives; kills those that still live when the time is up.
/// With no time to wait, returns when the daemon has taken it in. A service that the daemon does not know is
/// stopped.
pub async fn stop_multiple(io: Io<'_>, names: &[Name], timeout: Timeout) -> Result<()> {
    run_group(io, "stop", names, async {
        if timeout == Timeout::NONE {
            return tell_all_to_stop(io, names, IfUnknown::CountAsStopped).await;
        }
        stop_all(io, names, timeout, IfUnknown::CountAsStopped, OnReached::Finish).await
    })
    .await
}

/// Stops services side by side, kills those that still live when their grace is over, starts them again when none of
/// them is left to stop, and waits until all are up. One that could not be stopped is not started.
pub async fn restart_multiple(io: Io<'_>, names: &[Name], grace: Timeout, timeout: Timeout) -> Result<()> {
    run_group(io, "restart", names, async {
        stop_all(io, names, grace, IfUnknown::Fail, OnReached::Continue).await?;
        let deadline = Deadline::new(io, timeout);
        let stopped: Vec<_> = unique(names).filter(|(index, _)| !io.progress().has_failed(*index)).collect();
        if !stopped.is_empty() {
            pause_behind_end(&deadline).await?;
        }
        let mut pending = Vec::with_capacity(stopped.len());
        for (index, name) in stopped {
            if is_too_late(&deadline, index, name) {
                continue;
            }
            let kind = ServiceKind::read(deadline.io().for_row(index), name).await;
            match split_fatal(kind.map_err(|error| deadline.or_timed_out(error)))? {
                Ok(kind) => {
                    let baseline = Some(Baseline::stopped(io.progress().state(index)));
                    start(&deadline, index, name, baseline, Some(kind), &mut pending).await?;
                }
                Err(error) => io.progress().note(index, |row| row.fail(error)),
            }
        }
        wait_until_up(&deadline, pending).await
    })
    .await
}

/// Stops services, kills those that still live when their grace is over, forgets them and removes their
/// files.
pub async fn destroy_services(io: Io<'_>, names: &[Name], grace: Timeout) -> Result<()> {
    let work = stop_all(io.to_remove(), names, grace, IfUnknown::CountAsStopped, OnReached::Destroy);
    run_group(io, "destroy", names, work).await
}

/// Monitors a service, which starts it, too: `None`. What there is of one that is monitored already.
async fn monitor_or_look(deadline: &Deadline<'_>, index: usize, name: &Name) -> Result<Option<Baseline>> {
    let io = deadline.io().for_row(index);
    match tell_to_monitor(io, index, name).await {
        Ok(()) => Ok(None),
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyMonitored { .. }) => {
            let is_zero = deadline.is_zero();
            Ok(Some(if is_zero { Baseline::nothing() } else { Baseline::look(io, index, name).await? }))
        }
        Err(error) => Err(error),
    }
}

/// Starts a service, unless monitoring it has started it, and has it waited for. Without a kind, reads that afterwards. An
/// error is one that ends the whole.
async fn start(
    deadline: &Deadline<'_>,
    index: usize,
    name: &Name,
    baseline: Option<Baseline>,
    kind: Option<ServiceKind>,
    pending: &mut Vec<Pending>,
) -> Result<()> {
    let io = deadline.io().for_row(index);
    if baseline.is_some() {
        let started = tell_to_start(io, index, name).await.map_err(|error| deadline.or_timed_out(error));
        if let Err(error) = split_fatal(started)? {
            io.progress().note(index, |row| row.fail(error));
            return Ok(());
        }
    }
    if deadline.is_zero() {
        io.progress().note(index, |row| row.outcome = Outcome::Done);
        return Ok(());
    }
    let kind = match kind {
        Some(kind) => Ok(kind),
        None => ServiceKind::read(io, name).await,
    };
    match kind {
        Ok(kind) => {
            let condition = UpCondition::new(kind, baseline.unwrap_or_default(), io);
            pending.push(Pending::new(index, name, condition));
        }
        Err(error) if error.kind().is_fatal() => return Err(error),
        Err(error) => io.progress().note(index, |row| row.fail(error)),
    }
    Ok(())
}
