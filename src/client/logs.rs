//! The log: what the daemon has kept of it, and what comes.
//!
//! The daemon keeps the last lines of all services together (`log snapshot`, which ends with the end of the
//! connection), and sends them in front of the new ones to who follows (`log`), without a mark between the two. So who
//! follows behind the last so many lines takes a snapshot first, follows then, and passes over what was in the snapshot.
//!
//! Before zinit 0.2.11 there is no snapshot: the daemon takes the command for `log`. Then the kept lines are what comes
//! in one go.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};
use std::time::Duration;

use super::io::{Heard, later};
use super::{Io, OutputBuffer, queries};
use crate::error::{ErrorKind, Result};
use crate::model::{DaemonVersion, LogLine, LogLines, LogSource, Name};
use crate::protocol::{Input, Parsed, log};

/// Which lines are wanted.
#[derive(Debug, Clone)]
pub struct LogSelection {
    /// Of one service; `None`: of all.
    pub name: Option<Name>,
    /// Of those that the daemon has kept, so many of the last; `None`: all.
    pub last: Option<usize>,
    /// Those that come, too.
    pub follow: bool,
    /// So much of what the daemon has kept is kept here until it is taken.
    pub max_bytes: usize,
}

/// Gives the lines. Ends when those that the daemon has kept are over; a log that is followed ends only with the
/// connection.
pub async fn logs(io: Io<'_>, selection: &LogSelection, lines: &OutputBuffer<LogLine>) -> Result<()> {
    let result = give(io, selection, lines).await;
    result.map_err(|error| match &selection.name {
        Some(name) => error.service_context("read the log of", name.as_str()),
        None => error.context("read the log"),
    })
}

async fn give(io: Io<'_>, selection: &LogSelection, lines: &OutputBuffer<LogLine>) -> Result<()> {
    let LogSelection { name, last, follow, max_bytes } = selection;
    let name = name.as_ref();
    let mut reader = Reader::default();
    if *follow && last.is_none() {
        check(io, name).await?;
        io.open(log::follow()).await?;
        return go_on(io, reader, Overlap::new(name, Vec::new(), *max_bytes), lines).await;
    }
    // Before all else, so that no line that is printed from now on counts as kept.
    io.open(log::snapshot()).await?;
    check(io, name).await?;
    let mut snapshot = Snapshot::new(name, Kept::new(*last, *max_bytes), *follow);
    let end = snapshot.read(io, &mut reader).await;
    // What came is given, however it ended.
    let Snapshot { kept, hashes, behind, .. } = snapshot;
    kept.give(lines);
    lines.extend(behind.into_iter());
    match end? {
        _ if !follow => Ok(()),
        End::StillOpen => go_on(io, reader, Overlap::new(name, Vec::new(), *max_bytes), lines).await,
        End::Closed => {
            io.open(log::follow()).await?;
            go_on(io, Reader::default(), Overlap::new(name, hashes, *max_bytes), lines).await
        }
    }
}

/// The log itself says nothing of a name that is not known, nor of a daemon that does not answer.
async fn check(io: Io<'_>, name: Option<&Name>) -> Result<()> {
    match name {
        Some(name) => queries::status(io, name).await.map(drop),
        None => queries::list(io).await.map(drop),
    }
}

/// Gives every line that comes, but for those at the beginning that were in the snapshot already.
async fn go_on(
    io: Io<'_>,
    mut reader: Reader,
    mut overlap: Overlap<'_>,
    lines: &OutputBuffer<LogLine>,
) -> Result<()> {
    loop {
        let heard = io.listen(None).await;
        let end = reader.take_in(heard, &mut |line, is_truncated| overlap.put(line, is_truncated))?;
        if end.is_some() {
            overlap.give_up();
        }
        lines.extend(overlap.released.drain(..));
        lines.extend(overlap.new_lines.take_all());
        if let Some(end) = end {
            end?;
            return Err(ErrorKind::Closed { os_errno: 0 }.into());
        }
    }
}

/// Takes in what comes on a connection, line by line.
struct Reader {
    /// The beginning, until it is known whether it is a refusal.
    first: Option<Vec<u8>>,
    cut: log::Lines,
}

impl Default for Reader {
    fn default() -> Self {
        Self { first: Some(Vec::new()), cut: log::Lines::default() }
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
            Some(mut first) => {
                first.extend_from_slice(&bytes);
                let input = if end.is_some() { Input::Ended } else { Input::Partial };
                match log::refusal(&first, input) {
                    Parsed::Complete(Err(refusal)) => return Err(refusal),
                    Parsed::Complete(Ok(())) => first,
                    Parsed::Incomplete => {
                        self.first = Some(first);
                        return Ok(None);
                    }
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

fn hash(line: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(line);
    hasher.finish()
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
    behind: Vec<LogLine>,
    is_behind: bool,
    follow: bool,
    /// What `hashes` and `behind` take.
    bytes: usize,
}

impl<'a> Snapshot<'a> {
    fn new(name: Option<&'a Name>, kept: Kept, follow: bool) -> Self {
        let (part, hashes, behind) = (LogLines::default(), Vec::new(), Vec::new());
        Self { name, part, kept, hashes, behind, is_behind: false, follow, bytes: 0 }
    }

    /// Reads to the end.
    async fn read(&mut self, io: Io<'_>, reader: &mut Reader) -> Result<End> {
        // A daemon that ends a snapshot begins, and ends it, long before.
        const BEGIN: Duration = Duration::from_millis(100);
        // The kept lines of a daemon before 0.2.11 end with as much silence, or after that time.
        const SILENCE: Duration = Duration::from_millis(500);
        const LONGEST: Duration = Duration::from_secs(5);
        // No daemon keeps as much. One that never ends must not take all memory.
        const MOST_BYTES: usize = 64 << 20;
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
            if self.follow && (ends == Ends::No || self.bytes > MOST_BYTES) {
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
        for line in self.part.take_all() {
            if self.is_behind && self.follow {
                self.bytes += line.size();
                self.behind.push(line);
            } else {
                self.kept.put(line);
            }
        }
    }

    fn all_is_kept(&mut self) {
        self.behind.drain(..).for_each(|line| self.kept.put(line));
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

/// Passes over the lines that were in the snapshot.
///
/// What comes begins with what the daemon has kept, which is the end of the snapshot, all of it if nothing was dropped
/// meanwhile, and behind it what is new. So it is known which lines are new as soon as as many lines have come as the
/// longest end of the snapshot has that they could be; and so many have come with what the daemon has kept.
struct Overlap<'a> {
    name: Option<&'a Name>,
    /// The snapshot; empty once it is passed over.
    snapshot: Vec<u64>,
    come: Vec<u64>,
    /// Lines that may be in the snapshot, each behind the number of lines that came before it.
    held: Vec<(usize, LogLine)>,
    held_bytes: usize,
    max_bytes: usize,
    /// From where on the end of the snapshot could be what comes.
    candidate: usize,
    /// Lines that were held, and are new.
    released: Vec<LogLine>,
    /// What has come behind them. No hash and no memory of its own for each: it may be very much.
    new_lines: LogLines,
}

impl<'a> Overlap<'a> {
    fn new(name: Option<&'a Name>, snapshot: Vec<u64>, max_bytes: usize) -> Self {
        Self {
            name,
            snapshot,
            come: Vec::new(),
            held: Vec::new(),
            held_bytes: 0,
            max_bytes,
            candidate: 0,
            released: Vec::new(),
            new_lines: LogLines::default(),
        }
    }

    fn put(&mut self, line: &[u8], is_truncated: bool) {
        if self.snapshot.is_empty() {
            log::read(line, is_truncated, self.name, &mut self.new_lines);
        } else {
            self.compare(line, is_truncated);
        }
    }

    // Apart, so that every line behind the snapshot does not pay for the registers that this needs.
    #[cold]
    #[inline(never)]
    fn compare(&mut self, line: &[u8], is_truncated: bool) {
        let hash = hash(line);
        let mut read = LogLines::default();
        log::read(line, is_truncated, self.name, &mut read);
        for line in read.take_all() {
            self.held_bytes += line.size();
            self.held.push((self.come.len(), line));
        }
        self.come.push(hash);
        if self.snapshot.get(self.candidate + self.come.len() - 1) != Some(&hash) {
            let is_candidate =
                |from: &usize| is_beginning(&self.come, self.snapshot.get(*from..).unwrap_or_default());
            let others = self.candidate + 1..self.snapshot.len();
            self.candidate = others.into_iter().find(is_candidate).unwrap_or(self.snapshot.len());
        }
        let length = self.snapshot.len() - self.candidate;
        if self.come.len() >= length {
            self.pass_over(length);
        } else if self.held_bytes > self.max_bytes {
            // Rather twice than not at all.
            self.pass_over(0);
        }
    }

    /// Nothing comes any more.
    fn give_up(&mut self) {
        self.pass_over(0);
    }

    /// So many of the lines that came were in the snapshot.
    fn pass_over(&mut self, length: usize) {
        let held = self.held.drain(..).filter(|(before, _)| *before >= length);
        self.released.extend(held.map(|(_, line)| line));
        self.snapshot = Vec::new();
        self.come = Vec::new();
    }
}

/// Whether one of the two is the beginning of the other.
fn is_beginning(one: &[u64], other: &[u64]) -> bool {
    one.iter().zip(other).all(|(one, other)| one == other)
}

/// The last of the lines that the daemon has kept.
struct Kept {
    most_lines: usize,
    most_bytes: usize,
    lines: VecDeque<LogLine>,
    bytes: usize,
    /// How many have come, those included that are not kept here.
    come: usize,
}

impl Kept {
    fn new(last: Option<usize>, most_bytes: usize) -> Self {
        let most_lines = last.unwrap_or(usize::MAX);
        Self { most_lines, most_bytes, lines: VecDeque::new(), bytes: 0, come: 0 }
    }

    fn put(&mut self, line: LogLine) {
        self.come += 1;
        self.bytes += line.size();
        self.lines.push_back(line);
        while self.lines.len() > self.most_lines || self.bytes > self.most_bytes {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.size();
        }
    }

    fn give(self, lines: &OutputBuffer<LogLine>) {
        let missing = self.come.min(self.most_lines) - self.lines.len();
        if missing > 0 {
            let mut mark = LogLines::default();
            mark.push(b"", LogSource::Dropped, format!("{missing} lines dropped").as_bytes(), false);
            lines.extend(mark.take_all());
        }
        lines.extend(self.lines.into_iter());
    }
}
