//! Runs an operation a step at a time, under the caller's event loop or in a queue.

use std::future::Future;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Context;
use std::time::{Duration, Instant};

use super::engine::{Engine, Events, PollOperation, Step};
use super::queue::{Advance, Queue, Wake};
use super::registration::Registration;
use super::{Options, without_effect};
use crate::client::{Report, Task, later};
use crate::error::Result;
use crate::sys;
use crate::transport::io_error;

/// An operation under way, or over.
///
/// Its holder waits for it in an event loop, by its one descriptor; or in a [`Queue`]; or here, for a while.
pub struct Request<R>(Arc<Run<R>>);

/// What a queue holds, too.
struct Run<R> {
    /// Once the operation is over.
    result: OnceLock<Result<R>>,
    task: Arc<Task>,
    steps: Mutex<Steps<R>>,
}

/// What it takes to go on, which one thread does at a time.
struct Steps<R> {
    operation: Operation<R>,
    inner: Inner,
}

/// One type for all operations with the same result, so that the library has a request of them once.
pub type Operation<R> = Pin<Box<dyn Future<Output = Result<R>> + Send>>;

/// All of the steps that does not depend on the result, so that the library has it once.
struct Inner {
    options: Arc<Options>,
    task: Arc<Task>,
    engine: Engine,
    registration: Registration,
}

impl<R: Send + Sync + 'static> Request<R> {
    /// Begins an operation and takes its first step: where nothing stands in the way, its first command goes
    /// out. No file is touched before the first dispatch.
    pub fn begin<F>(options: &Arc<Options>, operation: impl FnOnce(Arc<Task>) -> F) -> Self
    where
        F: Future<Output = Result<R>> + Send + 'static,
    {
        let request = Self::new(options, operation);
        // What goes wrong here is the first dispatch's to tell, as everything behind it.
        request.dispatch();
        request
    }

    /// The same, for an operation that has to be made of what may not be valid.
    pub fn try_begin(
        options: &Arc<Options>,
        operation: &mut dyn FnMut(Arc<Task>) -> Result<Operation<R>>,
    ) -> Result<Self> {
        let task = new_task(options);
        let operation = operation(Arc::clone(&task))?;
        let request = Self::with(options, task, operation);
        request.dispatch();
        Ok(request)
    }

    /// An operation that takes its first step at the first dispatch.
    pub(super) fn new<F>(options: &Arc<Options>, operation: impl FnOnce(Arc<Task>) -> F) -> Self
    where
        F: Future<Output = Result<R>> + Send + 'static,
    {
        let task = new_task(options);
        let operation = Box::pin(operation(Arc::clone(&task)));
        Self::with(options, task, operation)
    }

    #[inline(never)]
    fn with(options: &Arc<Options>, task: Arc<Task>, operation: Operation<R>) -> Self {
        let inner = Inner {
            options: Arc::clone(options),
            task: Arc::clone(&task),
            engine: Engine::default(),
            registration: Registration::new(Wake::Again),
        };
        let steps = Mutex::new(Steps { operation, inner });
        Self(Arc::new(Run { result: OnceLock::new(), task, steps }))
    }

    /// Goes on until there is something to wait for, and never waits itself, unless files are next: those it
    /// reads or writes first, and only a few in one dispatch. `None`: not over yet.
    pub fn dispatch(&self) -> Option<&Result<R>> {
        self.0.advance();
        self.result()
    }

    /// Goes on, and waits until it is over, or as long as `timeout` (`None`: for ever).
    pub fn wait(&self, timeout: Option<Duration>) -> Result<Option<&Result<R>>> {
        let deadline = timeout.map(|timeout| later(Instant::now(), timeout));
        let mut is_late = false;
        // Begun, it has taken its first step.
        while self.result().is_none() && !is_late {
            is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            self.0.steps().inner.wait(deadline)?;
            self.0.advance();
        }
        Ok(self.result())
    }

    /// From now on the queue takes it further, and gives it as `token`.
    pub fn enter(&self, queue: &Arc<Queue>, token: usize) -> Result<()> {
        // As soon as the lock is given back, another thread may free this.
        let run = Arc::clone(&self.0);
        let mut steps = run.steps();
        let Inner { engine, registration, .. } = &mut steps.inner;
        let number = queue.add(Arc::clone(&run) as _, token);
        let entered = registration.enter_queue(queue, number, engine);
        entered.map_err(|error| error.with_request_sent(run.task.progress().is_sent()))
    }
}

// Every operation has one; the library needs this once.
#[inline(never)]
fn new_task(options: &Options) -> Arc<Task> {
    Arc::new(options.task())
}

impl<R> Request<R> {
    /// The result, once the operation is over.
    pub fn result(&self) -> Option<&Result<R>> {
        self.0.result.get()
    }

    /// Readable when there is something to do; from the end of the operation on, always. Made when it is first asked
    /// for. `None` for a request in a queue.
    pub fn descriptor(&self) -> Result<Option<Arc<OwnedFd>>> {
        let mut steps = self.0.steps();
        let Inner { engine, registration, .. } = &mut steps.inner;
        registration.enter_loop(engine)
    }

    /// Whether a queue takes it further.
    pub fn is_in_queue(&self) -> bool {
        self.0.steps().inner.registration.is_in_queue()
    }

    /// Whether the next dispatch reads or writes files, which takes as long as the disk likes.
    pub fn is_before_file(&self) -> bool {
        self.0.steps().inner.registration.wake() == Wake::BeforeFile
    }

    /// How far it has come.
    pub fn report(&self) -> Report {
        self.0.task.progress().report()
    }

    /// Whether there is more to do than one dispatch takes.
    pub(super) fn has_more(&self) -> bool {
        self.0.steps().inner.registration.wake() == Wake::Again
    }

    /// Whether the last dispatch has got anywhere; if not, nothing was there.
    pub(super) fn has_moved(&self) -> bool {
        self.0.steps().inner.engine.has_moved()
    }
}

impl<R> Drop for Request<R> {
    fn drop(&mut self) {
        let mut steps = self.0.steps();
        let Inner { engine, registration, .. } = &mut steps.inner;
        engine.clear(&mut |descriptor| registration.leave(descriptor));
        registration.end();
        let prepared = engine.take_prepared_file();
        // A thread that takes the requests of a queue further would wait for the disk, too.
        drop(steps);
        drop(prepared);
    }
}

impl<R> Run<R> {
    fn steps(&self) -> MutexGuard<'_, Steps<R>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Send + Sync> Advance for Run<R> {
    fn advance(&self) -> usize {
        let mut steps = self.steps();
        // Over, or freed.
        if steps.inner.registration.wake() == Wake::Over {
            return 0;
        }
        let Steps { operation, inner } = &mut *steps;
        let mut result = None;
        let mut poll = |context: &mut Context<'_>| {
            operation.as_mut().poll(context).map(|of_operation| result = Some(of_operation))
        };
        let result = match inner.step(&mut poll) {
            Ok(false) => return inner.engine.done(),
            Ok(true) => {
                let is_sent = self.task.progress().is_sent();
                let result = result.unwrap_or_else(|| Err(without_effect()));
                result.map_err(|error| error.with_request_sent(is_sent))
            }
            Err(error) => Err(error),
        };
        // Before its holder is woken.
        let _ = self.result.set(result);
        inner.end();
        inner.engine.done()
    }
}

impl Inner {
    /// The most file effects that one dispatch carries out.
    const MOST_FILE_EFFECTS: usize = 16;

    /// Whether the operation is over.
    fn step(&mut self, poll: &mut PollOperation<'_>) -> Result<bool> {
        let Self { options, task, engine, registration } = self;
        let mut file_effects =
            if registration.wake() == Wake::BeforeFile { Self::MOST_FILE_EFFECTS } else { 0 };
        loop {
            if file_effects > 0 {
                engine.run_file_effect(&options.config_directory, task);
            }
            // Which of its two descriptors is readable, the epoll could tell; to look at both costs no more.
            let events = Events { readable: true, cancelled: false };
            let wake = match engine
                .step(options, task, poll, events, &mut |descriptor| registration.leave(descriptor))
            {
                Step::Finished => return Ok(true),
                Step::Wait(until) => Wake::At(until),
                Step::Again => Wake::Again,
                Step::File if file_effects > 1 => {
                    file_effects -= 1;
                    continue;
                }
                Step::File => Wake::BeforeFile,
            };
            return registration.set(engine, wake).map(|()| false);
        }
    }

    /// Waits until there is something to do, or until the deadline.
    fn wait(&self, deadline: Option<Instant>) -> Result<()> {
        let Wake::At(until) = self.registration.wake() else { return Ok(()) };
        let first = [until, deadline].into_iter().flatten().min();
        let left = first.map(|first| first.saturating_duration_since(Instant::now()));
        if left != Some(Duration::ZERO) {
            sys::wait_readable([self.engine.descriptor()], left)
                .map_err(|error| io_error("waiting for the daemon", &error))?;
        }
        Ok(())
    }

    /// The operation is over.
    fn end(&mut self) {
        let Self { engine, registration, .. } = self;
        engine.clear(&mut |descriptor| registration.leave(descriptor));
        // It cannot fail: at worst a timer is set.
        let _ = registration.set(engine, Wake::Over);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;
    use std::{env, fs, process, thread};

    use super::{Advance, Request};
    use crate::client::{Task, later, matches, queries};
    use crate::config_directory::ConfigDirectory;
    use crate::driver::Options;
    use crate::error::ErrorKind;
    use crate::model::{Filter, Name, ServiceList, Text};
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
        let request: Request<ServiceList> = Request::begin(&options, operation);
        daemon.join().unwrap();
        let result = request.dispatch().expect("the end has come");
        assert!(matches!(result.as_ref().unwrap_err().kind(), ErrorKind::Closed { .. }));
        fs::remove_file(socket_path).unwrap();
    }

    #[test]
    fn a_search_of_many_commands_lets_others_go_on_between_them() {
        const SERVICES: usize = 20;
        let directory = env::temp_dir().join(format!("zinit-search-{}", process::id()));
        fs::create_dir(&directory).unwrap();
        let names: Vec<_> = (0..SERVICES).map(|number| format!("s{number:02}")).collect();
        let yaml = format!("exec: {}\n", "a".repeat(4 << 10));
        for name in &names {
            fs::write(directory.join(format!("{name}.yaml")), &yaml).unwrap();
        }
        let states: Vec<_> = names.iter().map(|name| format!("{name:?}:\"Running\"")).collect();
        let reply = format!("{{\"state\":\"ok\",\"body\":{{{}}}}}\n", states.join(","));
        let socket_path = directory.join("socket");
        let listener = UnixListener::bind(&socket_path).unwrap();
        let daemon = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            BufReader::new(&connection).read_line(&mut String::new()).unwrap();
            connection.write_all(reply.as_bytes()).unwrap();
        });
        let config_directory = ConfigDirectory::new(&directory);
        let endpoint = Endpoint { socket_path, ..Endpoint::default() };
        let options = Arc::new(Options { endpoint, config_directory, ..Options::default() });
        let mut filter = Filter::new();
        // So large that others have to go on after each few commands.
        filter.with_exec_regex("(?:a?){50}$").unwrap();
        let work = filter.exec_work(&"a".repeat(4 << 10));
        assert!(work > Filter::MAX_WORK / 64 && work < Filter::MAX_WORK / 16, "{work}");
        let operation = |task: Arc<Task>| async move { matches::matches(task.io(), &filter).await };
        let request: Request<Vec<Text>> = Request::begin(&options, operation);
        daemon.join().unwrap();
        let mut gave_way = 0;
        let found = loop {
            if let Some(result) = request.dispatch() {
                break result.as_ref().unwrap().len();
            }
            // Not for a file, but amid the search.
            gave_way += usize::from(request.has_more());
        };
        assert_eq!(found, SERVICES);
        assert!(gave_way >= SERVICES / 4, "{gave_way}");
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn what_a_request_has_prepared_is_gone_when_it_is_freed_whoever_else_holds_it() {
        let directory = env::temp_dir().join(format!("zinit-prepared-{}", process::id()));
        fs::create_dir(&directory).unwrap();
        let config_directory = ConfigDirectory::new(&directory);
        let options = Arc::new(Options { config_directory, ..Options::default() });
        let name = Name::new("web").unwrap();
        let operation = |task: Arc<Task>| async move {
            task.io().prepare(&name, "exec: true\n".to_owned()).await?;
            task.io().pause(later(task.now(), Duration::from_secs(3600))).await
        };
        let request = Request::begin(&options, operation);
        while request.is_before_file() {
            assert!(request.dispatch().is_none());
        }
        let files = || fs::read_dir(&directory).unwrap().count();
        assert_eq!(files(), 1);
        // As a thread does that takes the requests of a queue further.
        let run = Arc::clone(&request.0);
        drop(request);
        assert_eq!(files(), 0);
        drop(run);
        fs::remove_dir(directory).unwrap();
    }

    #[test]
    fn who_was_about_to_continue_a_request_that_is_freed_sends_nothing_more() {
        let polls = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&polls);
        let operation = |_| async move { Ok(counter.fetch_add(1, Ordering::Relaxed)) };
        let request = Request::new(&Arc::new(Options::default()), operation);
        let run = Arc::clone(&request.0);
        drop(request);
        run.advance();
        assert_eq!(polls.load(Ordering::Relaxed), 0);
    }
}
