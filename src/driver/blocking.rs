//! Runs an operation on the calling thread: one exchange after another, and sleeps between them.

use std::future::Future;
use std::os::fd::BorrowedFd;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use super::cancel::Cancel;
use crate::client::{Desk, Need, Report};
use crate::error::{Cause, Result};
use crate::protocol::{Command, Reply};
use crate::sys;
use crate::transport::{Backoff, Endpoint, Exchange, io_error};

/// Runs the operation to its end.
pub fn run<T>(endpoint: &Endpoint, operation: impl AsyncFnOnce(&Desk) -> Result<T>) -> Result<T> {
    run_with_report(endpoint, None, operation).0
}

/// Runs the operation to its end, or until it is cancelled; tells how far it has come in either case.
pub fn run_with_report<T>(
    endpoint: &Endpoint,
    cancel: Option<&Cancel>,
    operation: impl AsyncFnOnce(&Desk) -> Result<T>,
) -> (Result<T>, Report) {
    let desk = Desk::new(Instant::now(), endpoint.io_timeout);
    let mut result = None;
    let driver = Driver { endpoint, desk: &desk, cancel };
    driver.run(pin!(async { result = Some(operation(&desk).await) }));
    let nothing = || Err(Cause::Internal { reason: "an operation waits for nothing".to_owned() }.into());
    let result = result.unwrap_or_else(nothing).map_err(|error| error.after_sending(desk.sent()));
    (result, desk.report())
}

struct Driver<'a> {
    endpoint: &'a Endpoint,
    desk: &'a Desk,
    cancel: Option<&'a Cancel>,
}

impl Driver<'_> {
    /// Of any operation, so that the library has this once.
    fn run(&self, mut operation: Pin<&mut dyn Future<Output = ()>>) {
        let mut context = Context::from_waker(Waker::noop());
        while operation.as_mut().poll(&mut context).is_pending() {
            let answer = match self.desk.take() {
                Some(Need::Reply { command, deadline }) => self.exchange(&command, deadline),
                Some(Need::Time(until)) => self.sleep(until).map(|()| Reply::Done),
                None => return,
            };
            self.desk.answer(Instant::now(), answer);
        }
    }

    fn exchange(&self, command: &Command, deadline: Instant) -> Result<Reply> {
        let begin = self.desk.now();
        let mut backoff = Backoff::default();
        let mut exchange = loop {
            self.cancel.map_or(Ok(()), Cancel::check)?;
            match Exchange::begin(self.endpoint, command)? {
                Some(exchange) => break exchange,
                None if Instant::now() >= deadline => {
                    return Err(self.endpoint.no_reply(begin, Instant::now()));
                }
                None => self.sleep((Instant::now() + backoff.next_pause()).min(deadline))?,
            }
        };
        self.desk.note_sent();
        loop {
            // The clock is read before the descriptor, so that what came by the deadline is still seen.
            let left = deadline.saturating_duration_since(Instant::now());
            if self.wait(Some(exchange.descriptor()), left)? {
                if let Some(reply) = exchange.receive(command) {
                    return reply;
                }
            }
            if left.is_zero() {
                return Err(self.endpoint.no_reply(begin, Instant::now()));
            }
        }
    }

    fn sleep(&self, until: Instant) -> Result<()> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.wait(None, left)?;
        }
    }

    /// Whether the descriptor can be read. A cancel ends the wait, and the operation with it.
    fn wait(&self, descriptor: Option<BorrowedFd<'_>>, left: Duration) -> Result<bool> {
        let cancel = self.cancel.map(Cancel::descriptor);
        let [readable, cancelled] = sys::wait_readable([descriptor, cancel], Some(left))
            .map_err(|error| io_error("waiting for the daemon", &error))?;
        if cancelled { Err(Cause::Cancelled.into()) } else { Ok(readable) }
    }
}
