//! The log of a daemon that is subscribed to, and that gives what it has kept as one reply: zinit 0.2.15 to 0.2.28.
//!
//! The lines of all services are asked for, and those of the wanted one are taken out here: asked for one service, the
//! daemon leaves out the lines of its test, and that lines were lost.
//!
//! A subscription gives new lines only. Who wants kept lines, too, subscribes first and asks then, so that no line is
//! missing; and passes over those that came both ways: no more than were printed between two looks at what is kept.

use super::effect::Heard;
use super::kept::{Given, Kept, LogSelection, Overlap, added, check, hash};
use super::long_lists::MOST_AT_ONCE;
use super::{Io, OutputBuffer};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LogLines, Name};
use crate::protocol::{Notification, Notifications, Protocol, Request, command, log};

/// Gives the lines. Ends when those that the daemon has kept are over; a log that is followed ends only with the
/// connection.
pub(super) async fn give(
    io: Io<'_>,
    selection: &LogSelection,
    lines: &OutputBuffer<LogLines>,
) -> Result<Given> {
    let LogSelection { name, last, follow, max_bytes } = selection;
    let name = name.as_ref();
    check(io, name).await?;
    if io.known_protocol().get() != Some(Protocol::JsonRpc) {
        return Ok(Given::Nothing);
    }
    if !follow {
        let kept = io.ask(command::kept_lines(None)).await?;
        give_kept(io, &kept, selection, lines).await?;
        io.free_lines(kept).await?;
        return Ok(Given::All);
    }
    let wants_kept = *last != Some(0);
    let before = if wants_kept { io.ask(command::kept_lines(None)).await? } else { Vec::new() };
    let mut subscription = Subscription::open(io, *max_bytes).await?;
    let mut printed_meanwhile = Vec::new();
    if wants_kept {
        let kept = io.ask(command::kept_lines(None)).await?;
        give_kept(io, &kept, selection, lines).await?;
        printed_meanwhile = added(&before, &kept).iter().map(|line| hash(line.as_bytes())).collect();
        io.free_lines(before).await?;
        io.free_lines(kept).await?;
    }
    let mut overlap = Overlap::new(name, printed_meanwhile, *max_bytes);
    loop {
        while let Some(Notification { line, is_truncated }) = subscription.take_next() {
            overlap.put(line.as_bytes(), is_truncated);
        }
        overlap.give(lines);
        if let Err(error) = subscription.listen(io).await {
            overlap.give_up();
            overlap.give(lines);
            return Err(error);
        }
    }
}

async fn give_kept(
    io: Io<'_>,
    kept: &[String],
    selection: &LogSelection,
    lines: &OutputBuffer<LogLines>,
) -> Result<()> {
    let mut last = Kept::new(selection.last, selection.max_bytes);
    for (index, line) in kept.iter().enumerate() {
        if index % MOST_AT_ONCE == MOST_AT_ONCE - 1 {
            io.give_way().await?;
        }
        if let Some(line) = read(line, selection.name.as_ref()) {
            last.put(line);
        }
    }
    last.give(lines);
    Ok(())
}

fn read(line: &str, name: Option<&Name>) -> Option<LogLines> {
    let (line, is_truncated) = log::cut(line);
    let mut lines = LogLines::with_room_for_one(line.len());
    log::read(line.as_bytes(), is_truncated, name, &mut lines);
    (!lines.is_empty()).then_some(lines)
}

/// A connection on which the daemon sends each line that is printed.
struct Subscription(Notifications);

impl Subscription {
    /// Until the daemon has confirmed it, which it does at once: it must neither take longer than an exchange, nor more
    /// bytes, for the lines that come before are kept.
    async fn open(io: Io<'_>, max_bytes: usize) -> Result<Self> {
        let deadline = io.exchange_deadline();
        io.open(&command::tell(Request::Log(None)), Protocol::JsonRpc).await?;
        let mut notifications = Notifications::default();
        let mut received = 0_usize;
        while !notifications.is_confirmed() {
            match io.listen_before(deadline).await? {
                Heard::Part(bytes) => {
                    received = received.saturating_add(bytes.len());
                    notifications.take_in(&bytes)?;
                    if received > max_bytes && !notifications.is_confirmed() {
                        return Err(ErrorKind::ReplyTooLarge { limit: max_bytes as u64 }.into());
                    }
                }
                Heard::Silence => {}
                Heard::End => return Err(closed()),
            }
        }
        Ok(Self(notifications))
    }

    /// A line that has come.
    fn take_next(&mut self) -> Option<Notification> {
        self.0.take_next()
    }

    /// Waits until more has come.
    async fn listen(&mut self, io: Io<'_>) -> Result<()> {
        match io.listen(None).await? {
            Heard::Part(bytes) => self.0.take_in(&bytes),
            Heard::Silence => Ok(()),
            Heard::End => Err(closed()),
        }
    }
}

fn closed() -> Error {
    ErrorKind::Closed { os_errno: 0 }.into()
}
