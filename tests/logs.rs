//! The log of a daemon that runs: what its services print, as it comes through the library.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use common::daemon::{Daemon, PATIENCE, has_start_mark, name, wait_until};
use zinit_client::client::logs::{self, LogSelection};
use zinit_client::driver::stream::{Next, Stream};
use zinit_client::error::{Error, ErrorKind};
use zinit_client::model::{LogLine, LogLines, LogSource};

/// One line: its service, where it comes from, its text, and whether that was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    service: String,
    source: LogSource,
    text: String,
    is_truncated: bool,
}

impl Line {
    fn of(line: LogLine<'_>) -> Self {
        let service = line.service_with_nul().map_or(&b""[..], |name| name.strip_suffix(b"\0").unwrap());
        Self {
            service: String::from_utf8(service.to_vec()).unwrap(),
            source: line.source(),
            text: String::from_utf8(line.text().to_vec()).unwrap(),
            is_truncated: line.is_truncated(),
        }
    }
}

/// Reads a log.
struct Log(Stream<LogLines>);

impl Log {
    fn open(daemon: &Daemon, service: Option<&str>, last: Option<usize>, follow: bool) -> Self {
        let selection = LogSelection { name: service.map(name), last, follow, max_bytes: 64 << 20 };
        let stream = Stream::begin(&Arc::new(daemon.options()), |task, lines| async move {
            logs::logs(task.io(), &selection, &lines).await
        });
        Self(stream.unwrap())
    }

    fn try_next(&mut self) -> Result<Option<Line>, Error> {
        match self.0.next(Some(PATIENCE), None)? {
            Next::Item(lines) => Ok(lines.first().map(Line::of)),
            Next::End => Ok(None),
            Next::Pending => panic!("waited in vain for a line"),
        }
    }

    fn next(&mut self) -> Line {
        self.try_next().unwrap().expect("the log goes on")
    }

    /// The text of the next line.
    fn text(&mut self) -> String {
        self.next().text
    }

    /// The next line but for those with this text: a daemon that speaks the line protocol sends one twice that was
    /// said while it was being asked to follow.
    fn next_but(&mut self, text: &str) -> Line {
        loop {
            let line = self.next();
            if line.text != text {
                return line;
            }
        }
    }

    /// The text of the next line that is no mark, after lines that may come before it.
    fn text_behind(&mut self, text: &str) {
        while self.text() != text {}
    }

    fn is_closed(&mut self) -> bool {
        matches!(self.try_next().unwrap_err().kind(), ErrorKind::Closed { .. })
    }
}

fn snapshot(daemon: &Daemon, service: Option<&str>, last: Option<usize>) -> Vec<Line> {
    let mut log = Log::open(daemon, service, last, false);
    std::iter::from_fn(|| log.try_next().unwrap()).collect()
}

fn texts(daemon: &Daemon, service: &str, last: Option<usize>) -> Vec<String> {
    snapshot(daemon, Some(service), last).into_iter().map(|line| line.text).collect()
}

/// Waits until the daemon has kept a line.
fn wait_for_line(daemon: &Daemon, service: &str, text: &str) {
    wait_until("the line is kept", || texts(daemon, service, None).iter().any(|line| line == text));
}

const START: &str = "------------ [start] ------------";

/// A service that prints each line that it is told to; to its stderr where the line begins with `-`.
struct Talker {
    fifo: PathBuf,
    /// Both ends, so that neither it nor the service ever sees the other gone.
    input: File,
}

impl Talker {
    /// Starts a daemon with one, which has said `ready`.
    fn start() -> (Daemon, Self) {
        let daemon = Daemon::start(&[]);
        let fifo = daemon.path("said");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        let input = File::options().read(true).write(true).open(&fifo).unwrap();
        let talker = Self { fifo, input };
        talker.add(&daemon, "talker");
        wait_for_line(&daemon, "talker", "ready");
        (daemon, talker)
    }

    fn add(&self, daemon: &Daemon, service: &str) {
        let script = daemon.script(
            "talker",
            &format!(
                "echo ready; while IFS= read -r line; do case $line in -*) printf '%s\\n' \"${{line#-}}\" >&2;; \
                 *) printf '%s\\n' \"$line\";; esac; done 3<>'{0}' <'{0}'",
                self.fifo.display()
            ),
        );
        daemon.write_file(service, &format!("exec: {}\n", script.display()));
        daemon.monitor(service).unwrap();
    }

    fn say(&mut self, text: &str) {
        self.input.write_all(format!("{text}\n").as_bytes()).unwrap();
    }
}

/// A daemon with a service that runs a shell script once, after the daemon has kept a line of it.
fn daemon_after(script: &str, last_line: &str) -> Daemon {
    let daemon = Daemon::start(&[]);
    let script = daemon.script("printer", script);
    daemon.write_file("printer", &format!("exec: {}\noneshot: true\n", script.display()));
    daemon.monitor("printer").unwrap();
    wait_for_line(&daemon, "printer", last_line);
    daemon
}

#[test]
fn the_last_lines_of_a_service_in_their_order() {
    if !has_start_mark() {
        return;
    }
    let daemon = daemon_after("seq 100", "100");
    let all = texts(&daemon, "printer", None);
    assert_eq!(all[0], START);
    assert_eq!(all[1..], (1..=100).map(|i| i.to_string()).collect::<Vec<_>>());
    assert_eq!(texts(&daemon, "printer", Some(3)), ["98", "99", "100"]);
    assert_eq!(texts(&daemon, "printer", Some(1000)).len(), 101);
    assert!(texts(&daemon, "printer", Some(0)).is_empty());
}

#[test]
fn each_line_says_where_it_comes_from() {
    if !has_start_mark() {
        return;
    }
    let daemon = daemon_after("echo out; echo err >&2; sleep 0.1; echo end", "end");
    let lines = snapshot(&daemon, Some("printer"), None);
    let source = |text: &str| lines.iter().find(|line| line.text == text).unwrap().source;
    assert_eq!(source(START), LogSource::Start);
    assert_eq!(source("out"), LogSource::Stdout);
    assert_eq!(source("err"), LogSource::Stderr);
    assert!(lines.iter().all(|line| line.service == "printer"));
    assert_eq!(snapshot(&daemon, None, None), lines);
}

#[test]
fn the_lines_of_a_test_are_of_its_service() {
    if !has_start_mark() {
        return;
    }
    let daemon = Daemon::start(&[("tested", "exec: sleep 1000\ntest: sh -c 'echo tested'\n")]);
    wait_for_line(&daemon, "tested", "tested");
    let lines = snapshot(&daemon, Some("tested"), None);
    let line = lines.iter().find(|line| line.text == "tested").unwrap();
    assert_eq!((line.service.as_str(), line.source), ("tested", LogSource::Test));
    assert_eq!(lines.iter().filter(|line| line.source == LogSource::Start).count(), 1);
}

#[test]
fn empty_lines_the_last_one_without_newline_and_a_nul_are_text() {
    if !has_start_mark() {
        return;
    }
    let daemon = daemon_after("printf 'a\\n\\n\\n b \\nc\\0d\\nend'", "end");
    assert_eq!(texts(&daemon, "printer", None)[1..], ["a", "", "", " b ", "c\0d", "end"]);
}

#[test]
fn a_line_of_a_mebibyte_is_cut_and_marked() {
    let daemon = daemon_after("head -c 1048576 /dev/zero | tr '\\0' x; echo; echo end", "end");
    let lines = snapshot(&daemon, Some("printer"), Some(2));
    assert!(lines[0].is_truncated);
    assert_eq!(lines[0].text, "x".repeat((64 << 10) - "[+] printer: ".len()));
    assert_eq!((lines[1].text.as_str(), lines[1].is_truncated), ("end", false));
}

#[test]
fn a_service_can_print_what_looks_like_a_start_mark() {
    if !has_start_mark() {
        return;
    }
    let daemon = daemon_after(&format!("echo '{START}' >&2; sleep 0.1; echo '{START}'; echo end"), "end");
    let sources: Vec<_> = snapshot(&daemon, Some("printer"), None).iter().map(|line| line.source).collect();
    assert_eq!(sources, [LogSource::Start, LogSource::Start, LogSource::Stdout, LogSource::Stdout]);
}

#[test]
fn a_name_with_a_colon_and_a_space_inside_is_exact_where_it_is_asked_for() {
    if !has_start_mark() {
        return;
    }
    let service = "exec: \"echo 'x: y'\"\noneshot: true\n";
    let daemon = Daemon::start(&[("a: b", service), ("a: bc", service), ("a", service)]);
    for service in ["a: b", "a: bc", "a"] {
        wait_for_line(&daemon, service, "x: y");
    }
    let lines = snapshot(&daemon, Some("a: b"), None);
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[0].service.as_str(), lines[0].source), ("a: b", LogSource::Start));
    assert_eq!((lines[1].service.as_str(), lines[1].text.as_str()), ("a: b", "x: y"));
    // The daemon's text does not tell these apart.
    let lines = snapshot(&daemon, None, None);
    assert_eq!(lines.len(), 6);
    assert!(lines.iter().all(|line| line.service == "a"));
    assert_eq!(texts(&daemon, "a", None).len(), 6);
}

#[test]
fn a_service_without_lines_has_an_end() {
    let daemon = Daemon::start(&[("quiet", "exec: echo hello\noneshot: true\nlog: none\n")]);
    daemon.wait_for_state("quiet", "Success");
    assert!(snapshot(&daemon, Some("quiet"), None).is_empty());
    assert!(snapshot(&daemon, None, None).is_empty());
}

#[test]
fn the_first_line_asked_for_tells_of_a_service_that_is_none() {
    let daemon = Daemon::start(&[]);
    for follow in [false, true] {
        let mut log = Log::open(&daemon, Some("nosuch"), None, follow);
        for _ in 0..2 {
            let error = log.try_next().unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::UnknownService { .. }));
            assert_eq!(error.service(), Some("nosuch"));
        }
    }
}

#[test]
fn a_daemon_that_is_gone_is_no_silence() {
    let mut daemon = Daemon::start(&[]);
    daemon.crash();
    let mut log = Log::open(&daemon, None, Some(1), true);
    assert!(matches!(log.try_next().unwrap_err().kind(), ErrorKind::NotRunning { .. }));
}

#[test]
fn new_lines_come_behind_the_last_ones() {
    if !has_start_mark() {
        return;
    }
    let (daemon, mut talker) = Talker::start();
    for text in ["1", "2", "3"] {
        talker.say(text);
    }
    wait_for_line(&daemon, "talker", "3");
    let mut log = Log::open(&daemon, Some("talker"), Some(2), true);
    assert_eq!([log.text(), log.text()], ["2", "3"]);
    talker.say("4");
    assert_eq!(log.text(), "4");
    talker.say("-5");
    let line = log.next_but("4");
    assert_eq!((line.text.as_str(), line.source), ("5", LogSource::Stderr));

    let mut all = Log::open(&daemon, None, None, true);
    assert_eq!([all.text(), all.text()], [START, "ready"]);
    all.text_behind("5");
    talker.say("6");
    assert_eq!([all.next_but("5").text, log.text()], ["6", "6"]);
}

#[test]
fn a_service_is_followed_past_its_end() {
    if !has_start_mark() {
        return;
    }
    let (daemon, mut talker) = Talker::start();
    let mut log = Log::open(&daemon, Some("talker"), None, true);
    log.text_behind("ready");
    daemon.stop("talker").unwrap();
    daemon.wait_until_stopped("talker");
    daemon.forget("talker").unwrap();
    talker.add(&daemon, "other");
    talker.say("not of the talker");
    wait_for_line(&daemon, "other", "not of the talker");
    daemon.monitor("talker").unwrap();
    assert_eq!(log.next().source, LogSource::Start);
    assert_eq!(log.text(), "ready");
}

#[test]
fn a_daemon_that_dies_has_given_all_and_the_log_is_closed() {
    let (mut daemon, mut talker) = Talker::start();
    let mut log = Log::open(&daemon, Some("talker"), Some(1), true);
    log.text_behind("ready");
    for text in ["a", "b", "c"] {
        talker.say(text);
    }
    let mut witness = Log::open(&daemon, Some("talker"), None, true);
    witness.text_behind("c");
    daemon.crash();
    // What it had sent to this one by then, nobody knows.
    let mut given = Vec::new();
    while let Ok(line) = log.try_next() {
        given.push(line.expect("no end").text);
    }
    // One that was said while the daemon was being asked to follow comes twice.
    given.dedup();
    assert!(["a", "b", "c"].starts_with(&given.iter().map(String::as_str).collect::<Vec<_>>()), "{given:?}");
    assert!(log.is_closed());
    assert!(log.is_closed());
}

#[test]
fn a_slow_follower_is_told_what_the_daemon_has_dropped_and_loses_nothing_else() {
    const LINES: usize = 50_000;
    let (daemon, mut talker) = Talker::start();
    let mut log = Log::open(&daemon, None, None, true);
    // From here on it is connected, and takes no line before the service has printed all.
    log.text_behind("ready");
    let script = daemon.script("printer", &format!("seq {LINES}; echo end"));
    daemon.write_file("printer", &format!("exec: {}\noneshot: true\n", script.display()));
    daemon.monitor("printer").unwrap();
    wait_for_line(&daemon, "printer", "end");
    // The daemon notes what it has dropped when it has another line.
    talker.say("on");
    let (mut expected, mut dropped, mut marks) = (1, 0, 0);
    loop {
        let line = log.next();
        match line.source {
            LogSource::Dropped => {
                marks += 1;
                dropped += line.text.strip_suffix(" lines dropped").unwrap().parse::<usize>().unwrap();
            }
            LogSource::Start => {}
            _ if line.text == "end" => break,
            _ => {
                let number: usize = line.text.parse().unwrap();
                assert_eq!(number, expected + dropped);
                (expected, dropped) = (number + 1, 0);
            }
        }
    }
    assert_eq!(expected + dropped, LINES + 1);
    assert!(marks > 0);
    fs::remove_file(&talker.fifo).unwrap();
}
