//! What every driver does alike: takes an operation as far as it goes without waiting, and says what to wait for.

use std::future::Future;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Instant;

use crate::client::{Desk, Need, later};
use crate::error::{Cause, Result};
use crate::protocol::{Command, Reply};
use crate::transport::{Backoff, Endpoint, Exchange};

/// What one operation waits for.
#[derive(Default)]
pub(super) struct Stepper(Stage);

#[derive(Default)]
enum Stage {
    /// Nothing: it can be polled.
    #[default]
    Ready,
    Asking(Asking),
    Pausing(Instant),
}

struct Asking {
    command: Command,
    begin: Instant,
    deadline: Instant,
    backoff: Backoff,
    /// `None` until the daemon's backlog has room.
    exchange: Option<Exchange>,
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
    /// There is nothing to do until the descriptor is readable, or until then.
    Wait(Instant),
}

impl Stepper {
    /// Readable when a reply has come; `None` where none is awaited.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match &self.0 {
            Stage::Asking(Asking { exchange: Some(exchange), .. }) => Some(exchange.descriptor()),
            _ => None,
        }
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
        loop {
            let answer = match &mut self.0 {
                Stage::Ready => {
                    if operation.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                        return Step::Finished;
                    }
                    // An operation that waits for nothing will never go on.
                    let Some(need) = desk.take() else { return Step::Finished };
                    self.0 = Stage::of(need, desk.now());
                    continue;
                }
                _ if since.cancelled => Err(Cause::Cancelled.into()),
                Stage::Asking(asking) => match asking.step(endpoint, desk, since.readable) {
                    Ok(reply) => reply,
                    Err(until) => return Step::Wait(until),
                },
                Stage::Pausing(until) if Instant::now() < *until => return Step::Wait(*until),
                Stage::Pausing(_) => Ok(Reply::Done),
            };
            self.clear(before_close);
            since.readable = false;
            desk.answer(Instant::now(), answer);
        }
    }

    /// Waits for nothing any more.
    pub(super) fn clear(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        if let Some(descriptor) = self.descriptor() {
            before_close(descriptor);
        }
        self.0 = Stage::Ready;
    }
}

impl Stage {
    fn of(need: Need, now: Instant) -> Self {
        match need {
            Need::Reply { command, deadline } => Self::Asking(Asking {
                command,
                begin: now,
                deadline,
                backoff: Backoff::default(),
                exchange: None,
            }),
            Need::Time(until) => Self::Pausing(until),
        }
    }
}

impl Asking {
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
                    return Err(self.deadline);
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
