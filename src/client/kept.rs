//! The lines of the log that a daemon has kept, and how the new ones follow them without a gap.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};

use super::{Batch, Io, OutputBuffer, queries};
use crate::error::Result;
use crate::model::{LogLines, LogSource, Name};
use crate::protocol::log;

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

impl Batch for LogLines {
    fn behind_first(&self) -> usize {
        self.len().saturating_sub(1)
    }

    fn remove_first(&mut self) {
        Self::remove_first(self);
    }
}

/// What came of the log in one protocol.
pub(super) enum Given {
    /// All that was wanted.
    All,
    /// Nothing: the daemon speaks another one.
    Nothing,
}

/// The log itself says nothing of a name that is not known, nor of a daemon that does not answer.
pub(super) async fn check(io: Io<'_>, name: Option<&Name>) -> Result<()> {
    match name {
        Some(name) => queries::status_as_told(io, name).await.map(drop),
        None => queries::list(io).await.map(drop),
    }
}

pub(super) fn hash(line: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(line);
    hasher.finish()
}

/// Passes over the lines that were in the snapshot.
///
/// What comes begins with what the daemon has kept, which is the end of the snapshot, all of it if nothing was dropped
/// meanwhile, and behind it what is new. So it is known which lines are new as soon as as many lines have come as the
/// longest end of the snapshot has that they could be; and so many have come with what the daemon has kept.
pub(super) struct Overlap<'a> {
    name: Option<&'a Name>,
    /// The snapshot; empty once it is passed over.
    snapshot: Vec<u64>,
    come: Vec<u64>,
    /// Lines that may be in the snapshot, each behind the number of lines that came before it.
    held: Vec<(usize, LogLines)>,
    held_bytes: usize,
    max_bytes: usize,
    /// From where on the end of the snapshot could be what comes.
    candidate: usize,
    /// Lines that were held, and are new.
    released: Vec<LogLines>,
    /// What has come behind them. No hash and no memory of its own for each: it may be very much.
    new_lines: LogLines,
}

impl<'a> Overlap<'a> {
    pub(super) fn new(name: Option<&'a Name>, snapshot: Vec<u64>, max_bytes: usize) -> Self {
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

    /// Gives the lines that are known to be new.
    pub(super) fn give(&mut self, lines: &OutputBuffer<LogLines>) {
        lines.extend(self.released.drain(..));
        lines.extend(self.new_lines.take().into_iter());
    }

    pub(super) fn put(&mut self, line: &[u8], is_truncated: bool) {
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
        let mut read = LogLines::with_room_for_one(line.len());
        log::read(line, is_truncated, self.name, &mut read);
        if !read.is_empty() {
            self.held_bytes += read.size();
            self.held.push((self.come.len(), read));
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
    pub(super) fn give_up(&mut self) {
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

/// What was printed between two looks at what the daemon has kept, of which it drops the oldest.
pub(super) fn added<'a, T: PartialEq>(before: &[T], after: &'a [T]) -> &'a [T] {
    let is_dropped = |dropped: &usize| {
        let left = before.get(*dropped..).unwrap_or_default();
        after.starts_with(left)
    };
    let dropped = (0..before.len()).find(is_dropped).unwrap_or(before.len());
    after.get(before.len() - dropped..).unwrap_or_default()
}

/// The last of the lines that the daemon has kept.
pub(super) struct Kept {
    most_lines: usize,
    most_bytes: usize,
    lines: VecDeque<LogLines>,
    count: usize,
    bytes: usize,
    /// How many have come, those included that are not kept here.
    come: usize,
}

impl Kept {
    pub(super) fn new(last: Option<usize>, most_bytes: usize) -> Self {
        let most_lines = last.unwrap_or(usize::MAX);
        Self { most_lines, most_bytes, lines: VecDeque::new(), count: 0, bytes: 0, come: 0 }
    }

    pub(super) fn put(&mut self, lines: LogLines) {
        self.come += lines.len();
        self.count += lines.len();
        self.bytes += lines.size();
        self.lines.push_back(lines);
        while self.count > self.most_lines || self.bytes > self.most_bytes {
            let Some(oldest) = self.lines.front_mut() else { break };
            let size = oldest.size();
            oldest.remove_first();
            self.count -= 1;
            self.bytes -= size - oldest.size();
            if oldest.is_empty() {
                self.lines.pop_front();
            }
        }
    }

    pub(super) fn give(self, lines: &OutputBuffer<LogLines>) {
        let missing = self.come.min(self.most_lines) - self.count;
        if missing > 0 {
            let mut mark = LogLines::default();
            mark.push(LogSource::Dropped, format!("{missing} lines dropped").as_bytes(), false);
            lines.push(mark);
        }
        lines.extend(self.lines.into_iter());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::{LogLines, OutputBuffer, Overlap, hash, log};

    const LINES: [&str; 4] = ["[+] web: a", "[+] web: b", "[+] web: a", "[+] web: c"];

    fn after(lines: &[&str], max_bytes: usize) -> Overlap<'static> {
        Overlap::new(None, lines.iter().map(|line| hash(line.as_bytes())).collect(), max_bytes)
    }

    /// What is given once these lines have come.
    fn put(overlap: &mut Overlap<'_>, lines: &[&str]) -> String {
        for line in lines {
            overlap.put(line.as_bytes(), false);
        }
        given(overlap)
    }

    fn given(overlap: &mut Overlap<'_>) -> String {
        let (buffer, mut taken) = (OutputBuffer::default(), VecDeque::new());
        overlap.give(&buffer);
        buffer.drain_into(&mut taken);
        let lines = taken.iter().flat_map(LogLines::iter);
        lines.map(|line| String::from_utf8_lossy(line.text()).into_owned()).collect()
    }

    fn size() -> usize {
        let mut lines = LogLines::default();
        log::read(LINES[0].as_bytes(), false, None, &mut lines);
        lines.size()
    }

    #[test]
    fn what_comes_behind_any_end_of_the_snapshot_is_new() {
        for from in 0..LINES.len() {
            let mut overlap = after(&LINES, 1 << 20);
            assert_eq!(put(&mut overlap, &LINES[from..]), "", "{from}");
            assert_eq!(put(&mut overlap, &["[+] web: a", "[+] web: d"]), "ad", "{from}");
        }
        assert_eq!(put(&mut after(&LINES, 1 << 20), &["[+] web: d", "[+] web: a"]), "da");
    }

    #[test]
    fn what_was_held_is_given_when_nothing_comes_any_more() {
        let mut overlap = after(&LINES, 1 << 20);
        assert_eq!(put(&mut overlap, &LINES[..2]), "");
        overlap.give_up();
        assert_eq!(given(&mut overlap), "ab");
    }

    #[test]
    fn no_more_is_held_than_may_be() {
        let mut overlap = after(&LINES, 2 * size());
        assert_eq!(put(&mut overlap, &LINES[..2]), "");
        assert_eq!(put(&mut overlap, &LINES[2..3]), "aba");
        assert_eq!(put(&mut overlap, &LINES[3..]), "c");
    }
}
