//! The log: what the daemon has kept of it, and what comes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::io::{Heard, later};
use super::{Io, OutputBuffer, queries};
use crate::error::{ErrorKind, Result};
use crate::model::{LogLine, LogLines, LogSource, Name};
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

/// Gives the lines. Ends when those that the daemon has kept are over; a log that is followed ends only with
/// the connection.
pub async fn logs(io: Io<'_>, selection: &LogSelection, lines: &OutputBuffer<LogLine>) -> Result<()> {
    let result = give(io, selection, lines).await;
    result.map_err(|error| match &selection.name {
        Some(name) => error.service_context("read the log of", name.as_str()),
        None => error.context("read the log"),
    })
}

async fn give(io: Io<'_>, selection: &LogSelection, lines: &OutputBuffer<LogLine>) -> Result<()> {
    let LogSelection { name, follow, .. } = selection;
    // The log itself says nothing of a name that is none, nor of a daemon that does not answer.
    match name {
        Some(name) => drop(queries::status(io, name).await?),
        None => drop(queries::list(io).await?),
    }
    io.open(if *follow { log::follow() } else { log::snapshot() }).await?;
    let mut cut = log::Lines::default();
    let mut kept = Kept::of(selection, io.now());
    let mut is_first = true;
    let mut come = LogLines::default();
    loop {
        let heard = io.listen(kept.as_ref().map(|kept| kept.silent_at(io.now()))).await?;
        let mut put = |line: &[u8], is_truncated| log::read(line, is_truncated, name.as_ref(), &mut come);
        let mut end = if *follow { None } else { Some(Ok(())) };
        let is_over = match heard {
            Heard::Part(bytes) => {
                if let Some(error) = log::refusal(&bytes).filter(|_| is_first) {
                    return Err(error);
                }
                is_first = false;
                cut.take_in(&bytes, &mut put);
                kept.as_mut().is_some_and(|kept| kept.is_over_behind(bytes.len(), io.now()))
            }
            Heard::Silence => true,
            Heard::End => {
                if cut.end(&mut put) || *follow {
                    end = Some(Err(ErrorKind::Closed { os_errno: 0 }.into()));
                }
                true
            }
        };
        match &mut kept {
            Some(kept) => come.take_all().for_each(|line| kept.put(line)),
            None => lines.extend(come.take_all()),
        }
        if is_over {
            // From here on it is new.
            if let Some(kept) = kept.take() {
                kept.give(lines);
            }
            if let Some(end) = end {
                return end;
            }
        }
    }
}

/// The last of the lines that the daemon has kept.
///
/// The daemon sends no mark behind them when it goes on, as it does for who follows, and before 0.2.11 for
/// everybody. So they are over when it falls silent.
struct Kept {
    most_lines: usize,
    most_bytes: usize,
    lines: VecDeque<LogLine>,
    bytes: usize,
    /// How many have come, those included that are not kept here.
    come: usize,
    silence: Duration,
    /// When they are over at the latest.
    over: Instant,
    has_begun: bool,
    /// What has come behind that time, because the reader was late, or because the daemon never pauses.
    late_bytes: usize,
}

impl Kept {
    /// `None` where it does not matter which lines are new.
    fn of(selection: &LogSelection, now: Instant) -> Option<Self> {
        let (silence, longest) = match selection.follow {
            true if selection.last.is_none() => return None,
            true => (Duration::from_millis(100), Duration::from_secs(1)),
            false => (Duration::from_millis(500), Duration::from_secs(5)),
        };
        Some(Self {
            most_lines: selection.last.unwrap_or(usize::MAX),
            most_bytes: selection.max_bytes,
            lines: VecDeque::new(),
            bytes: 0,
            come: 0,
            silence,
            over: later(now, longest),
            // A daemon that ends by itself may take its time to begin.
            has_begun: selection.follow,
            late_bytes: 0,
        })
    }

    /// From when on nothing means that they are over.
    fn silent_at(&self, now: Instant) -> Instant {
        if self.has_begun { later(now, self.silence).min(self.over) } else { self.over }
    }

    /// Something has come. Whether they are over all the same.
    fn is_over_behind(&mut self, bytes: usize, now: Instant) -> bool {
        self.has_begun = true;
        if now >= self.over {
            self.late_bytes = self.late_bytes.saturating_add(bytes);
        }
        self.late_bytes > self.most_bytes
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
