//! Runs an operation that gives one thing after another: for a caller that waits, and for one with an event
//! loop.

use std::collections::VecDeque;
use std::future::Future;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cancel::Cancel;
use super::event::Request;
use super::queue::Queue;
use super::{Options, without_effect};
use crate::client::{Batch, OutputBuffer, Task, later};
use crate::error::{ErrorKind, Result};
use crate::sys;
use crate::transport::io_error;

/// An operation, and what it has given that was not taken yet.
pub struct Stream<T> {
    request: Request<()>,
    output: Arc<OutputBuffer<T>>,
    ready: VecDeque<T>,
    /// Of these, the first one is the caller's until the next call.
    taken: Option<T>,
    /// That of the request, with the event in it, too.
    descriptor: Arc<OwnedFd>,
    /// Set while nothing has to come for the next call to get on. To set it costs a tenth of what a timer
    /// does.
    event: OwnedFd,
    is_set: bool,
    /// The queue that says when the next call gets on, and the number there.
    queue: Option<(Arc<Queue>, u64)>,
}

/// What a stream has.
pub enum Next<'a, T> {
    /// The first one of these, until the next call.
    Item(&'a T),
    /// Nothing yet.
    Pending,
    /// Nothing any more: the operation is over.
    End,
}

impl<T: Batch> Stream<T> {
    /// So often a call that must not wait goes on before it says that there is nothing yet.
    const MOST_STEPS: usize = 16;

    /// Begins an operation; it takes its first step when the first thing is asked for.
    pub fn begin<F>(
        options: &Arc<Options>,
        operation: impl FnOnce(Arc<Task>, Arc<OutputBuffer<T>>) -> F,
    ) -> Result<Self>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let output = Arc::new(OutputBuffer::default());
        let request = Request::new(options, |task| operation(task, Arc::clone(&output)));
        let (descriptor, event) = descriptors(&request)?;
        let ready = VecDeque::new();
        Ok(Self { request, output, ready, taken: None, descriptor, event, is_set: false, queue: None })
    }

    /// The same, but the operation takes its first step at once.
    pub fn begin_now<F>(
        options: &Arc<Options>,
        operation: impl FnOnce(Arc<Task>, Arc<OutputBuffer<T>>) -> F,
    ) -> Result<Self>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let mut stream = Self::begin(options, operation)?;
        // What goes wrong here is told when the first thing is asked for.
        stream.dispatch();
        stream.set_event(!stream.ready.is_empty());
        Ok(stream)
    }

    /// Readable when the next call gets on without waiting.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }

    /// Takes the next thing; waits for it as long as `timeout` (`None`: for ever), or until cancelled.
    pub fn next(&mut self, timeout: Option<Duration>, cancel: Option<&Cancel>) -> Result<Next<'_, T>> {
        if cancel.is_some_and(Cancel::is_triggered) {
            return Err(ErrorKind::Cancelled.into());
        }
        self.advance();
        if self.taken.is_none() {
            let is_pending = !self.make_ready(timeout, cancel)?;
            if is_pending && self.request.result().is_some() {
                return Ok(Next::End);
            }
            if is_pending {
                self.wait_in_queue()?;
                return Ok(Next::Pending);
            }
            self.advance();
        }
        self.set_event(self.left_of_taken() > 0 || !self.ready.is_empty());
        Ok(self.taken.as_ref().map_or(Next::Pending, Next::Item))
    }

    /// Whether the next thing can be taken by [`Self::take_ready`].
    pub fn has_ready(&self) -> bool {
        // Behind the last one the descriptor must not be readable any more.
        self.is_set && self.left_of_taken() > 1
    }

    /// Takes the next thing, where several have come: with no system call, which is most of what a thing costs.
    pub fn take_ready(&mut self) -> Option<&T> {
        self.advance();
        self.taken.as_ref()
    }

    /// Goes on to the next thing that has come; there may be none.
    #[inline]
    fn advance(&mut self) {
        match &mut self.taken {
            Some(batch) if batch.behind_first() > 0 => batch.remove_first(),
            _ => self.taken = self.ready.pop_front(),
        }
    }

    /// How many come behind the one that the caller has, and together with it.
    fn left_of_taken(&self) -> usize {
        self.taken.as_ref().map_or(0, Batch::behind_first)
    }

    /// Goes on until there is something to take; `false`: there is nothing yet, or any more.
    fn make_ready(&mut self, timeout: Option<Duration>, cancel: Option<&Cancel>) -> Result<bool> {
        let deadline = timeout.map(|timeout| later(Instant::now(), timeout));
        let mut steps = 0;
        self.set_event(false);
        loop {
            self.dispatch();
            match self.request.result() {
                _ if !self.ready.is_empty() => return Ok(true),
                Some(Err(error)) => return Err(error.clone()),
                Some(Ok(())) => return Ok(false),
                None => {}
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                // Under an edge-triggered loop nobody would come back for what is there already.
                steps += 1;
                if self.request.has_moved() && !self.request.has_more() && steps < Self::MOST_STEPS {
                    continue;
                }
                self.set_event(self.request.has_moved());
                return Ok(false);
            }
            let descriptors = [Some(self.descriptor()), cancel.map(Cancel::descriptor)];
            let [_, cancelled] = sys::wait_readable(descriptors, left)
                .map_err(|error| io_error("waiting for the daemon", &error))?;
            if cancelled {
                return Err(ErrorKind::Cancelled.into());
            }
        }
    }

    /// From now on the queue gives `token` when there is something to take.
    pub fn enter(&mut self, queue: &Arc<Queue>, token: usize) -> Result<()> {
        let number = queue.add_descriptor(self.descriptor(), token)?;
        self.queue = Some((Arc::clone(queue), number));
        Ok(())
    }

    fn wait_in_queue(&self) -> Result<()> {
        self.queue.as_ref().map_or(Ok(()), |(queue, number)| queue.wait_again(self.descriptor(), *number))
    }

    fn dispatch(&mut self) {
        self.request.dispatch();
        self.output.drain_into(&mut self.ready);
    }

    fn set_event(&mut self, is_set: bool) {
        match is_set {
            _ if is_set == self.is_set => {}
            true => sys::set_event(self.event.as_fd()),
            false => sys::reset_event(self.event.as_fd()),
        }
        self.is_set = is_set;
    }
}

impl<T> Drop for Stream<T> {
    fn drop(&mut self) {
        if let Some((queue, number)) = &self.queue {
            queue.remove_descriptor(self.descriptor.as_fd(), *number);
        }
    }
}

/// Those of a stream: the request's, and an event in it.
fn descriptors(request: &Request<()>) -> Result<(Arc<OwnedFd>, OwnedFd)> {
    let descriptor = request.descriptor()?.ok_or_else(without_effect)?;
    let make = || {
        let event = sys::event()?;
        sys::epoll_add(descriptor.as_fd(), event.as_fd(), 0)?;
        Ok(event)
    };
    let event = make().map_err(|error| io_error("making a stream's descriptors", &error))?;
    Ok((descriptor, event))
}
