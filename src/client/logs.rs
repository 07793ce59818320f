//! The log: what the daemon has kept of it, and what comes.

use std::collections::VecDeque;
use std::time::Duration;

use super::desk::{later, wrong_kind};
use super::{Desk, Outbox, queries};
use crate::error::{Cause, Result};
use crate::model::{LogLine, LogSource, Name};
use crate::protocol::{Reply, log};

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

/// Gives the lines. Ends when those that the daemon has kept are over; a log that is followed ends only with the connection.
pub async fn logs(desk: &Desk, selection: &LogSelection, lines: &Outbox<LogLine>) -> Result<()> {
    let result = give(desk, selection, lines).await;
    result.map_err(|error| match &selection.name {
        Some(name) => queries::of_service(error, "read the log of", name),
        None => error.while_trying("read the log"),
    })
}

async fn give(desk: &Desk, selection: &LogSelection, lines: &Outbox<LogLine>) -> Result<()> {
    let LogSelection { name, last, follow, max_bytes } = selection;
    // The log itself says nothing of a name that is none, nor of a daemon that does not answer.
    match name {
        Some(name) => drop(queries::status(desk, name).await?),
        None => drop(queries::list(desk).await?),
    }
    desk.open(if *follow { log::follow() } else { log::snapshot() }).await?;
    let mut cut = log::Lines::default();
    if !follow || last.is_some() {
        let mut tail =
            Tail { most_lines: last.unwrap_or(usize::MAX), most_bytes: *max_bytes, ..Tail::default() };
        let end = keep(desk, selection, &mut cut, &mut tail).await?;
        tail.give(lines);
        match end {
            End::Connection if *follow => return Err(Cause::Closed.into()),
            End::Connection | End::Silence if !follow => return Ok(()),
            End::Connection | End::Silence => {}
        }
    }
    loop {
        let mut put = |line: &[u8], is_truncated| {
            if let Some(line) = log::read(line, is_truncated, name.as_ref()) {
                lines.put(line);
            }
        };
        match desk.listen(None).await? {
            Reply::Part(bytes) => cut.take_in(&bytes, &mut put),
            Reply::End => {
                cut.end(&mut put);
                return Err(Cause::Closed.into());
            }
            _ => return Err(wrong_kind().into()),
        }
    }
}

/// What ended the lines that the daemon has kept.
enum End {
    Connection,
    /// What comes now is new. The daemon sends no mark between the two.
    Silence,
}

/// Takes in the lines that the daemon has kept.
async fn keep(desk: &Desk, selection: &LogSelection, cut: &mut log::Lines, tail: &mut Tail) -> Result<End> {
    // A daemon before 0.2.11 knows no snapshot, and would go on for ever.
    let (silence, longest) = if selection.follow {
        (Duration::from_millis(100), Duration::from_secs(1))
    } else {
        (Duration::from_millis(500), Duration::from_secs(5))
    };
    let over = later(desk.now(), longest);
    let mut is_first = true;
    loop {
        let mut put = |line: &[u8], is_truncated| {
            if let Some(line) = log::read(line, is_truncated, selection.name.as_ref()) {
                tail.put(line);
            }
        };
        match desk.listen(Some(later(desk.now(), silence).min(over))).await? {
            Reply::Part(bytes) => {
                if let Some(error) = log::refusal(&bytes).filter(|_| is_first) {
                    return Err(error);
                }
                is_first = false;
                cut.take_in(&bytes, &mut put);
            }
            Reply::Silence => return Ok(End::Silence),
            Reply::End => {
                cut.end(&mut put);
                return Ok(End::Connection);
            }
            _ => return Err(wrong_kind().into()),
        }
    }
}

/// The last of many lines.
#[derive(Default)]
struct Tail {
    most_lines: usize,
    most_bytes: usize,
    lines: VecDeque<LogLine>,
    bytes: usize,
    dropped: usize,
}

impl Tail {
    fn put(&mut self, line: LogLine) {
        self.bytes += line.size();
        self.lines.push_back(line);
        while self.lines.len() > self.most_lines {
            self.take();
        }
        while self.bytes > self.most_bytes && self.take() {
            self.dropped += 1;
        }
    }

    /// Takes the oldest line out.
    fn take(&mut self) -> bool {
        let line = self.lines.pop_front();
        self.bytes -= line.as_ref().map_or(0, LogLine::size);
        line.is_some()
    }

    fn give(self, lines: &Outbox<LogLine>) {
        if self.dropped > 0 {
            let text = format!("{} lines dropped", self.dropped);
            lines.put(LogLine::new(b"", LogSource::Dropped, text.as_bytes(), false));
        }
        for line in self.lines {
            lines.put(line);
        }
    }
}
