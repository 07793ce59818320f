//! The log of zinit 0.3, which keeps lines for each service, with their times, and sends none by itself.
//!
//! Who follows it asks again and again. What is new is what stands behind the lines that were there before, which are told
//! by time, stream and text.

use std::collections::BTreeMap;
use std::time::Duration;

use super::io::later;
use super::kept::{Given, Kept, LogSelection, added, check};
use super::queries;
use super::{Io, OutputBuffer, zinit_0_3};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LineParts, LogLines, LogSource, Name};
use crate::protocol::{KeptLine, command, log};

/// More than any service keeps.
const ALL: usize = 1 << 30;

/// Gives the lines. Ends when those that the daemon has kept are over; a log that is followed ends only with the daemon.
pub(super) async fn give(
    io: Io<'_>,
    selection: &LogSelection,
    lines: &OutputBuffer<LogLines>,
) -> Result<Given> {
    const SHORTEST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_millis(500);
    /// More are asked for only where so many are not enough.
    const FEW: usize = 100;
    check(io, selection.name.as_ref()).await?;
    if !zinit_0_3::is_spoken(io) {
        return Ok(Given::Nothing);
    }
    let mut services = Services::default();
    let most = selection.last.filter(|_| !selection.follow).unwrap_or(ALL);
    let mut kept = Kept::new(selection.last, selection.max_bytes);
    for line in services.look(io, selection.name.as_ref(), most).await? {
        kept.put(line);
    }
    kept.give(lines);
    if !selection.follow {
        return Ok(Given::All);
    }
    let mut last_line = io.now();
    loop {
        let begin = io.now();
        let since = begin.saturating_duration_since(last_line);
        io.pause(later(begin, (since / 10).clamp(SHORTEST, LONGEST))).await?;
        let new = services.look(io, selection.name.as_ref(), FEW).await.map_err(closed)?;
        if !new.is_empty() {
            last_line = io.now();
        }
        lines.extend(new.into_iter());
    }
}

/// A daemon that is not there any more has ended the log.
fn closed(error: Error) -> Error {
    match *error.kind() {
        ErrorKind::NotRunning { os_errno, .. } => error.with_kind(ErrorKind::Closed { os_errno }),
        _ => error,
    }
}

/// Services, and what was there of their lines when they were asked for last.
#[derive(Default)]
struct Services(BTreeMap<String, Vec<KeptLine>>);

impl Services {
    /// The lines that are new, in the order of their times: of one service, or of all. At first, so many of the last are.
    async fn look(&mut self, io: Io<'_>, wanted: Option<&Name>, most: usize) -> Result<Vec<LogLines>> {
        let names = if let Some(name) = wanted {
            vec![name.clone()]
        } else {
            let list = queries::list(io).await?;
            list.services().iter().filter_map(|(name, _)| Name::new(name.as_str()).ok()).collect()
        };
        let mut new: Vec<(u64, LogLines)> = Vec::new();
        for name in names {
            let seen = self.0.entry(name.as_str().to_owned()).or_default();
            let (kept, lines) = look(io, &name, seen, most).await?;
            *seen = kept;
            new.extend(lines);
        }
        // Those of one service stay in their order.
        new.sort_by_key(|(time, _)| *time);
        Ok(new.into_iter().map(|(_, line)| line).collect())
    }
}

/// What is there now of a service's lines, and those that are new, with their times.
async fn look(
    io: Io<'_>,
    name: &Name,
    seen: &[KeptLine],
    most: usize,
) -> Result<(Vec<KeptLine>, Vec<(u64, LogLines)>)> {
    let mut kept = tail(io, name, most).await?;
    let mut new = added(seen, &kept);
    let is_lost = |new: &[KeptLine], kept: &[KeptLine]| !seen.is_empty() && new.len() == kept.len();
    // More than these have come.
    if is_lost(new, &kept) && kept.len() >= most {
        kept = tail(io, name, ALL).await?;
        new = added(seen, &kept);
    }
    let mut lines = Vec::new();
    if let Some(first) = new.first().filter(|_| is_lost(new, &kept)) {
        let mut mark = LogLines::default();
        mark.push(LogSource::Dropped, format!("lines of {:?} dropped", name.as_str()).as_bytes(), false);
        lines.push((first.timestamp_ms, mark));
    }
    for line in new {
        lines.push((line.timestamp_ms, of_service(name, line)));
    }
    Ok((kept, lines))
}

/// So many of the last lines; a service that is not known any more has none.
async fn tail(io: Io<'_>, name: &Name, most: usize) -> Result<Vec<KeptLine>> {
    match io.ask(command::tail(name, most)).await {
        Err(error) if error.kind().is_unknown_service() => Ok(Vec::new()),
        lines => lines,
    }
}

fn of_service(name: &Name, line: &KeptLine) -> LogLines {
    let source = if line.stream == "stderr" { LogSource::Stderr } else { LogSource::Stdout };
    let (text, is_truncated) = log::cut(&line.content);
    let name = name.as_str();
    let parts = LineParts { name_len: name.len(), text_at: name.len() + 1 };
    let line = format!("{name} {text}");
    let mut lines = LogLines::with_room_for_one(line.len());
    lines.push_of_service(line.as_bytes(), parts, source, is_truncated);
    lines
}
