//! What may come of an operation, and what must be the case then.

use std::time::Duration;

use zinit_client::client::{self, Row};
use zinit_client::error::{Error, ErrorKind};
use zinit_client::model::{ExitStatus, State, StateKind, Target};

use super::common::daemon::{Daemon, name};
use super::operation::{Answer, Call, LONG, Operation, Outcome};
use super::service::{Aim, Kind, Model};
use super::truth;

/// What was said of one service.
type Said<'a> = Result<(), &'a Error>;

/// An error is what was not true.
type Check = Result<(), String>;

/// Holds what an operation gave against the truth, and notes what it has changed.
pub fn check(
    daemon: &Daemon,
    call: &Call,
    outcome: &Outcome,
    steady: Duration,
    models: &mut [Model],
) -> Check {
    let start = Start {
        timeout: call.timeout,
        elapsed: outcome.elapsed,
        began: outcome.began,
        until_told: outcome.until_told,
        steady,
        is_new: false,
    };
    let rows = outcome.report.rows();
    if matches!(call.operation, Operation::StartMultiple | Operation::StopMultiple | Operation::Destroy) {
        let all_done = rows.iter().all(|row| said_of(row).is_ok());
        verify(rows.len() == call.services.len(), || format!("{} rows", rows.len()))?;
        verify(all_done == outcome.result.is_ok(), || format!("the report says otherwise: {rows:?}"))?;
    }
    let said = outcome.result.as_ref().map(|_| ());
    for (place, service) in call.services.iter().enumerate() {
        let model = &mut models[*service];
        let of_row = || said_of(&rows[place]);
        match call.operation {
            Operation::AddFile => {
                succeeded(said)?;
                (model.kind, model.has_file) = (call.kind, true);
                has_its_file(daemon, model)?;
            }
            Operation::RemoveFile => {
                succeeded(said)?;
                model.has_file = false;
                has_its_file(daemon, model)?;
            }
            Operation::Monitor => monitored(model, said)?,
            Operation::Forget => forgotten(daemon, model, said)?,
            Operation::Start => start.check(daemon, model, said)?,
            Operation::Stop if !model.is_monitored => is_unknown(said)?,
            Operation::Stop => stopped(daemon, model, said, call.timeout)?,
            Operation::Restart => Start { is_new: true, ..start }.check(daemon, model, said)?,
            Operation::Deploy => deployed(daemon, model, said, call.kind, start)?,
            Operation::Reload => reloaded(daemon, model, said, start)?,
            Operation::Destroy | Operation::StopMultiple if was_not_told(of_row()) => {}
            Operation::Destroy => destroyed(daemon, model, of_row())?,
            Operation::StartMultiple => start.check_in_group(daemon, model, of_row())?,
            Operation::StopMultiple => stopped(daemon, model, of_row(), call.timeout)?,
            Operation::List if lost_each_race(said) => {}
            Operation::Exists | Operation::Status | Operation::List => answered(model, &outcome.result)?,
        }
        model.runs = truth::runs(daemon, &model.name).len();
    }
    Ok(())
}

fn verify(is_true: bool, otherwise: impl FnOnce() -> String) -> Check {
    if is_true { Ok(()) } else { Err(otherwise()) }
}

fn said_of(row: &Row) -> Said<'_> {
    match &row.outcome {
        client::Outcome::Failed(error) => Err(error),
        client::Outcome::Done => Ok(()),
        client::Outcome::Pending => panic!("all is over, and {row:?} is under way"),
    }
}

fn succeeded(said: Said<'_>) -> Check {
    said.map_err(|error| format!("should succeed: {error}"))
}

fn is_unknown(said: Said<'_>) -> Check {
    let is_unknown = matches!(said.map_err(Error::kind), Err(ErrorKind::UnknownService { .. }));
    verify(is_unknown, || format!("should not be known: {said:?}"))
}

/// The time of a group was up before this one's turn.
fn was_not_told(said: Said<'_>) -> bool {
    said.is_err_and(|error| matches!(error.kind(), ErrorKind::Timeout { .. }) && !error.request_sent())
}

/// A list fails as a whole where a service is forgotten meanwhile, which other workers do all the time. On a machine that
/// is very busy, a list takes so long that this befalls each of the ten that a call asks for; then it is told so.
fn lost_each_race(said: Said<'_>) -> bool {
    said.is_err_and(|error| matches!(error.kind(), ErrorKind::UnknownService { .. }))
}

/// The service file is what it should be, or not there.
fn has_its_file(daemon: &Daemon, model: &Model) -> Check {
    let directory = daemon.options().config_directory;
    if !model.has_file {
        return verify(!directory.file(&name(&model.name)).exists(), || "its file is there".to_owned());
    }
    let file = directory.load(&name(&model.name)).map_err(|error| error.to_string())?;
    verify(file == model.kind.definition(daemon, &model.name), || format!("its file has {file:?}"))
}

fn monitored(model: &mut Model, said: Said<'_>) -> Check {
    match said.map_err(Error::kind) {
        // The file is read first.
        Err(ErrorKind::ConfigRefused { .. }) if !model.has_file => Ok(()),
        _ if !model.has_file => Err("there is no file".to_owned()),
        Err(ErrorKind::AlreadyMonitored { .. }) if model.is_monitored => Ok(()),
        Ok(()) if !model.is_monitored => {
            model.is_monitored = true;
            model.is_under_way(Aim::Up);
            Ok(())
        }
        _ => Err(format!("not possible for {model:?}")),
    }
}

fn forgotten(daemon: &Daemon, model: &mut Model, said: Said<'_>) -> Check {
    match said.map_err(Error::kind) {
        _ if !model.is_monitored => is_unknown(said),
        Ok(()) if model.aim != Aim::Up => gone(daemon, model),
        Err(ErrorKind::ServiceUp { .. }) if model.aim != Aim::Down || !model.is_settled => Ok(()),
        _ => Err(format!("not possible for {model:?}")),
    }
}

/// The daemon does not know it, and no process is left.
fn gone(daemon: &Daemon, model: &mut Model) -> Check {
    let status = daemon.status(&model.name);
    is_unknown(status.as_ref().map(|_| ()))?;
    truth::no_process(daemon, &model.name)?;
    model.is_gone();
    has_its_file(daemon, model)
}

fn stopped(daemon: &Daemon, model: &mut Model, said: Said<'_>, timeout: i64) -> Check {
    succeeded(said)?;
    if !model.is_monitored {
        return gone(daemon, model);
    }
    if timeout == 0 {
        let rests = model.is_settled && (model.kind.is_oneshot() || model.aim == Aim::Down);
        if rests {
            model.has_stopped();
        } else {
            model.is_under_way(Aim::Down);
        }
        return Ok(());
    }
    let status = daemon.status(&model.name).map_err(|error| error.to_string())?;
    verify(status.is_stopped(), || format!("{status:?}"))?;
    truth::no_process(daemon, &model.name)?;
    model.has_stopped();
    Ok(())
}

fn destroyed(daemon: &Daemon, model: &mut Model, said: Said<'_>) -> Check {
    succeeded(said)?;
    model.has_file = false;
    gone(daemon, model)
}

fn deployed(daemon: &Daemon, model: &mut Model, said: Said<'_>, kind: Kind, start: Start) -> Check {
    (model.kind, model.has_file, model.is_monitored) = (kind, true, true);
    has_its_file(daemon, model)?;
    verify(daemon.exists(&model.name) == Ok(true), || "the daemon does not know it".to_owned())?;
    Start { is_new: true, ..start }.check(daemon, model, said)
}

fn reloaded(daemon: &Daemon, model: &mut Model, said: Said<'_>, start: Start) -> Check {
    if !model.has_file {
        let is_missing = matches!(said.map_err(Error::kind), Err(ErrorKind::FileNotFound { .. }));
        return verify(is_missing, || format!("there is no file: {said:?}"));
    }
    model.is_monitored = true;
    has_its_file(daemon, model)?;
    verify(daemon.exists(&model.name) == Ok(true), || "the daemon does not know it".to_owned())?;
    Start { is_new: true, ..start }.check(daemon, model, said)
}

fn answered(model: &mut Model, result: &Result<Answer, Error>) -> Check {
    let status = match result {
        Ok(Answer::Exists(exists)) => {
            return verify(*exists == model.is_monitored, || format!("not possible for {model:?}"));
        }
        Ok(Answer::List(list)) => {
            let is_listed = list.state(&model.name).is_some();
            return verify(is_listed == model.is_monitored, || format!("not possible for {model:?}"));
        }
        Ok(Answer::Status(status)) if model.is_monitored => status,
        result => {
            verify(!model.is_monitored, || format!("not possible for {model:?}"))?;
            return is_unknown(result.as_ref().map(|_| ()));
        }
    };
    let is_possible = match model.aim {
        Aim::Down => status.target == Target::Down && (!model.is_settled || status.pid == 0),
        Aim::Up => status.target == Target::Up && model.pid.is_none_or(|pid| status.pid == pid),
        Aim::Unclear => true,
    };
    verify(is_possible, || format!("{status:?} is not possible for {model:?}"))
}

/// A start, alone or behind a stop.
#[derive(Clone, Copy)]
struct Start {
    timeout: i64,
    elapsed: Duration,
    began: f64,
    until_told: Duration,
    steady: Duration,
    /// What ran before was stopped first.
    is_new: bool,
}

impl Start {
    fn check(self, daemon: &Daemon, model: &mut Model, said: Said<'_>) -> Check {
        match said.map_err(Error::kind) {
            _ if !model.is_monitored => is_unknown(said),
            Ok(()) if self.timeout == 0 => {
                // The process of a start that has no effect is known already.
                if self.is_new || model.pid.is_none() {
                    model.is_under_way(Aim::Up);
                }
                Ok(())
            }
            Ok(()) => self.check_up(daemon, model),
            Err(ErrorKind::Timeout { .. }) if self.timeout != LONG || !model.kind.is_definite() => {
                model.is_under_way(Aim::Unclear);
                Ok(())
            }
            Err(ErrorKind::ServiceFailed { .. }) => check_failed(daemon, model, said, self.is_new),
            _ => Err(format!("not possible for {model:?}")),
        }
    }

    fn check_in_group(self, daemon: &Daemon, model: &mut Model, said: Said<'_>) -> Check {
        match said.map_err(Error::kind) {
            // Before all else it is monitored, and so its file read.
            Err(ErrorKind::ConfigRefused { .. }) if !model.has_file => Ok(()),
            _ if was_not_told(said) => Ok(()),
            _ if !model.has_file => Err("there is no file".to_owned()),
            _ if model.is_monitored => self.check(daemon, model, said),
            Err(ErrorKind::Timeout { .. }) => {
                // The time may have been up before it was monitored.
                model.is_monitored = daemon.exists(&model.name).map_err(|error| error.to_string())?;
                if model.is_monitored { self.check(daemon, model, said) } else { Ok(()) }
            }
            _ => {
                model.is_monitored = true;
                self.check(daemon, model, said)
            }
        }
    }

    fn check_up(self, daemon: &Daemon, model: &mut Model) -> Check {
        let status = daemon.status(&model.name).map_err(|error| error.to_string())?;
        let is_running = status.state.kind() == StateKind::Running && status.pid != 0;
        let found = || format!("it is not up: {status:?}, {model:?}");
        match model.kind {
            Kind::Sleeper | Kind::Stubborn => {
                verify(is_running && status.target == Target::Up, found)?;
                let is_old = model.pid.map(|pid| pid == status.pid);
                verify(is_old != Some(self.is_new), || {
                    format!("not the right process: {status:?}, {model:?}")
                })?;
                truth::one_process(daemon, &model.name, status.pid)?;
                (model.aim, model.is_settled, model.pid) = (Aim::Up, true, Some(status.pid));
                Ok(())
            }
            // Without a file it is not known to be a oneshot, and then it is up while it runs.
            _ if model.kind.is_oneshot() && !model.has_file && (is_running || self.took_its_time()) => {
                model.is_under_way(Aim::Up);
                Ok(())
            }
            Kind::Oneshot | Kind::SlowOneshot => {
                verify(status.state.kind() == StateKind::Success && status.pid == 0, found)?;
                check_oneshot(daemon, model, self.is_new)
            }
            Kind::FailsAtOnce | Kind::FailsLater => {
                self.check_lived(daemon, model)?;
                model.is_under_way(Aim::Up);
                Ok(())
            }
            Kind::BadOneshot | Kind::Missing | Kind::Blocked => Err(found()),
        }
    }

    /// A process that always ends soon has lived for the steady time, for once; or it was there when the time
    /// was up.
    fn check_lived(self, daemon: &Daemon, model: &Model) -> Check {
        // On a busy machine the process notes its end before the daemon sees it, by a part of the steady time.
        const LATE: f64 = 0.5;
        let late = LATE * self.steady.as_secs_f64();
        let now = truth::uptime();
        let mut runs = truth::runs(daemon, &model.name);
        let new = runs.split_off(model.runs.min(runs.len()));
        let last = runs.pop();
        let lived = new.iter().chain(&last).map(|run| run.end.unwrap_or(now) - run.begin).fold(0.0, f64::max);
        // What ended before the start was sent is not of it.
        let told = self.began + self.until_told.as_secs_f64();
        // Nor is what the daemon saw end behind the last look.
        let time_up =
            self.began + Duration::from_millis(u64::try_from(self.timeout).unwrap()).as_secs_f64() - late;
        let has_ended = |run: &truth::Run| run.end.is_some_and(|end| end > told && end < time_up);
        let is_first = self.took_its_time() && !new.iter().any(has_ended);
        verify(lived >= self.steady.as_secs_f64() - late || is_first, || {
            format!("its processes end soon: {new:?}, {last:?}, {model:?}")
        })
    }

    /// Its end was the last look.
    fn took_its_time(self) -> bool {
        self.timeout > 0 && self.elapsed >= Duration::from_millis(u64::try_from(self.timeout).unwrap())
    }
}

fn check_failed(daemon: &Daemon, model: &mut Model, said: Said<'_>, is_new: bool) -> Check {
    let state = said.err().and_then(Error::state);
    let not_possible = || format!("not possible for {model:?}");
    match model.kind {
        Kind::BadOneshot => {
            let exit = state.and_then(|state| state.exit_status());
            verify(exit == Some(&ExitStatus::Exited(3)), || format!("ended with {exit:?}"))?;
            check_oneshot(daemon, model, is_new)
        }
        Kind::Missing => {
            let kind = state.map(State::kind);
            verify(kind == Some(StateKind::Failure), not_possible)?;
            truth::no_process(daemon, &model.name)?;
            model.is_under_way(Aim::Up);
            Ok(())
        }
        // Without a file, it is taken for a oneshot where the daemon takes over 3 s to spawn it again.
        Kind::FailsAtOnce | Kind::FailsLater if !model.has_file => {
            model.is_under_way(Aim::Up);
            Ok(())
        }
        _ => Err(not_possible()),
    }
}

/// A oneshot is over: it was run once. Where something was under way before, that may have been run as well;
/// and where that was a start, instead.
fn check_oneshot(daemon: &Daemon, model: &mut Model, is_new: bool) -> Check {
    let runs = truth::runs(daemon, &model.name).len() - model.runs;
    let may_be_old = !model.is_settled && !is_new && model.aim != Aim::Down;
    let most = if model.is_settled { 1 } else { 3 };
    let possible = usize::from(!may_be_old)..=most;
    verify(possible.contains(&runs), || format!("it was run {runs} times: {model:?}"))?;
    truth::no_process(daemon, &model.name)
        .or_else(|found| if model.is_settled { Err(found) } else { Ok(()) })?;
    (model.aim, model.pid) = (Aim::Up, None);
    Ok(())
}
