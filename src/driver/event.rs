//! Runs an operation under the caller's event loop, a step whenever its descriptor is readable.

use std::future::Future;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::time::{Duration, Instant};

use super::engine::{Engine, Events, PollOperation, Step};
use super::{Options, without_effect};
use crate::client::{Report, Task};
use crate::error::Result;
use crate::sys;
use crate::transport::io_error;

/// An operation under way, or over.
///
/// Its one descriptor is an epoll with a timer in it, and while a reply is awaited the socket, too: so the
/// caller's loop needs to know neither a time nor a change of descriptor.
pub struct Request<R> {
    operation: Operation<R>,
    /// Once the operation is over.
    result: Option<Result<R>>,
    inner: Inner,
}

/// One type for all operations with the same result, so that the library has a request of them once.
type Operation<R> = Pin<Box<dyn Future<Output = Result<R>> + Send>>;

/// All of a request that does not depend on its result, so that the library has it once.
struct Inner {
    options: Arc<Options>,
    task: Arc<Task>,
    engine: Engine,
    /// Files are next.
    is_before_file: bool,
    /// The number of the engine's descriptor that is in the epoll.
    added: Option<RawFd>,
    /// What the timer is set to for the engine.
    timer_at: Option<Instant>,
    /// Whether it is set to the past instead, which makes the descriptor readable.
    is_awake: bool,
    timer: OwnedFd,
    epoll: OwnedFd,
}

impl<R: Send + 'static> Request<R> {
    /// Begins an operation and takes its first step: where nothing stands in the way, its first command goes
    /// out. No file is touched before the first dispatch.
    pub fn begin<F>(options: &Arc<Options>, operation: impl FnOnce(Arc<Task>) -> F) -> Result<Self>
    where
        F: Future<Output = Result<R>> + Send + 'static,
    {
        let (task, operation) = boxed(options, operation);
        Self::begin_boxed(options, task, operation)
    }

    #[inline(never)]
    fn begin_boxed(options: &Arc<Options>, task: Arc<Task>, operation: Operation<R>) -> Result<Self> {
        let mut request = Self::with(options, task, operation)?;
        // What goes wrong here is the first dispatch's to tell, as everything behind it.
        request.dispatch();
        Ok(request)
    }

    /// An operation that takes its first step at the first dispatch, for which its descriptor is readable.
    pub(super) fn new<F>(options: &Arc<Options>, operation: impl FnOnce(Arc<Task>) -> F) -> Result<Self>
    where
        F: Future<Output = Result<R>> + Send + 'static,
    {
        let (task, operation) = boxed(options, operation);
        Self::with(options, task, operation)
    }

    fn with(options: &Arc<Options>, task: Arc<Task>, operation: Operation<R>) -> Result<Self> {
        let inner = Inner::new(Arc::clone(options), task)
            .map_err(|error| io_error("making a request's descriptors", &error))?;
        Ok(Self { operation, result: None, inner })
    }

    /// Goes on until there is something to wait for, and never waits itself, unless files are next: those it
    /// reads or writes first, and only a few in one dispatch. `None`: not over yet.
    pub fn dispatch(&mut self) -> Option<&Result<R>> {
        if self.result.is_none() {
            let mut result = None;
            let mut poll = |context: &mut Context<'_>| {
                self.operation.as_mut().poll(context).map(|of_operation| result = Some(of_operation))
            };
            match self.inner.step(&mut poll) {
                Ok(false) => {}
                Ok(true) => {
                    let result = result.unwrap_or_else(|| Err(without_effect()));
                    let is_sent = self.inner.task.progress().is_sent();
                    self.result = Some(result.map_err(|error| error.with_request_sent(is_sent)));
                }
                Err(error) => self.result = Some(Err(error)),
            }
            if self.result.is_some() {
                self.inner.end();
            }
        }
        self.result.as_ref()
    }

    /// The result, once the operation is over.
    pub fn result(&self) -> Option<&Result<R>> {
        self.result.as_ref()
    }
}

fn boxed<R, F>(options: &Options, operation: impl FnOnce(Arc<Task>) -> F) -> (Arc<Task>, Operation<R>)
where
    F: Future<Output = Result<R>> + Send + 'static,
{
    let task = new_task(options);
    let operation = operation(Arc::clone(&task));
    (task, Box::pin(operation))
}

// Every operation has one; the library needs this once.
#[inline(never)]
fn new_task(options: &Options) -> Arc<Task> {
    Arc::new(options.task())
}

impl<R> Request<R> {
    /// Readable when there is something to do; from the end of the operation on, always.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.inner.epoll.as_fd()
    }

    /// Whether the next dispatch reads or writes files, which takes as long as the disk likes.
    pub fn is_before_file(&self) -> bool {
        self.inner.is_before_file
    }

    /// How far it has come.
    pub fn report(&self) -> Report {
        self.inner.task.progress().report()
    }

    /// Whether the last dispatch has got anywhere; if not, nothing was there.
    pub(super) fn has_moved(&self) -> bool {
        self.inner.engine.has_moved()
    }

    /// From now on the descriptor is readable while that one is, too.
    pub(super) fn add(&self, descriptor: BorrowedFd<'_>) -> Result<()> {
        sys::epoll_add(self.inner.epoll.as_fd(), descriptor)
            .map_err(|error| io_error("making a request's descriptors", &error))
    }
}

impl Inner {
    /// The most file effects that one dispatch carries out.
    const MOST_FILE_EFFECTS: usize = 16;

    #[inline(never)]
    fn new(options: Arc<Options>, task: Arc<Task>) -> io::Result<Self> {
        let epoll = sys::epoll()?;
        let timer = sys::timer()?;
        sys::epoll_add(epoll.as_fd(), timer.as_fd())?;
        sys::set_timer(timer.as_fd(), Some(Duration::ZERO))?;
        Ok(Self {
            options,
            task,
            engine: Engine::default(),
            is_before_file: false,
            added: None,
            timer_at: None,
            is_awake: true,
            timer,
            epoll,
        })
    }

    /// Whether the operation is over.
    fn step(&mut self, poll: &mut PollOperation<'_>) -> Result<bool> {
        let mut file_effects = if self.is_before_file { Self::MOST_FILE_EFFECTS } else { 0 };
        self.is_before_file = false;
        loop {
            if file_effects > 0 {
                self.engine.run_file_effect(&self.options.config_directory, &self.task);
            }
            // Which of its two descriptors is readable, the epoll could tell; to look at both costs no more.
            let events = Events { readable: true, cancelled: false };
            let (epoll, added) = (&self.epoll, &mut self.added);
            let mut before_close = |descriptor: BorrowedFd<'_>| {
                if *added == Some(descriptor.as_raw_fd()) {
                    remove(epoll, descriptor);
                    *added = None;
                }
            };
            let (options, task) = (&self.options, &self.task);
            match self.engine.step(options, task, poll, events, &mut before_close) {
                Step::Finished => return Ok(true),
                Step::Wait(until) => return self.wait(until).map(|()| false),
                Step::File if file_effects > 1 => file_effects -= 1,
                Step::Again => {
                    self.wake();
                    return Ok(false);
                }
                Step::File => {
                    self.is_before_file = true;
                    self.wake();
                    return Ok(false);
                }
            }
        }
    }

    /// Makes the descriptor readable when the engine gets on.
    fn wait(&mut self, until: Option<Instant>) -> Result<()> {
        self.set_timer(until)?;
        let descriptor = self.engine.descriptor();
        let number = descriptor.map(|descriptor| descriptor.as_raw_fd());
        if number == self.added {
            return Ok(());
        }
        // What the operation listened to before stays open, and may be readable.
        if let Some(before) = self.engine.stream_descriptor().filter(|_| self.added.is_some()) {
            remove(&self.epoll, before);
        }
        self.added = None;
        if let Some(descriptor) = descriptor {
            sys::epoll_add(self.epoll.as_fd(), descriptor)
                .map_err(|error| io_error("waiting for the daemon", &error))?;
            self.added = number;
        }
        Ok(())
    }

    /// The operation is over.
    fn end(&mut self) {
        self.engine.clear(&mut |descriptor| remove(&self.epoll, descriptor));
        self.wake();
    }

    /// Makes the descriptor readable until the timer is set anew. Where it was readable before, too: a loop that
    /// is told of changes only (EPOLLET) learns from the new expiration that it must dispatch again.
    fn wake(&mut self) {
        // Set to such a time, a timer cannot fail.
        let _ = sys::set_timer(self.timer.as_fd(), Some(Duration::ZERO));
        self.is_awake = true;
    }

    fn set_timer(&mut self, until: Option<Instant>) -> Result<()> {
        if self.timer_at == until && !self.is_awake {
            return Ok(());
        }
        self.timer_at = until;
        self.is_awake = false;
        let from_now = until.map(|until| until.saturating_duration_since(Instant::now()));
        sys::set_timer(self.timer.as_fd(), from_now).map_err(|error| io_error("setting a timer", &error))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.engine.clear(&mut |descriptor| remove(&self.epoll, descriptor));
    }
}

/// Takes a descriptor out before it is closed: a copy of it in a forked child would keep the epoll readable.
fn remove(epoll: &OwnedFd, descriptor: BorrowedFd<'_>) {
    // Fails only where it is not in, or out already.
    let _ = sys::epoll_remove(epoll.as_fd(), descriptor);
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixListener;
    use std::sync::Arc;
    use std::{env, fs, process, thread};

    use super::Request;
    use crate::client::{Task, queries};
    use crate::driver::Options;
    use crate::error::ErrorKind;
    use crate::model::ServiceList;
    use crate::transport::Endpoint;

    #[test]
    fn half_a_reply_and_the_end_behind_it_are_noticed_in_one_dispatch() {
        let socket_path = env::temp_dir().join(format!("zinit-event-{}", process::id()));
        let listener = UnixListener::bind(&socket_path).unwrap();
        let daemon = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            BufReader::new(&connection).read_line(&mut String::new()).unwrap();
            connection.write_all(br#"{"state":"#).unwrap();
        });
        let endpoint = Endpoint { socket_path: socket_path.clone(), ..Endpoint::default() };
        let options = Arc::new(Options { endpoint, ..Options::default() });
        let operation = |task: Arc<Task>| async move { queries::list(task.io()).await };
        let mut request: Request<ServiceList> = Request::begin(&options, operation).unwrap();
        daemon.join().unwrap();
        let result = request.dispatch().expect("the end has come");
        assert!(matches!(result.as_ref().unwrap_err().kind(), ErrorKind::Closed { .. }));
        fs::remove_file(socket_path).unwrap();
    }
}
