//! Waiting for several services at once. A group goes on past a service that fails.

use super::deadline::{Deadline, Timeout};
use super::down::{IfUnknown, stop_all, tell_all_to_stop};
use super::progress::unique;
use super::run::run_group;
use super::up::{Baseline, ServiceKind, UpCondition, wait_until_up};
use super::wait_until::{OnReached, Pending, split_fatal};
use super::{Io, Outcome, control};
use crate::error::{ErrorKind, Result};
use crate::model::Name;

/// Monitors and starts services, and waits until all are up. With no time to wait, returns when the daemon
/// has taken it in.
pub async fn start_multiple(io: Io<'_>, names: &[Name], timeout: Timeout) -> Result<()> {
    run_group(io, "start", names, async {
        let deadline = Deadline::new(io, timeout);
        let mut pending = Vec::with_capacity(names.len());
        for (index, name) in unique(names) {
            let baseline = monitor_and_start(&deadline, index, name).await;
            match split_fatal(baseline.map_err(|error| deadline.or_timed_out(error)))? {
                Ok(_) if deadline.is_zero() => io.progress().note(index, |row| row.outcome = Outcome::Done),
                Ok(baseline) => {
                    let kind = ServiceKind::read(io, name).await?;
                    let condition = UpCondition::new(kind, baseline, io.now());
                    pending.push(Pending::new(index, name, condition));
                }
                Err(error) => io.progress().note(index, |row| row.fail(error)),
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

/// Stops services, kills those that still live when their grace is over, forgets them and removes their
/// files.
pub async fn destroy_services(io: Io<'_>, names: &[Name], grace: Timeout) -> Result<()> {
    let work = stop_all(io, names, grace, IfUnknown::CountAsStopped, OnReached::Destroy);
    run_group(io, "destroy", names, work).await
}

/// What was there before: nothing where it is monitored only now, which starts it, too.
async fn monitor_and_start(deadline: &Deadline<'_>, index: usize, name: &Name) -> Result<Baseline> {
    let io = deadline.io().for_row(index);
    match control::monitor(io, name).await {
        Ok(()) => return Ok(Baseline::nothing()),
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyMonitored { .. }) => {}
        Err(error) => return Err(error),
    }
    let baseline =
        if deadline.is_zero() { Baseline::nothing() } else { Baseline::look(io, index, name).await? };
    control::start(io, name).await?;
    Ok(baseline)
}
