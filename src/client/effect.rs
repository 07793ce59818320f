//! What a driver does for an operation, and what comes of it.

use std::time::{Duration, Instant};

use crate::model::{DaemonVersion, Name, Service};
use crate::protocol::Input;

/// What a driver does for an operation.
#[derive(Debug)]
pub enum Effect {
    /// Send a command, and receive what comes back; completed with [`Completion::Received`].
    Exchange(Outgoing),
    /// Receive more of that reply, behind the bytes received so far; completed with [`Completion::Received`].
    Receive(Vec<u8>),
    /// Send a command on a connection that stays open for [`Effect::Listen`]; completed with
    /// [`Completion::Done`].
    Open(Outgoing),
    /// Receive what comes on that connection; completed with [`Completion::Heard`].
    Listen(Until),
    /// Let others go on, before more work is done on what has come; completed with [`Completion::Done`].
    GiveWay,
    /// Wait until a point in time; completed with [`Completion::Done`].
    Pause(Instant),
    /// Read or write files, which may take as long as the disk likes.
    File(FileEffect),
    /// Ask the zinit binary for its version; completed with [`Completion::Version`].
    Version,
}

/// How long to listen.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// As long as it takes.
    Ever,
    /// Until then: nothing in that time is [`Heard::Silence`].
    Silence(Instant),
    /// Until then: the driver gives up, with `NoReply`.
    Deadline(Instant),
}

/// A command on its way.
#[derive(Debug)]
pub struct Outgoing {
    /// The command; goes out whole.
    pub line: Vec<u8>,
    /// When the operation gave it out.
    pub begin: Instant,
    /// Then the driver gives up, with `NoReply`.
    pub deadline: Instant,
    /// The row of the report that it is for.
    pub row: Option<usize>,
}

/// What is done in the directory of service files.
#[derive(Debug)]
pub enum FileEffect {
    /// Read a definition; completed with [`Completion::Service`].
    Load(Name),
    /// The same, where the daemon would load the file, too.
    LoadChecked(Name),
    /// Read a file as bytes; completed with [`Completion::Content`].
    Read(Name),
    /// Write the new content of a file beside it, and keep it for [`FileEffect::Replace`]; completed with
    /// [`Completion::Done`].
    Prepare(Name, String),
    /// Put the prepared content in the place of the file; completed with [`Completion::Done`].
    Replace,
    /// Remove a file; completed with [`Completion::Done`].
    Remove(Name),
}

/// What came of an effect.
#[derive(Debug)]
pub enum Completion {
    /// It is done.
    Done,
    /// All that was received of a reply so far.
    Received(Vec<u8>, Input),
    /// What came on the open connection.
    Heard(Heard),
    /// A definition.
    Service(Box<Service>),
    /// The content of a file.
    Content(Vec<u8>),
    /// The version of the zinit binary.
    Version(DaemonVersion),
}

/// What came on a connection that stays open.
#[derive(Debug)]
pub enum Heard {
    /// These bytes.
    Part(Vec<u8>),
    /// Nothing, in the time that was given.
    Silence,
    /// Nothing any more: the daemon has closed it.
    End,
}

/// In which order the services of a group are stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopOrder {
    /// Side by side.
    Any,
    /// One that runs after another one before that one.
    Reverse,
}

/// What an operation keeps to.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// For one exchange.
    pub io_timeout: Duration,
    /// How long one process must be Running for a service without a test to be up.
    pub steady: Duration,
    /// In which order the services of a group are stopped.
    pub stop_order: StopOrder,
    /// Whether the caller has named the directory of the service files.
    pub is_directory_named: bool,
}
