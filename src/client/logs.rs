//! The log: what the daemon has kept of it, and what comes.
//!
//! The daemon keeps the last lines of all services together (`log snapshot`, which ends with the end of the
//! connection), and sends them in front of the new ones to who follows (`log`), without a mark between the two. So who
//! follows behind the last so many lines takes a snapshot first, follows then, and passes over what was in the snapshot.
//!
//! Before zinit 0.2.11 there is no snapshot: the daemon takes the command for `log`. Then the kept lines are what comes
//! in one go.

use std::time::Duration;

use super::effect::Heard;
use super::io::later;
pub use super::kept::LogSelection;
use super::kept::{Given, Kept, Overlap, check, hash};
use super::{Io, OutputBuffer, polled_log, subscription};
use crate::error::{ErrorKind, Result};
use crate::model::{DaemonVersion, LogLines, Name};
use crate::protocol::{Input, NoAnswer, Protocol, Request, Scan, command, log};

/// Gives the lines. Ends when those that the daemon has kept are over; a log that is followed ends only with the
/// connection.
pub async fn logs(io: Io<'_>, selection: &LogSelection, lines: &OutputBuffer<LogLines>) -> Result<()> {
    let result = give_in_any_protocol(io, selection, lines).await;
    result.map_err(|error| match &selection.name {
        Some(name) => error.service_context("read the log of", name.as_str()),
        None => error.context("read the log"),
    })
}

async fn give_in_any_protocol(
    io: Io<'_>,
    selection: &LogSelection,
    lines: &OutputBuffer<LogLines>,
) -> Result<()> {
    // The first question shows which protocol it is.
    const TRIES: usize = 4;
    for _ in 0..TRIES {
        let given = match io.known_protocol().get() {
            None | Some(Protocol::Line) => give(io, selection, lines).await?,
            Some(Protocol::JsonRpc) => subscription::give(io, selection, lines).await?,
            Some(Protocol::Zinit03) => polled_log::give(io, selection, lines).await?,
        };
        if let Given::All = given {
            return Ok(());
        }
    }
    Err(ErrorKind::Closed { os_errno: 0 }.into())
}

async fn give(io: Io<'_>, selection: &LogSelection, lines: &OutputBuffer<LogLines>) -> Result<Given> {
    let LogSelection { name, last, follow, max_bytes } = selection;
    let name = name.as_ref();
    let mut reader = Reader::default();
    if *follow && last.is_none() {
        if !is_answered(io, name).await? {
            return Ok(Given::Nothing);
        }
        io.open(&command::tell(Request::Log(None)), Protocol::Line).await?;
        return go_on(io, reader, Overlap::new(name, Vec::new(), *max_bytes), lines).await;
    }
    // Before all else, so that no line that is printed from now on counts as kept.
    io.open(&command::tell(Request::LogSnapshot(None)), Protocol::Line).await?;
    if !is_answered(io, name).await? {
        return Ok(Given::Nothing);
    }
    let mut snapshot = Snapshot::new(name, selection);
    let end = snapshot.read(io, &mut reader).await;
    // What came is given, however it ended.
    let Snapshot { kept, hashes, behind, .. } = snapshot;
    kept.give(lines);
    lines.extend(behind.into_iter());
    match end? {
        _ if !follow => Ok(Given::All),
        End::StillOpen => go_on(io, reader, Overlap::new(name, Vec::new(), *max_bytes), lines).await,
        End::Closed => {
            io.open(&command::tell(Request::Log(None)), Protocol::Line).await?;
            go_on(io, Reader::default(), Overlap::new(name, hashes, *max_bytes), lines).await
        }
    }
}

/// Whether the daemon answers in the line protocol.
async fn is_answered(io: Io<'_>, name: Option<&Name>) -> Result<bool> {
    check(io, name).await?;
    Ok(io.known_protocol().get() == Some(Protocol::Line))
}

/// Gives every line that comes, but for those at the beginning that were in the snapshot already.
async fn go_on(
    io: Io<'_>,
    mut reader: Reader,
    mut overlap: Overlap<'_>,
    lines: &OutputBuffer<LogLines>,
) -> Result<Given> {
    loop {
        let heard = io.listen(None).await;
        let end = reader.take_in(heard, &mut |line, is_truncated| overlap.put(line, is_truncated))?;
        if end.is_some() {
            overlap.give_up();
        }
        overlap.give(lines);
        if let Some(end) = end {
            end?;
            return Err(ErrorKind::Closed { os_errno: 0 }.into());
        }
    }
}

/// Takes in what comes on a connection, line by line.
struct Reader {
    /// The beginning, until it is known whether it is a refusal.
    first: Option<(Vec<u8>, Scan)>,
    cut: log::Lines,
}

impl Default for Reader {
    fn default() -> Self {
        Self { first: Some((Vec::new(), Scan::default())), cut: log::Lines::default() }
    }
}

impl Reader {
    /// Gives each line, and whether its end was cut off. An error is a refusal. At the end of the connection tells
    /// how it ended.
    fn take_in(
        &mut self,
        heard: Result<Heard>,
        give: &mut dyn FnMut(&[u8], bool),
    ) -> Result<Option<Result<()>>> {
        let (bytes, end) = match heard {
            Ok(Heard::Part(bytes)) => (bytes, None),
            Ok(Heard::Silence) => return Ok(None),
            Ok(Heard::End) => (Vec::new(), Some(Ok(()))),
            Err(error) if matches!(error.kind(), ErrorKind::Closed { .. }) => (Vec::new(), Some(Err(error))),
            Err(error) => return Err(error),
        };
        let bytes = match self.first.take() {
            Some((mut first, mut scan)) => {
                first.extend_from_slice(&bytes);
                let input = if end.is_some() { Input::Ended } else { Input::Partial };
                match log::refusal(&first, input, &mut scan) {
                    Some(NoAnswer::Error(refusal)) => return Err(refusal),
                    Some(NoAnswer::Incomplete) => {
                        self.first = Some((first, scan));
                        return Ok(None);
                    }
                    _ => first,
                }
            }
            None => bytes,
        };
        self.cut.take_in(&bytes, give);
        let is_cut = end.is_some() && self.cut.end(give);
        Ok(match end {
            Some(Ok(())) if is_cut => Some(Err(ErrorKind::Closed { os_errno: 0 }.into())),
            end => end,
        })
    }
}

/// How the kept lines ended.
enum End {
    /// With the connection.
    Closed,
    /// A daemon before 0.2.11 goes on with new lines on the same connection.
    StillOpen,
}

/// Whether the daemon ends a snapshot, which it has done since zinit 0.2.11.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    NotAsked,
    Yes,
    No,
    /// Its binary does not tell.
    Unknown,
}

/// What the daemon has kept.
struct Snapshot<'a> {
    name: Option<&'a Name>,
    /// What has come last.
    part: LogLines,
    kept: Kept,
    /// Each line of all services, to know it again.
    hashes: Vec<u64>,
    /// For who follows, what came when for a moment nothing was there: from a daemon before 0.2.11, it may be new.
    behind: Vec<LogLines>,
    is_behind: bool,
    follow: bool,
    /// What `hashes` and `behind` take.
    bytes: usize,
    /// A daemon whose lines take more never ends.
    most_bytes: usize,
}

impl<'a> Snapshot<'a> {
    fn new(name: Option<&'a Name>, selection: &LogSelection) -> Self {
        // The hashes of more lines than any daemon keeps.
        const LEAST: usize = 1 << 20;
        let LogSelection { last, follow, max_bytes, .. } = *selection;
        let (part, hashes, behind) = (LogLines::default(), Vec::new(), Vec::new());
        let (kept, most_bytes) = (Kept::new(last, max_bytes), max_bytes.max(LEAST));
        Self { name, part, kept, hashes, behind, is_behind: false, follow, bytes: 0, most_bytes }
    }

    /// Reads to the end.
    async fn read(&mut self, io: Io<'_>, reader: &mut Reader) -> Result<End> {
        // A daemon that ends a snapshot begins, and ends it, long before.
        const BEGIN: Duration = Duration::from_millis(100);
        // The kept lines of a daemon before 0.2.11 end with as much silence, or after that time.
        const SILENCE: Duration = Duration::from_millis(500);
        const LONGEST: Duration = Duration::from_secs(5);
        // No snapshot takes longer; a daemon before 0.2.11 that goes on printing would never be silent.
        let deadline = io.exchange_deadline();
        let begin = io.now();
        let mut ends = Ends::NotAsked;
        loop {
            let now = io.now();
            let heard = match ends {
                Ends::Yes => io.listen_or_fail().await,
                Ends::Unknown => io.listen(Some(deadline)).await,
                Ends::No => io.listen(Some(later(now, SILENCE).min(later(begin, LONGEST)))).await,
                Ends::NotAsked if self.is_behind => io.listen(Some(later(begin, BEGIN).max(now))).await,
                Ends::NotAsked if self.hashes.is_empty() => io.listen(Some(later(now, BEGIN))).await,
                Ends::NotAsked => io.listen(Some(now)).await,
            };
            let is_silent = matches!(heard, Ok(Heard::Silence));
            let end = reader.take_in(heard, &mut |line, is_truncated| self.put(line, is_truncated))?;
            self.end_part();
            if let Some(end) = end {
                self.all_is_kept();
                return end.map(|()| End::Closed);
            }
            let is_late = io.now() >= later(begin, BEGIN);
            match ends {
                Ends::NotAsked if is_late && (is_silent || self.is_behind) => {
                    ends = ask_whether_it_ends(io).await?;
                }
                Ends::No if is_silent || io.now() >= later(begin, LONGEST) => return Ok(End::StillOpen),
                Ends::Unknown if is_silent || io.now() >= deadline => return Ok(End::StillOpen),
                _ => {}
            }
            if self.follow && (ends == Ends::No || self.bytes > self.most_bytes) {
                return Ok(End::StillOpen);
            }
            self.is_behind |= is_silent;
        }
    }

    fn put(&mut self, line: &[u8], is_truncated: bool) {
        // Of who does not follow it is enough that something has come.
        if self.follow || self.hashes.is_empty() {
            self.hashes.push(hash(line));
            self.bytes += size_of::<u64>();
        }
        log::read(line, is_truncated, self.name, &mut self.part);
    }

    fn end_part(&mut self) {
        let Some(part) = self.part.take() else { return };
        if self.is_behind && self.follow {
            self.bytes += part.size();
            self.behind.push(part);
        } else {
            self.kept.put(part);
        }
    }

    fn all_is_kept(&mut self) {
        self.behind.drain(..).for_each(|part| self.kept.put(part));
    }
}

async fn ask_whether_it_ends(io: Io<'_>) -> Result<Ends> {
    match io.version().await {
        Ok(version) if version.numbers < DaemonVersion::LOG_SNAPSHOT => Ok(Ends::No),
        Ok(_) => Ok(Ends::Yes),
        Err(error) if matches!(error.kind(), ErrorKind::Version { .. }) => Ok(Ends::Unknown),
        Err(error) => Err(error),
    }
}
