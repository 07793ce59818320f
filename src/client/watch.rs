//! Changes of state, as they happen. zinit pushes nothing, so this looks again and again.

use std::time::{Duration, Instant};

use super::io::later;
use super::long_lists::{MOST_AT_ONCE, without};
use super::queries;
use super::{Batch, Io, OutputBuffer};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Name, ServiceList, State, Status, Target, Text};

/// What has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// In which way.
    pub kind: ChangeKind,
    /// The service; `None` for a change of the daemon.
    pub service: Option<Text>,
    /// Its state before.
    pub before: Option<State>,
    /// Its state now.
    pub after: Option<State>,
    /// Its process now; 0 for none.
    pub pid: i32,
    /// Its target now.
    pub target: Target,
}

/// Each comes alone.
impl Batch for Change {}

/// In which way something has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The service is monitored; in the first round, it was already.
    Appeared,
    /// The service has another state.
    State,
    /// The service is not monitored any more.
    Forgotten,
    /// The daemon does not answer.
    DaemonLost,
    /// The daemon answers again.
    DaemonBack,
}

/// Looks for changes for ever, often while something moves, and every `idle` while nothing does. No names: all services.
pub async fn watch(io: Io<'_>, names: &[Name], idle: Duration, changes: &OutputBuffer<Change>) -> Result<()> {
    let mut known = ServiceList::default();
    let mut is_lost = false;
    let mut last_change = io.now();
    // Those of rounds that a lost daemon has cut short: they are told behind its return.
    let mut seen = Vec::new();
    loop {
        let begin = io.now();
        match look(io, names, &mut known, &mut seen).await {
            Ok(()) => {
                // It is back once a whole round has come through.
                if is_lost {
                    changes.push(Change::of_daemon(ChangeKind::DaemonBack));
                }
                is_lost = false;
                changes.extend(seen.drain(..));
            }
            // No list won its race with services that are forgotten: the next round tells.
            Err(error) if error.kind().is_unknown_service() => {}
            Err(error) if !may_come_back(&error) => {
                changes.extend(seen.drain(..));
                return Err(error.context("watch the services"));
            }
            Err(_) => {
                if !is_lost {
                    changes.extend(seen.drain(..));
                    changes.push(Change::of_daemon(ChangeKind::DaemonLost));
                }
                is_lost = true;
            }
        }
        if !changes.is_empty() {
            last_change = io.now();
        }
        io.pause(next_look(io.now(), begin, last_change, idle)).await?;
    }
}

/// One round: asks for the list, and for the status of each service that changed.
async fn look(io: Io<'_>, names: &[Name], known: &mut ServiceList, seen: &mut Vec<Change>) -> Result<()> {
    let list = queries::list(io).await?;
    let forgotten = without(io, known, &list).await?;
    known.remove_all(&forgotten);
    seen.extend(forgotten.into_iter().map(|(name, state)| Change::forgotten(name, state)));
    for (index, (name, state)) in list.services().iter().enumerate() {
        if index % MOST_AT_ONCE == MOST_AT_ONCE - 1 {
            io.give_way().await?;
        }
        let before = known.state(name.as_str()).cloned();
        let is_watched = names.is_empty() || names.iter().any(|watched| watched.as_str() == name.as_str());
        if !is_watched || before.as_ref() == Some(state) {
            continue;
        }
        let status = match Name::new(name.as_str()) {
            Ok(name) => queries::status(io, &name).await,
            // The daemon loads a file with a newline in its name, and cannot be asked for it: the list is all there is.
            Err(_) => Ok(Status::from_list(name, state)),
        };
        match status {
            // It has moved on since the list, and may be where it was.
            Ok(status) if before.as_ref() == Some(&status.state) => {}
            Ok(status) => {
                seen.push(Change::to(before, &status));
                known.set(status.name, status.state);
            }
            // The next list tells.
            Err(error) if error.kind().is_unknown_service() => {}
            Err(error) => return Err(error),
        }
    }
    io.free(list).await
}

/// After a tenth of the time for which nothing has changed, within bounds, and never so soon that the daemon
/// would be kept busy.
fn next_look(now: Instant, begin: Instant, last_change: Instant, idle: Duration) -> Instant {
    const SHORTEST: Duration = Duration::from_millis(20);
    const LOOKS: u32 = 4;
    let pause = (now.saturating_duration_since(last_change) / 10).max(SHORTEST).min(idle);
    later(now, pause.max(now.saturating_duration_since(begin) * LOOKS))
}

/// Whether a daemon that cannot be reached now may be reached later without a change here.
fn may_come_back(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotRunning { .. } | ErrorKind::NoReply { .. } | ErrorKind::Closed { .. }
    )
}

impl Change {
    fn of_daemon(kind: ChangeKind) -> Self {
        Self { kind, service: None, before: None, after: None, pid: 0, target: Target::Unknown }
    }

    fn forgotten(name: Text, state: State) -> Self {
        Self { service: Some(name), before: Some(state), ..Self::of_daemon(ChangeKind::Forgotten) }
    }

    fn to(before: Option<State>, status: &Status) -> Self {
        let kind = if before.is_some() { ChangeKind::State } else { ChangeKind::Appeared };
        Self {
            kind,
            service: Some(status.name.clone()),
            before,
            after: Some(status.state.clone()),
            pid: status.pid,
            target: status.target,
        }
    }
}
