//! The operations: what the daemon is asked in which order, and what its answers mean.
//!
//! Each is a plain `async fn` that performs its effects through an [`Io`]; a driver runs it.

mod ask;
pub mod control;
mod deadline;
pub mod definitions;
mod down;
pub mod groups;
mod io;
mod kept;
mod known_daemon;
pub mod logs;
pub mod matches;
mod output_buffer;
mod progress;
pub mod queries;
mod run;
mod shared_list;
mod subscription;
#[cfg(test)]
mod tests;
mod up;
mod wait_until;
pub mod waits;
pub mod watch;

pub use deadline::Timeout;
pub use io::{Completion, Effect, FileEffect, Heard, Io, Outgoing, Settings, Task, Until, later};
pub use known_daemon::{KnownDaemon, WaitCount};
pub use output_buffer::OutputBuffer;
pub use progress::{Outcome, Progress, Report, Row};
