//! Where a request waits, and how it is woken there.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::engine::Engine;
use super::queue::{Queue, Wake};
use crate::error::Result;
use crate::sys;
use crate::transport::io_error;

/// Where a request waits.
pub(super) struct Registration {
    place: Place,
    wake: Wake,
    /// The number of the engine's descriptor that is in the epoll.
    added: Option<RawFd>,
}

enum Place {
    /// Nowhere yet: who has the request waits for it.
    Nowhere,
    /// In the caller's event loop, which waits for one descriptor.
    Loop(Descriptor),
    /// In a queue, under this number.
    Queue(Arc<Queue>, u64),
}

impl Registration {
    /// Nowhere yet; `wake`: whether it waits for anything at all.
    pub fn new(wake: Wake) -> Self {
        Self { place: Place::Nowhere, wake, added: None }
    }

    /// What wakes it.
    pub fn wake(&self) -> Wake {
        self.wake
    }

    /// Whether a queue takes it further.
    pub fn is_in_queue(&self) -> bool {
        matches!(self.place, Place::Queue(..))
    }

    /// From now on it waits for the engine's descriptor and for `wake`.
    pub fn set(&mut self, engine: &Engine, wake: Wake) -> Result<()> {
        let before = std::mem::replace(&mut self.wake, wake);
        self.place.set(before, wake)?;
        // Woken at once, it waits for no descriptor.
        if matches!(wake, Wake::At(_)) { self.watch(engine) } else { Ok(()) }
    }

    /// Waits in the caller's event loop from now on, if it waited nowhere. Gives the descriptor for the loop; `None` in
    /// a queue.
    pub fn enter_loop(&mut self, engine: &Engine) -> Result<Option<Arc<OwnedFd>>> {
        if matches!(self.place, Place::Nowhere) {
            let descriptor =
                Descriptor::new().map_err(|error| io_error("making a request's descriptors", &error))?;
            self.enter(Place::Loop(descriptor), engine)?;
        }
        Ok(match &self.place {
            Place::Loop(descriptor) => Some(Arc::clone(&descriptor.epoll)),
            Place::Nowhere | Place::Queue(..) => None,
        })
    }

    /// Waits in a queue from now on, under this number.
    pub fn enter_queue(&mut self, queue: &Arc<Queue>, number: u64, engine: &Engine) -> Result<()> {
        // The epoll of a loop is closed, and with it what is in it.
        self.added = None;
        self.enter(Place::Queue(Arc::clone(queue), number), engine)
    }

    fn enter(&mut self, place: Place, engine: &Engine) -> Result<()> {
        self.place = place;
        let entered = self.place.set(Wake::At(None), self.wake).and_then(|()| self.watch(engine));
        if entered.is_err() {
            // It would wait there for nothing.
            self.leave_place();
        }
        entered
    }

    /// To be called before a descriptor of the engine is closed: a copy of it in a forked child would keep the epoll
    /// readable.
    pub fn leave(&mut self, descriptor: BorrowedFd<'_>) {
        if self.added == Some(descriptor.as_raw_fd()) {
            self.remove(descriptor);
            self.added = None;
        }
    }

    /// The request is freed. A queue holds it until then.
    pub fn end(&mut self) {
        self.leave_place();
        self.wake = Wake::Over;
    }

    fn leave_place(&mut self) {
        if let Place::Queue(queue, number) = &self.place {
            queue.remove(*number);
        }
        self.place = Place::Nowhere;
    }

    fn remove(&self, descriptor: BorrowedFd<'_>) {
        if let Some((epoll, _)) = self.place.epoll() {
            // Fails only where it is not in, or out already.
            let _ = sys::epoll_remove(epoll, descriptor);
        }
    }

    /// Waits for the engine's descriptor, and for no other of it.
    fn watch(&mut self, engine: &Engine) -> Result<()> {
        let descriptor = engine.descriptor();
        let number = descriptor.map(|descriptor| descriptor.as_raw_fd());
        if number == self.added {
            return Ok(());
        }
        // What the operation listened to before stays open, and may be readable.
        if let Some(before) = engine.stream_descriptor().filter(|_| self.added.is_some()) {
            self.remove(before);
        }
        self.added = None;
        if let (Some(descriptor), Some((epoll, key))) = (descriptor, self.place.epoll()) {
            sys::epoll_add(epoll, descriptor, key)
                .map_err(|error| io_error("waiting for the daemon", &error))?;
            self.added = number;
        }
        Ok(())
    }
}

impl Place {
    fn set(&mut self, before: Wake, wake: Wake) -> Result<()> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Loop(descriptor) => descriptor.set(before, wake),
            Self::Queue(queue, number) => {
                queue.set(*number, wake);
                Ok(())
            }
        }
    }

    /// The epoll that the engine's descriptor goes into, and the number by which it is told there.
    fn epoll(&self) -> Option<(BorrowedFd<'_>, u64)> {
        match self {
            Self::Nowhere => None,
            Self::Loop(descriptor) => Some((descriptor.epoll.as_fd(), 0)),
            Self::Queue(queue, number) => Some((queue.epoll(), *number)),
        }
    }
}

/// One descriptor for all that a request waits for: an epoll with a timer in it, and the engine's descriptor. So the
/// caller's loop needs to know neither a time nor a change of descriptor.
struct Descriptor {
    epoll: Arc<OwnedFd>,
    /// A timer; once the request is over, an event that is set.
    timer: OwnedFd,
}

impl Descriptor {
    fn new() -> io::Result<Self> {
        let epoll = sys::epoll()?;
        let timer = sys::timer()?;
        sys::epoll_add(epoll.as_fd(), timer.as_fd(), 0)?;
        Ok(Self { epoll: Arc::new(epoll), timer })
    }

    fn set(&mut self, before: Wake, wake: Wake) -> Result<()> {
        let result = match wake {
            Wake::At(_) | Wake::Over if before == wake => Ok(()),
            Wake::At(until) => {
                let from_now = until.map(|until| until.saturating_duration_since(Instant::now()));
                sys::set_timer(self.timer.as_fd(), from_now)
            }
            // Where it was readable before, too: a loop that is told of changes only (EPOLLET) learns from the new
            // expiration that it must dispatch again.
            Wake::Again | Wake::BeforeFile => sys::set_timer(self.timer.as_fd(), Some(Duration::ZERO)),
            // A timer that is set to the past interrupts the processor, which costs as much as an exchange. Where no
            // descriptor is left, it must do.
            Wake::Over => {
                self.become_event().or_else(|_| sys::set_timer(self.timer.as_fd(), Some(Duration::ZERO)))
            }
        };
        result.map_err(|error| io_error("setting a timer", &error))
    }

    /// Puts an event that is set in the place of the timer, which is not needed any more.
    fn become_event(&mut self) -> io::Result<()> {
        let event = sys::event()?;
        sys::set_event(event.as_fd());
        sys::epoll_add(self.epoll.as_fd(), event.as_fd(), 0)?;
        sys::epoll_remove(self.epoll.as_fd(), self.timer.as_fd())?;
        self.timer = event;
        Ok(())
    }
}
