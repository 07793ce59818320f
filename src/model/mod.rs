//! Plain data: what zinit's words mean. Knows no socket, no file, no driver.

mod signal;
mod state;
mod text;

pub use signal::Signal;
pub use state::{ExitStatus, State, StateKind};
pub use text::Text;
