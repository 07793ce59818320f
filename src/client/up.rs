//! Knowing when services that were started are up.

use std::time::{Duration, Instant};

use super::deadline::Deadline;
use super::wait_until::{Condition, OnReached, Pending, Verdict, split_fatal, time_out, wait_until};
use super::{Io, queries};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ExitStatus, Name, Service, State, StateKind, Status, Target};

/// When a service is up, which depends on what stands in its file; no reply tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ServiceKind {
    /// Up when it runs.
    KeptRunning,
    /// Up when it has ended well.
    Oneshot,
    /// Its file cannot be read here.
    Unknown,
}

impl ServiceKind {
    /// From the service's file.
    pub(super) async fn read(io: Io<'_>, name: &Name) -> Result<Self> {
        Ok(split_fatal(io.load(name).await)?.map_or(Self::Unknown, |service| Self::of(&service)))
    }

    /// From the definition that the daemon is about to read.
    pub(super) fn of(service: &Service) -> Self {
        if service.oneshot() { Self::Oneshot } else { Self::KeptRunning }
    }
}

/// What was there before the start: none of it shows that the start has worked.
#[derive(Default)]
pub(super) struct Baseline {
    pid: i32,
    was_up: bool,
    state: Option<State>,
}

impl Baseline {
    /// Of a service that has just been monitored, nothing is past.
    pub(super) fn nothing() -> Self {
        Self::default()
    }

    /// Asks for it.
    pub(super) async fn look(io: Io<'_>, index: usize, name: &Name) -> Result<Self> {
        let status = queries::status(io, name).await?;
        io.progress().note(index, |row| row.state = Some(status.state.clone()));
        Ok(Self { pid: status.pid, was_up: status.target != Target::Down, state: Some(status.state) })
    }

    /// Of a service that has just been stopped.
    pub(super) fn stopped(state: Option<State>) -> Self {
        Self { pid: 0, was_up: false, state }
    }
}

/// Waits until services that have just been started are up. What has become of each stands in the report.
pub(super) async fn wait_until_up(deadline: &Deadline<'_>, pending: Vec<Pending>) -> Result<()> {
    let left = wait_until(deadline, pending, OnReached::Finish).await?;
    time_out(deadline, left);
    Ok(())
}

/// Knows a service that is up, and one that will not be.
pub(super) struct UpCondition {
    kind: ServiceKind,
    baseline: Baseline,
    /// When the daemon took in the start; `None`: since the last look.
    started: Option<Instant>,
    /// The process of the run before the start has not ended yet.
    old_process_lives: bool,
    /// A process of the new run was seen.
    process_seen: bool,
    /// The process that was first seen running, and when.
    running: Option<(i32, Instant)>,
    /// The end that was seen, and since when it stands.
    end: Option<(State, Instant)>,
}

impl UpCondition {
    /// A process that has only just been spawned is Running for an instant, even if it ends at once.
    const STEADY: Duration = Duration::from_millis(5);
    /// An end that looks like the one before is the new run's when it stands as long: the daemon spawns at
    /// once.
    const NEW_END: Duration = Duration::from_secs(1);
    /// An end that stands as long is a oneshot's: the daemon spawns any other service anew after 2 s (zinit
    /// 0.2.14).
    const LASTING_END: Duration = Duration::from_secs(3);

    pub(super) fn new(kind: ServiceKind, baseline: Baseline, started: Instant) -> Self {
        let old_process_lives = baseline.pid != 0 && !baseline.was_up;
        Self {
            kind,
            baseline,
            started: Some(started),
            old_process_lives,
            process_seen: false,
            running: None,
            end: None,
        }
    }

    fn check_running(&mut self, now: Instant, is_last_look: bool, pid: i32) -> Verdict {
        if self.baseline.was_up && pid == self.baseline.pid || is_last_look {
            return Verdict::Done;
        }
        match self.running {
            Some((seen, since)) if seen == pid && now.saturating_duration_since(since) >= Self::STEADY => {
                Verdict::Done
            }
            Some((seen, _)) if seen == pid => Verdict::PendingSoon(Self::STEADY),
            _ => {
                self.running = Some((pid, now));
                Verdict::PendingSoon(Self::STEADY)
            }
        }
    }

    /// Whether an end, or a failure to spawn, is of the run that was started.
    fn is_new(&mut self, now: Instant, state: &State) -> bool {
        let started = *self.started.get_or_insert(now);
        // The process that lived before may have ended before the start came in, and then it is run again.
        let could_be_old = match &self.baseline {
            Baseline { state: Some(before), .. } if before == state => true,
            Baseline { pid: 0, .. } => false,
            Baseline { pid, .. } => !is_end_of_another(state, *pid),
        };
        self.process_seen || !could_be_old || now.saturating_duration_since(started) >= Self::NEW_END
    }

    fn has_lasted(&mut self, now: Instant, state: &State) -> bool {
        match &self.end {
            Some((seen, since)) if seen == state => {
                now.saturating_duration_since(*since) >= Self::LASTING_END
            }
            _ => {
                self.end = Some((state.clone(), now));
                false
            }
        }
    }
}

impl Condition for UpCondition {
    fn verb(&self) -> &'static str {
        "start"
    }

    fn may_hold(&mut self, state: &State) -> bool {
        if matches!(state.kind(), StateKind::Success | StateKind::Error) {
            return self.kind != ServiceKind::KeptRunning || self.old_process_lives;
        }
        self.end = None;
        match state.kind() {
            StateKind::Running if self.kind == ServiceKind::Oneshot => {
                self.process_seen |= !self.old_process_lives;
                self.old_process_lives
            }
            StateKind::Running | StateKind::Failure | StateKind::Other => true,
            _ => false,
        }
    }

    fn check(&mut self, now: Instant, is_last_look: bool, status: &Status) -> Verdict {
        let state = &status.state;
        if status.target == Target::Down {
            let changed = Error::from(ErrorKind::TargetChanged { target: "Down" });
            return Verdict::Failed(changed.with_state(state.clone()));
        }
        let has_process = status.pid != 0;
        if self.old_process_lives && status.pid == self.baseline.pid {
            return Verdict::Pending;
        }
        if self.old_process_lives {
            self.old_process_lives = false;
            // The daemon loses the start of a oneshot whose old process still lives (zinit 0.2.14). Any other
            // service it spawns again by itself.
            let is_lost = !has_process
                && self.kind != ServiceKind::KeptRunning
                && !is_end_of_another(state, self.baseline.pid);
            if is_lost {
                self.baseline = Baseline::stopped(Some(state.clone()));
                self.started = None;
                return Verdict::PendingStart;
            }
        }
        self.process_seen |= has_process;
        if has_process {
            self.end = None;
        }
        match state.kind() {
            StateKind::Running if self.kind != ServiceKind::Oneshot && has_process => {
                self.check_running(now, is_last_look, status.pid)
            }
            StateKind::Failure if self.is_new(now, state) => Verdict::Failed(failed(
                state,
                "its command cannot be run; check `exec` in its file, and the daemon's log".into(),
            )),
            StateKind::Success | StateKind::Error if !has_process => {
                let counts = match self.kind {
                    ServiceKind::KeptRunning => false,
                    ServiceKind::Oneshot => self.is_new(now, state),
                    ServiceKind::Unknown => self.has_lasted(now, state),
                };
                match state.kind() {
                    _ if !counts => Verdict::Pending,
                    StateKind::Success => Verdict::Done,
                    _ => Verdict::Failed(failed(state, how_it_ended(state))),
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
            _ if self.old_process_lives => "its old process was told to stop and has not ended",
            StateKind::Spawned => "its test has not passed",
            StateKind::Blocked => "a service that it runs after is not up",
            StateKind::Success | StateKind::Error if self.kind == ServiceKind::KeptRunning => {
                "its process has ended, and the daemon spawns it again after 2 s"
            }
            _ if is_old => "as before the start, and no new process was seen",
            _ if self.kind == ServiceKind::Oneshot => "its process has not ended",
            _ => "not Running yet",
        };
        format!("it is {state}, {why}")
    }
}

/// Whether an end names a process other than this one.
fn is_end_of_another(state: &State, pid: i32) -> bool {
    state.reason().is_some_and(|reason| !reason.as_str().contains(&format!("Pid({pid})")))
}

fn failed(state: &State, reason: String) -> Error {
    Error::from(ErrorKind::ServiceFailed { reason }).with_state(state.clone())
}

fn how_it_ended(state: &State) -> String {
    match state.exit_status() {
        Some(ExitStatus::Exited(code)) => format!("its process ended with exit code {code}; look at its log"),
        Some(ExitStatus::Signaled(signal)) => format!("its process was ended by {signal}; look at its log"),
        None => format!("its process ended ({state}); look at its log"),
    }
}
