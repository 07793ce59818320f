//! Waiting for one service, and the sequences that end in a wait.

use super::groups::one;
use super::queries::is_unknown;
use super::settle::{Then, Unsettled};
use super::starting::{Before, Kind, Starting, until_up};
use super::stopping::{Unknown, stop_all, tell_all_to_stop};
use super::wait::{Timeout, Wait};
use super::{ConfigDirectory, Desk, control};
use crate::error::Result;
use crate::model::{Name, Service};

/// Starts a service and waits until it is up. With no time to wait, returns when the daemon has taken it in.
pub async fn start_wait(
    desk: &Desk,
    directory: &ConfigDirectory,
    name: &Name,
    timeout: Timeout,
) -> Result<()> {
    one(desk, "start", name, async {
        if timeout == Timeout::NONE {
            return control::start(desk, name).await;
        }
        let wait = Wait::new(desk, timeout);
        let kind = Kind::read(directory, name);
        let before = Before::look(desk, 0, name).await.map_err(|error| wait.in_time(error))?;
        start_and_settle(&wait, name, kind, before).await
    })
    .await
}

/// Stops a service and waits until no process of it lives; kills it when the time is up. With no time to wait, returns
/// when the daemon has taken it in.
pub async fn stop_wait(desk: &Desk, name: &Name, timeout: Timeout) -> Result<()> {
    let names = std::slice::from_ref(name);
    one(desk, "stop", name, async {
        if timeout == Timeout::NONE {
            return tell_all_to_stop(desk, names, Unknown::Failed).await;
        }
        stop_all(desk, names, timeout, Unknown::Failed, Then::Done).await
    })
    .await
}

/// Stops a service, kills it when its grace is over, starts it, and waits until its new process is up.
pub async fn restart(
    desk: &Desk,
    directory: &ConfigDirectory,
    name: &Name,
    grace: Timeout,
    timeout: Timeout,
) -> Result<()> {
    one(desk, "restart", name, async {
        stop_all(desk, std::slice::from_ref(name), grace, Unknown::Failed, Then::More).await?;
        if desk.has_failed(0) {
            return Ok(());
        }
        let wait = Wait::new(desk, timeout);
        let last_state = desk.report().rows().first().and_then(|row| row.state.clone());
        let kind = Kind::read(directory, name);
        start_and_settle(&wait, name, kind, Before::stopped(last_state)).await
    })
    .await
}

/// Puts a definition in force: stops and forgets the service if it is there, writes its file, monitors it, and waits until
/// it is up. Whatever can be known to fail fails before anything is touched.
pub async fn deploy(
    desk: &Desk,
    directory: &ConfigDirectory,
    name: &Name,
    service: &Service,
    grace: Timeout,
    timeout: Timeout,
) -> Result<()> {
    one(desk, "deploy", name, async {
        let file = directory.prepare(name, service)?;
        stop_all(desk, std::slice::from_ref(name), grace, Unknown::Stopped, Then::More).await?;
        if desk.has_failed(0) {
            return Ok(());
        }
        forget(desk, name).await?;
        file.put_in_place()?;
        let wait = Wait::new(desk, timeout);
        control::monitor(desk, name).await.map_err(|error| wait.in_time(error))?;
        settle_start(&wait, name, Kind::of(service), Before::nothing()).await
    })
    .await
}

/// Has the daemon drop a stopped service; one that it does not know is dropped already.
pub(super) async fn forget(desk: &Desk, name: &Name) -> Result<()> {
    match control::forget(desk, name).await {
        Err(error) if is_unknown(&error) => Ok(()),
        result => result,
    }
}

async fn start_and_settle(wait: &Wait<'_>, name: &Name, kind: Kind, before: Before) -> Result<()> {
    control::start(wait.desk(), name).await.map_err(|error| wait.in_time(error))?;
    settle_start(wait, name, kind, before).await
}

/// The service has been told to start.
async fn settle_start(wait: &Wait<'_>, name: &Name, kind: Kind, before: Before) -> Result<()> {
    if wait.is_none() {
        return Ok(());
    }
    let judge = Starting::new(kind, before, wait.desk().now());
    until_up(wait, vec![Unsettled { index: 0, name: name.clone(), judge }]).await
}
