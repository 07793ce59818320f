//! The operations: what the daemon is asked in which order, and what its answers mean.
//!
//! Each is a plain `async fn` over a [`Desk`]; a driver runs it.

mod config_directory;
pub mod control;
mod desk;
pub mod queries;
#[cfg(test)]
mod tests;

pub use config_directory::ConfigDirectory;
pub use desk::{Desk, Need, later};
