//! How a command is put on the wire, and how the reply to it is read. Opens no socket.
//!
//! [`command`] says what can be asked, in the words of no protocol. Each protocol is a file that encodes those requests
//! and reads the replies: [`line`] is that of zinit 0.2.0 to 0.2.14, [`jsonrpc`] that of zinit 0.2.15 to 0.2.28, and
//! [`zinit_0_3`] that of zinit 0.3.6 to 0.3.9.

mod body;
pub mod command;
mod jsonrpc;
mod known;
mod line;
pub mod log;
mod notifications;
mod object;
mod request;
mod scan;
mod slices;
#[cfg(test)]
mod tests;
mod zinit_0_3;
mod zinit_0_3_body;

pub use body::{Done, RawJson};
pub use command::Command;
pub use known::KnownProtocol;
pub use notifications::{Notification, Notifications};
pub use request::{Refusal, Request};
pub use scan::Scan;
pub use zinit_0_3_body::{Child, Children, GraphState, KeptLine, Pong};

pub use crate::model::Protocol;

use crate::error::{Error, ErrorKind};

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
pub enum Reply<T> {
    /// What was asked for.
    Answer(T),
    /// Something else.
    None(NoAnswer),
}

/// What is not an answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// Not a reply yet.
    Incomplete,
    /// A refusal, or something that is not a reply.
    Error(Error),
    /// A reply in another protocol, which looks like this one: the daemon did not act on the command.
    Foreign(Protocol),
    /// The daemon has no room for one connection more, and did not act on the command.
    Busy,
    /// A refusal that does not say why: zinit 0.2.15 to 0.2.27.
    Unexplained(String),
    /// The command has not gone out.
    NotSent,
}

impl From<Error> for NoAnswer {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What an error means to who sent this command: a refusal that it cannot get, or one that names another service, is
/// told in the daemon's words alone.
pub fn interpret(request: &Request, protocol: Protocol, error: Error) -> Error {
    let (refusal, message) = match error.kind() {
        ErrorKind::UnknownService { message, .. } => (Refusal::Unknown, message),
        ErrorKind::AlreadyMonitored { message } => (Refusal::AlreadyMonitored, message),
        ErrorKind::ServiceUp { message } => (Refusal::Up, message),
        ErrorKind::ServiceDown { message } => (Refusal::Down, message),
        ErrorKind::ShuttingDown { message } => (Refusal::ShuttingDown, message),
        ErrorKind::ConfigRefused { message } => (Refusal::Config, message),
        _ => return error,
    };
    let is_of_another = protocol == Protocol::Line
        && refusal == Refusal::Unknown
        && request.name().is_some_and(|name| !line::is_named(message, name));
    if !is_of_another && request.refusals().contains(&refusal) {
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
