//! What runs an operation: takes its effects, carries them out, and completes them.
//!
//! - [`blocking`] does so on the calling thread.
//! - [`event`] does so a step at a time, whenever the caller's event loop says that its descriptor is
//!   readable.
//! - [`queue`] holds many such requests, and runs each when it has something to do.
//! - [`stream`] does so for an operation that gives one thing after another.
//! - `scripted` does so in tests, from a list of replies, on a clock that jumps.
//!
//! What they do alike is in `engine` and, for one effect at a time, in `slot`; `binary` runs the child that tells the
//! daemon's version.

mod binary;
pub mod blocking;
mod cancel;
mod engine;
pub mod event;
mod options;
mod queue;
mod registration;
#[cfg(test)]
pub(crate) mod scripted;
#[cfg(test)]
mod scripted_wire;
mod slot;
pub mod stream;
#[cfg(test)]
mod tests;

pub use cancel::Cancel;
pub use options::Options;
pub use queue::Queue;

use crate::error::{Error, ErrorKind};

/// A defect of an operation: it is not over, and asks for no effect.
#[cold]
fn without_effect() -> Error {
    ErrorKind::Internal { reason: "an operation waits for nothing".to_owned() }.into()
}
