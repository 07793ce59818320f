//! How a question is put on the wire, and how an answer is read. Opens no socket.
//!
//! [`line`] is the protocol of zinit 0.2.0 to 0.2.14. Another generation is another file beside it, and makes the same
//! [`Command`]s.

pub mod line;
pub mod log;

use crate::error::{Error, Result};
use crate::model::{ServiceList, Status};

/// One question: the bytes to send, and how the bytes that come back are read.
pub struct Command {
    /// Goes out whole, in one send: the daemon would act on a part of it.
    pub line: Vec<u8>,
    /// Reads what has been received so far.
    pub read: fn(&[u8], Received) -> Reading,
}

/// How much of a reply there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// More may follow.
    SoFar,
    /// The daemon has closed the connection.
    All,
}

/// What the bytes received make.
#[derive(Debug)]
pub enum Reading {
    /// Not a reply yet.
    Incomplete,
    /// A reply: an answer, or a refusal.
    Complete(Result<Reply>),
}

/// An answer, of the kind that the command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The daemon has done, or begun, what it was told to.
    Done,
    /// To `status`.
    Status(Status),
    /// To `list`.
    List(ServiceList),
    /// To `log`: some of it.
    Part(Vec<u8>),
    /// To `log`: nothing so far.
    Silence,
    /// To `log`: nothing any more.
    End,
}

impl From<Error> for Reading {
    fn from(error: Error) -> Self {
        Self::Complete(Err(error))
    }
}
