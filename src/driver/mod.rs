//! What runs an operation: takes what it needs from its desk, does it, and lays the answer there.
//!
//! - [`blocking`] does so on the calling thread.
//! - [`event`] does so a step at a time, whenever the caller's event loop says that its descriptor is readable.
//! - [`stream`] does so for an operation that gives one thing after another.
//! - `scripted` does so in tests, from a list of replies, on a clock that jumps.
//!
//! The `zinit -V` child of [`binary`] is no exchange with the daemon, and is run by the blocking calls alone.

pub mod binary;
pub mod blocking;
mod cancel;
pub mod event;
mod options;
#[cfg(test)]
pub(crate) mod scripted;
mod stepper;
pub mod stream;
pub use cancel::Cancel;
pub use options::Options;
