//! A client for the zinit process supervisor, with a C interface.
//!
//! The layers, top to bottom; each knows only those below it:
//!
//! - [`ffi`]: the C boundary. Pointers and codes become values and errors, and back.
//! - [`driver`]: runs one operation: does the I/O and the waiting that it asks for.
//! - [`client`]: the operations: what is asked in which order, and what the answers mean.
//! - [`protocol`]: how a question is put on the wire, and how an answer is read.
//! - [`transport`]: one exchange on the unix socket.
//! - [`sys`]: the system calls.
//!
//! [`model`] and [`error`] are known to all and know none of them.

pub mod client;
pub mod driver;
pub mod error;
pub mod ffi;
pub mod model;
pub mod protocol;
pub mod sys;
pub mod transport;
