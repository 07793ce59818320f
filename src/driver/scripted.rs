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

/// How an operation ended, and when.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    pub(crate) result: Result<T>,
    pub(crate) elapsed: Duration,
    /// Every command that went out, without its newline.
    pub(crate) commands: Vec<String>,
    /// How far it has come.
    pub(crate) report: Report,
}

/// Runs the operation to its end. `daemon` is given the time since the beginning and a command, and gives the bytes of
/// the reply: `None` never answers, the empty text closes without a word.
pub(crate) fn run<T>(
    daemon: impl FnMut(Duration, &str) -> Option<String>,
    operation: impl AsyncFnOnce(&Desk) -> Result<T>,
) -> Outcome<T> {
    run_stream(daemon, |_, _| panic!("this daemon keeps no connection open"), operation)
}

/// As [`run`], with a daemon that keeps a connection open. `connection` is given the time since the beginning, and until
/// when the operation listens, and gives what comes next and when.
pub(crate) fn run_stream<T>(
    mut daemon: impl FnMut(Duration, &str) -> Option<String>,
    mut connection: impl FnMut(Duration, Option<Duration>) -> (Duration, Reply),
    operation: impl AsyncFnOnce(&Desk) -> Result<T>,
) -> Outcome<T> {
    let begin = Instant::now();
    let mut now = begin;
    let mut commands = Vec::new();
    let desk = Desk::new(begin, IO_TIMEOUT);
    let mut operation = pin!(operation(&desk));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(result) = operation.as_mut().poll(&mut context) {
            return Outcome { result, elapsed: now - begin, commands, report: desk.report() };
        }
        let answer = match desk.take().expect("an operation that is pending needs something") {
            Need::Reply { command, deadline } => {
                let line = line_of(&command);
                let reply = daemon(now - begin, &line);
                commands.push(line);
                desk.note_sent();
                if let Some(reply) = reply {
                    read(&command, &reply)
                } else {
                    now = deadline;
                    Err(Cause::NoReply { socket: "scripted".to_owned(), milliseconds: 0 }.into())
                }
            }
            Need::Open { command, .. } => {
                commands.push(line_of(&command));
                desk.note_sent();
                Ok(Reply::Done)
            }
            Need::Part(until) => {
                let (at, reply) = connection(now - begin, until.map(|until| until - begin));
                now = now.max(begin + at);
                Ok(reply)
            }
            Need::Time(until) => {
                now = now.max(until);
                Ok(Reply::Done)
            }
        };
        desk.answer(now, answer);
    }
}

fn line_of(command: &Command) -> String {
    let line = str::from_utf8(&command.line).expect("a command is UTF-8");
    line.strip_suffix('\n').expect("a command ends with its newline").to_owned()
}

fn read(command: &Command, reply: &str) -> Result<Reply> {
    match (command.read)(reply.as_bytes(), Received::All) {
        Reading::Complete(reply) => reply,
        Reading::Incomplete => Err(Cause::Closed.into()),
    }
}
