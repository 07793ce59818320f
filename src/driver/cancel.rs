//! Ends a call from outside: from another thread, or from a signal handler.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Result;
use crate::sys;
use crate::transport::io_error;

/// Once triggered, it stays so.
#[derive(Debug)]
pub struct Cancel {
    triggered: AtomicBool,
    event: OwnedFd,
}

impl Cancel {
    /// Not triggered yet.
    pub fn new() -> Result<Self> {
        let event = sys::event().map_err(|error| io_error("making a cancel", &error))?;
        Ok(Self { triggered: AtomicBool::new(false), event })
    }

    /// Ends every call that it was given to, and every one that it will be given to. Async-signal-safe.
    pub fn trigger(&self) {
        self.triggered.store(true, Ordering::Release);
        sys::set_event(self.event.as_fd());
    }

    /// Whether it has been triggered.
    pub fn is_triggered(&self) -> bool {
        self.triggered.load(Ordering::Acquire)
    }

    /// Readable once it has been triggered.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }
}
