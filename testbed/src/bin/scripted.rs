//! `zinit-scripted SOCKET SCRIPT`: the second daemon of the tests, which misbehaves on purpose.
//!
//! A script says what happens on each connection, one thing a line:
//! ```text
//! # The first `status web` is answered, each further one only in part; nothing else is answered at all.
//! on status web
//!     send {"state":"ok","body":{"name":"web","pid":7,"state":"Running","target":"Up","after":{}}}
//! on status web
//!     send {"state":"ok",
//!     stay
//! on *
//!     stay
//! ```
//! `on PATTERN` begins what is done for a command: the exact line, or its beginning followed by `*`. The
//! first pattern in the script that fits a command counts. A pattern that stands there several times is a
//! sequence: its first block is for the first such command, and the last block for all the rest. At the end
//! of a block the connection is closed; a block may be empty. A command that no pattern fits is refused with
//! `not in the script`.
//!
//! | step | what it does |
//! | --- | --- |
//! | `send TEXT` | sends the text as it stands, without a newline |
//! | `bytes HH HH` | sends bytes, given in hexadecimal |
//! | `repeat COUNT TEXT` | sends the text that many times |
//! | `drip MS TEXT` | sends the text a byte at a time, with a pause before each byte |
//! | `pause MS` | does nothing for that long |
//! | `wait` | goes on when a line is read from stdin, or stdin has ended |
//! | `stay` | leaves the connection open until the client closes it |
//!
//! Steps that send, with nothing in between, go out in one write.
//!
//! Before the first `on`, one line may say how connections are accepted:
//!
//! | line | what it does |
//! | --- | --- |
//! | `accept never` | the backlog is full and stays so |
//! | `accept after MS` | the same, for that long |
//! | `accept and close` | each connection is closed unread |
//!
//! On stdout it prints `ready` once it listens, then each command when it has come, before anything is done
//! about it. So whoever has got a reply finds the command there, and can count. It runs until it is killed.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Clone)]
enum Step {
    Send(Vec<u8>),
    Drip(Duration, Vec<u8>),
    Pause(Duration),
    Wait,
    Stay,
}

/// One pattern, with a block of steps for each time that it fits.
struct Rule {
    pattern: String,
    blocks: Vec<Vec<Step>>,
    used: usize,
}

enum Accept {
    AtOnce,
    Never,
    After(Duration),
    AndClose,
}

struct Script {
    accept: Accept,
    rules: Vec<Rule>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [socket, script] = arguments.as_slice() else {
        eprintln!("usage: zinit-scripted SOCKET SCRIPT");
        return ExitCode::from(2);
    };
    match run(socket, script) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("zinit-scripted: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(socket: &str, script: &str) -> Result<()> {
    let text = std::fs::read_to_string(script).map_err(|error| format!("{script}: {error}"))?;
    let script = parse(&text).map_err(|error| format!("{script}, {error}"))?;
    let listener = UnixListener::bind(socket).map_err(|error| format!("{socket}: {error}"))?;
    // With a backlog of 0 the kernel queues one connection, and this is it.
    let mut in_queue = None;
    if let Accept::Never | Accept::After(_) = script.accept {
        nix::sys::socket::listen(listener.as_raw_fd(), 0)?;
        in_queue = Some(UnixStream::connect(socket)?);
    }
    print(b"ready");
    match script.accept {
        Accept::Never => loop {
            thread::park();
        },
        Accept::After(time) => thread::sleep(time),
        Accept::AtOnce | Accept::AndClose => {}
    }
    drop(in_queue);
    let rules = Arc::new(Mutex::new(script.rules));
    for connection in listener.incoming() {
        let connection = connection?;
        if let Accept::AndClose = script.accept {
            continue;
        }
        let rules = Arc::clone(&rules);
        // An error means that the client went away, which is its right.
        thread::spawn(move || serve(connection, &rules).unwrap_or_default());
    }
    Ok(())
}

fn serve(mut connection: UnixStream, rules: &Mutex<Vec<Rule>>) -> io::Result<()> {
    let mut line = Vec::new();
    BufReader::new(&connection).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(());
    }
    let command = line.strip_suffix(b"\n").unwrap_or(&line);
    print(command);
    for step in steps(rules, &String::from_utf8_lossy(command)) {
        match step {
            Step::Send(bytes) => connection.write_all(&bytes)?,
            Step::Drip(pause, bytes) => {
                for byte in bytes {
                    thread::sleep(pause);
                    connection.write_all(&[byte])?;
                }
            }
            Step::Pause(time) => thread::sleep(time),
            Step::Wait => {
                io::stdin().lock().read_line(&mut String::new())?;
            }
            Step::Stay => {
                connection.read_to_end(&mut Vec::new())?;
            }
        }
    }
    Ok(())
}

/// What is to be done about a command now.
fn steps(rules: &Mutex<Vec<Rule>>, command: &str) -> Vec<Step> {
    let mut rules = rules.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(beginning) => command.starts_with(beginning),
        None => command == pattern,
    };
    let Some(rule) = rules.iter_mut().find(|rule| fits(&rule.pattern)) else {
        return vec![Step::Send(br#"{"state":"error","body":"not in the script"}"#.to_vec())];
    };
    let block = rule.used.min(rule.blocks.len().saturating_sub(1));
    rule.used += 1;
    rule.blocks.get(block).cloned().unwrap_or_default()
}

fn print(line: &[u8]) {
    let mut stdout = io::stdout().lock();
    // Whoever does not read it does not want it.
    let _ = stdout.write_all(&[line, b"\n"].concat()).and_then(|()| stdout.flush());
}

fn parse(text: &str) -> Result<Script> {
    let mut script = Script { accept: Accept::AtOnce, rules: Vec::new() };
    // The rule whose block is being read.
    let mut current = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        parse_line(&mut script, &mut current, line)
            .map_err(|error| format!("line {}: {error}: {line}", number + 1))?;
    }
    Ok(script)
}

fn parse_line(script: &mut Script, current: &mut Option<usize>, line: &str) -> Result<()> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match (word, rest, *current) {
        ("on", pattern, _) => {
            let known = script.rules.iter().position(|rule| rule.pattern == pattern);
            let index = known.unwrap_or(script.rules.len());
            if known.is_none() {
                script.rules.push(Rule { pattern: pattern.to_owned(), blocks: Vec::new(), used: 0 });
            }
            if let Some(rule) = script.rules.get_mut(index) {
                rule.blocks.push(Vec::new());
            }
            *current = Some(index);
        }
        ("accept", "never", None) => script.accept = Accept::Never,
        ("accept", "and close", None) => script.accept = Accept::AndClose,
        ("accept", how, None) => {
            let time = how.strip_prefix("after ").ok_or("never, after MS, or and close")?;
            script.accept = Accept::After(milliseconds(time)?);
        }
        (_, _, None) => return Err("a step before the first `on`".into()),
        (_, _, Some(index)) => {
            let step = parse_step(word, rest)?;
            let block = script.rules.get_mut(index).and_then(|rule| rule.blocks.last_mut());
            push(block.ok_or("no block")?, step);
        }
    }
    Ok(())
}

/// Adds a step. What is sent without anything in between goes out in one write.
fn push(block: &mut Vec<Step>, step: Step) {
    match (block.last_mut(), step) {
        (Some(Step::Send(before)), Step::Send(bytes)) => before.extend(bytes),
        (_, step) => block.push(step),
    }
}

fn parse_step(word: &str, rest: &str) -> Result<Step> {
    let (first, text) = rest.split_once(' ').unwrap_or((rest, ""));
    Ok(match word {
        "send" => Step::Send(rest.into()),
        "bytes" => {
            let bytes = rest.split_whitespace().map(|byte| u8::from_str_radix(byte, 16));
            Step::Send(bytes.collect::<std::result::Result<_, _>>()?)
        }
        "repeat" => Step::Send(text.repeat(number(first)?).into()),
        "drip" => Step::Drip(milliseconds(first)?, text.into()),
        "pause" => Step::Pause(milliseconds(rest)?),
        "wait" => Step::Wait,
        "stay" => Step::Stay,
        _ => return Err("an unknown step".into()),
    })
}

fn milliseconds(text: &str) -> Result<Duration> {
    Ok(Duration::from_millis(number(text)?))
}

fn number<T: std::str::FromStr<Err: Display>>(text: &str) -> Result<T> {
    text.parse().map_err(|error| format!("{text:?} is no number ({error})").into())
}
