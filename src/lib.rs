//! A client for the zinit process supervisor, with a C interface.
//!
//! The layers, top to bottom; each knows only those below it:
//!
//! - [`ffi`]: the C boundary. Pointers and codes become values and errors, and back.
//! - [`driver`]: runs one operation: carries out its effects, and waits for them.
//! - [`client`]: the operations: what is asked in which order, and what the answers mean. They are sans-IO:
//!   they ask their driver for effects, and do no I/O themselves.
//! - [`protocol`]: how a command is put on the wire, and how the reply to it is read.
//! - [`transport`]: one exchange on the unix socket; beside it [`config_directory`]: the directory of service
//!   files.
//! - [`sys`]: the system calls.
//!
//! [`model`] and [`error`] are known to all and know none of them.

pub mod client;
pub mod config_directory;
pub mod driver;
pub mod error;
pub mod ffi;
pub mod model;
pub mod protocol;
pub mod sys;
pub mod transport;
