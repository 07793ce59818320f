//! Stopping services, and knowing when they have stopped.

use std::time::{Duration, Instant};

use super::deadline::{Deadline, Timeout};
use super::progress::unique;
use super::queries::is_unknown;
use super::wait_until::{Condition, OnReached, Pending, Verdict, split_fatal, time_out, wait_until};
use super::{Io, Outcome, control};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, Signal, State, Status, Target};

/// What a service that the daemon does not know counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IfUnknown {
    /// A failure.
    Fail,
    /// Stopped, for it does not run.
    CountAsStopped,
}

/// Stops services and waits until no process of them lives; those that still live when their grace is over
/// are killed. What has become of each stands in the report.
pub(super) async fn stop_all(
    io: Io<'_>,
    names: &[Name],
    grace: Timeout,
    if_unknown: IfUnknown,
    on_reached: OnReached,
) -> Result<()> {
    let mut deadline = Deadline::new(io, grace);
    let pending = tell_all(&deadline, names, if_unknown, on_reached).await?;
    let pending = wait_until(&deadline, pending, on_reached).await?;
    kill_all(&mut deadline, pending, on_reached).await
}

/// Tells services to stop, and does not wait.
pub(super) async fn tell_all_to_stop(io: Io<'_>, names: &[Name], if_unknown: IfUnknown) -> Result<()> {
    let deadline = Deadline::new(io, Timeout::Unlimited);
    for service in tell_all(&deadline, names, if_unknown, OnReached::Finish).await? {
        io.progress().note(service.index(), |row| row.outcome = Outcome::Done);
    }
    Ok(())
}

async fn tell_all(
    deadline: &Deadline<'_>,
    names: &[Name],
    if_unknown: IfUnknown,
    on_reached: OnReached,
) -> Result<Vec<Pending>> {
    let mut pending = Vec::with_capacity(names.len());
    for (index, name) in unique(names) {
        let io = deadline.io().for_row(index);
        let told = control::stop(io, name).await.map_err(|error| deadline.or_timed_out(error));
        match split_fatal(told)? {
            Ok(()) => pending.push(Pending::new(index, name, DownCondition)),
            Err(error) if is_unknown(&error) && if_unknown == IfUnknown::CountAsStopped => {
                on_reached.apply(io, index, name).await?;
            }
            Err(error) => io.progress().note(index, |row| row.fail(error)),
        }
    }
    Ok(pending)
}

/// Kills what still lives, again each second.
async fn kill_all(
    deadline: &mut Deadline<'_>,
    mut pending: Vec<Pending>,
    on_reached: OnReached,
) -> Result<()> {
    const TIMES: usize = 10;
    const BETWEEN: Duration = Duration::from_secs(1);
    let kill = Signal::parse("SIGKILL")?;
    for _ in 0..TIMES {
        if pending.is_empty() {
            return Ok(());
        }
        deadline.extend(BETWEEN);
        for service in &pending {
            // A service that has just ended, or was forgotten, is seen in the look behind this.
            let io = deadline.io().for_row(service.index());
            let killed = control::kill(io, service.name(), kill).await;
            if split_fatal(killed.map_err(|error| deadline.or_timed_out(error)))?.is_ok() {
                io.progress().note(service.index(), |row| row.killed = true);
            }
        }
        pending = wait_until(deadline, pending, on_reached).await?;
    }
    time_out(deadline, pending);
    Ok(())
}

/// Knows a stopped service: its target is Down and it has no process. Its state may be any, for ever.
struct DownCondition;

impl Condition for DownCondition {
    fn verb(&self) -> &'static str {
        "stop"
    }

    fn may_hold(&mut self, state: &State) -> bool {
        state.may_have_ended()
    }

    fn check(&mut self, _: Instant, _: bool, status: &Status) -> Verdict {
        if status.target == Target::Up {
            let changed = Error::from(ErrorKind::TargetChanged { target: "Up" });
            return Verdict::Failed(changed.with_state(status.state.clone()));
        }
        if status.is_stopped() { Verdict::Done } else { Verdict::Pending }
    }

    fn check_unknown(&mut self, _: Error) -> Verdict {
        // The daemon forgets no service that has a process.
        Verdict::Done
    }

    fn describe(&self, state: &State) -> String {
        format!("it is {state} and not stopped, though SIGKILL was sent")
    }
}
