//! Carries out one effect after another.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Instant;

use super::Options;
use super::binary::VersionQuery;
use crate::client::{Completion, Effect, FileEffect, Heard, Outgoing, Task, Until, later};
use crate::config_directory::{ConfigDirectory, PreparedFile};
use crate::error::Result;
use crate::protocol::Input;
use crate::sys;
use crate::transport::{Backoff, Endpoint, Exchange, Received};

/// Carries out the effects of one slot.
#[derive(Default)]
pub(super) struct Slot {
    stage: Stage,
    /// The connection of the reply that the operation has in its hands: it may want more of it.
    replying: Option<Asking>,
    /// The connection on which the daemon may send for ever.
    stream: Option<Exchange>,
    prepared_file: Option<PreparedFile>,
    /// There may be something to receive.
    is_readable: bool,
    /// The number of its descriptor that is in the epoll of all slots.
    added: Option<RawFd>,
}

#[derive(Default)]
enum Stage {
    /// No effect is under way.
    #[default]
    Ready,
    Asking(Asking),
    Opening(Asking),
    Listening(Until),
    GivingWay,
    Pausing(Instant),
    File(FileEffect),
    Version(VersionQuery),
}

/// An exchange.
struct Asking {
    command: Outgoing,
    backoff: Backoff,
    /// `None` until the daemon's backlog has room. Nothing is received before the whole command is out.
    exchange: Option<Exchange>,
    /// A part of the reply was there: the deadline holds while more keeps coming.
    is_continued: bool,
}

/// An effect is completed, or there is something to wait for.
pub(super) type Outcome = std::result::Result<Result<Completion>, Option<Instant>>;

impl Slot {
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

    /// Whether no effect is under way.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Ready)
    }

    /// Whether the operation lets others go on.
    pub(super) fn is_giving_way(&self) -> bool {
        matches!(self.stage, Stage::GivingWay)
    }

    /// Whether a file is to be read or written.
    pub(super) fn is_before_file(&self) -> bool {
        matches!(self.stage, Stage::File(_))
    }

    /// Its descriptor may have become readable.
    pub(super) fn note_readable(&mut self) {
        self.is_readable = true;
    }

    /// Carries out the file effect that is under way, if it is one, however long the disk takes.
    pub(super) fn run_file_effect(&mut self, directory: &ConfigDirectory) -> Option<Result<Completion>> {
        match std::mem::take(&mut self.stage) {
            Stage::File(effect) => Some(self.file(directory, effect)),
            other => {
                self.stage = other;
                None
            }
        }
    }

    /// The file that is not in its place.
    pub(super) fn take_prepared_file(&mut self) -> Option<PreparedFile> {
        self.prepared_file.take()
    }

    /// Waits for nothing any more.
    pub(super) fn clear(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        self.end_stage(before_close);
        self.end_reply(before_close);
        self.end_stream(before_close);
    }

    /// Has its descriptor, and no other of it, in an epoll, which gives `key` for it.
    pub(super) fn watch(&mut self, epoll: BorrowedFd<'_>, key: u64) -> io::Result<()> {
        let number = self.descriptor().map(|descriptor| descriptor.as_raw_fd());
        if number == self.added {
            return Ok(());
        }
        // What the operation listened to before stays open, and may be readable.
        if let Some(before) = self.stream_descriptor().filter(|_| self.added.is_some()) {
            // Fails only where it is not in.
            let _ = sys::epoll_remove(epoll, before);
        }
        self.added = None;
        if let Some(descriptor) = self.descriptor() {
            sys::epoll_add(epoll, descriptor, key)?;
            self.added = number;
        }
        Ok(())
    }

    /// Takes an effect in. One that is under way is ended: nobody waits for it any more.
    pub(super) fn begin(
        &mut self,
        options: &Options,
        effect: Effect,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) {
        // More may be there already: an edge-triggered event loop tells only once of a part and of the end that
        // came right behind it.
        self.is_readable = matches!(effect, Effect::Receive(_));
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
        if !self.is_ready() {
            self.end_stage(before_close);
        }
        self.end_reply(before_close);
        if matches!(effect, Effect::Open(_)) {
            self.end_stream(before_close);
        }
        self.stage = match effect {
            Effect::Exchange(command) => Stage::Asking(Asking::new(command)),
            Effect::Open(command) => Stage::Opening(Asking::new(command)),
            Effect::Listen(until) => Stage::Listening(until),
            Effect::GiveWay => Stage::GivingWay,
            Effect::Pause(until) => Stage::Pausing(until),
            Effect::File(effect) => Stage::File(effect),
            Effect::Version => Stage::Version(VersionQuery::new(options)),
            Effect::Receive(_) => Stage::Ready,
        };
    }

    /// Takes the effect under way as far as it goes without waiting.
    pub(super) fn advance(
        &mut self,
        options: &Options,
        task: &Task,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) -> Outcome {
        let readable = std::mem::take(&mut self.is_readable);
        match &mut self.stage {
            Stage::Asking(asking) if !asking.is_out() => {
                // The reply takes the daemon a moment: to look for it at once would be in vain.
                let deadline = Some(asking.command.deadline);
                asking.send(&options.endpoint, task).unwrap_or(Err(deadline))
            }
            Stage::Asking(asking) => asking.receive(&options.endpoint, readable),
            Stage::Opening(asking) => {
                asking.send(&options.endpoint, task).unwrap_or(Ok(Ok(Completion::Done)))
            }
            Stage::Pausing(until) if Instant::now() < *until => Err(Some(*until)),
            Stage::Pausing(_) | Stage::GivingWay | Stage::Ready | Stage::File(_) => Ok(Ok(Completion::Done)),
            Stage::Listening(until) => {
                listen(self.stream.as_mut(), &options.endpoint, task, *until, readable)
            }
            Stage::Version(query) => match query.advance(before_close) {
                Ok(version) => Ok(version.map(Completion::Version)),
                Err(until) => Err(Some(until)),
            },
        }
    }

    /// The effect under way is over.
    pub(super) fn end(
        &mut self,
        completion: &Result<Completion>,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) {
        match std::mem::take(&mut self.stage) {
            Stage::Asking(asking) if completion.is_ok() => self.replying = Some(asking),
            Stage::Opening(asking) if completion.is_ok() => self.stream = asking.exchange,
            other => {
                self.stage = other;
                self.end_stage(before_close);
            }
        }
    }

    fn end_stage(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        if let Some(descriptor) = self.descriptor().filter(|_| self.holds_descriptor()) {
            before_close(descriptor);
            self.added = None;
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
            self.added = None;
        }
    }

    /// The operation wants no more of the reply that it has in its hands. The end of its connection would wake it.
    pub(super) fn end_reply(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        if let Some(asking) = self.replying.take() {
            asking.descriptor().into_iter().for_each(before_close);
            self.added = None;
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
        self.exchange.as_ref().filter(|_| self.is_out()).map(Exchange::descriptor)
    }

    fn is_out(&self) -> bool {
        self.exchange.as_ref().is_some_and(|exchange| exchange.is_out(&self.command.line))
    }

    /// Connects and sends. `None`: the command is out.
    fn send(&mut self, endpoint: &Endpoint, task: &Task) -> Option<Outcome> {
        let line = &self.command.line;
        let sent = match &mut self.exchange {
            Some(exchange) => exchange.send(line),
            None => Exchange::begin(endpoint, line).map(|exchange| self.exchange = exchange),
        };
        if let Err(error) = sent {
            return Some(Ok(Err(error)));
        }
        if let Some(exchange) = &self.exchange {
            if exchange.has_sent() {
                task.progress().note_sent(self.command.row);
            }
            if exchange.is_out(line) {
                return None;
            }
        }
        // Neither a backlog nor a buffer tells when it has room.
        let pause = self.backoff.next_pause();
        Some(self.wait(endpoint, later(Instant::now(), pause)))
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
