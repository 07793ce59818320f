//! How an operation reaches the world.
//!
//! The library is sans-IO: an operation is a plain `async fn` that does no I/O itself. It asks for an [`Effect`] through
//! its [`Io`], and is polled again when its driver has carried the effect out. So an operation knows no socket, no file,
//! no clock and no thread, and the same code runs on the calling thread, under an event loop, and in tests on a clock
//! that jumps.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::progress::Progress;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DaemonVersion, Name, Service};
use crate::protocol::{Command, Input, Parsed};

/// What a driver does for an operation.
#[derive(Debug)]
pub enum Effect {
    /// Send a command, and receive what comes back; completed with [`Completion::Received`].
    Exchange(Outgoing),
    /// Receive more of that reply, behind the bytes received so far; completed with [`Completion::Received`].
    Receive(Vec<u8>),
    /// Send a command on a connection that stays open for [`Effect::Listen`]; completed with [`Completion::Done`].
    Open(Outgoing),
    /// Receive what comes on that connection until then; completed with [`Completion::Heard`].
    Listen(Option<Instant>),
    /// Wait until a point in time; completed with [`Completion::Done`].
    Pause(Instant),
    /// Read or write files, which may take as long as the disk likes.
    File(FileEffect),
    /// Ask the zinit binary for its version; completed with [`Completion::Version`].
    Version,
}

/// A command on its way.
#[derive(Debug)]
pub struct Outgoing {
    /// The command; goes out whole.
    pub line: Vec<u8>,
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

/// What one operation and its driver share: one effect or its completion, and how far the operation has come.
pub struct Task {
    io_timeout: Duration,
    state: Mutex<State>,
    progress: Progress,
}

struct State {
    now: Instant,
    effect: Option<Effect>,
    completion: Option<Result<Completion>>,
}

impl Task {
    /// A task that begins now; one exchange may take `io_timeout`.
    // Every call makes one; the library needs this once.
    #[inline(never)]
    pub fn new(now: Instant, io_timeout: Duration) -> Self {
        let state = Mutex::new(State { now, effect: None, completion: None });
        Self { io_timeout, state, progress: Progress::default() }
    }

    /// For the operation.
    pub fn io(&self) -> Io<'_> {
        Io { task: self, row: None, limit: None }
    }

    /// For the driver: what the operation waits for; `None` where that was given out before.
    pub fn poll_effect(&self) -> Option<Effect> {
        self.state().effect.take()
    }

    /// For the driver: what came of the effect, and the time now.
    pub fn complete(&self, now: Instant, completion: Result<Completion>) {
        let mut state = self.state();
        state.now = now;
        state.completion = Some(completion);
    }

    /// How far it has come.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The time when the driver completed the last effect.
    pub fn now(&self) -> Instant {
        self.state().now
    }

    #[inline(never)]
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic between two assignments leaves nothing half done here.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an operation performs its effects through.
#[derive(Clone, Copy)]
pub struct Io<'a> {
    task: &'a Task,
    row: Option<usize>,
    limit: Option<Instant>,
}

impl<'a> Io<'a> {
    /// For commands about one row of the report.
    #[must_use]
    pub(super) fn for_row(self, row: usize) -> Self {
        Self { row: Some(row), ..self }
    }

    /// For exchanges that should be over by then; `None`: no limit but the time for one exchange.
    #[must_use]
    pub(super) fn with_limit(self, limit: Option<Instant>) -> Self {
        Self { limit, ..self }
    }

    /// How far the operation has come.
    pub fn progress(self) -> &'a Progress {
        &self.task.progress
    }

    /// The time when the last effect was completed.
    pub fn now(self) -> Instant {
        self.task.now()
    }

    /// Sends a command and waits for the reply: for as long as one exchange may take, and not much longer than the limit.
    pub async fn ask<T>(self, command: Command<T>) -> Result<T> {
        let mut effect = Effect::Exchange(self.outgoing(command.line));
        loop {
            let (bytes, input) = self.receive(effect).await?;
            match (command.parse)(&bytes, input) {
                Parsed::Complete(result) => return result,
                Parsed::Incomplete if input == Input::Ended => return Err(ErrorKind::Closed.into()),
                Parsed::Incomplete => effect = Effect::Receive(bytes),
            }
        }
    }

    /// Sends a command behind which the daemon may send for ever.
    pub async fn open<T>(self, command: Command<T>) -> Result<()> {
        self.perform(Effect::Open(self.outgoing(command.line))).await.map(|_| ())
    }

    /// What comes next on the connection that was opened; `None`: however long it takes.
    pub async fn listen(self, until: Option<Instant>) -> Result<Heard> {
        match self.perform(Effect::Listen(until)).await? {
            Completion::Heard(heard) => Ok(heard),
            _ => Err(unexpected()),
        }
    }

    /// Waits until a point in time.
    pub async fn pause(self, until: Instant) -> Result<()> {
        self.perform(Effect::Pause(until)).await.map(|_| ())
    }

    /// Reads the definition of a service from its file.
    pub async fn load(self, name: &Name) -> Result<Service> {
        match self.perform(Effect::File(FileEffect::Load(name.clone()))).await? {
            Completion::Service(service) => Ok(*service),
            _ => Err(unexpected()),
        }
    }

    /// Reads the file of a service as bytes.
    pub async fn read(self, name: Name) -> Result<Vec<u8>> {
        match self.perform(Effect::File(FileEffect::Read(name))).await? {
            Completion::Content(content) => Ok(content),
            _ => Err(unexpected()),
        }
    }

    /// Writes the new content of a service's file beside it, where it waits for [`Io::replace`].
    pub async fn prepare(self, name: &Name, yaml: String) -> Result<()> {
        self.perform(Effect::File(FileEffect::Prepare(name.clone(), yaml))).await.map(|_| ())
    }

    /// Puts the prepared content in the place of the file.
    pub async fn replace(self) -> Result<()> {
        self.perform(Effect::File(FileEffect::Replace)).await.map(|_| ())
    }

    /// Removes the file of a service.
    pub async fn remove(self, name: &Name) -> Result<()> {
        self.perform(Effect::File(FileEffect::Remove(name.clone()))).await.map(|_| ())
    }

    /// The version of the zinit binary.
    pub async fn version(self) -> Result<DaemonVersion> {
        match self.perform(Effect::Version).await? {
            Completion::Version(version) => Ok(version),
            _ => Err(unexpected()),
        }
    }

    fn outgoing(self, line: Vec<u8>) -> Outgoing {
        // So that a last look at the limit itself has a chance to be answered.
        const LAST_LOOK: Duration = Duration::from_secs(1);
        let now = self.now();
        let deadline = later(now, self.task.io_timeout);
        let limit = self.limit.map_or(deadline, |limit| later(limit.max(now), LAST_LOOK));
        Outgoing { line, deadline: deadline.min(limit), row: self.row }
    }

    async fn receive(self, effect: Effect) -> Result<(Vec<u8>, Input)> {
        match self.perform(effect).await? {
            Completion::Received(bytes, input) => Ok((bytes, input)),
            _ => Err(unexpected()),
        }
    }

    fn perform(self, effect: Effect) -> Perform<'a> {
        Perform { task: self.task, effect: Some(effect) }
    }
}

/// Gives an effect to the driver, and waits until it is completed.
struct Perform<'a> {
    task: &'a Task,
    effect: Option<Effect>,
}

impl Future for Perform<'_> {
    type Output = Result<Completion>;

    // Every operation has this in many places; the library needs it once.
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.task.state();
        if let Some(effect) = self.effect.take() {
            state.effect = Some(effect);
            state.completion = None;
            return Poll::Pending;
        }
        state.completion.take().map_or(Poll::Pending, Poll::Ready)
    }
}

/// A point in time that far ahead; where no clock reaches that far, one a century ahead.
pub fn later(now: Instant, by: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    now.checked_add(by.min(CENTURY)).unwrap_or(now)
}

/// A defect of the driver: each effect says what completes it.
#[cold]
#[inline(never)]
fn unexpected() -> Error {
    ErrorKind::Internal { reason: "an effect was completed as another one".to_owned() }.into()
}
