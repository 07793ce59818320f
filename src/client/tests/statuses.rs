//! The status of every service: four are asked for side by side, and each slot goes on by itself.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::commands::refusal;
use super::simulation::ms;
use super::world::Directory;
use crate::client::{SLOTS, Task, queries};
use crate::driver::event::Request;
use crate::driver::scripted::{Answer, Answered, IO_TIMEOUT, Outcome, Script, run, run_script};
use crate::driver::{Options, Queue, blocking};
use crate::error::{ErrorKind, Result};
use crate::model::{Status, Target};
use crate::protocol::Protocol;
use crate::sys;
use crate::transport::Endpoint;

fn name_of(number: usize) -> String {
    format!("s{number:02}")
}

fn list(names: &[String]) -> String {
    let services = names.iter().map(|name| (name.clone(), "Running".into()));
    let services = services.collect::<serde_json::Map<String, serde_json::Value>>();
    serde_json::json!({"state": "ok", "body": services}).to_string()
}

/// The status of a service whose process has the number of its name.
fn status(name: &str) -> String {
    let pid: i32 = name[1..].parse().unwrap();
    let body = serde_json::json!({"name": name, "pid": pid, "state": "Running", "target": "Up", "after": {}});
    serde_json::json!({"state": "ok", "body": body}).to_string()
}

/// All statuses of a daemon with so many services; `answer` says what comes for each name, and how late.
fn ask_in(
    script: Script,
    services: usize,
    answer: impl Fn(&str) -> (Answer, Duration),
) -> Outcome<Vec<Status>> {
    let names: Vec<_> = (0..services).map(name_of).collect();
    let daemon = |_, line: &str| match line.strip_prefix("status ") {
        None => Answered(Answer::Reply(list(&names)), ms(10)),
        Some(name) => {
            let (answer, late) = answer(name);
            Answered(answer, late)
        }
    };
    run_script(script, daemon, queries::statuses)
}

fn ask(services: usize, answer: impl Fn(&str) -> (Answer, Duration)) -> Outcome<Vec<Status>> {
    ask_in(Script::default(), services, answer)
}

fn reply(name: &str) -> Answer {
    Answer::Reply(status(name))
}

fn assert_all(statuses: &[Status], services: usize) {
    let found: Vec<_> = statuses.iter().map(|status| (status.name.as_str().to_owned(), status.pid)).collect();
    let expected: Vec<_> = (0..services).map(name_of).zip(0..).collect();
    assert_eq!(found, expected);
}

/// How many exchanges were under way at once at most.
fn most_at_once<T>(outcome: &Outcome<T>) -> usize {
    let at = |time: &Duration| outcome.times.iter().filter(|(sent, end)| sent <= time && time < end).count();
    outcome.times.iter().map(|(sent, _)| at(sent)).max().unwrap()
}

#[test]
fn four_are_asked_for_at_once() {
    for (services, rounds) in [(0, 0), (1, 1), (3, 1), (4, 1), (5, 2), (12, 3)] {
        let outcome = ask(services, |name| (reply(name), ms(10)));
        assert_eq!(outcome.elapsed, ms(10 + 10 * rounds), "{services}");
        assert_eq!(most_at_once(&outcome), services.clamp(1, SLOTS));
        assert_all(outcome.result.as_ref().unwrap(), services);
        assert_eq!(outcome.commands.len(), 1 + services);
    }
}

#[test]
fn few_of_a_daemon_that_answers_at_once_are_asked_one_after_another() {
    for (services, at_once) in [(10, 1), (16, 1), (17, SLOTS)] {
        let names: Vec<_> = (0..services).map(name_of).collect();
        let daemon = |_, line: &str| match line.strip_prefix("status ") {
            None => Answered(Answer::Reply(list(&names)), Duration::ZERO),
            Some(name) => Answered(reply(name), ms(10)),
        };
        let outcome = run_script(Script::default(), daemon, queries::statuses);
        assert_eq!(most_at_once(&outcome), at_once, "{services}");
        assert_all(outcome.result.as_ref().unwrap(), services);
    }
}

#[test]
fn one_that_takes_long_holds_back_no_other_and_the_result_is_sorted_all_the_same() {
    let outcome = ask(31, |name| (reply(name), if name == "s02" { ms(100) } else { ms(10) }));
    // The other thirty, three at once.
    assert_eq!(outcome.elapsed, ms(10 + 100));
    assert_all(outcome.result.as_ref().unwrap(), 31);
}

#[test]
fn one_that_is_forgotten_meanwhile_is_left_out() {
    let outcome = ask(9, |name| match name {
        "s00" | "s05" | "s08" => (Answer::Reply(refusal(&format!("service name {name:?} unknown"))), ms(10)),
        _ => (reply(name), ms(10)),
    });
    let found = outcome.result.unwrap();
    assert_eq!(found.iter().map(|status| status.pid).collect::<Vec<_>>(), [1, 2, 3, 4, 6, 7]);
}

#[test]
fn the_first_failure_ends_the_call_and_names_its_service() {
    let outcome = ask(100, |name| match name {
        "s06" => (Answer::Reply(refusal("out of memory")), ms(1)),
        "s01" => (Answer::Mute, ms(0)),
        _ => (reply(name), ms(10)),
    });
    let error = outcome.result.unwrap_err();
    assert_eq!(error.to_string(), "cannot get the status of \"s06\": the daemon refused: out of memory");
    assert_eq!(error.service(), Some("s06"));
    assert!(error.request_sent());
    assert_eq!(outcome.elapsed, ms(10 + 10 + 1));
    assert!(outcome.commands.len() < 1 + 4 + 4);
}

#[test]
fn a_status_that_does_not_come_ends_the_call_after_the_io_timeout() {
    let outcome = ask(50, |name| if name == "s03" { (Answer::Mute, ms(0)) } else { (reply(name), ms(10)) });
    let error = outcome.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoReply { .. }), "{error}");
    assert_eq!(error.service(), Some("s03"));
    assert_eq!(outcome.elapsed, ms(10) + IO_TIMEOUT);
    // All others were asked for meanwhile.
    assert_eq!(outcome.commands.len(), 1 + 50);
}

#[test]
fn a_cancel_ends_all_that_is_under_way() {
    for cancel_at in [ms(0), ms(5), ms(10), ms(15), ms(20), ms(25)] {
        let script = Script { cancel_at: Some(cancel_at), ..Script::default() };
        let outcome = ask_in(script, 20, |name| (reply(name), ms(10)));
        assert!(matches!(outcome.result.unwrap_err().kind(), ErrorKind::Cancelled));
        assert_eq!(outcome.elapsed, cancel_at);
    }
}

#[test]
fn whatever_the_client_knows_of_the_protocol_the_statuses_come() {
    for speaks in [Protocol::Line, Protocol::JsonRpc] {
        for learned in [None, Some(Protocol::Line), Some(Protocol::JsonRpc)] {
            let script = Script { speaks, learned, ..Script::default() };
            let outcome = ask_in(script, 7, |name| (reply(name), ms(10)));
            assert_all(outcome.result.as_ref().unwrap(), 7);
        }
    }
}

#[test]
fn a_daemon_that_has_no_room_is_asked_again_in_each_slot() {
    let mut refused = 0;
    let names: Vec<_> = (0..20).map(name_of).collect();
    let daemon = |_, line: &str| match line.strip_prefix("status ") {
        None => Answered(Answer::Reply(list(&names)), ms(10)),
        Some(_) if refused < 10 => {
            refused += 1;
            Answered(Answer::Reply("Too many connections. Please try again later.".to_owned()), ms(0))
        }
        Some(name) => Answered(reply(name), ms(10)),
    };
    let script = Script { speaks: Protocol::JsonRpc, learned: Some(Protocol::JsonRpc), ..Script::default() };
    let outcome = run_script(script, daemon, queries::statuses);
    assert_all(outcome.result.as_ref().unwrap(), 20);
    assert_eq!(outcome.commands.len(), 1 + 20 + 10);
    assert!(most_at_once(&outcome) <= SLOTS);
}

#[test]
fn of_a_name_that_cannot_be_sent_there_is_what_the_list_tells() {
    let outcome = run(
        |_, line| match line {
            "list" => {
                r#"{"state":"ok","body":{"a/b":"Error(Exited(Pid(3), 1))","s07":"Running"}}"#.to_owned()
            }
            _ => status("s07"),
        },
        queries::statuses,
    );
    assert_eq!(outcome.commands, ["list", "status s07"]);
    let found = outcome.result.unwrap();
    assert_eq!(found.iter().map(|status| status.name.as_str()).collect::<Vec<_>>(), ["a/b", "s07"]);
    assert_eq!((found[0].pid, found[0].target), (0, Target::Unknown));
    assert_eq!((found[1].pid, found[1].target), (7, Target::Up));
}

/// A daemon that lets four wait, and answers them in parts, the last one first.
fn serve(listener: &UnixListener, services: usize) {
    let names: Vec<_> = (0..services).map(name_of).collect();
    answer(&mut accept(listener).1, &list(&names));
    let mut left = services;
    while left > 0 {
        let mut waiting: Vec<_> = (0..left.min(SLOTS)).map(|_| accept(listener)).collect();
        left -= waiting.len();
        waiting.reverse();
        let replies: Vec<_> =
            waiting.iter().map(|(line, _)| status(line.strip_prefix("status ").unwrap())).collect();
        for part in 0..2 {
            for ((_, stream), reply) in waiting.iter_mut().zip(&replies) {
                let (first, rest) = reply.split_at(20);
                answer(stream, if part == 0 { first } else { rest });
            }
        }
    }
}

fn accept(listener: &UnixListener) -> (String, UnixStream) {
    let (stream, _) = listener.accept().unwrap();
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).unwrap();
    (line.trim_end().to_owned(), stream)
}

fn answer(stream: &mut UnixStream, part: &str) {
    stream.write_all(part.as_bytes()).unwrap();
}

/// All statuses of that daemon, as `ask` gets them.
fn assert_served(ask: impl Fn(&Arc<Options>) -> Result<Vec<Status>>) {
    const SERVICES: usize = 41;
    let directory = Directory::new();
    let socket_path = directory.path().join("sock");
    let listener = UnixListener::bind(&socket_path).unwrap();
    let options =
        Arc::new(Options { endpoint: Endpoint { socket_path, ..Endpoint::default() }, ..Options::default() });
    thread::scope(|scope| {
        scope.spawn(|| serve(&listener, SERVICES));
        assert_all(&ask(&options).unwrap(), SERVICES);
    });
}

fn begin(options: &Arc<Options>) -> Request<Vec<Status>> {
    Request::begin(options, |task: Arc<Task>| async move { queries::statuses(task.io()).await })
}

#[test]
fn parts_of_several_replies_come_on_the_calling_thread() {
    assert_served(|options| blocking::run(options, queries::statuses));
}

#[test]
fn parts_of_several_replies_come_under_an_event_loop() {
    assert_served(|options| {
        let request = begin(options);
        let descriptor = request.descriptor().unwrap().unwrap();
        loop {
            let [_] = sys::wait_readable([Some(descriptor.as_fd())], None).unwrap();
            if let Some(result) = request.dispatch() {
                return result.clone();
            }
        }
    });
}

#[test]
fn parts_of_several_replies_come_where_the_descriptor_is_made_late() {
    assert_served(|options| begin(options).wait(None).unwrap().unwrap().clone());
    assert_served(|options| {
        let request = begin(options);
        while request.wait(Some(ms(0))).unwrap().is_none() {
            let descriptor = request.descriptor().unwrap().unwrap();
            let [_] = sys::wait_readable([Some(descriptor.as_fd())], None).unwrap();
        }
        request.result().unwrap().clone()
    });
}

#[test]
fn parts_of_several_replies_come_in_a_queue() {
    assert_served(|options| {
        let request = begin(options);
        let queue = Arc::new(Queue::new().unwrap());
        request.enter(&queue, 7).unwrap();
        assert_eq!(queue.next(None, None).unwrap(), Some(7));
        request.result().unwrap().clone()
    });
}
