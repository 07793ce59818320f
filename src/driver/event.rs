//! Runs an operation under the caller's event loop, a step whenever its descriptor is readable.

use std::future::Future;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::stepper::{Since, Step, Stepper};
use crate::client::{Desk, Report};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Reply;
use crate::sys;
use crate::transport::{Endpoint, io_error};

/// An operation under way, or over.
///
/// Its one descriptor is an epoll with a timer in it, and while a reply is awaited the socket, too: so the caller's loop
/// needs to know neither a time nor a change of descriptor.
pub struct Request {
    endpoint: Endpoint,
    desk: Arc<Desk>,
    operation: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Where the operation lays its result.
    result_slot: Arc<Mutex<Option<Result<Reply>>>>,
    /// Where it is lent from, once the operation is over.
    result: Option<Result<Reply>>,
    stepper: Stepper,
    /// Whether the stepper's descriptor is in the epoll.
    is_added: bool,
    /// What the timer is set to for the stepper.
    timer_at: Option<Instant>,
    /// Whether it is set to the past instead, which makes the descriptor readable.
    is_awake: bool,
    timer: OwnedFd,
    epoll: OwnedFd,
}

impl Request {
    /// Begins an operation and takes its first step: where nothing stands in the way, its first command goes out.
    pub fn begin<F>(endpoint: &Endpoint, operation: impl FnOnce(Arc<Desk>) -> F) -> Result<Self>
    where
        F: Future<Output = Result<Reply>> + Send + 'static,
    {
        let mut request = Self::new(endpoint, operation)?;
        // What goes wrong here is the first dispatch's to tell, as everything behind it.
        request.dispatch();
        Ok(request)
    }

    /// An operation that takes its first step at the first dispatch, for which its descriptor is readable.
    pub(super) fn new<F>(endpoint: &Endpoint, operation: impl FnOnce(Arc<Desk>) -> F) -> Result<Self>
    where
        F: Future<Output = Result<Reply>> + Send + 'static,
    {
        let desk = Arc::new(Desk::new(Instant::now(), endpoint.io_timeout));
        let result_slot = Arc::new(Mutex::new(None));
        let (operation, slot) = (operation(Arc::clone(&desk)), Arc::clone(&result_slot));
        let operation = Box::pin(async move {
            let result = operation.await;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        });
        Self::with_descriptors(endpoint.clone(), desk, operation, result_slot)
            .map_err(|error| io_error("making a request's descriptors", &error))
    }

    // Of any operation, so that the library has this once.
    #[inline(never)]
    fn with_descriptors(
        endpoint: Endpoint,
        desk: Arc<Desk>,
        operation: Pin<Box<dyn Future<Output = ()> + Send>>,
        result_slot: Arc<Mutex<Option<Result<Reply>>>>,
    ) -> io::Result<Self> {
        let epoll = sys::epoll()?;
        let timer = sys::timer()?;
        sys::epoll_add(epoll.as_fd(), timer.as_fd())?;
        sys::set_timer(timer.as_fd(), Some(Duration::ZERO))?;
        Ok(Self {
            endpoint,
            desk,
            operation,
            result_slot,
            result: None,
            stepper: Stepper::default(),
            is_added: false,
            timer_at: None,
            is_awake: true,
            timer,
            epoll,
        })
    }

    /// Readable when there is something to do; from the end of the operation on, always.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }

    /// Goes on until there is something to wait for, and never waits itself. `None`: not over yet.
    pub fn dispatch(&mut self) -> Option<&Result<Reply>> {
        if self.result.is_none() {
            self.result = self.step().unwrap_or_else(|error| Some(Err(error)));
            if self.result.is_some() {
                self.stepper.clear(&mut |descriptor| remove(&self.epoll, descriptor));
                self.wake();
            }
        }
        self.result.as_ref()
    }

    /// The result, once the operation is over.
    pub fn result(&self) -> Option<&Result<Reply>> {
        self.result.as_ref()
    }

    /// How far it has come.
    pub fn report(&self) -> Report {
        self.desk.report()
    }

    /// Whether the last dispatch has got anywhere; if not, nothing was there.
    pub(super) fn has_moved(&self) -> bool {
        self.stepper.has_moved()
    }

    /// From now on the descriptor is readable while that one is, too.
    pub(super) fn add(&self, descriptor: BorrowedFd<'_>) -> Result<()> {
        sys::epoll_add(self.epoll.as_fd(), descriptor)
            .map_err(|error| io_error("making a request's descriptors", &error))
    }

    /// Makes the descriptor readable for ever.
    fn wake(&mut self) {
        if !self.is_awake {
            // Set to such a time, a timer cannot fail.
            let _ = sys::set_timer(self.timer.as_fd(), Some(Duration::ZERO));
            self.is_awake = true;
        }
    }

    fn step(&mut self) -> Result<Option<Result<Reply>>> {
        // Which of its two descriptors is readable, the epoll could tell; to look at both costs no more.
        let since = Since { readable: true, cancelled: false };
        let (epoll, is_added) = (&self.epoll, &mut self.is_added);
        let mut before_close = |descriptor: BorrowedFd<'_>| {
            remove(epoll, descriptor);
            *is_added = false;
        };
        let operation = self.operation.as_mut();
        let step = self.stepper.step(&self.endpoint, &self.desk, operation, since, &mut before_close);
        let Step::Wait(until) = step else {
            let result = self.result_slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            let nothing =
                || Err(ErrorKind::Internal { reason: "an operation waits for nothing".to_owned() }.into());
            let result = result.unwrap_or_else(nothing);
            return Ok(Some(result.map_err(|error: Error| error.with_request_sent(self.desk.sent()))));
        };
        self.set_timer(until)?;
        if let (Some(descriptor), false) = (self.stepper.descriptor(), self.is_added) {
            sys::epoll_add(self.epoll.as_fd(), descriptor)
                .map_err(|error| io_error("waiting for the daemon", &error))?;
            self.is_added = true;
        }
        Ok(None)
    }

    fn set_timer(&mut self, until: Option<Instant>) -> Result<()> {
        if self.timer_at == until && !self.is_awake {
            return Ok(());
        }
        self.timer_at = until;
        self.is_awake = false;
        let from_now = until.map(|until| until.saturating_duration_since(Instant::now()));
        sys::set_timer(self.timer.as_fd(), from_now).map_err(|error| io_error("setting a timer", &error))
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.stepper.clear(&mut |descriptor| remove(&self.epoll, descriptor));
    }
}

/// Takes a descriptor out before it is closed: a copy of it in a forked child would keep the epoll readable.
fn remove(epoll: &OwnedFd, descriptor: BorrowedFd<'_>) {
    // Fails only where it is not in, or out already.
    let _ = sys::epoll_remove(epoll.as_fd(), descriptor);
}
