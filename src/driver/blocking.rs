//! Runs an operation on the calling thread, which sleeps while there is something to wait for.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Instant;

use super::cancel::Cancel;
use super::engine::{Engine, Events, PollOperation, Step};
use super::{Options, without_effect};
use crate::client::{Io, Report, Task};
use crate::error::{ErrorKind, Result};
use crate::sys;
use crate::transport::io_error;

/// Runs the operation to its end.
pub fn run<T>(options: &Options, operation: impl AsyncFnOnce(Io<'_>) -> Result<T>) -> Result<T> {
    run_cancellable(options, None, operation)
}

/// Runs the operation to its end, or until it is cancelled.
pub fn run_cancellable<T>(
    options: &Options,
    cancel: Option<&Cancel>,
    operation: impl AsyncFnOnce(Io<'_>) -> Result<T>,
) -> Result<T> {
    let task = options.task();
    run_task(options, &task, cancel, pin!(operation(task.io())))
}

/// As [`run_cancellable`]; tells how far the operation has come, however it ended.
pub fn run_with_report<T>(
    options: &Options,
    cancel: Option<&Cancel>,
    operation: impl AsyncFnOnce(Io<'_>) -> Result<T>,
) -> (Result<T>, Report) {
    let task = options.task();
    let result = run_task(options, &task, cancel, pin!(operation(task.io())));
    (result, task.progress().take_report())
}

/// Of any operation with the same result, so that the library has this once.
#[inline(never)]
fn run_task<T>(
    options: &Options,
    task: &Task,
    cancel: Option<&Cancel>,
    mut operation: Pin<&mut dyn Future<Output = Result<T>>>,
) -> Result<T> {
    // So that an operation with nothing to do is cancelled, too.
    let is_cancelled = cancel.is_some_and(Cancel::is_triggered);
    let mut result = None;
    let driven = drive(options, task, cancel, &mut |context| {
        operation.as_mut().poll(context).map(|done| result = Some(done))
    });
    let error = match (driven, result) {
        (Ok(()), Some(Ok(_))) if is_cancelled => return Err(ErrorKind::Cancelled.into()),
        (Ok(()), Some(Ok(done))) => return Ok(done),
        (Ok(()), Some(Err(error))) | (Err(error), _) => error,
        (Ok(()), None) => without_effect(),
    };
    Err(error.with_request_sent(task.progress().is_sent()))
}

/// Of any operation, so that the library has this once.
fn drive(
    options: &Options,
    task: &Task,
    cancel: Option<&Cancel>,
    poll: &mut PollOperation<'_>,
) -> Result<()> {
    let is_cancelled = || cancel.is_some_and(Cancel::is_triggered);
    let mut engine = Engine::default();
    let mut events = Events { readable: false, cancelled: is_cancelled() };
    loop {
        match engine.step(options, task, poll, events, &mut |_| ()) {
            Step::Finished => return Ok(()),
            Step::File => {
                engine.run_file_effect(&options.config_directory, task);
                events = Events { readable: false, cancelled: is_cancelled() };
            }
            Step::Again => events = Events { readable: true, cancelled: is_cancelled() },
            Step::Wait(until) => {
                let left = until.map(|until| until.saturating_duration_since(Instant::now()));
                let descriptors = [engine.descriptor(), cancel.map(Cancel::descriptor)];
                let [readable, cancelled] = sys::wait_readable(descriptors, left)
                    .map_err(|error| io_error("waiting for the daemon", &error))?;
                events = Events { readable, cancelled };
            }
        }
    }
}
