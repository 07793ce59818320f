//! Runs an operation in a test, against a daemon that is a function, on a clock that jumps from event to
//! event.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::engine::Engine;
use super::scripted_wire;
use crate::client::{
    Completion, Effect, FileEffect, Heard, Io, KnownDaemon, Outgoing, Report, Settings, StopOrder, Task,
    Until,
};
use crate::config_directory::ConfigDirectory;
use crate::error::{ErrorKind, Result};
use crate::model::DaemonVersion;
use crate::protocol::{Input, Protocol};

/// For one exchange, as a client has it by default.
pub(crate) const IO_TIMEOUT: Duration = Duration::from_secs(10);

/// No case takes longer.
const LONGEST: Duration = Duration::from_secs(2 * 3600);

/// What a daemon makes of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// These bytes, and closes.
    Reply(String),
    /// Closes without a word.
    Closes,
    /// Accepts, and never answers.
    Mute,
    /// Nobody is there: the command does not go out.
    NotRunning,
}

/// An answer, and how long it took.
pub(crate) struct Answered(pub(crate) Answer, pub(crate) Duration);

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        Self(answer, Duration::ZERO)
    }
}

impl From<String> for Answered {
    fn from(reply: String) -> Self {
        Answer::Reply(reply).into()
    }
}

/// What befalls a file effect: how long it takes, and the error with which it fails.
pub(crate) type FileScript = fn(&FileEffect) -> (Duration, Option<ErrorKind>);

/// What a run is made with.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// For one exchange.
    pub(crate) io_timeout: Duration,
    /// For a service to be up.
    pub(crate) steady: Duration,
    /// For a group to be stopped.
    pub(crate) stop_order: StopOrder,
    /// When the caller cancels, counted from the beginning.
    pub(crate) cancel_at: Option<Duration>,
    /// The service files.
    pub(crate) directory: ConfigDirectory,
    /// Whether the caller has named them.
    pub(crate) is_directory_named: bool,
    /// What befalls them.
    pub(crate) files: FileScript,
    /// What the zinit binary says; where that is not a version, it does not tell.
    pub(crate) version: &'static str,
    /// Which protocol the daemon speaks; the script is in the words of the line protocol in either case.
    pub(crate) speaks: Protocol,
    /// Which protocol the client has learned before.
    pub(crate) learned: Option<Protocol>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            io_timeout: IO_TIMEOUT,
            steady: Duration::ZERO,
            stop_order: StopOrder::Any,
            cancel_at: None,
            directory: ConfigDirectory::new("/nowhere"),
            is_directory_named: true,
            files: |_| (Duration::ZERO, None),
            version: "0.2.14",
            speaks: Protocol::Line,
            learned: Some(Protocol::Line),
        }
    }
}

impl Script {
    fn settings(&self) -> Settings {
        Settings {
            io_timeout: self.io_timeout,
            steady: self.steady,
            stop_order: self.stop_order,
            is_directory_named: self.is_directory_named,
        }
    }

    /// As a client knows it that has no other clients beside it.
    fn known_daemon(&self) -> Arc<KnownDaemon> {
        // Of this run alone, and of no other test beside it.
        let known = KnownDaemon::new(None, Box::leak(Box::default()));
        self.learned.into_iter().for_each(|learned| known.protocol().learn(learned));
        Arc::new(known)
    }
}

/// How an operation ended, and when.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    pub(crate) result: Result<T>,
    pub(crate) elapsed: Duration,
    /// Every command that went out, without its newline.
    pub(crate) commands: Vec<String>,
    /// When each of them went out, and when it was answered.
    pub(crate) times: Vec<(Duration, Duration)>,
    /// How far it has come.
    pub(crate) report: Report,
}

/// Runs the operation to its end. `daemon` is given the time since the beginning and a command.
pub(crate) fn run<T, A: Into<Answered>>(
    daemon: impl FnMut(Duration, &str) -> A,
    operation: impl AsyncFnOnce(Io<'_>) -> Result<T>,
) -> Outcome<T> {
    run_script(Script::default(), daemon, operation)
}

/// As [`run`], with a daemon that keeps a connection open. `connection` is given the time since the
/// beginning, and until when the operation listens, and gives what comes next and when.
pub(crate) fn run_stream<T, A: Into<Answered>>(
    script: Script,
    daemon: impl FnMut(Duration, &str) -> A,
    connection: impl FnMut(Duration, Option<Duration>) -> (Duration, Heard),
    operation: impl AsyncFnOnce(Io<'_>) -> Result<T>,
) -> Outcome<T> {
    run_all(script, daemon, connection, operation)
}

/// Runs the operation to its end, or until it is cancelled.
pub(crate) fn run_script<T, A: Into<Answered>>(
    script: Script,
    daemon: impl FnMut(Duration, &str) -> A,
    operation: impl AsyncFnOnce(Io<'_>) -> Result<T>,
) -> Outcome<T> {
    run_all(script, daemon, |_, _| panic!("this daemon keeps no connection open"), operation)
}

fn run_all<T, A: Into<Answered>>(
    script: Script,
    daemon: impl FnMut(Duration, &str) -> A,
    connection: impl FnMut(Duration, Option<Duration>) -> (Duration, Heard),
    operation: impl AsyncFnOnce(Io<'_>) -> Result<T>,
) -> Outcome<T> {
    let begin = Instant::now();
    let task = Task::new(begin, script.settings(), script.known_daemon());
    let cancelled = script.cancel_at.map(|at| begin + at);
    let mut driver = Scripted::new(script, daemon, connection, begin);
    let mut operation = pin!(operation(task.io()));
    let mut context = Context::from_waker(Waker::noop());
    // When each effect is over, in which slot, and with what.
    let mut under_way: Vec<(Instant, usize, Result<Completion>)> = Vec::new();
    loop {
        if let Poll::Ready(result) = operation.as_mut().poll(&mut context) {
            let progress = task.progress();
            let Scripted { now, commands, times, .. } = driver;
            let result = result.map_err(|error| error.with_request_sent(progress.is_sent()));
            return Outcome { result, elapsed: now - begin, commands, times, report: progress.report() };
        }
        assert!(driver.now - begin < LONGEST, "this does not end");
        while let Some((slot, effect, _)) = task.poll_effect() {
            let (end, completion) = match cancelled {
                Some(at) if at <= driver.now => (driver.now, Err(ErrorKind::Cancelled.into())),
                _ => driver.carry_out(&task, effect),
            };
            // One that is under way is ended: nobody waits for it any more.
            under_way.retain(|(_, other, _)| *other != slot);
            under_way.push((end, slot, completion));
        }
        let first = (0..under_way.len()).min_by_key(|index| under_way[*index].0);
        let (end, slot, completion) =
            under_way.remove(first.expect("an operation that is pending asks for an effect"));
        let (end, completion) = match cancelled {
            Some(at) if at < end => (at.max(driver.now), Err(ErrorKind::Cancelled.into())),
            _ => (end, completion),
        };
        driver.now = end;
        task.complete(slot, end, completion);
    }
}

/// An operation among others of the same client.
pub(crate) struct Together<O> {
    /// Counted from the beginning.
    pub(crate) begins_at: Duration,
    /// It is dropped then.
    pub(crate) dropped_at: Option<Duration>,
    pub(crate) operation: O,
}

/// How operations of one client ended.
pub(crate) struct Outcomes {
    /// The result of each, and when it was there; `None`: it was dropped.
    pub(crate) results: Vec<Option<(Result<()>, Duration)>>,
    /// Every command that went out, without its newline.
    pub(crate) commands: Vec<String>,
    /// When each of them went out, and when it was answered.
    pub(crate) times: Vec<(Duration, Duration)>,
}

/// Runs operations of one client side by side, each to its end.
pub(crate) fn run_together<O, A: Into<Answered>>(
    script: Script,
    daemon: impl FnMut(Duration, &str) -> A,
    operations: &[Together<O>],
    perform: &impl AsyncFn(Io<'_>, &O) -> Result<()>,
) -> Outcomes {
    let begin = Instant::now();
    let known = script.known_daemon();
    let new_task = |it: &Together<O>| Task::new(begin + it.begins_at, script.settings(), Arc::clone(&known));
    let tasks: Vec<_> = operations.iter().map(new_task).collect();
    let mut running: Vec<_> = tasks
        .iter()
        .zip(operations)
        .map(|(task, it)| Some(Box::pin(perform(task.io(), &it.operation))))
        .collect();
    // What comes next for each, and when: at first, nothing.
    let mut next: Vec<_> = operations.iter().map(|it| (begin + it.begins_at, None)).collect();
    let mut results: Vec<_> = operations.iter().map(|_| None).collect();
    let connection = |_, _| panic!("this daemon keeps no connection open");
    let mut driver = Scripted::new(script, daemon, connection, begin);
    let until = |index: usize| operations[index].dropped_at.map(|at| begin + at);
    let at = |index: usize, end: Instant| until(index).map_or(end, |until| end.min(until));
    while let Some(index) = (0..running.len())
        .filter(|index| running[*index].is_some())
        .min_by_key(|index| at(*index, next[*index].0))
    {
        driver.now = at(index, next[index].0);
        assert!(driver.now - begin < LONGEST, "this does not end");
        if until(index).is_some_and(|until| until <= driver.now) {
            running[index] = None;
            continue;
        }
        if let Some(completion) = next[index].1.take() {
            tasks[index].complete(0, driver.now, completion);
        }
        let operation = running[index].as_mut().expect("it is under way");
        if let Poll::Ready(result) = operation.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            results[index] = Some((result, driver.now - begin));
            running[index] = None;
            continue;
        }
        let (_, effect, _) =
            tasks[index].poll_effect().expect("an operation that is pending asks for an effect");
        let (end, completion) = driver.carry_out(&tasks[index], effect);
        next[index] = (end, Some(completion));
    }
    drop(running);
    Outcomes { results, commands: driver.commands, times: driver.times }
}

/// Carries out effects in virtual time.
struct Scripted<D, C> {
    script: Script,
    daemon: D,
    connection: C,
    begin: Instant,
    now: Instant,
    /// For files, which are real.
    engine: Engine,
    commands: Vec<String>,
    times: Vec<(Duration, Duration)>,
}

impl<D, C, A> Scripted<D, C>
where
    D: FnMut(Duration, &str) -> A,
    C: FnMut(Duration, Option<Duration>) -> (Duration, Heard),
    A: Into<Answered>,
{
    fn new(script: Script, daemon: D, connection: C, begin: Instant) -> Self {
        let engine = Engine::default();
        Self {
            script,
            daemon,
            connection,
            begin,
            now: begin,
            engine,
            commands: Vec::new(),
            times: Vec::new(),
        }
    }

    /// When the effect is completed, and with what.
    fn carry_out(&mut self, task: &Task, effect: Effect) -> (Instant, Result<Completion>) {
        match effect {
            Effect::Exchange(command) => self.exchange(task, &command),
            // All of it was given at once, and the daemon has closed.
            Effect::Receive(received) => (self.now, Ok(Completion::Received(received, Input::Ended))),
            Effect::Open(command) => {
                self.commands.push(line_of(&command));
                task.progress().note_sent(command.row);
                (self.now, Ok(Completion::Done))
            }
            Effect::Listen(until) => {
                let at = match until {
                    Until::Ever => None,
                    Until::Silence(at) | Until::Deadline(at) => Some(at - self.begin),
                };
                let (at, heard) = (self.connection)(self.now - self.begin, at);
                let end = self.now.max(self.begin + at);
                match (heard, until) {
                    (Heard::Silence, Until::Deadline(_)) => (end, no_reply()),
                    (heard, _) => (end, Ok(Completion::Heard(heard))),
                }
            }
            Effect::GiveWay => (self.now, Ok(Completion::Done)),
            Effect::Pause(until) => (until.max(self.now), Ok(Completion::Done)),
            Effect::File(effect) => {
                let (took, failure) = (self.script.files)(&effect);
                let end = self.now + took;
                match failure {
                    Some(kind) => (end, Err(kind.into())),
                    None => (end, self.engine.file(&self.script.directory, effect)),
                }
            }
            Effect::Version => {
                let no_version =
                    || ErrorKind::Version { reason: "scripted".to_owned(), os_errno: libc::ENOENT };
                let version = DaemonVersion::parse(self.script.version).ok_or_else(|| no_version().into());
                (self.now, version.map(Completion::Version))
            }
        }
    }

    fn exchange(&mut self, task: &Task, command: &Outgoing) -> (Instant, Result<Completion>) {
        let wire = line_of(command);
        let speaks = self.script.speaks;
        let (line, Answered(answer, took)) = match scripted_wire::understood(speaks, &wire) {
            Ok(line) => {
                let answered = (self.daemon)(self.now - self.begin, &line).into();
                (line, answered)
            }
            Err(answer) => (wire, answer.into()),
        };
        if answer != Answer::NotRunning {
            self.commands.push(line);
            task.progress().note_sent(command.row);
        }
        let end = self.now + took;
        let (end, completion) = match answer {
            Answer::Mute => (command.deadline, no_reply()),
            _ if end > command.deadline => (command.deadline, no_reply()),
            Answer::Reply(reply) => {
                let reply = scripted_wire::reply(speaks, reply).into_bytes();
                // Over JSON-RPC the daemon leaves the connection open.
                let input = if speaks == Protocol::Line { Input::Ended } else { Input::Partial };
                (end, Ok(Completion::Received(reply, input)))
            }
            Answer::Closes => (end, Ok(Completion::Received(Vec::new(), Input::Ended))),
            Answer::NotRunning => (end, Err(not_running())),
        };
        self.times.push((self.now - self.begin, end - self.begin));
        (end, completion)
    }
}

fn line_of(command: &Outgoing) -> String {
    let line = std::str::from_utf8(&command.line).expect("a command is UTF-8");
    line.strip_suffix('\n').expect("a command ends with its newline").to_owned()
}

fn no_reply() -> Result<Completion> {
    Err(ErrorKind::NoReply { socket: "scripted".to_owned(), milliseconds: 0 }.into())
}

fn not_running() -> crate::error::Error {
    ErrorKind::NotRunning { socket: "scripted".to_owned(), os_errno: libc::ECONNREFUSED }.into()
}
