//! The operations: what the daemon is asked in which order, and what its answers mean.
//!
//! Each is a plain `async fn` over a [`Desk`]; a driver runs it.

mod config_directory;
pub mod control;
mod desk;
pub mod groups;
pub mod logs;
pub mod matching;
mod outbox;
pub mod queries;
mod report;
mod settle;
mod starting;
mod stopping;
#[cfg(test)]
mod tests;
mod wait;
pub mod waits;
pub mod watch;

pub use config_directory::ConfigDirectory;
pub use desk::{Desk, Need, later};
pub use outbox::Outbox;
pub use report::{Outcome, Report, Row};
pub use wait::Timeout;
