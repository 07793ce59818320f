//! Stopping services, and knowing when they have stopped.

use std::time::{Duration, Instant};

use super::deadline::{Deadline, Timeout};
use super::io::later;
use super::progress::unique;
use super::queries::is_unknown;
use super::shared_list::Seen;
use super::wait_until::{
    Condition, OnReached, Pending, Verdict, is_too_late, split_fatal, time_out, wait_until,
};
use super::{Io, Outcome, Row, Step, control};
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

/// Stops services and waits until no process of them lives; those that still live when their grace is over are
/// killed. What has become of each stands in the report.
pub(super) async fn stop_all(
    io: Io<'_>,
    names: &[Name],
    grace: Timeout,
    if_unknown: IfUnknown,
    on_reached: OnReached,
) -> Result<()> {
    let mut deadline = Deadline::new(io, grace);
    let mut pending = Vec::with_capacity(names.len());
    for (index, name) in unique(names) {
        if is_too_late(&deadline, index, name) {
            continue;
        }
        // Without any grace, the whole process group is killed while its leader still lives: a child that ignores the
        // stop signal would be left behind otherwise.
        let killed = grace == Timeout::NONE && kill(&deadline, index, name).await?.is_ok();
        let told = tell(&deadline, index, name, if_unknown, on_reached).await?;
        if told {
            pending.push(Pending::new(index, name, DownCondition::new(killed)));
        }
    }
    let mut pending = wait_until(&deadline, pending, on_reached).await?;
    let end = later(deadline.io().now(), KILL_TIME);
    if grace == Timeout::NONE {
        pending = wait_for_kill(&mut deadline, pending, end, on_reached).await?;
    }
    kill_all(&mut deadline, pending, end, on_reached).await
}

/// Tells services to stop, and does not wait.
pub(super) async fn tell_all_to_stop(io: Io<'_>, names: &[Name], if_unknown: IfUnknown) -> Result<()> {
    let deadline = Deadline::new(io, Timeout::Unlimited);
    for (index, name) in unique(names) {
        if tell(&deadline, index, name, if_unknown, OnReached::Finish).await? {
            io.progress().note(index, |row| row.outcome = Outcome::Done);
        }
    }
    Ok(())
}

/// Tells a service to stop. Whether it is to be waited for.
async fn tell(
    deadline: &Deadline<'_>,
    index: usize,
    name: &Name,
    if_unknown: IfUnknown,
    on_reached: OnReached,
) -> Result<bool> {
    let io = deadline.io().for_row(index);
    io.progress().note(index, Row::begin_stop);
    let told = control::begin_stop(io, name).await.map_err(|error| deadline.or_timed_out(error));
    match split_fatal(told)? {
        Ok(()) => {
            io.progress().note(index, |row| row.target = Target::Down);
            return Ok(true);
        }
        Err(error) if is_unknown(&error) && if_unknown == IfUnknown::CountAsStopped => {
            io.progress().note(index, Row::see_unknown);
            on_reached.apply(io, index, name).await?;
        }
        Err(error) => io.progress().note(index, |row| row.fail(error)),
    }
    Ok(false)
}

/// Kills a service's process group. An error of the service, inside, is that there is no process.
async fn kill(deadline: &Deadline<'_>, index: usize, name: &Name) -> Result<Result<()>> {
    let io = deadline.io().for_row(index);
    io.progress().enter(index, Step::Killing);
    let killed = control::kill(io, name, Signal::parse("SIGKILL")?).await;
    let killed = split_fatal(killed.map_err(|error| deadline.or_timed_out(error)))?;
    if killed.is_ok() {
        io.progress().note(index, |row| row.killed = true);
    }
    Ok(killed)
}

/// How long services are killed, all of them together.
const KILL_TIME: Duration = Duration::from_secs(10);

/// Kills what still lives, again each second until the end.
async fn kill_all(
    deadline: &mut Deadline<'_>,
    mut pending: Vec<Pending>,
    end: Instant,
    on_reached: OnReached,
) -> Result<()> {
    let now = |deadline: &Deadline<'_>| deadline.io().now();
    while !pending.is_empty() && now(deadline) < end {
        deadline.extend_to(end);
        for service in &mut pending {
            if now(deadline) >= end {
                break;
            }
            // A service that has just ended, or was forgotten, is seen in the look behind this.
            let killed = kill(deadline, service.index(), service.name()).await?;
            service.note_kill(killed.as_ref().err().and_then(|error| error.kind().daemon_message()));
        }
        pending = wait_for_kill(deadline, pending, end, on_reached).await?;
    }
    time_out(deadline, pending);
    Ok(())
}

/// SIGKILL was sent: waits until it is worth to send it again.
async fn wait_for_kill(
    deadline: &mut Deadline<'_>,
    pending: Vec<Pending>,
    end: Instant,
    on_reached: OnReached,
) -> Result<Vec<Pending>> {
    const BETWEEN: Duration = Duration::from_secs(1);
    deadline.extend_to(later(deadline.io().now(), BETWEEN).min(end));
    wait_until(deadline, pending, on_reached).await
}

/// A service is stopped: its target is Down and it has no process. Its state may be any, for ever.
struct DownCondition {
    is_killed: bool,
    /// The process that was seen last; 0 for none.
    pid: i32,
    /// The daemon has said that the process does not exist.
    is_lost: bool,
}

impl DownCondition {
    fn new(is_killed: bool) -> Self {
        Self { is_killed, pid: 0, is_lost: false }
    }
}

impl Condition for DownCondition {
    fn verb(&self) -> &'static str {
        "stop"
    }

    fn check_listed(&mut self, _: Seen, state: &State) -> Option<Verdict> {
        (!state.may_have_ended()).then_some(Verdict::Pending)
    }

    fn check(&mut self, _: Seen, _: bool, status: &Status) -> Verdict {
        if status.target == Target::Up {
            let changed = Error::from(ErrorKind::TargetChanged { target: "Up" });
            return Verdict::Failed(changed.with_state(status.state.clone()));
        }
        self.pid = status.pid;
        if status.is_stopped() { Verdict::Done } else { Verdict::Pending }
    }

    fn check_unknown(&mut self, _: Error) -> Verdict {
        // The daemon forgets no service that has a process.
        Verdict::Done
    }

    fn note_kill(&mut self, refusal: Option<&str>) {
        self.is_killed |= refusal.is_none();
        self.is_lost = refusal.is_some_and(|refusal| refusal.starts_with("ESRCH"));
    }

    fn describe(&self, state: &State) -> String {
        if self.is_lost && self.pid != 0 {
            return format!(
                "it is {state} with process {}, which the daemon says does not exist: zinit before 0.2.6 can lose the \
                 end of a process; restart the daemon",
                self.pid
            );
        }
        let though = if self.is_killed { ", though SIGKILL was sent" } else { "" };
        format!("it is {state} and not stopped{though}")
    }
}
