//! Stopping services, and knowing when they have stopped.

use std::time::{Duration, Instant};

use super::queries::is_unknown;
use super::report::firsts;
use super::settle::{Judge, Then, Unsettled, Verdict, fail, for_one, settle, time_out};
use super::wait::{Timeout, Wait};
use super::{Desk, Outcome, control};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, Signal, State, Status, Target};

/// What a service that the daemon does not know counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// A failure.
    Failed,
    /// Stopped, for it does not run.
    Stopped,
}

/// Stops services and waits until no process of them lives; those that still live when their grace is over are killed.
/// What has become of each stands in the report.
pub(super) async fn stop_all(
    desk: &Desk,
    names: &[Name],
    grace: Timeout,
    unknown: Unknown,
    then: Then,
) -> Result<()> {
    let mut wait = Wait::new(desk, grace);
    let unsettled = tell_all(&wait, names, unknown, then).await?;
    let unsettled = settle(&wait, unsettled, then).await?;
    kill_all(&mut wait, unsettled, then).await
}

/// Tells services to stop, and does not wait.
pub(super) async fn tell_all_to_stop(desk: &Desk, names: &[Name], unknown: Unknown) -> Result<()> {
    let wait = Wait::new(desk, Timeout::Unlimited);
    for service in tell_all(&wait, names, unknown, Then::Done).await? {
        desk.note(service.index, |row| row.outcome = Outcome::Done);
    }
    Ok(())
}

async fn tell_all(
    wait: &Wait<'_>,
    names: &[Name],
    unknown: Unknown,
    then: Then,
) -> Result<Vec<Unsettled<Stopping>>> {
    let mut unsettled = Vec::with_capacity(names.len());
    for (index, name) in firsts(names) {
        wait.desk().turn_to(index);
        let told = control::stop(wait.desk(), name).await.map_err(|error| wait.in_time(error));
        match for_one(told)? {
            Ok(()) => unsettled.push(Unsettled { index, name: name.clone(), judge: Stopping }),
            Err(error) if is_unknown(&error) && unknown == Unknown::Stopped => {
                if then == Then::Done {
                    wait.desk().note(index, |row| row.outcome = Outcome::Done);
                }
            }
            Err(error) => fail(wait, index, error),
        }
    }
    Ok(unsettled)
}

/// Kills what still lives, again each second.
async fn kill_all(wait: &mut Wait<'_>, mut unsettled: Vec<Unsettled<Stopping>>, then: Then) -> Result<()> {
    const TIMES: usize = 10;
    const BETWEEN: Duration = Duration::from_secs(1);
    let kill = Signal::parse("SIGKILL")?;
    for _ in 0..TIMES {
        if unsettled.is_empty() {
            return Ok(());
        }
        wait.extend(BETWEEN);
        for service in &unsettled {
            // A service that has just ended, or was forgotten, is seen in the look behind this.
            let killed = control::kill(wait.desk(), &service.name, kill).await;
            if for_one(killed.map_err(|error| wait.in_time(error)))?.is_ok() {
                wait.desk().note(service.index, |row| row.killed = true);
            }
        }
        unsettled = settle(wait, unsettled, then).await?;
    }
    time_out(wait, unsettled);
    Ok(())
}

/// Knows a stopped service: its target is Down and it has no process. Its state may be any, for ever.
struct Stopping;

impl Judge for Stopping {
    const VERB: &'static str = "stop";

    fn could_be_there(&mut self, state: &State) -> bool {
        state.may_have_ended()
    }

    fn judge(&mut self, _: Instant, _: bool, status: &Status) -> Verdict {
        if status.target == Target::Up {
            let changed = Error::from(ErrorKind::TargetChanged { target: "Up" });
            return Verdict::Failed(changed.with_state(status.state.clone()));
        }
        if status.is_stopped() { Verdict::Done } else { Verdict::Pending }
    }

    fn judge_unknown(&mut self, _: Error) -> Verdict {
        // The daemon forgets no service that has a process.
        Verdict::Done
    }

    fn describe(&self, state: &State) -> String {
        format!("it is {state} and not stopped, though SIGKILL was sent")
    }
}
