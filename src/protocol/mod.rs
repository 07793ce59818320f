//! How a command is put on the wire, and how the reply to it is read. Opens no socket.
//!
//! [`line`] is the protocol of zinit 0.2.0 to 0.2.14. Another generation is another file beside it, and makes
//! the same [`Command`]s.

pub mod line;
pub mod log;

use crate::error::{Error, Result};

/// One command: the bytes to send, and how the bytes that come back are read.
#[derive(Debug)]
pub struct Command<T> {
    /// Goes out whole, in one send: the daemon would act on a part of it.
    pub line: Vec<u8>,
    /// Reads what has been received so far.
    pub parse: fn(&[u8], Input) -> Parsed<T>,
}

/// Whether more of a reply may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// It may.
    Partial,
    /// The daemon has closed the connection.
    Ended,
}

/// What the bytes received make.
#[derive(Debug)]
pub enum Parsed<T> {
    /// Not a reply yet.
    Incomplete,
    /// A reply: an answer, or a refusal.
    Complete(Result<T>),
}

/// The answer to an instruction: the daemon has done, or begun, what it was told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done;

impl<T> From<Error> for Parsed<T> {
    fn from(error: Error) -> Self {
        Self::Complete(Err(error))
    }
}
