//! What was recorded from real daemons, held against the testbed: each request and its reply, byte for byte.
//!
//! The comment at the head of `tests/transcripts/jsonrpc.txt` says how a transcript is written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{mask, version_of_real_daemon, Connection, Daemon};
use serde_json::Value;
use std::fs;
use std::thread;

const TRANSCRIPTS: &str = include_str!("transcripts/jsonrpc.txt");

struct Case<'a> {
    title: &'a str,
    errors: Option<&'a str>,
    files: Vec<(&'a str, String)>,
    /// Each with the number of its line.
    steps: Vec<(usize, &'a str)>,
}

#[test]
fn each_reply_is_that_of_a_real_daemon() {
    let cases = cases();
    assert!(cases.len() > 10, "the transcripts are not read to their end");
    let real = version_of_real_daemon();
    let of_this_daemon = |case: &&Case| match (&real, case.errors) {
        (Some(version), Some(errors)) => version == errors,
        _ => true,
    };
    thread::scope(|scope| {
        for case in cases.iter().filter(of_this_daemon) {
            scope.spawn(|| run(case));
        }
    });
}

fn cases() -> Vec<Case<'static>> {
    let mut cases: Vec<Case> = Vec::new();
    for (number, line) in (1..).zip(TRANSCRIPTS.lines()) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "==" {
            cases.push(Case { title: rest, errors: None, files: Vec::new(), steps: Vec::new() });
            continue;
        }
        let case = cases.last_mut().expect("a step before the first case");
        match word {
            "errors" => case.errors = Some(rest),
            "file" if case.steps.is_empty() => {
                let (name, text) = rest.split_once(' ').expect("a name and a text");
                case.files.push((name, text_of(text)));
            }
            _ => case.steps.push((number, line)),
        }
    }
    cases
}

/// The text of a JSON string.
fn text_of(literal: &str) -> String {
    serde_json::from_str(literal).unwrap_or_else(|error| panic!("{error}: {literal}"))
}

fn run(case: &Case) {
    let files: Vec<(&str, &str)> = case.files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let daemon = Daemon::start_with(&files, case.errors.unwrap_or("0.2.28"), &[]);
    let mut connection = daemon.connect();
    for (number, line) in &case.steps {
        let place = format!("{}, line {number}: {line}", case.title);
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            ">" => connection.send(rest),
            ">>" => connection.send(text_of(rest)),
            "<" => assert_eq!(mask(&connection.line()), mask(rest), "{place}"),
            "<~" => expect_in_any_order(&mut connection, rest, &place),
            "silence" => connection.expect_silence(),
            "until" => {
                let (service, state) = rest.split_once(' ').expect("a service and a state");
                daemon.wait_for_state(service, state);
            }
            "file" => {
                let (name, text) = rest.split_once(' ').expect("a name and a text");
                fs::write(daemon.file(name), text_of(text)).unwrap();
            }
            "content" => {
                let (name, text) = rest.split_once(' ').expect("a name and a text");
                assert_eq!(fs::read_to_string(daemon.file(name)).unwrap(), text_of(text), "{place}");
            }
            _ => panic!("an unknown word: {place}"),
        }
    }
    // What was not asked for is as wrong as a reply that does not come.
    connection.expect_silence();
}

/// The line has the same members, and as many bytes.
fn expect_in_any_order(connection: &mut Connection, expected: &str, place: &str) {
    let (line, expected) = (mask(&connection.line()), mask(expected));
    let parse = |text: &str| -> Value {
        // What is masked is no number any more.
        serde_json::from_str(&text.replace(":N", r#":"N""#)).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
    assert_eq!(parse(&line), parse(&expected), "{place}");
    assert_eq!(line.len(), expected.len(), "{place}: {line}");
}
