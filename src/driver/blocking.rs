//! Runs an operation on the calling thread: one exchange after another, and sleeps between them.

use std::future::Future;
use std::os::fd::BorrowedFd;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::client::{Desk, Need};
use crate::error::{Cause, Result};
use crate::protocol::{Command, Reply};
use crate::sys;
use crate::transport::{Backoff, Endpoint, Exchange, io_error};

/// Runs the operation to its end.
pub fn run<T>(endpoint: &Endpoint, operation: impl AsyncFnOnce(&Desk) -> Result<T>) -> Result<T> {
    let desk = Desk::new(Instant::now(), endpoint.io_timeout);
    let mut operation = pin!(operation(&desk));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(result) = operation.as_mut().poll(&mut context) {
            return result.map_err(|error| error.after_sending(desk.sent()));
        }
        let answer = match desk.take() {
            Some(Need::Reply { command, deadline }) => exchange(endpoint, &desk, &command, deadline),
            Some(Need::Time(until)) => sleep(until).map(|()| Reply::Done),
            None => {
                return Err(Cause::Internal { reason: "an operation waits for nothing".to_owned() }.into());
            }
        };
        desk.answer(Instant::now(), answer);
    }
}

fn exchange(endpoint: &Endpoint, desk: &Desk, command: &Command, deadline: Instant) -> Result<Reply> {
    let begin = desk.now();
    let mut backoff = Backoff::default();
    let mut exchange = loop {
        match Exchange::begin(endpoint, command)? {
            Some(exchange) => break exchange,
            None if Instant::now() >= deadline => return Err(endpoint.no_reply(begin, Instant::now())),
            None => sleep((Instant::now() + backoff.next_pause()).min(deadline))?,
        }
    };
    desk.note_sent();
    loop {
        // The clock is read before the descriptor, so that what came by the deadline is still seen.
        let left = deadline.saturating_duration_since(Instant::now());
        let [readable] = wait([Some(exchange.descriptor())], left)?;
        if readable {
            if let Some(reply) = exchange.receive(command) {
                return reply;
            }
        }
        if left.is_zero() {
            return Err(endpoint.no_reply(begin, Instant::now()));
        }
    }
}

fn sleep(until: Instant) -> Result<()> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        wait([None], left)?;
    }
}

fn wait<const N: usize>(descriptors: [Option<BorrowedFd<'_>>; N], left: Duration) -> Result<[bool; N]> {
    sys::wait_readable(descriptors, Some(left)).map_err(|error| io_error("waiting for the daemon", &error))
}
