//! What every driver does alike: takes an operation as far as it goes without waiting, and says what to wait
//! for.

use std::os::fd::BorrowedFd;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::Options;
use super::binary::VersionQuery;
use crate::client::{Completion, Effect, FileEffect, Heard, Outgoing, Task, Until, later};
use crate::config_directory::{ConfigDirectory, PreparedFile};
use crate::error::{ErrorKind, Result};
use crate::protocol::Input;
use crate::transport::{Backoff, Endpoint, Exchange, Received};

/// Carries out the effects of one operation.
#[derive(Default)]
pub(super) struct Engine {
    stage: Stage,
    /// The connection of the reply that the operation has in its hands: it may want more of it.
    replying: Option<Asking>,
    /// The connection on which the daemon may send for ever.
    stream: Option<Exchange>,
    prepared_file: Option<PreparedFile>,
    /// Whether the last step has got anywhere. Otherwise it has found that nothing is there.
    has_moved: bool,
}

#[derive(Default)]
enum Stage {
    /// No effect is under way: the operation can be polled.
    #[default]
    Ready,
    Asking(Asking),
    Opening(Asking),
    Listening(Until),
    Pausing(Instant),
    File(FileEffect),
    Version(VersionQuery),
}

/// An exchange.
struct Asking {
    command: Outgoing,
    backoff: Backoff,
    /// `None` until the daemon's backlog has room.
    exchange: Option<Exchange>,
    /// A part of the reply was there: the deadline holds while more keeps coming.
    is_continued: bool,
}

/// What has happened since the last step.
#[derive(Clone, Copy, Default)]
pub(super) struct Events {
    /// The descriptor may have become readable.
    pub(super) readable: bool,
    /// The caller wants no more: from now on nothing is sent.
    pub(super) cancelled: bool,
}

/// Polls the operation, and keeps its result. One type for all operations, so that the library has each driver
/// once.
pub(super) type PollOperation<'a> = dyn FnMut(&mut Context<'_>) -> Poll<()> + 'a;

/// Where a step ends.
pub(super) enum Step {
    /// The operation is over.
    Finished,
    /// There is nothing to do until the descriptor is readable, or until then; `None`: however long it takes.
    Wait(Option<Instant>),
    /// Files are next, which may take long: see [`Engine::run_file_effect`].
    File,
    /// More has come than one step takes: it is to be called again.
    Again,
}

/// An effect is completed, or there is something to wait for.
type Outcome = std::result::Result<Result<Completion>, Option<Instant>>;

impl Engine {
    /// One step receives no more often, so that it ends while bytes keep coming.
    const MOST_RECEIVES: usize = 16;

    /// Readable when a reply has come; `None` where none is awaited.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match &self.stage {
            Stage::Asking(asking) | Stage::Opening(asking) => asking.descriptor(),
            Stage::Version(query) => query.descriptor(),
            _ => self.stream_descriptor(),
        }
    }

    /// That of the connection on which the daemon may send for ever.
    pub(super) fn stream_descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.stream.as_ref().map(Exchange::descriptor)
    }

    /// Whether the last step has got anywhere; if not, nothing was there.
    pub(super) fn has_moved(&self) -> bool {
        self.has_moved
    }

    /// Goes on until the operation is over or there is something to wait for. `before_close` is told of each
    /// descriptor that has been waited for, before it is closed.
    pub(super) fn step(
        &mut self,
        options: &Options,
        task: &Task,
        poll: &mut PollOperation<'_>,
        mut events: Events,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) -> Step {
        self.has_moved = false;
        let mut receives_left = Self::MOST_RECEIVES;
        loop {
            if matches!(self.stage, Stage::Ready) {
                if poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                    return Step::Finished;
                }
                // An operation that waits for nothing will never go on.
                let Some(effect) = task.poll_effect() else { return Step::Finished };
                // More may be there already: an edge-triggered event loop tells only once of a part and of
                // the end that came right behind it.
                events.readable = matches!(effect, Effect::Receive(_));
                self.begin(options, effect, before_close);
                if events.readable {
                    receives_left -= 1;
                    if receives_left == 0 {
                        return Step::Again;
                    }
                }
            }
            let outcome = match &mut self.stage {
                _ if events.cancelled => Ok(Err(ErrorKind::Cancelled.into())),
                Stage::File(_) => return Step::File,
                _ => self.advance(options, task, events.readable, before_close),
            };
            match outcome {
                Ok(completion) => self.complete(task, completion, before_close),
                Err(until) => return Step::Wait(until),
            }
        }
    }

    /// Carries out what [`Step::File`] announces, however long the disk takes.
    pub(super) fn run_file_effect(&mut self, directory: &ConfigDirectory, task: &Task) {
        if let Stage::File(effect) = std::mem::take(&mut self.stage) {
            let completion = self.file(directory, effect);
            // The clock is read behind the disk.
            task.complete(Instant::now(), completion);
        }
    }

    /// Waits for nothing any more.
    pub(super) fn clear(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        self.end_stage(before_close);
        self.end_reply(before_close);
        self.end_stream(before_close);
    }

    fn begin(&mut self, options: &Options, effect: Effect, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        if let Effect::Receive(received) = effect {
            if let Some(mut asking) = self.replying.take() {
                if let Some(exchange) = &mut asking.exchange {
                    exchange.restore(received);
                }
                asking.is_continued = true;
                self.stage = Stage::Asking(asking);
            }
            return;
        }
        self.end_reply(before_close);
        if matches!(effect, Effect::Open(_)) {
            self.end_stream(before_close);
        }
        self.stage = match effect {
            Effect::Exchange(command) => Stage::Asking(Asking::new(command)),
            Effect::Open(command) => Stage::Opening(Asking::new(command)),
            Effect::Listen(until) => Stage::Listening(until),
            Effect::Pause(until) => Stage::Pausing(until),
            Effect::File(effect) => Stage::File(effect),
            Effect::Version => Stage::Version(VersionQuery::new(options)),
            Effect::Receive(_) => Stage::Ready,
        };
    }

    /// Takes the effect under way as far as it goes.
    fn advance(
        &mut self,
        options: &Options,
        task: &Task,
        readable: bool,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) -> Outcome {
        match &mut self.stage {
            Stage::Asking(asking) if asking.exchange.is_none() => {
                // The reply takes the daemon a moment: to look for it at once would be in vain.
                let deadline = Some(asking.command.deadline);
                asking.send(&options.endpoint, task).unwrap_or(Err(deadline))
            }
            Stage::Asking(asking) => asking.receive(&options.endpoint, readable),
            Stage::Opening(asking) => {
                asking.send(&options.endpoint, task).unwrap_or(Ok(Ok(Completion::Done)))
            }
            Stage::Pausing(until) if Instant::now() < *until => Err(Some(*until)),
            Stage::Pausing(_) | Stage::Ready | Stage::File(_) => Ok(Ok(Completion::Done)),
            Stage::Listening(until) => {
                listen(self.stream.as_mut(), &options.endpoint, task, *until, readable)
            }
            Stage::Version(query) => match query.advance(before_close) {
                Ok(version) => Ok(version.map(Completion::Version)),
                Err(until) => Err(Some(until)),
            },
        }
    }

    fn complete(
        &mut self,
        task: &Task,
        completion: Result<Completion>,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) {
        self.has_moved = true;
        match std::mem::take(&mut self.stage) {
            Stage::Asking(asking) if completion.is_ok() => self.replying = Some(asking),
            Stage::Opening(asking) if completion.is_ok() => self.stream = asking.exchange,
            other => {
                self.stage = other;
                self.end_stage(before_close);
            }
        }
        task.complete(Instant::now(), completion);
    }

    fn end_stage(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        if let Some(descriptor) = self.descriptor().filter(|_| self.holds_descriptor()) {
            before_close(descriptor);
        }
        self.stage = Stage::Ready;
    }

    /// Whether the effect under way has a descriptor of its own.
    fn holds_descriptor(&self) -> bool {
        matches!(self.stage, Stage::Asking(_) | Stage::Opening(_) | Stage::Version(_))
    }

    fn end_stream(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        if let Some(stream) = self.stream.take() {
            before_close(stream.descriptor());
        }
    }

    fn end_reply(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        if let Some(asking) = self.replying.take() {
            asking.descriptor().into_iter().for_each(before_close);
        }
    }

    /// Carries out a file effect.
    pub(super) fn file(&mut self, directory: &ConfigDirectory, effect: FileEffect) -> Result<Completion> {
        match effect {
            FileEffect::Load(name) => {
                return Ok(Completion::Service(Box::new(directory.load(&name)?)));
            }
            FileEffect::LoadChecked(name) => {
                return Ok(Completion::Service(Box::new(directory.load_checked(&name)?)));
            }
            FileEffect::Read(name) => return Ok(Completion::Content(directory.content(&name)?)),
            FileEffect::Prepare(name, yaml) => self.prepared_file = Some(directory.prepare(&name, &yaml)?),
            FileEffect::Replace => self.prepared_file.take().map_or(Ok(()), PreparedFile::replace)?,
            FileEffect::Remove(name) => directory.remove(&name)?,
        }
        Ok(Completion::Done)
    }
}

fn listen(
    mut stream: Option<&mut Exchange>,
    endpoint: &Endpoint,
    task: &Task,
    until: Until,
    readable: bool,
) -> Outcome {
    let at = match until {
        Until::Ever => None,
        Until::Silence(at) | Until::Deadline(at) => Some(at),
    };
    // The clock is read before the descriptor: it is not silence where the caller came late for what had come in time.
    let is_over = at.is_some_and(|at| Instant::now() >= at);
    let heard = stream.as_deref_mut().filter(|_| readable || is_over).and_then(|stream| {
        let received = stream.receive_part()?;
        Some(received.map(|received| match received {
            // A copy, for most parts are a line.
            Received::Bytes => Heard::Part(stream.part().to_vec()),
            Received::End => Heard::End,
        }))
    });
    match (heard, until) {
        (Some(heard), _) => Ok(heard.map(Completion::Heard)),
        (None, _) if !is_over => Err(at),
        (None, Until::Deadline(_)) => {
            Ok(Err(endpoint.no_reply(stream.as_deref(), task.now(), Instant::now())))
        }
        (None, _) => Ok(Ok(Completion::Heard(Heard::Silence))),
    }
}

impl Asking {
    fn new(command: Outgoing) -> Self {
        Self { command, backoff: Backoff::default(), exchange: None, is_continued: false }
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.exchange.as_ref().map(Exchange::descriptor)
    }

    /// Connects and sends. `None`: the command is out.
    fn send(&mut self, endpoint: &Endpoint, task: &Task) -> Option<Outcome> {
        match Exchange::begin(endpoint, &self.command.line) {
            Ok(Some(exchange)) => {
                self.exchange = Some(exchange);
                task.progress().note_sent(self.command.row);
                None
            }
            Ok(None) => {
                let pause = self.backoff.next_pause();
                Some(self.wait(endpoint, later(Instant::now(), pause)))
            }
            Err(error) => Some(Ok(Err(error))),
        }
    }

    fn receive(&mut self, endpoint: &Endpoint, readable: bool) -> Outcome {
        if self.is_continued {
            let now = Instant::now();
            if now >= self.command.deadline {
                return Ok(Err(endpoint.no_reply(self.exchange.as_ref(), self.command.begin, now)));
            }
        }
        let received = self.exchange.as_mut().filter(|_| readable).and_then(|exchange| {
            let received = exchange.receive()?;
            Some(received.map(|received| match received {
                Received::Bytes => Completion::Received(exchange.take_received(), Input::Partial),
                Received::End => Completion::Received(exchange.take_received(), Input::Ended),
            }))
        });
        received.map_or_else(|| self.wait(endpoint, self.command.deadline), Ok)
    }

    fn wait(&self, endpoint: &Endpoint, until: Instant) -> Outcome {
        // The clock is read behind the descriptor, so that what came by the deadline has been seen.
        let now = Instant::now();
        if now >= self.command.deadline {
            return Ok(Err(endpoint.no_reply(self.exchange.as_ref(), self.command.begin, now)));
        }
        Err(Some(until.min(self.command.deadline)))
    }
}
