//! Waiting for several services at once. A group goes on past a service that fails.

use std::fmt::Write;
use std::future::Future;

use super::settle::{Then, Unsettled, for_one};
use super::starting::{Before, Kind, Starting, until_up};
use super::stopping::{Unknown, stop_all, tell_all_to_stop};
use super::wait::{Timeout, Wait};
use super::waits::forget;
use super::{ConfigDirectory, Desk, Outcome, control, queries};
use crate::error::{Cause, Result};
use crate::model::Name;

/// Monitors and starts services, and waits until all are up. With no time to wait, returns when the daemon has taken it in.
pub async fn start_multiple(
    desk: &Desk,
    directory: &ConfigDirectory,
    names: &[Name],
    timeout: Timeout,
) -> Result<()> {
    group(desk, "start", names, async {
        let wait = Wait::new(desk, timeout);
        let mut unsettled = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            let before = monitor_and_start(desk, name, &wait).await.map_err(|error| wait.in_time(error));
            match for_one(before)? {
                Ok(_) if wait.is_none() => desk.note(index, |row| row.outcome = Outcome::Done),
                Ok(before) => {
                    let judge = Starting::new(Kind::read(directory, name), before, desk.now());
                    unsettled.push(Unsettled { index, name: name.clone(), judge });
                }
                Err(error) => desk.note(index, |row| row.fail(error)),
            }
        }
        until_up(&wait, unsettled).await
    })
    .await
}

/// Stops services and waits until no process of them lives; kills those that still live when the time is up. With no time
/// to wait, returns when the daemon has taken it in. A service that the daemon does not know is stopped.
pub async fn stop_multiple(desk: &Desk, names: &[Name], timeout: Timeout) -> Result<()> {
    group(desk, "stop", names, async {
        if timeout == Timeout::NONE {
            return tell_all_to_stop(desk, names, Unknown::Stopped).await;
        }
        stop_all(desk, names, timeout, Unknown::Stopped, Then::Done).await
    })
    .await
}

/// Stops services, kills those that still live when their grace is over, forgets them and removes their files.
pub async fn destroy_services(
    desk: &Desk,
    directory: &ConfigDirectory,
    names: &[Name],
    grace: Timeout,
) -> Result<()> {
    group(desk, "destroy", names, async {
        stop_all(desk, names, grace, Unknown::Stopped, Then::More).await?;
        for (index, row) in desk.report().rows().iter().enumerate() {
            if !matches!(row.outcome, Outcome::Pending) {
                continue;
            }
            let forgotten = for_one(forget(desk, &row.name).await)?;
            let outcome = match forgotten.and_then(|()| directory.remove(&row.name)) {
                Ok(()) => Outcome::Done,
                Err(error) => Outcome::Failed(error.of_service(row.name.as_str())),
            };
            desk.note(index, |row| row.outcome = outcome);
        }
        Ok(())
    })
    .await
}

/// What was there before: nothing where it is monitored only now, which starts it, too.
async fn monitor_and_start(desk: &Desk, name: &Name, wait: &Wait<'_>) -> Result<Before> {
    match control::monitor(desk, name).await {
        Ok(()) => return Ok(Before::nothing()),
        Err(error) if matches!(error.cause(), Cause::AlreadyMonitored { .. }) => {}
        Err(error) => return Err(error),
    }
    let before = if wait.is_none() { Before::nothing() } else { queries::status(desk, name).await?.into() };
    control::start(desk, name).await?;
    Ok(before)
}

/// Runs the work of one service, and keeps the report of it.
pub(super) async fn one(desk: &Desk, name: &Name, work: impl Future<Output = Result<()>>) -> Result<()> {
    desk.open_report(std::slice::from_ref(name));
    match work.await {
        // Where the work has not said more, it is done.
        Ok(()) => desk.note(0, |row| {
            if matches!(row.outcome, Outcome::Pending) {
                row.outcome = Outcome::Done;
            }
        }),
        Err(error) => desk.end_report(&error.after_sending(desk.sent())),
    }
    match desk.report().failures().next() {
        Some((_, error)) => Err(error.clone()),
        None => Ok(()),
    }
}

/// Runs the work of several services, and keeps the report of them. The failure of the whole is the error that ended the
/// work, or else the first in the report; it names every service that failed.
async fn group(
    desk: &Desk,
    verb: &str,
    names: &[Name],
    work: impl Future<Output = Result<()>>,
) -> Result<()> {
    desk.open_report(names);
    let ended = work.await.map_err(|error| error.after_sending(desk.sent()));
    if let Err(error) = &ended {
        desk.end_report(error);
    }
    let report = desk.report();
    let Some((_, first)) = report.failures().next() else {
        return ended;
    };
    let error = ended.err().unwrap_or_else(|| first.clone());
    if names.len() == 1 {
        return Err(error);
    }
    let mut failed = String::new();
    for (row, _) in report.failures() {
        let comma = if failed.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(failed, "{comma}{:?}", row.name.as_str());
    }
    let count = report.failures().count();
    Err(error.while_trying(format_args!("{verb} {count} of {} services ({failed})", names.len())))
}
