//! What every driver does alike: takes an operation as far as it goes without waiting, and says what to wait
//! for.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::slot::Slot;
use super::{Options, Queue};
#[cfg(test)]
use crate::client::FileEffect;
use crate::client::{Completion, Effect, SLOTS, Task};
use crate::config_directory::{ConfigDirectory, PreparedFile};
use crate::error::{ErrorKind, Result};
use crate::sys;
use crate::transport::io_error;

/// Carries out the effects of one operation.
#[derive(Default)]
pub(super) struct Engine {
    first: Slot,
    /// There where the operation does several things at once.
    others: Option<Box<Others>>,
    /// Whether the operation has been polled since an effect was completed.
    is_polled: bool,
    /// How much the last step has done, in bytes of replies that the operation has looked at.
    done: usize,
    /// Whether the last step has got anywhere. Otherwise it has found that nothing is there.
    has_moved: bool,
}

/// The slots beside the first one.
struct Others {
    slots: [Slot; SLOTS - 1],
    /// Holds the descriptors of all slots: whoever waits for the engine waits for one.
    epoll: OwnedFd,
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

impl Engine {
    /// One step receives no more often, so that it ends while bytes keep coming.
    const MOST_RECEIVES: usize = 16;

    /// Readable when a reply has come; `None` where none is awaited.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match &self.others {
            None => self.first.descriptor(),
            Some(others) => Some(others.epoll.as_fd()),
        }
    }

    /// That of the connection on which the daemon may send for ever.
    pub(super) fn stream_descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.first.stream_descriptor()
    }

    /// How much the last step has done, in bytes of replies.
    pub(super) fn done(&self) -> usize {
        self.done
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
        events: Events,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) -> Step {
        self.has_moved = false;
        self.done = 0;
        let mut receives_left = Self::MOST_RECEIVES;
        if events.readable {
            self.note_readable();
        }
        loop {
            if !self.is_polled {
                self.is_polled = true;
                if poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                    return Step::Finished;
                }
                while let Some((slot, effect, may_be_more)) = task.poll_effect() {
                    if matches!(effect, Effect::Receive(_)) {
                        receives_left = receives_left.saturating_sub(1);
                    }
                    self.begin(slot, options, task, effect, before_close);
                    if !may_be_more {
                        break;
                    }
                }
                // An operation that waits for nothing will never go on.
                if self.is_polled && self.is_ready() {
                    return Step::Finished;
                }
                if self.is_giving_way() {
                    self.done = Queue::MOST_BYTES;
                    return Step::Again;
                }
                if receives_left == 0 || self.done >= Queue::MOST_BYTES {
                    return Step::Again;
                }
            }
            if let Some(step) = self.advance(options, task, events.cancelled, before_close) {
                return step;
            }
        }
    }

    /// Carries out what [`Step::File`] announces, however long the disk takes.
    pub(super) fn run_file_effect(&mut self, directory: &ConfigDirectory, task: &Task) {
        for (slot, it) in self.slots().enumerate() {
            if let Some(completion) = it.run_file_effect(directory) {
                // The clock is read behind the disk.
                task.complete(slot, Instant::now(), completion);
            }
        }
        self.is_polled = false;
    }

    /// Carries out a file effect.
    #[cfg(test)]
    pub(super) fn file(&mut self, directory: &ConfigDirectory, effect: FileEffect) -> Result<Completion> {
        self.first.file(directory, effect)
    }

    /// Waits for nothing any more.
    pub(super) fn clear(&mut self, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        let Some(others) = &mut self.others else { return self.first.clear(before_close) };
        let Others { slots, epoll } = &mut **others;
        for slot in std::iter::once(&mut self.first).chain(slots) {
            slot.clear(&mut |descriptor| leave(epoll, descriptor, before_close));
        }
        before_close(epoll.as_fd());
        self.others = None;
    }

    /// The file that is not in its place. Dropped, it is removed, which takes as long as the disk likes.
    pub(super) fn take_prepared_file(&mut self) -> Option<PreparedFile> {
        self.first.take_prepared_file()
    }

    fn slots(&mut self) -> impl Iterator<Item = &mut Slot> {
        let others = self.others.iter_mut().flat_map(|others| &mut others.slots);
        std::iter::once(&mut self.first).chain(others)
    }

    /// Whether no effect is under way.
    fn is_ready(&self) -> bool {
        let others = self.others.as_deref();
        self.first.is_ready() && others.is_none_or(|others| others.slots.iter().all(Slot::is_ready))
    }

    /// Whether the operation lets others go on.
    fn is_giving_way(&self) -> bool {
        let others = self.others.as_deref();
        self.first.is_giving_way()
            || others.is_some_and(|others| others.slots.iter().any(Slot::is_giving_way))
    }

    fn note_readable(&mut self) {
        let Some(others) = &mut self.others else { return self.first.note_readable() };
        let mut keys = [0; SLOTS];
        // It fails only where it is not an epoll.
        for key in sys::epoll_wait(others.epoll.as_fd(), &mut keys).unwrap_or_default() {
            if let Some(slot) = usize::try_from(*key).ok().and_then(|slot| self.slots().nth(slot)) {
                slot.note_readable();
            }
        }
    }

    /// Takes an effect in.
    fn begin(
        &mut self,
        slot: usize,
        options: &Options,
        task: &Task,
        effect: Effect,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) {
        if slot > 0 && self.others.is_none() {
            match sys::epoll() {
                Ok(epoll) => self.others = Some(Box::new(Others { slots: Default::default(), epoll })),
                Err(error) => {
                    self.is_polled = false;
                    let error = io_error("waiting for several replies", &error);
                    return task.complete(slot, Instant::now(), Err(error));
                }
            }
        }
        self.with_slot(slot, before_close, |slot, before_close| slot.begin(options, effect, before_close));
    }

    /// Takes the effects under way as far as they go; gives where the step ends, if it is not to be polled before.
    fn advance(
        &mut self,
        options: &Options,
        task: &Task,
        is_cancelled: bool,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) -> Option<Step> {
        let mut first: Option<Instant> = None;
        let slots = if self.others.is_some() { SLOTS } else { 1 };
        for slot in 0..slots {
            let outcome = self.with_slot(slot, before_close, |slot, before_close| match () {
                () if slot.is_ready() => {
                    slot.end_reply(before_close);
                    Some(Err(None))
                }
                () if is_cancelled => Some(Ok(Err(ErrorKind::Cancelled.into()))),
                () if slot.is_before_file() => None,
                () => Some(slot.advance(options, task, before_close)),
            });
            match outcome {
                None => return Some(Step::File),
                Some(Ok(completion)) => self.complete(slot, task, completion, before_close),
                Some(Err(until)) => first = first.into_iter().chain(until).min(),
            }
        }
        if self.is_polled {
            self.watch(task, before_close);
        }
        self.is_polled.then_some(Step::Wait(first))
    }

    fn complete(
        &mut self,
        slot: usize,
        task: &Task,
        completion: Result<Completion>,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
    ) {
        self.has_moved = true;
        self.is_polled = false;
        if let Ok(Completion::Received(bytes, _)) = &completion {
            self.done += bytes.len();
        }
        self.with_slot(slot, before_close, |slot, before_close| slot.end(&completion, before_close));
        task.complete(slot, Instant::now(), completion);
    }

    /// Has the epoll of several slots hold their descriptors, while there are any: an operation that pauses holds none.
    fn watch(&mut self, task: &Task, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
        let Some(others) = &mut self.others else { return };
        let Others { slots, epoll } = &mut **others;
        if self.first.descriptor().is_none() && slots.iter().all(Slot::is_ready) {
            before_close(epoll.as_fd());
            self.others = None;
            return;
        }
        let slots = std::iter::once(&mut self.first).chain(slots);
        let failed = (0..).zip(slots).enumerate().find_map(|(slot, (key, it))| {
            let error = it.watch(epoll.as_fd(), key).err()?;
            Some((slot, io_error("waiting for the daemon", &error)))
        });
        if let Some((slot, error)) = failed {
            self.complete(slot, task, Err(error), before_close);
        }
    }

    /// Does something to a slot, with what is to be told before a descriptor is closed.
    fn with_slot<T>(
        &mut self,
        slot: usize,
        before_close: &mut dyn FnMut(BorrowedFd<'_>),
        act: impl FnOnce(&mut Slot, &mut dyn FnMut(BorrowedFd<'_>)) -> T,
    ) -> T {
        let Some(others) = &mut self.others else { return act(&mut self.first, before_close) };
        let Others { slots, epoll } = &mut **others;
        let other = slot.checked_sub(1).and_then(|index| slots.get_mut(index));
        act(other.unwrap_or(&mut self.first), &mut |descriptor| leave(epoll, descriptor, before_close))
    }
}

/// A descriptor is going to be closed: a copy of it in a forked child would keep the epoll readable.
fn leave(epoll: &OwnedFd, descriptor: BorrowedFd<'_>, before_close: &mut dyn FnMut(BorrowedFd<'_>)) {
    // Fails only where it is not in.
    let _ = sys::epoll_remove(epoll.as_fd(), descriptor);
    before_close(descriptor);
}
