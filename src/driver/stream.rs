//! Runs an operation that gives one thing after another: for a caller that waits, and for one with an event loop.

use std::future::Future;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cancel::Cancel;
use super::event::Request;
use crate::client::{Desk, Outbox, later};
use crate::error::{Cause, Result};
use crate::protocol::Reply;
use crate::sys;
use crate::transport::{Endpoint, io_error};

/// An operation, and what it has given that was not taken yet.
pub struct Stream<T> {
    request: Request,
    outbox: Arc<Outbox<T>>,
    taken: Option<T>,
}

/// What a stream has.
pub enum Next<'a, T> {
    /// One thing, until the next call.
    Item(&'a T),
    /// Nothing yet.
    Pending,
    /// Nothing any more.
    End,
}

impl<T> Stream<T> {
    /// Begins an operation; it takes its first step when the first thing is asked for.
    pub fn begin<F>(
        endpoint: &Endpoint,
        operation: impl FnOnce(Arc<Desk>, Arc<Outbox<T>>) -> F,
    ) -> Result<Self>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let outbox = Arc::new(Outbox::default());
        let request = Request::new(endpoint, |desk| {
            let operation = operation(desk, Arc::clone(&outbox));
            async { operation.await.map(|()| Reply::Done) }
        })?;
        Ok(Self { request, outbox, taken: None })
    }

    /// Readable when the next call will not have to wait.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.request.descriptor()
    }

    /// Takes the next thing; waits for it as long as `timeout` (`None`: for ever), or until cancelled.
    pub fn next(&mut self, timeout: Option<Duration>, cancel: Option<&Cancel>) -> Result<Next<'_, T>> {
        if cancel.is_some_and(Cancel::is_triggered) {
            return Err(Cause::Cancelled.into());
        }
        let deadline = timeout.map(|timeout| later(Instant::now(), timeout));
        self.taken = self.outbox.take();
        while self.taken.is_none() {
            let is_over = match self.request.dispatch() {
                Some(Err(error)) if self.outbox.is_empty() => return Err(error.clone()),
                result => result.is_some(),
            };
            self.taken = self.outbox.take();
            if self.taken.is_some() {
                break;
            }
            if is_over {
                return Ok(Next::End);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(Next::Pending);
            }
            let descriptors = [Some(self.request.descriptor()), cancel.map(Cancel::descriptor)];
            let [_, cancelled] = sys::wait_readable(descriptors, left)
                .map_err(|error| io_error("waiting for the daemon", &error))?;
            if cancelled {
                return Err(Cause::Cancelled.into());
            }
        }
        self.keep_descriptor_true();
        Ok(self.taken.as_ref().map_or(Next::Pending, Next::Item))
    }

    fn keep_descriptor_true(&mut self) {
        if self.outbox.is_empty() && self.request.is_awake() {
            self.request.dispatch();
        }
        if !self.outbox.is_empty() {
            self.request.wake();
        }
    }
}
