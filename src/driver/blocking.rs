//! Runs an operation on the calling thread, which sleeps while there is something to wait for.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Instant;

use super::cancel::Cancel;
use super::stepper::{Since, Step, Stepper};
use crate::client::{Desk, Report};
use crate::error::{ErrorKind, Result};
use crate::sys;
use crate::transport::{Endpoint, io_error};

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
    let driven = drive(endpoint, &desk, cancel, pin!(async { result = Some(operation(&desk).await) }));
    let nothing = || Err(ErrorKind::Internal { reason: "an operation waits for nothing".to_owned() }.into());
    let result = driven.and_then(|()| result.unwrap_or_else(nothing));
    (result.map_err(|error| error.with_request_sent(desk.sent())), desk.take_report())
}

/// Of any operation, so that the library has this once.
fn drive(
    endpoint: &Endpoint,
    desk: &Desk,
    cancel: Option<&Cancel>,
    mut operation: Pin<&mut dyn Future<Output = ()>>,
) -> Result<()> {
    let mut stepper = Stepper::default();
    let mut since = Since { readable: false, cancelled: cancel.is_some_and(Cancel::is_triggered) };
    loop {
        match stepper.step(endpoint, desk, operation.as_mut(), since, &mut |_| ()) {
            Step::Finished => return Ok(()),
            Step::Wait(until) => {
                let left = until.map(|until| until.saturating_duration_since(Instant::now()));
                let descriptors = [stepper.descriptor(), cancel.map(Cancel::descriptor)];
                let [readable, cancelled] = sys::wait_readable(descriptors, left)
                    .map_err(|error| io_error("waiting for the daemon", &error))?;
                since = Since { readable, cancelled };
            }
        }
    }
}
