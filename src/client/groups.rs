//! Waiting for several services at once. A group goes on past a service that fails.

use std::fmt::Write;
use std::future::Future;

use super::report::firsts;
use super::settle::{Then, Unsettled, for_one};
use super::starting::{Before, Kind, Starting, until_up};
use super::stopping::{Unknown, stop_all, tell_all_to_stop};
use super::wait::{Timeout, Wait};
use super::waits::forget;
use super::{ConfigDirectory, Desk, Outcome, control};
use crate::error::{ErrorKind, Result};
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
        for (index, name) in firsts(names) {
            desk.turn_to(index);
            let before = monitor_and_start(&wait, index, name).await.map_err(|error| wait.in_time(error));
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
        for (index, name) in firsts(names) {
            if desk.has_failed(index) {
                continue;
            }
            let forgotten = for_one(forget(desk, name).await)?;
            match forgotten.and_then(|()| directory.remove(name)) {
                Ok(()) => desk.note(index, |row| row.outcome = Outcome::Done),
                Err(error) => desk.note(index, |row| row.fail(error)),
            }
        }
        Ok(())
    })
    .await
}

/// What was there before: nothing where it is monitored only now, which starts it, too.
async fn monitor_and_start(wait: &Wait<'_>, index: usize, name: &Name) -> Result<Before> {
    let desk = wait.desk();
    match control::monitor(desk, name).await {
        Ok(()) => return Ok(Before::nothing()),
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyMonitored { .. }) => {}
        Err(error) => return Err(error),
    }
    let before = if wait.is_none() { Before::nothing() } else { Before::look(desk, index, name).await? };
    control::start(desk, name).await?;
    Ok(before)
}

/// Runs the work of one service, and keeps the report of it.
pub(super) async fn one(
    desk: &Desk,
    verb: &str,
    name: &Name,
    work: impl Future<Output = Result<()>>,
) -> Result<()> {
    desk.open_report(std::slice::from_ref(name));
    desk.turn_to(0);
    let ended = work.await.err();
    if ended.is_none() && !desk.has_failed(0) {
        desk.note(0, |row| row.outcome = Outcome::Done);
    }
    desk.close_report(verb, ended.as_ref());
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
    let ended = work.await.err();
    desk.close_report(verb, ended.as_ref());
    let report = desk.report();
    let Some((_, first)) = report.failures().next() else {
        return ended.map_or(Ok(()), Err);
    };
    if names.len() == 1 {
        return Err(first.clone());
    }
    let error = ended.unwrap_or_else(|| first.clone());
    let mut failed = String::new();
    for (row, _) in report.failures() {
        let comma = if failed.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(failed, "{comma}{:?}", row.name.as_str());
    }
    let count = report.failures().count();
    Err(error.context(format_args!("{verb} {count} of {} services ({failed})", names.len())))
}
