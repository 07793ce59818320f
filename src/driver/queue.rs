//! Runs many requests in one place: one descriptor and one timer for all of them, and whoever asks for the next one
//! that is over takes all of them further.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cancel::Cancel;
use crate::client::later;
use crate::error::{ErrorKind, Result};
use crate::sys;
use crate::transport::io_error;

/// Requests that wait together.
///
/// Any number of threads may ask for the next one; one at a time takes the requests further.
pub struct Queue {
    /// Holds the other two, and the descriptors that its requests wait for.
    epoll: OwnedFd,
    timer: OwnedFd,
    /// Set while nothing has to come for [`Queue::next`] to get on.
    event: OwnedFd,
    leaves_files: AtomicBool,
    /// Held by the thread that takes the requests further.
    work: Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    members: BTreeMap<u64, Member>,
    last_number: u64,
    /// Which goes on when, whatever comes.
    times: BTreeSet<(Instant, u64)>,
    timer_at: Option<Instant>,
    /// Those that have not done all that they can.
    again: BTreeSet<u64>,
    /// At this one a call has done as much as it may: those behind it come first.
    turn: u64,
    /// Those that are over, or before a file, in this order; some of them are freed, or have gone on since.
    given: VecDeque<u64>,
    is_event_set: bool,
    /// There is more than the event has told of: an edge-triggered loop must be told again.
    has_news: bool,
    /// A thread takes the requests further, and looks after the timer and the event when it is done.
    is_working: bool,
}

/// What wakes a request, beside its engine's descriptor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    /// The time; `None`: nothing.
    At(Option<Instant>),
    /// Nothing has to come: it has not done all that it can.
    Again,
    /// Nothing has to come: files are next.
    BeforeFile,
    /// It is over.
    Over,
}

/// What waits here.
#[derive(Clone)]
struct Member {
    /// `None`: a descriptor, which its holder looks after.
    request: Option<Arc<dyn Advance>>,
    /// What [`Queue::next`] gives for it.
    token: usize,
    wake: Wake,
    /// It is among those that are given.
    is_given: bool,
}

/// What the next one that is over, or before a file, comes to.
enum Taken {
    /// It is the caller's.
    Token(usize),
    /// It has taken the step that reads or writes files.
    Continued,
    /// There is none.
    Nothing,
}

/// How far the requests were taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Passed {
    /// There was none.
    Nothing,
    /// As far as they go.
    All,
    /// Until they had done as much as one call may.
    Full,
}

/// A request of any result.
pub(super) trait Advance: Send + Sync {
    /// Takes it as far as it goes without waiting; where files are next, those first. How much it has done,
    /// in bytes of replies.
    fn advance(&self) -> usize;
}

/// The numbers of the queue's own descriptors.
const TIMER: u64 = 0;
const EVENT: u64 = 1;

impl Queue {
    /// Takes so many requests further before it looks whether one is over.
    const MOST_AT_ONCE: usize = 64;

    /// When the operations have looked at so many bytes of replies, the call is over, and so is a dispatch of one alone.
    pub(super) const MOST_BYTES: usize = 512 << 10;

    /// So often a call whose time is over looks whether more has come.
    const MOST_LATE_PASSES: usize = 16;

    /// An empty one.
    pub fn new() -> Result<Self> {
        let make = || {
            let (epoll, timer, event) = (sys::epoll()?, sys::timer()?, sys::event()?);
            sys::epoll_add(epoll.as_fd(), timer.as_fd(), TIMER)?;
            sys::epoll_add(epoll.as_fd(), event.as_fd(), EVENT)?;
            Ok((epoll, timer, event))
        };
        let (epoll, timer, event) =
            make().map_err(|error| io_error("making a queue's descriptors", &error))?;
        let state = Mutex::new(State { last_number: EVENT, ..State::default() });
        Ok(Self { epoll, timer, event, leaves_files: AtomicBool::new(false), work: Mutex::default(), state })
    }

    /// Readable when [`Queue::next`] gets on without waiting.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }

    /// Whether [`Queue::next`] gives requests that are before a file, too, and leaves the file to the caller.
    pub fn set_leaves_files(&self, leaves: bool) {
        self.leaves_files.store(leaves, Ordering::Relaxed);
    }

    /// Takes the requests further, and gives the token of the next one that is over; waits for it as long as `timeout`
    /// (`None`: for ever), or until cancelled.
    pub fn next(&self, timeout: Option<Duration>, cancel: Option<&Cancel>) -> Result<Option<usize>> {
        let deadline = timeout.map(|timeout| later(Instant::now(), timeout));
        let mut late_passes = 0;
        loop {
            if cancel.is_some_and(Cancel::is_triggered) {
                self.show(&mut self.state(), 0);
                return Err(ErrorKind::Cancelled.into());
            }
            // First, so that requests that are over as soon as they begin do not hold back all others.
            let passed = self.pass()?;
            let has_moved = match self.take() {
                Taken::Token(token) => return Ok(Some(token)),
                Taken::Continued => true,
                Taken::Nothing => passed != Passed::Nothing,
            };
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let is_late = left == Some(Duration::ZERO);
            late_passes += usize::from(is_late);
            let is_enough = is_late && passed == Passed::Full;
            if has_moved && !is_enough && late_passes < Self::MOST_LATE_PASSES {
                continue;
            }
            if is_late {
                if has_moved {
                    // Under an edge-triggered loop nobody would come back for what is there already.
                    self.tell(&mut self.state());
                }
                return Ok(None);
            }
            sys::wait_readable([Some(self.epoll()), cancel.map(Cancel::descriptor)], left)
                .map_err(|error| io_error("waiting for the daemon", &error))?;
        }
    }

    /// Takes the next one that is over, or before a file. A file is read or written here, which takes as long as the
    /// disk likes, while other threads go on.
    fn take(&self) -> Taken {
        let mut state = self.state();
        let next = state.take();
        self.show(&mut state, 0);
        drop(state);
        let Some(member) = next else { return Taken::Nothing };
        match member.request {
            Some(request)
                if member.wake == Wake::BeforeFile && !self.leaves_files.load(Ordering::Relaxed) =>
            {
                request.advance();
                Taken::Continued
            }
            _ => Taken::Token(member.token),
        }
    }

    /// Takes those further for which something has come, until they have done as much as one call may.
    fn pass(&self) -> Result<Passed> {
        let _work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = [0; Self::MOST_AT_ONCE];
        let keys = sys::epoll_wait(self.epoll(), &mut keys)
            .map_err(|error| io_error("waiting for the daemon", &error))?;
        let (mut numbers, turn) = self.begin_pass(keys.contains(&TIMER));
        numbers.extend(keys.iter().filter(|key| **key > EVENT));
        let mut end = EndOfPass { queue: self, taken_next: 0 };
        numbers.sort_unstable();
        numbers.dedup();
        let first = numbers.partition_point(|number| *number <= turn);
        numbers.rotate_left(first);
        let mut done = 0;
        let is_full = |number: &u64| {
            done += self.waiting(*number).map_or(0, |request| request.advance());
            done >= Self::MOST_BYTES
        };
        let full = numbers.iter().position(is_full);
        if let Some((number, left)) = full.and_then(|full| numbers.get(full..)?.split_first()) {
            let mut state = self.state();
            state.turn = *number;
            state.again.extend(left);
        }
        // Whom this thread takes next, no other has to be woken for.
        end.taken_next = usize::from(!numbers.is_empty());
        drop(end);
        Ok(match full {
            Some(_) => Passed::Full,
            None if numbers.is_empty() => Passed::Nothing,
            None => Passed::All,
        })
    }

    /// Those that go on though nothing has come for them; and behind which one the first is.
    fn begin_pass(&self, is_timer_over: bool) -> (Vec<u64>, u64) {
        let mut state = self.state();
        state.is_working = true;
        let mut numbers: Vec<u64> = std::mem::take(&mut state.again).into_iter().collect();
        if is_timer_over {
            let now = Instant::now();
            let due = state.times.iter().take_while(|(time, _)| *time <= now);
            numbers.extend(due.take(Self::MOST_AT_ONCE).map(|(_, number)| *number));
        }
        (numbers, state.turn)
    }

    /// The request that something has come for, unless it was freed meanwhile, or waits for the caller.
    fn waiting(&self, number: u64) -> Option<Arc<dyn Advance>> {
        let mut state = self.state();
        let member = state.members.get_mut(&number)?;
        if !matches!(member.wake, Wake::At(_) | Wake::Again) {
            return None;
        }
        let request = member.request.clone();
        if request.is_none() {
            member.wake = Wake::Over;
            state.give(number);
        }
        request
    }

    /// Makes the descriptor readable when there is something to do, beside the `taken_next` that this thread takes
    /// next. While a thread takes the requests further, that is to be done once, at the end.
    fn show(&self, state: &mut State, taken_next: usize) {
        if !state.is_working {
            self.set_timer(state);
            let is_left = state.given.len() > taken_next || !state.again.is_empty();
            if is_left && (state.has_news || !state.is_event_set) {
                self.tell(state);
            } else if !is_left && state.is_event_set {
                sys::reset_event(self.event.as_fd());
                state.is_event_set = false;
            }
        }
    }

    /// Sets the timer to the first time, unless it ends before that.
    fn set_timer(&self, state: &mut State) {
        let first = state.times.first().map(|(time, _)| *time);
        let is_soon_enough = match (state.timer_at, first) {
            (None, None) => true,
            // One that ends too early costs a look, and to set it off costs as much each time.
            (Some(at), None) => at > Instant::now(),
            (Some(at), Some(first)) => at <= first && at > Instant::now(),
            (None, Some(_)) => false,
        };
        if !is_soon_enough {
            let from_now = first.map(|first| first.saturating_duration_since(Instant::now()));
            // Set to such a time, a timer cannot fail.
            let _ = sys::set_timer(self.timer.as_fd(), from_now);
            state.timer_at = first;
        }
    }

    /// Sets the event, and where it is set already, anew: only that tells an edge-triggered loop.
    fn tell(&self, state: &mut State) {
        sys::set_event(self.event.as_fd());
        state.is_event_set = true;
        state.has_news = false;
    }

    /// For its requests: adds one, which [`Queue::next`] gives as `token`; gives its number.
    pub(super) fn add(&self, request: Arc<dyn Advance>, token: usize) -> u64 {
        self.add_member(Some(request), token)
    }

    /// Adds a descriptor, and gives its number. [`Queue::next`] gives `token` once it is readable, and again only after
    /// [`Queue::wait_again`].
    pub(super) fn add_descriptor(&self, descriptor: BorrowedFd<'_>, token: usize) -> Result<u64> {
        let number = self.add_member(None, token);
        sys::epoll_add_once(self.epoll(), descriptor, number).map_err(|error| {
            self.remove(number);
            io_error("waiting in a queue", &error)
        })?;
        Ok(number)
    }

    /// Waits again until that descriptor is readable.
    pub(super) fn wait_again(&self, descriptor: BorrowedFd<'_>, number: u64) -> Result<()> {
        if let Some(member) = self.state().members.get_mut(&number) {
            member.wake = Wake::At(None);
        }
        sys::epoll_again(self.epoll(), descriptor, number)
            .map_err(|error| io_error("waiting in a queue", &error))
    }

    /// That descriptor is going to be closed.
    pub(super) fn remove_descriptor(&self, descriptor: BorrowedFd<'_>, number: u64) {
        // Fails only where it is not in.
        let _ = sys::epoll_remove(self.epoll(), descriptor);
        self.remove(number);
    }

    fn add_member(&self, request: Option<Arc<dyn Advance>>, token: usize) -> u64 {
        let mut state = self.state();
        state.last_number += 1;
        let number = state.last_number;
        state.members.insert(number, Member { request, token, wake: Wake::At(None), is_given: false });
        number
    }

    /// For its requests: what this one waits for, beside its descriptor.
    pub(super) fn set(&self, number: u64, wake: Wake) {
        let mut state = self.state();
        let Some(member) = state.members.get_mut(&number) else { return };
        let before = std::mem::replace(&mut member.wake, wake);
        if let Wake::At(Some(time)) = before {
            state.times.remove(&(time, number));
        }
        match wake {
            Wake::At(None) => {}
            Wake::At(Some(time)) => {
                state.times.insert((time, number));
            }
            Wake::Again => {
                state.again.insert(number);
                state.has_news = true;
            }
            Wake::BeforeFile | Wake::Over => state.give(number),
        }
        self.show(&mut state, 0);
    }

    /// For its requests: this one is freed.
    pub(super) fn remove(&self, number: u64) {
        let mut state = self.state();
        let member = state.members.remove(&number);
        if let Some(Member { wake: Wake::At(Some(time)), .. }) = member {
            state.times.remove(&(time, number));
        }
        drop(state);
        // Perhaps the last that holds it; outside the lock, for its end comes here again.
        drop(member);
    }

    /// For its requests: where their descriptors wait.
    pub(super) fn epoll(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// [`Queue::next`] is to give that one, once.
    fn give(&mut self, number: u64) {
        if let Some(member) = self.members.get_mut(&number).filter(|member| !member.is_given) {
            member.is_given = true;
            self.given.push_back(number);
            self.has_news = true;
        }
    }

    /// The next one to give.
    fn take(&mut self) -> Option<Member> {
        while let Some(number) = self.given.pop_front() {
            let Some(member) = self.members.get_mut(&number) else { continue };
            member.is_given = false;
            // The caller may have dispatched it meanwhile.
            if matches!(member.wake, Wake::BeforeFile | Wake::Over) {
                return Some(member.clone());
            }
        }
        None
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

/// However a pass ends: a request may panic.
struct EndOfPass<'a> {
    queue: &'a Queue,
    taken_next: usize,
}

impl Drop for EndOfPass<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        state.is_working = false;
        self.queue.show(&mut state, self.taken_next);
    }
}
