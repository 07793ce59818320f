//! Knowing when services that were started are up.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::deadline::Deadline;
use super::io::later;
use super::shared_list::Seen;
use super::wait_until::{Condition, OnReached, Pending, Verdict, split_fatal, time_out, wait_until};
use super::{Io, Step, control, definitions, queries, zinit_0_3};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ExitStatus, Name, Service, State, StateKind, Status, Target, Text};

/// When a service is up, which depends on what stands in its file; no reply tells.
#[derive(PartialEq, Eq)]
pub(super) enum ServiceKind {
    /// Up when it runs: for the steady time, unless its test says so.
    KeptRunning {
        has_test: bool,
        /// Whether it is spawned again after it has ended well.
        is_restarted_always: bool,
    },
    /// Up when it has ended well.
    Oneshot,
    /// Its file cannot be read here, and why.
    Unknown(String),
}

impl ServiceKind {
    /// From the service's file. Where that is not there or not ours to read, the daemon has it from another place.
    pub(super) async fn read(io: Io<'_>, name: &Name) -> Result<Self> {
        match split_fatal(definitions::load_service(io, name).await)? {
            Ok(service) => Ok(Self::of(io, &service)),
            Err(error) if error.kind().is_file_of_another_mount() => Ok(Self::Unknown(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// From the definition that the daemon is about to read.
    pub(super) fn of(io: Io<'_>, service: &Service) -> Self {
        if service.oneshot() {
            return Self::Oneshot;
        }
        Self::KeptRunning {
            has_test: service.test().is_some_and(|test| !test.as_str().is_empty()),
            is_restarted_always: !zinit_0_3::is_spoken(io) || service.is_restarted_always(),
        }
    }

    /// Whether the daemon spawns it again when its process has ended.
    fn is_kept_running(&self) -> bool {
        matches!(self, Self::KeptRunning { .. })
    }

    fn has_test(&self) -> bool {
        matches!(self, Self::KeptRunning { has_test: true, .. })
    }
}

/// What was there before the start: none of it shows that the start has worked.
#[derive(Default)]
pub(super) struct Baseline {
    pid: i32,
    target: Option<Target>,
    state: Option<State>,
    /// When it was asked for.
    asked: Option<Instant>,
}

impl Baseline {
    /// Of a service that has just been monitored, nothing is past.
    pub(super) fn nothing() -> Self {
        Self::default()
    }

    /// Asks for it.
    pub(super) async fn look(io: Io<'_>, index: usize, name: &Name) -> Result<Self> {
        let asked = io.now();
        let status = queries::status_as_told(io, name).await?;
        io.progress().note(index, |row| row.see(&status));
        let Status { pid, target, state, .. } = status;
        Ok(Self { pid, target: Some(target), state: Some(state), asked: Some(asked) })
    }

    /// Of a service that has just been stopped.
    pub(super) fn stopped(state: Option<State>) -> Self {
        Self { pid: 0, target: Some(Target::Down), state, asked: None }
    }

    /// The process that ran before the start; `started` is when that came in.
    fn running(&self, started: Instant) -> Option<Running> {
        let is_running = self.state.as_ref().is_some_and(|state| state.kind() == StateKind::Running);
        let pid = Some(self.pid).filter(|pid| *pid != 0 && is_running);
        pid.map(|_| Running { pid, since: started, asked: self.asked.unwrap_or(started) })
    }

    /// The process that was told to stop and has not ended yet. The daemon loses the start of a oneshot as long as it
    /// lives, and it is not to be taken for the new one (zinit 0.2.14).
    pub(super) fn dying(&self) -> Option<i32> {
        (self.pid != 0 && self.target == Some(Target::Down)).then_some(self.pid)
    }
}

/// Has the daemon read a service's file and start it.
pub(super) async fn tell_to_monitor(io: Io<'_>, index: usize, name: &Name) -> Result<()> {
    io.progress().enter(index, Step::Starting);
    control::monitor(io, name).await?;
    io.progress().note(index, |row| row.target = Target::Up);
    Ok(())
}

/// Tells a service to start.
pub(super) async fn tell_to_start(io: Io<'_>, index: usize, name: &Name) -> Result<()> {
    io.progress().enter(index, Step::Starting);
    control::start(io, name).await?;
    io.progress().note(index, |row| {
        row.target = Target::Up;
        // The process that was seen before may end before the next look, which may come late in a group.
        row.pid = 0;
    });
    Ok(())
}

/// The process of the run before the start has ended, so that the start is not lost.
pub(super) struct OldProcessEnded {
    pub(super) pid: i32,
}

impl Condition for OldProcessEnded {
    fn verb(&self) -> &'static str {
        "start"
    }

    fn check_listed(&mut self, _: Seen, state: &State) -> Option<Verdict> {
        (!state.may_have_ended()).then_some(Verdict::Pending)
    }

    fn check(&mut self, _: Seen, _: bool, status: &Status) -> Verdict {
        let is_dying = status.pid == self.pid && status.target == Target::Down;
        if is_dying { Verdict::Pending } else { Verdict::Done }
    }

    fn check_unknown(&mut self, error: Error) -> Verdict {
        Verdict::Failed(error)
    }

    fn describe(&self, state: &State) -> String {
        format!("it is {state}, its old process {} was told to stop and has not ended", self.pid)
    }
}

/// Waits until the old processes of services have ended; whether any has. Those that have not are noted as timed out.
pub(super) async fn wait_for_ends(deadline: &Deadline<'_>, dying: Vec<Pending>) -> Result<bool> {
    let count = dying.len();
    let left = wait_until(deadline, dying, OnReached::Continue).await?;
    let some_ended = left.len() < count;
    time_out(deadline, left);
    if some_ended {
        pause_behind_end(deadline).await?;
    }
    Ok(some_ended)
}

/// Gives the daemon time to note the end of a process whole: it loses the start of a oneshot that comes within the
/// microseconds that this takes it (zinit 0.2.14).
pub(super) async fn pause_behind_end(deadline: &Deadline<'_>) -> Result<()> {
    const NOTED: Duration = Duration::from_millis(10);
    let io = deadline.io();
    io.pause(later(io.now(), NOTED)).await
}

/// Waits until services that have just been started are up. What has become of each stands in the report.
pub(super) async fn wait_until_up(deadline: &Deadline<'_>, pending: Vec<Pending>) -> Result<()> {
    let left = wait_until(deadline, pending, OnReached::Finish).await?;
    time_out(deadline, left);
    Ok(())
}

/// A process that is Running.
struct Running {
    /// Absent where only lists have told of it.
    pid: Option<i32>,
    /// It was seen so from then on.
    since: Instant,
    /// It has not ended before.
    asked: Instant,
}

impl Running {
    /// Between the end of a process and the next one, the daemon lets this pass (zinit 0.2.14).
    const RESPAWN: Duration = Duration::from_secs(2);

    /// Whether what runs now is the same process, whatever its number is.
    fn lives_at(&self, seen: Seen) -> bool {
        seen.answered.saturating_duration_since(self.asked) < Self::RESPAWN
    }

    /// Whether this one is the process.
    fn is_of(&self, seen: Seen, pid: i32) -> bool {
        self.pid.map_or_else(|| self.lives_at(seen), |known| known == pid)
    }
}

/// A service that was started is up.
pub(super) struct UpCondition {
    kind: ServiceKind,
    /// How long one process must be Running, where no test says that the service is up.
    steady: Duration,
    baseline: Baseline,
    /// When the daemon took in the start.
    started: Instant,
    /// The process that was seen last; 0 for none.
    pid: i32,
    /// A process of the new run was seen.
    process_seen: bool,
    /// The process that is Running.
    running: Option<Running>,
    /// The end that stands, and since when.
    end: Option<(State, Instant)>,
    /// How often a process was seen to end since the start.
    ends: usize,
    /// How the last one ended, where that was seen.
    last_end: Option<State>,
    /// What it runs after, as it was seen last.
    after: Vec<(Text, State)>,
    /// The daemon may spawn a process anew at once.
    is_zinit_0_3: bool,
}

impl UpCondition {
    /// An end that looks like the one before is the new run's when it stands as long: the daemon spawns at once.
    const NEW_END: Duration = Duration::from_secs(1);
    /// An end that stands as long is a oneshot's: the daemon spawns any other service anew after 2 s (zinit
    /// 0.2.14).
    const LASTING_END: Duration = Duration::from_secs(3);

    pub(super) fn new(kind: ServiceKind, baseline: Baseline, io: Io<'_>) -> Self {
        let started = io.now();
        Self {
            kind,
            steady: io.steady(),
            started,
            pid: baseline.pid,
            process_seen: false,
            running: baseline.running(started),
            end: None,
            ends: 0,
            last_end: baseline.state.clone(),
            after: Vec::new(),
            is_zinit_0_3: zinit_0_3::is_spoken(io),
            baseline,
        }
    }

    /// A process runs.
    fn check_running(&mut self, seen: Seen, is_last_look: bool, pid: i32) -> Verdict {
        let is_same = self.running.as_ref().is_some_and(|running| running.is_of(seen, pid));
        match self.check_steady(seen, Some(pid), is_same) {
            Verdict::PendingSoon(_) if is_last_look && self.ends == 0 => Verdict::Done,
            verdict => verdict,
        }
    }

    /// A list says that a process runs, and not which one.
    fn check_listed_running(&mut self, seen: Seen) -> Option<Verdict> {
        // A word that may have stayed when the process of an earlier run ended.
        let may_be_stale = |state: &State| state.kind() == StateKind::Running;
        if self.is_zinit_0_3
            || self.baseline.pid == 0 && self.baseline.state.as_ref().is_some_and(may_be_stale)
        {
            return None;
        }
        match &self.running {
            Some(running) if !running.lives_at(seen) => None,
            Some(running) => Some(self.check_steady(seen, running.pid, true)),
            None => Some(self.check_steady(seen, None, false)),
        }
    }

    /// A process runs, and it is the one that was seen before or another one.
    fn check_steady(&mut self, seen: Seen, pid: Option<i32>, is_same: bool) -> Verdict {
        let since = self.running.as_ref().filter(|_| is_same).map_or(seen.answered, |running| running.since);
        self.running = Some(Running { pid, since, asked: seen.asked });
        let left = self.steady.saturating_sub(seen.lasted_from(since));
        if self.kind.has_test() || left.is_zero() {
            return Verdict::Done;
        }
        Verdict::PendingSoon(left)
    }

    /// Follows the process from look to look.
    fn follow_process(&mut self, status: &Status) {
        let has_ended = match (self.pid, status.pid) {
            (0, 0) => is_end(&status.state) && self.last_end.as_ref() != Some(&status.state),
            (before, now) => before != 0 && before != now,
        };
        if has_ended {
            self.ends += 1;
            self.last_end = Some(status.state.clone()).filter(is_end);
        }
        self.process_seen |= status.pid != 0;
        self.pid = status.pid;
        if status.pid != 0 {
            self.end = None;
        }
        if status.state.kind() != StateKind::Running {
            self.running = None;
        }
    }

    /// Whether an end, or a failure to spawn, is of the run that was started.
    fn is_new(&self, seen: Seen, state: &State) -> bool {
        // The process that lived before may have ended before the start came in, and then it is run again.
        let could_be_old = match &self.baseline {
            Baseline { state: Some(before), .. } if before == state => true,
            Baseline { pid: 0, .. } => false,
            Baseline { pid, .. } => !is_end_of_another(state, *pid),
        };
        let is_late = seen.lasted_from(self.started) >= Self::NEW_END;
        self.process_seen || !could_be_old || is_late
    }

    fn has_lasted(&mut self, seen: Seen, state: &State) -> bool {
        match &self.end {
            Some((end, since)) if end == state => seen.lasted_from(*since) >= Self::LASTING_END,
            _ => {
                self.end = Some((state.clone(), seen.answered));
                false
            }
        }
    }

    /// What it waits for, or why it does not seem to wait for anything.
    fn describe_blocked(&self) -> String {
        let is_up = |state: &State| matches!(state.kind(), StateKind::Running | StateKind::Success);
        let mut waiting = String::new();
        for (name, state) in self.after.iter().filter(|(_, state)| !is_up(state)) {
            let comma = if waiting.is_empty() { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = write!(waiting, "{comma}{:?} ({state})", name.as_str());
        }
        let lost = "the daemon has lost track of it, as zinit 0.2.14 does with a service that was forgotten while \
                    Blocked: restart the daemon";
        if self.pid != 0 {
            return format!("but its process {} lives: {lost}", self.pid);
        }
        if waiting.is_empty() {
            return format!("but what it runs after is up: a oneshot among that has not ended, or {lost}");
        }
        format!("it waits for {waiting}")
    }
}

impl Condition for UpCondition {
    fn verb(&self) -> &'static str {
        "start"
    }

    fn check_listed(&mut self, seen: Seen, state: &State) -> Option<Verdict> {
        if state.kind() != StateKind::Running {
            self.running = None;
        }
        if is_end(state) {
            let is_known = self.kind.is_kept_running() && self.last_end.as_ref() == Some(state);
            return is_known.then_some(Verdict::Pending);
        }
        self.end = None;
        match state.kind() {
            StateKind::Running if self.kind == ServiceKind::Oneshot => {
                self.process_seen = true;
                Some(Verdict::Pending)
            }
            StateKind::Running => self.check_listed_running(seen),
            StateKind::Failure | StateKind::Other => None,
            _ => Some(Verdict::Pending),
        }
    }

    fn check(&mut self, seen: Seen, is_last_look: bool, status: &Status) -> Verdict {
        let state = &status.state;
        self.after.clone_from(&status.after);
        if self.is_zinit_0_3 && state.kind() == StateKind::Unknown && !self.process_seen {
            if seen.lasted_from(self.started) < Self::NEW_END {
                return Verdict::Pending;
            }
            let reason = "the daemon has not started it: look at `status` in its definition, or somebody has stopped it";
            return Verdict::Failed(failed(state, reason.to_owned()));
        }
        if status.target == Target::Down {
            let changed = Error::from(ErrorKind::TargetChanged { target: "Down" });
            return Verdict::Failed(changed.with_state(state.clone()));
        }
        self.follow_process(status);
        let has_process = status.pid != 0;
        match state.kind() {
            StateKind::Running if self.kind != ServiceKind::Oneshot && has_process => {
                self.check_running(seen, is_last_look, status.pid)
            }
            StateKind::Failure if self.is_new(seen, state) => {
                let reason = match state.reason() {
                    Some(reason) => format!("the daemon says: {reason}"),
                    None => {
                        "its command cannot be run; check `exec` in its file, and the daemon's log".to_owned()
                    }
                };
                Verdict::Failed(failed(state, reason))
            }
            StateKind::Success | StateKind::Error if !has_process => {
                let counts = match self.kind {
                    ServiceKind::KeptRunning { is_restarted_always: true, .. } => false,
                    ServiceKind::KeptRunning { .. } => {
                        status.target != Target::Up && self.is_new(seen, state)
                    }
                    ServiceKind::Oneshot => self.is_new(seen, state),
                    ServiceKind::Unknown(_) => self.has_lasted(seen, state),
                };
                match state.kind() {
                    _ if !counts => Verdict::Pending,
                    StateKind::Success if !self.kind.is_kept_running() => Verdict::Done,
                    _ => {
                        let how = how_it_ended(state);
                        Verdict::Failed(failed(state, format!("its process ended {how}; look at its log")))
                    }
                }
            }
            _ => Verdict::Pending,
        }
    }

    fn check_unknown(&mut self, error: Error) -> Verdict {
        Verdict::Failed(error)
    }

    fn describe(&self, state: &State) -> String {
        let is_old = !self.process_seen && self.baseline.state.as_ref() == Some(state);
        let why = match state.kind() {
            _ if self.ends > 0 && self.kind != ServiceKind::Oneshot => {
                let how = self.last_end.as_ref().map_or_else(|| "unseen".to_owned(), how_it_ended);
                let times = if self.ends == 1 { "once".to_owned() } else { format!("{} times", self.ends) };
                format!("its process has ended {times} since the start, the last time {how}; look at its log")
            }
            StateKind::Spawned => "its test has not passed".to_owned(),
            StateKind::Blocked => self.describe_blocked(),
            StateKind::Success | StateKind::Error if self.kind.is_kept_running() => {
                "its process has ended, and the daemon spawns it again after 2 s".to_owned()
            }
            _ if is_old => "as before the start, and no new process was seen".to_owned(),
            _ if self.kind == ServiceKind::Oneshot => "its process has not ended".to_owned(),
            StateKind::Running => "but not for long enough to count as up".to_owned(),
            _ => "not Running yet".to_owned(),
        };
        match &self.kind {
            ServiceKind::Unknown(error) => format!(
                "it is {state}, {why} ({error}: set the directory of the service files in the client's options)"
            ),
            _ => format!("it is {state}, {why}"),
        }
    }
}

fn is_end(state: &State) -> bool {
    matches!(state.kind(), StateKind::Success | StateKind::Error)
}

/// Whether an end names a process other than this one.
fn is_end_of_another(state: &State, pid: i32) -> bool {
    let names_other = |reason: &str| reason.contains("Pid(") && !reason.contains(&format!("Pid({pid})"));
    state.reason().is_some_and(|reason| names_other(reason.as_str()))
}

fn failed(state: &State, reason: String) -> Error {
    Error::from(ErrorKind::ServiceFailed { reason }).with_state(state.clone())
}

/// As in: its process ended with exit code 3.
fn how_it_ended(state: &State) -> String {
    match state.exit_status() {
        Some(ExitStatus::Exited(code)) => format!("with exit code {code}"),
        Some(ExitStatus::Signaled(signal)) => format!("by {signal}"),
        None if state.kind() == StateKind::Success => "with exit code 0".to_owned(),
        None => format!("as {state}"),
    }
}
