//! Stopping services, and knowing when they have stopped.

use std::mem;
use std::time::{Duration, Instant};

use super::deadline::{Deadline, Timeout};
use super::io::later;
use super::shared_list::Seen;
use super::stop_order::Turns;
use super::wait_until::{
    Condition, OnReached, Pending, Verdict, is_too_late, note_too_late, split_fatal, time_out,
    wait_until_left,
};
use super::{Io, Outcome, Row, Step, control, zinit_0_3};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, Signal, State, StateKind, Status, Target};

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
    let deadline = Deadline::new(io, grace);
    let turns = Turns::new(&deadline, names).await?;
    let pending = Vec::with_capacity(names.len());
    let has_grace = grace != Timeout::NONE;
    let mut stops = Stops { deadline, turns, pending, has_grace, if_unknown, on_reached };
    stops.stop_in_time().await?;
    stops.kill_all().await
}

/// Tells services to stop, and does not wait.
pub(super) async fn tell_all_to_stop(io: Io<'_>, names: &[Name], if_unknown: IfUnknown) -> Result<()> {
    let deadline = Deadline::new(io, Timeout::Unlimited);
    let mut turns = Turns::new(&deadline, names).await?;
    loop {
        let due = turns.take_due(&[]);
        if due.is_empty() {
            return Ok(());
        }
        for (index, name) in due {
            if tell(&deadline, index, name, if_unknown, OnReached::Finish).await?.is_some() {
                io.progress().note(index, |row| row.outcome = Outcome::Done);
            }
        }
    }
}

/// Services that are being stopped.
struct Stops<'a> {
    deadline: Deadline<'a>,
    /// Those that have not been told.
    turns: Turns<'a>,
    /// Those that have been told, and are not stopped.
    pending: Vec<Pending>,
    /// Whether one that is told is left time to end.
    has_grace: bool,
    if_unknown: IfUnknown,
    on_reached: OnReached,
}

impl Stops<'_> {
    /// How long services are killed, all of them together.
    const KILL_TIME: Duration = Duration::from_secs(10);
    /// Of that, how long one that cannot be killed keeps others from their turn.
    const HOLD_TIME: Duration = Duration::from_secs(5);
    /// SIGKILL is sent again after so long.
    const BETWEEN: Duration = Duration::from_secs(1);

    fn now(&self) -> Instant {
        self.deadline.io().now()
    }

    fn is_over(&self) -> bool {
        self.turns.is_empty() && self.pending.is_empty()
    }

    /// Until all are stopped, or the time is up.
    async fn stop_in_time(&mut self) -> Result<()> {
        loop {
            self.tell_due().await?;
            self.wait().await?;
            if self.is_over() || self.deadline.has_passed() {
                return Ok(());
            }
        }
    }

    /// Kills what still lives, again each second until the end.
    async fn kill_all(&mut self) -> Result<()> {
        let begin = self.now();
        let end = later(begin, Self::KILL_TIME);
        // Without any grace, all were killed when they were told.
        let mut again = if self.has_grace { begin } else { later(begin, Self::BETWEEN) };
        self.has_grace = false;
        while !self.is_over() && self.now() < end {
            self.deadline.extend_to(end);
            if self.now() >= again {
                self.kill_pending(end).await?;
                again = later(self.now(), Self::BETWEEN);
            }
            if self.now() >= later(begin, Self::HOLD_TIME) {
                self.turns.release();
            }
            self.tell_due().await?;
            self.deadline.extend_to(again.min(end));
            self.wait().await?;
        }
        time_out(&self.deadline, mem::take(&mut self.pending));
        self.turns.release();
        for (index, name) in self.turns.take_due(&[]) {
            note_too_late(&self.deadline, index, name);
        }
        Ok(())
    }

    /// Tells those whose turn it is to stop.
    async fn tell_due(&mut self) -> Result<()> {
        loop {
            let due = self.turns.take_due(&self.pending);
            if due.is_empty() {
                return Ok(());
            }
            for (index, name) in due {
                if is_too_late(&self.deadline, index, name) {
                    continue;
                }
                // Without any grace, the whole process group is killed while its leader still lives: a child that
                // ignores the stop signal would be left behind otherwise.
                let killed = !self.has_grace && kill(&self.deadline, index, name).await?.is_ok();
                let told = tell(&self.deadline, index, name, self.if_unknown, self.on_reached).await?;
                if let Some(stays) = told {
                    let condition = DownCondition::new(self.deadline.io(), killed, stays);
                    self.pending.push(Pending::new(index, name, condition));
                }
            }
        }
    }

    async fn kill_pending(&mut self, end: Instant) -> Result<()> {
        for service in &mut self.pending {
            if self.deadline.io().now() >= end {
                break;
            }
            // A service that has just ended, or was forgotten, is seen in the look behind this.
            let killed = kill(&self.deadline, service.index(), service.name()).await?;
            service.note_kill(killed.as_ref().err().and_then(|error| error.kind().daemon_message()));
        }
        Ok(())
    }

    /// Waits until all that have been told are stopped; or until one is, where others wait for their turn; or until the
    /// time is up.
    async fn wait(&mut self) -> Result<()> {
        let pending = mem::take(&mut self.pending);
        let enough = if self.turns.is_empty() { 0 } else { pending.len().saturating_sub(1) };
        self.pending = wait_until_left(&self.deadline, pending, enough, self.on_reached).await?;
        Ok(())
    }
}

/// Tells a service to stop. If it is to be waited for, gives how long it must stay stopped.
async fn tell(
    deadline: &Deadline<'_>,
    index: usize,
    name: &Name,
    if_unknown: IfUnknown,
    on_reached: OnReached,
) -> Result<Option<Duration>> {
    let io = deadline.io().for_row(index);
    io.progress().note(index, Row::begin_stop);
    let told = control::begin_stop(io, name).await.map_err(|error| deadline.or_timed_out(error));
    match split_fatal(told)? {
        Ok(stays) => {
            io.progress().note(index, |row| row.target = Target::Down);
            return Ok(Some(stays));
        }
        Err(error) if error.kind().is_unknown_service() && if_unknown == IfUnknown::CountAsStopped => {
            io.progress().note(index, Row::see_unknown);
            on_reached.apply(io, index, name).await?;
        }
        Err(error) => io.progress().note(index, |row| row.fail(error)),
    }
    Ok(None)
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

/// A service is stopped: its target is Down and it has no process. Its state may be any, for ever.
struct DownCondition {
    is_killed: bool,
    /// The process that was seen last; 0 for none.
    pid: i32,
    /// The daemon has said that the process does not exist.
    is_lost: bool,
    /// It counts as stopped after so long: until then, zinit 0.3 may start it again.
    stays: Duration,
    /// Since when it was stopped at each look.
    since: Option<Instant>,
    /// The daemon has no targets, and forgets that a service that it was about to start was stopped.
    is_zinit_0_3: bool,
}

impl DownCondition {
    fn new(io: Io<'_>, is_killed: bool, stays: Duration) -> Self {
        let is_zinit_0_3 = zinit_0_3::is_spoken(io);
        Self { is_killed, pid: 0, is_lost: false, stays, since: None, is_zinit_0_3 }
    }

    /// It is stopped, at a daemon that may start it again.
    fn check_stays(&mut self, seen: Seen, state: &State) -> Verdict {
        // What ends again and again can be stopped for good only while it runs.
        const SOON: Duration = Duration::from_millis(20);
        // A process that has ended because it was told to is not started again.
        if matches!(state.kind(), StateKind::Success | StateKind::Error) {
            return Verdict::Done;
        }
        let since = *self.since.get_or_insert(seen.answered);
        let left = self.stays.saturating_sub(seen.lasted_from(since));
        if left.is_zero() { Verdict::Done } else { Verdict::PendingSoon(left.min(SOON)) }
    }
}

impl Condition for DownCondition {
    fn verb(&self) -> &'static str {
        "stop"
    }

    fn check_listed(&mut self, _: Seen, state: &State) -> Option<Verdict> {
        (!state.may_have_ended()).then_some(Verdict::Pending)
    }

    fn check(&mut self, seen: Seen, _: bool, status: &Status) -> Verdict {
        self.pid = status.pid;
        if status.target == Target::Up {
            self.since = None;
            // What was told to stop while it ran does not come back by itself.
            if self.is_zinit_0_3 && !self.stays.is_zero() {
                return Verdict::TellAgain;
            }
            let changed = Error::from(ErrorKind::TargetChanged { target: "Up" });
            return Verdict::Failed(changed.with_state(status.state.clone()));
        }
        match () {
            () if self.is_zinit_0_3 && zinit_0_3::is_stopped(status) => self.check_stays(seen, &status.state),
            () if status.is_stopped() => Verdict::Done,
            () => Verdict::Pending,
        }
    }

    fn check_unknown(&mut self, _: Error) -> Verdict {
        // The daemon forgets no service that has a process.
        Verdict::Done
    }

    fn note_kill(&mut self, refusal: Option<&str>) {
        self.is_killed |= refusal.is_none();
        self.is_lost = refusal.is_some_and(|refusal| refusal.contains("ESRCH: "));
    }

    fn describe(&self, state: &State) -> String {
        if self.is_lost && self.pid != 0 {
            return format!(
                "it is {state} with process {}, which the daemon says does not exist: zinit before 0.2.6 can lose the \
                 end of a process; restart the daemon",
                self.pid
            );
        }
        if self.since.is_some() {
            return format!(
                "it is {state}, but zinit 0.3 was about to start it, and may do so within {} s: give it a longer grace",
                self.stays.as_secs()
            );
        }
        let though = if self.is_killed { ", though SIGKILL was sent" } else { "" };
        format!("it is {state} and not stopped{though}")
    }
}
