//! How a command is put on the wire, and how the reply to it is read. Opens no socket.
//!
//! [`line`] is the protocol of zinit 0.2.0 to 0.2.14. Another generation is another file beside it, and makes
//! the same [`Command`]s.

pub mod line;
pub mod log;
mod scan;

pub use scan::Scan;

use crate::error::{Error, ErrorKind, Result};
use crate::model::Name;

/// One command: the bytes to send, and how the bytes that come back are read.
#[derive(Debug)]
pub struct Command<T> {
    /// Goes out whole, in one send: the daemon would act on a part of it.
    pub line: Vec<u8>,
    /// Reads what has been received so far; the scan is kept from part to part.
    pub parse: fn(&[u8], Input, &mut Scan) -> Parsed<T>,
    /// The service that it is about.
    pub name: Option<Name>,
    /// The refusals that it can get.
    pub refusals: &'static [Refusal],
}

/// What a refusal can mean that a caller may want to know apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The daemon does not know the service.
    Unknown,
    /// It is monitored already.
    AlreadyMonitored,
    /// It is up.
    Up,
    /// It has no process.
    Down,
    /// The daemon is shutting down.
    ShuttingDown,
    /// The daemon cannot load its file.
    Config,
}

impl<T> Command<T> {
    /// What an error means to who sent this command: a refusal that it cannot get, or one that names another service, is
    /// told in the daemon's words alone.
    pub fn interpret(name: Option<&Name>, refusals: &[Refusal], error: Error) -> Error {
        let (refusal, message) = match error.kind() {
            ErrorKind::UnknownService { message, .. } => (Refusal::Unknown, message),
            ErrorKind::AlreadyMonitored { message } => (Refusal::AlreadyMonitored, message),
            ErrorKind::ServiceUp { message } => (Refusal::Up, message),
            ErrorKind::ServiceDown { message } => (Refusal::Down, message),
            ErrorKind::ShuttingDown { message } => (Refusal::ShuttingDown, message),
            ErrorKind::ConfigRefused { message } => (Refusal::Config, message),
            _ => return error,
        };
        let is_of_another =
            refusal == Refusal::Unknown && name.is_some_and(|name| !line::is_named(message, name));
        if !is_of_another && refusals.contains(&refusal) {
            return error;
        }
        let advice = if is_of_another {
            ": zinit before 0.2.4 says so of a service that runs after one that is not monitored; monitor that one, too"
        } else {
            ""
        };
        let message = message.clone();
        error.with_kind(ErrorKind::Daemon { message, advice })
    }
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
