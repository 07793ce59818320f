//! The operations: what the daemon is asked in which order, and what its answers mean.
//!
//! Each is a plain `async fn` that performs its effects through an [`Io`]; a driver runs it.

mod ask;
pub mod control;
mod deadline;
pub mod definitions;
mod down;
mod effect;
pub mod groups;
mod io;
mod kept;
mod known_daemon;
pub mod logs;
mod long_lists;
pub mod matches;
mod output_buffer;
mod polled_log;
mod progress;
pub mod queries;
mod run;
mod shared_list;
mod side_by_side;
mod stop_order;
mod subscription;
mod task;
#[cfg(test)]
mod tests;
mod up;
mod wait_until;
pub mod waits;
pub mod watch;
mod zinit_0_3;

pub use deadline::Timeout;
pub use effect::{Completion, Effect, FileEffect, Heard, Outgoing, Settings, StopOrder, Until};
pub use io::{Io, later};
pub use known_daemon::{KnownDaemon, WaitCount};
pub use output_buffer::{Batch, OutputBuffer};
pub use progress::{Outcome, Progress, Report, Row, Step};
pub use task::{SLOTS, Task};
