//! Plain data: what zinit's words mean. Knows no socket, no file, no driver.

mod address;
mod command_line;
mod filter;
mod glob;
mod list_builder;
mod log_line;
mod name;
mod protocol;
pub mod search;
mod service;
mod signal;
mod sort;
mod state;
mod stats;
mod status;
mod text;
mod version;

pub use address::Address;
pub use filter::Filter;
pub use list_builder::{ListBuilder, share};
pub use log_line::{LineParts, LogLine, LogLines, LogSource};
pub use name::Name;
pub use protocol::Protocol;
pub use service::{KeyStatus, Log, Place, Problem, Service, Severity, Variable};
pub use signal::Signal;
pub use state::{ExitStatus, State, StateKind};
pub use stats::{ProcessStats, Stats};
pub use status::{ServiceList, Status, Target};
pub use text::Text;
pub use version::DaemonVersion;
