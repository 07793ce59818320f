//! Runs an operation in a test, against a daemon that is a function, on a clock that jumps from event to event.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::client::{Desk, Need, Report};
use crate::error::{Cause, Result};
use crate::protocol::{Command, Reading, Received, Reply};

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

/// What a run is made with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Script {
    /// For one exchange.
    pub(crate) io_timeout: Duration,
    /// When the caller cancels, counted from the beginning.
    pub(crate) cancel_at: Option<Duration>,
}

impl Default for Script {
    fn default() -> Self {
        Self { io_timeout: IO_TIMEOUT, cancel_at: None }
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
    operation: impl AsyncFnOnce(&Desk) -> Result<T>,
) -> Outcome<T> {
    run_script(Script::default(), daemon, operation)
}

/// As [`run`], with a daemon that keeps a connection open. `connection` is given the time since the beginning, and until
/// when the operation listens, and gives what comes next and when.
pub(crate) fn run_stream<T, A: Into<Answered>>(
    daemon: impl FnMut(Duration, &str) -> A,
    connection: impl FnMut(Duration, Option<Duration>) -> (Duration, Reply),
    operation: impl AsyncFnOnce(&Desk) -> Result<T>,
) -> Outcome<T> {
    run_all(Script::default(), daemon, connection, operation)
}

/// Runs the operation to its end, or until it is cancelled.
pub(crate) fn run_script<T, A: Into<Answered>>(
    script: Script,
    daemon: impl FnMut(Duration, &str) -> A,
    operation: impl AsyncFnOnce(&Desk) -> Result<T>,
) -> Outcome<T> {
    run_all(script, daemon, |_, _| panic!("this daemon keeps no connection open"), operation)
}

fn run_all<T, A: Into<Answered>>(
    script: Script,
    mut daemon: impl FnMut(Duration, &str) -> A,
    mut connection: impl FnMut(Duration, Option<Duration>) -> (Duration, Reply),
    operation: impl AsyncFnOnce(&Desk) -> Result<T>,
) -> Outcome<T> {
    let begin = Instant::now();
    let mut now = begin;
    let (mut commands, mut times) = (Vec::new(), Vec::new());
    let cancelled = script.cancel_at.map(|at| begin + at);
    let desk = Desk::new(begin, script.io_timeout);
    let mut operation = pin!(operation(&desk));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(result) = operation.as_mut().poll(&mut context) {
            let result = result.map_err(|error| error.after_sending(desk.sent()));
            return Outcome { result, elapsed: now - begin, commands, times, report: desk.report() };
        }
        assert!(now - begin < LONGEST, "this does not end");
        let need = desk.take().expect("an operation that is pending needs something");
        let (end, answer) = match need {
            _ if cancelled.is_some_and(|at| at <= now) => (now, Err(Cause::Cancelled.into())),
            Need::Time(until) => (until.max(now), Ok(Reply::Done)),
            Need::Open { command, .. } => {
                commands.push(line_of(&command));
                desk.note_sent();
                (now, Ok(Reply::Done))
            }
            Need::Part(until) => {
                let (at, reply) = connection(now - begin, until.map(|until| until - begin));
                (now.max(begin + at), Ok(reply))
            }
            Need::Reply { command, deadline } => {
                let line = line_of(&command);
                let Answered(answer, took) = daemon(now - begin, &line).into();
                if answer != Answer::NotRunning {
                    commands.push(line);
                    desk.note_sent();
                }
                let (end, reply) = match answer {
                    Answer::Mute => (deadline, no_reply()),
                    _ if now + took > deadline => (deadline, no_reply()),
                    Answer::Reply(reply) => (now + took, read(&command, &reply)),
                    Answer::Closes => (now + took, Err(Cause::Closed.into())),
                    Answer::NotRunning => (now + took, Err(not_running())),
                };
                times.push((now - begin, end - begin));
                (end, reply)
            }
        };
        let (end, answer) = match cancelled {
            Some(at) if at < end => (at.max(now), Err(Cause::Cancelled.into())),
            _ => (end, answer),
        };
        now = end;
        desk.answer(now, answer);
    }
}

fn line_of(command: &Command) -> String {
    let line = std::str::from_utf8(&command.line).expect("a command is UTF-8");
    line.strip_suffix('\n').expect("a command ends with its newline").to_owned()
}

fn no_reply() -> Result<Reply> {
    Err(Cause::NoReply { socket: "scripted".to_owned(), milliseconds: 0 }.into())
}

fn not_running() -> crate::error::Error {
    Cause::NotRunning { socket: "scripted".to_owned(), os_errno: libc::ECONNREFUSED }.into()
}

fn read(command: &Command, reply: &str) -> Result<Reply> {
    match (command.read)(reply.as_bytes(), Received::All) {
        Reading::Complete(reply) => reply,
        Reading::Incomplete => Err(Cause::Closed.into()),
    }
}
