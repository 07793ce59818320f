//! What every driver does alike: takes an operation as far as it goes without waiting, and says what to wait for.

use std::future::Future;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Instant;

use crate::client::{Desk, Need, later};
use crate::error::{ErrorKind, Result};
use crate::protocol::{Command, Reply};
use crate::transport::{Backoff, Endpoint, Exchange};

/// What one operation waits for.
#[derive(Default)]
pub(super) struct Stepper {
    stage: Stage,
    /// The connection on which the daemon may send for ever.
    stream: Option<Exchange>,
    /// Whether the last step has got anywhere. Otherwise it has found that nothing is there.
    has_moved: bool,
}

#[derive(Default)]
enum Stage {
    /// Nothing: it can be polled.
    #[default]
    Ready,
    Asking(Asking),
    Pausing(Instant),
    Listening(Option<Instant>),
}

struct Asking {
    command: Command,
    begin: Instant,
    deadline: Instant,
    backoff: Backoff,
    /// `None` until the daemon's backlog has room.
    exchange: Option<Exchange>,
    /// No reply is awaited: the connection stays open for what the operation listens to.
    is_stream: bool,
}

/// What has happened since the last step.
#[derive(Clone, Copy, Default)]
pub(super) struct Since {
    /// The descriptor may have become readable.
    pub(super) readable: bool,
    /// The caller wants no more: from now on nothing is sent.
    pub(super) cancelled: bool,
}

/// Where a step ends.
pub(super) enum Step {
    /// The operation is over.
    Finished,
    /// There is nothing to do until the descriptor is readable, or until then; `None`: however long it takes.
    Wait(Option<Instant>),
}

impl Stepper {
    /// Readable when a reply has come; `None` where none is awaited.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match &self.stage {
            Stage::Asking(Asking { exchange: Some(exchange), .. }) => Some(exchange.descriptor()),
            _ => self.stream.as_ref().map(Exchange::descriptor),
        }
    }

    /// Whether the last step has got anywhere; if not, nothing was there.
    pub(super) fn has_moved(&self) -> bool {
        self.has_moved
    }

    /// Goes on until the operation is over or there is something to wait for. `before_close` is told of each descriptor
    /// that has been waited for, before it is closed.
    pub(super) fn step(
        &mut self,
        endpoint: &Endpoint,
        desk: &Desk,
        mut operation: Pin<&mut dyn Future<Output = ()>>,
        mut since: Since,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) -> Step {
        self.has_moved = false;
        loop {
            let answer = match &mut self.stage {
                Stage::Ready => {
                    if operation.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                        return Step::Finished;
                    }
                    // An operation that waits for nothing will never go on.
                    let Some(need) = desk.take() else { return Step::Finished };
                    self.stage = Stage::of(need, desk.now());
                    continue;
                }
                _ if since.cancelled => Err(ErrorKind::Cancelled.into()),
                Stage::Asking(asking) => match asking.step(endpoint, desk, since.readable) {
                    Ok(reply) => reply,
                    Err(until) => return Step::Wait(Some(until)),
                },
                Stage::Pausing(until) if Instant::now() < *until => return Step::Wait(Some(*until)),
                Stage::Pausing(_) => Ok(Reply::Done),
                Stage::Listening(until) => {
                    // The clock is read before the descriptor: it is not silence where the caller came late for what
                    // had come in time.
                    let is_over = until.is_some_and(|until| Instant::now() >= until);
                    let stream = self.stream.as_mut().filter(|_| since.readable || is_over);
                    match stream.and_then(Exchange::receive_part) {
                        Some(part) => part,
                        None if is_over => Ok(Reply::Silence),
                        None => return Step::Wait(*until),
                    }
                }
            };
            self.has_moved = true;
            self.end_stage(before_close);
            since.readable = false;
            desk.answer(Instant::now(), answer);
        }
    }

    /// Waits for nothing any more.
    pub(super) fn clear(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        self.end_stage(before_close);
        if let Some(stream) = self.stream.take() {
            before_close(stream.descriptor());
        }
    }

    fn end_stage(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        match std::mem::take(&mut self.stage) {
            Stage::Asking(Asking { exchange: Some(exchange), is_stream: true, .. }) => {
                self.stream = Some(exchange);
            }
            Stage::Asking(Asking { exchange: Some(exchange), .. }) => before_close(exchange.descriptor()),
            _ => {}
        }
    }
}

impl Stage {
    fn of(need: Need, now: Instant) -> Self {
        match need {
            Need::Reply { command, deadline } => Self::Asking(Asking::new(command, now, deadline, false)),
            Need::Open { command, deadline } => Self::Asking(Asking::new(command, now, deadline, true)),
            Need::Time(until) => Self::Pausing(until),
            Need::Part(until) => Self::Listening(until),
        }
    }
}

impl Asking {
    fn new(command: Command, begin: Instant, deadline: Instant, is_stream: bool) -> Self {
        Self { command, begin, deadline, backoff: Backoff::default(), exchange: None, is_stream }
    }

    /// The answer, or until when to wait for it.
    fn step(
        &mut self,
        endpoint: &Endpoint,
        desk: &Desk,
        readable: bool,
    ) -> std::result::Result<Result<Reply>, Instant> {
        let wait_until = match &mut self.exchange {
            // The reply takes the daemon a moment: to look for it at once would be in vain.
            None => match Exchange::begin(endpoint, &self.command) {
                Ok(Some(exchange)) => {
                    self.exchange = Some(exchange);
                    desk.note_sent();
                    return if self.is_stream { Ok(Ok(Reply::Done)) } else { Err(self.deadline) };
                }
                Ok(None) => later(Instant::now(), self.backoff.next_pause()),
                Err(error) => return Ok(Err(error)),
            },
            Some(exchange) => {
                let reply = if readable { exchange.receive(&self.command) } else { None };
                if let Some(reply) = reply {
                    return Ok(reply);
                }
                self.deadline
            }
        };
        // The clock is read behind the descriptor, so that what came by the deadline has been seen.
        let now = Instant::now();
        if now >= self.deadline {
            return Ok(Err(endpoint.no_reply(self.begin, now)));
        }
        Err(wait_until.min(self.deadline))
    }
}
