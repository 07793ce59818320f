//! How an operation reaches the world.
//!
//! The library is sans-IO: an operation is a plain `async fn` that does no I/O itself. It asks for an
//! [`Effect`] through its [`Io`], and is polled again when its driver has carried the effect out. So an
//! operation knows no socket, no file, no clock and no thread, and the same code runs on the calling thread,
//! under an event loop, and in tests on a clock that jumps.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::effect::{Completion, Effect, FileEffect, Heard, Outgoing, StopOrder, Until};
use super::known_daemon::KnownDaemon;
use super::progress::Progress;
use super::task::Task;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DaemonVersion, Name, Service};
use crate::protocol::{Command, Input, KnownProtocol, NoAnswer, Protocol, Reply, Request, Scan};

impl Task {
    /// For the operation.
    pub fn io(&self) -> Io<'_> {
        Io { task: self, slot: 0, row: None, limit: None, removes: false }
    }
}

/// Behind a limit, so that a last look at the limit itself has a chance to be answered.
pub(super) const LAST_LOOK: Duration = Duration::from_secs(1);

/// What an operation performs its effects through.
#[derive(Clone, Copy)]
pub struct Io<'a> {
    task: &'a Task,
    slot: usize,
    row: Option<usize>,
    limit: Option<Instant>,
    removes: bool,
}

impl<'a> Io<'a> {
    /// For effects beside those of the other slots. What is no exchange and no pause is of the first slot alone.
    #[must_use]
    pub(super) fn in_slot(self, slot: usize) -> Self {
        Self { slot, ..self }
    }

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

    /// For the stop of a service that is to be removed or replaced.
    #[must_use]
    pub(super) fn to_remove(self) -> Self {
        Self { removes: true, ..self }
    }

    /// Whether the service is to be removed or replaced.
    pub(super) fn removes(self) -> bool {
        self.removes
    }

    /// How far the operation has come.
    pub fn progress(self) -> &'a Progress {
        self.task.progress()
    }

    /// The time when the last effect was completed.
    pub fn now(self) -> Instant {
        self.task.now()
    }

    /// How long the daemon takes for an exchange: the shorter one of the last two, for one that hung says little of the
    /// next one. A list hangs while services are spawned (zinit 0.2.14).
    pub(super) fn exchange_time(self) -> Duration {
        self.task.exchange_time()
    }

    /// How long one process must be Running for a service without a test to be up.
    pub fn steady(self) -> Duration {
        self.task.settings().steady
    }

    /// In which order the services of a group are stopped.
    pub(super) fn stop_order(self) -> StopOrder {
        self.task.settings().stop_order
    }

    /// Whether the caller has named the directory of the service files.
    pub(super) fn is_directory_named(self) -> bool {
        self.task.settings().is_directory_named
    }

    /// Which protocol the daemon speaks, as far as is known.
    pub(super) fn known_protocol(self) -> &'a KnownProtocol {
        &self.task.daemon().protocol
    }

    /// What the client knows of its daemon.
    pub(super) fn daemon(self) -> &'a KnownDaemon {
        self.task.daemon()
    }

    /// Sends a command and waits for the reply, however many parts it comes in. `None`: the protocol does not have the
    /// request, and nothing is sent.
    #[inline]
    pub(super) fn exchange_once<T>(
        self,
        command: &Command<T>,
        protocol: Protocol,
    ) -> Option<Exchange<'a, T>> {
        let effect = Some(Effect::Exchange(self.outgoing(command.encode(protocol)?)));
        Some(Exchange {
            task: self.task,
            slot: self.slot,
            effect,
            protocol,
            read: command.read,
            scan: Scan::default(),
        })
    }

    /// Sends a command behind which the daemon may send for ever.
    pub(super) async fn open<T>(self, command: &Command<T>, protocol: Protocol) -> Result<()> {
        let wire =
            command.encode(protocol).ok_or_else(|| not_in_protocol(&command.request, Some(protocol)))?;
        self.perform(Effect::Open(self.outgoing(wire)), done).await
    }

    /// What comes next on the connection that was opened; `None`: however long it takes.
    pub fn listen(self, until: Option<Instant>) -> Perform<'a, Heard> {
        self.listen_until(until.map_or(Until::Ever, Until::Silence))
    }

    /// The same, within the time for one exchange.
    pub fn listen_or_fail(self) -> Perform<'a, Heard> {
        self.listen_until(Until::Deadline(self.exchange_deadline()))
    }

    /// The same, with a deadline for all that is to come.
    pub(super) fn listen_before(self, deadline: Instant) -> Perform<'a, Heard> {
        self.listen_until(Until::Deadline(deadline))
    }

    fn listen_until(self, until: Until) -> Perform<'a, Heard> {
        self.perform(Effect::Listen(until), |completion| match completion {
            Completion::Heard(heard) => Some(heard),
            _ => None,
        })
    }

    /// When an exchange that begins now is given up.
    pub fn exchange_deadline(self) -> Instant {
        self.exchange_deadline_from(self.now())
    }

    fn exchange_deadline_from(self, begin: Instant) -> Instant {
        let deadline = later(begin, self.task.settings().io_timeout);
        self.limit.map_or(deadline, |limit| deadline.min(later(limit, LAST_LOOK)))
    }

    /// Waits until a point in time.
    pub fn pause(self, until: Instant) -> Perform<'a, ()> {
        self.perform(Effect::Pause(until), done)
    }

    /// Ends what is under way in this slot, which nobody waits for any more.
    pub(super) fn give_up(self) -> Perform<'a, ()> {
        self.pause(self.now())
    }

    /// Lets others go on, amid work that takes long.
    pub(super) fn give_way(self) -> Perform<'a, ()> {
        self.perform(Effect::GiveWay, done)
    }

    /// Reads the definition of a service from its file.
    pub fn load(self, name: &Name) -> Perform<'a, Box<Service>> {
        self.perform(Effect::File(FileEffect::Load(name.clone())), service)
    }

    /// The same, where the daemon would load the file, too.
    pub fn load_checked(self, name: &Name) -> Perform<'a, Box<Service>> {
        self.perform(Effect::File(FileEffect::LoadChecked(name.clone())), service)
    }

    /// Reads the file of a service as bytes.
    pub fn read(self, name: Name) -> Perform<'a, Vec<u8>> {
        self.perform(Effect::File(FileEffect::Read(name)), |completion| match completion {
            Completion::Content(content) => Some(content),
            _ => None,
        })
    }

    /// Writes the new content of a service's file beside it, where it waits for [`Io::replace`].
    pub fn prepare(self, name: &Name, yaml: String) -> Perform<'a, ()> {
        self.perform(Effect::File(FileEffect::Prepare(name.clone(), yaml)), done)
    }

    /// Puts the prepared content in the place of the file.
    pub fn replace(self) -> Perform<'a, ()> {
        self.perform(Effect::File(FileEffect::Replace), done)
    }

    /// Removes the file of a service.
    pub fn remove(self, name: &Name) -> Perform<'a, ()> {
        self.perform(Effect::File(FileEffect::Remove(name.clone())), done)
    }

    /// The version of the zinit binary.
    pub fn version(self) -> Perform<'a, DaemonVersion> {
        self.perform(Effect::Version, |completion| match completion {
            Completion::Version(version) => Some(version),
            _ => None,
        })
    }

    fn outgoing(self, line: Vec<u8>) -> Outgoing {
        let begin = self.now();
        Outgoing { line, begin, deadline: self.exchange_deadline_from(begin), row: self.row }
    }

    fn perform<T>(self, effect: Effect, take: fn(Completion) -> Option<T>) -> Perform<'a, T> {
        Perform { task: self.task, slot: self.slot, effect: Some(effect), take }
    }
}

// As every `take`.
#[allow(clippy::needless_pass_by_value)]
fn done(completion: Completion) -> Option<()> {
    matches!(completion, Completion::Done).then_some(())
}

fn service(completion: Completion) -> Option<Box<Service>> {
    match completion {
        Completion::Service(service) => Some(service),
        _ => None,
    }
}

/// Gives an effect to the driver, and waits until it is completed.
pub struct Perform<'a, T> {
    task: &'a Task,
    slot: usize,
    /// Until the driver has it.
    effect: Option<Effect>,
    /// What the effect is completed with; `None`: that is not of this effect.
    take: fn(Completion) -> Option<T>,
}

impl<T> Future for Perform<'_, T> {
    type Output = Result<T>;

    // Every operation has this in many places; the library needs it once for each T.
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.task.perform(self.slot, &mut self.effect) {
            None => Poll::Pending,
            Some(completion) => Poll::Ready(completion.and_then(|it| (self.take)(it).ok_or_else(unexpected))),
        }
    }
}

/// Waits for the reply to a command, however many parts it comes in.
pub(super) struct Exchange<'a, T> {
    task: &'a Task,
    slot: usize,
    /// Until the driver has it.
    effect: Option<Effect>,
    protocol: Protocol,
    read: fn(Protocol, &mut Vec<u8>, Input, &mut Scan) -> Reply<T>,
    scan: Scan,
}

impl<T> Exchange<'_, T> {
    /// In which the command went out.
    pub(super) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// As [`Future::poll`], which most calls can do without.
    #[inline]
    pub(super) fn poll_reply(&mut self) -> Poll<Result<Reply<T>>> {
        loop {
            let (mut bytes, input) = match self.task.perform(self.slot, &mut self.effect) {
                None => return Poll::Pending,
                Some(Err(error)) => return Poll::Ready(Err(error)),
                Some(Ok(Completion::Received(bytes, input))) => (bytes, input),
                // Others have gone on.
                Some(Ok(Completion::Done)) => (Vec::new(), Input::Ended),
                Some(Ok(_)) => return Poll::Ready(Err(unexpected())),
            };
            let read = self.read;
            match read(self.protocol, &mut bytes, input, &mut self.scan) {
                Reply::None(NoAnswer::Incomplete) if self.scan.is_behind_reply() => {
                    self.effect = Some(Effect::GiveWay);
                }
                Reply::None(NoAnswer::Incomplete) if input == Input::Ended => {
                    return Poll::Ready(Err(ErrorKind::Closed { os_errno: 0 }.into()));
                }
                Reply::None(NoAnswer::Incomplete) => self.effect = Some(Effect::Receive(bytes)),
                reply => return Poll::Ready(Ok(reply)),
            }
        }
    }
}

impl<T> Future for Exchange<'_, T> {
    type Output = Result<Reply<T>>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_reply()
    }
}

/// A point in time that far ahead; where no clock reaches that far, one a century ahead.
pub fn later(now: Instant, by: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    now.checked_add(by.min(CENTURY)).unwrap_or(now)
}

/// The error for a request that the daemon's protocol does not have.
pub(super) fn not_in_protocol(request: &Request, protocol: Option<Protocol>) -> Error {
    ErrorKind::NotSupported { reason: request.reason_of_absence(protocol), message: None }.into()
}

/// A defect of the driver: each effect says what completes it.
#[cold]
#[inline(never)]
fn unexpected() -> Error {
    ErrorKind::Internal { reason: "an effect was completed as another one".to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::later;

    #[test]
    fn a_time_far_ahead_is_a_century_ahead_and_no_nearer_one_is_changed() {
        let now = Instant::now();
        let years = |years: u64| now + Duration::from_secs(years * 365 * 24 * 60 * 60);
        for (by, expected) in [(1, 1), (99, 99), (100, 100), (101, 100), (1000, 100)] {
            assert_eq!(later(now, years(by).duration_since(now)), years(expected));
        }
        assert_eq!(later(now, Duration::MAX), years(100));
        assert_eq!(later(now, Duration::from_nanos(1)), now + Duration::from_nanos(1));
    }
}
