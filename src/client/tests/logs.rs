//! Which lines of the log come, and when: on the scripted driver, where silence takes no time.

use std::collections::VecDeque;
use std::time::Duration;

use super::commands::refusal;
use crate::client::logs::{LogSelection, logs};
use crate::client::{Heard, OutputBuffer};
use crate::driver::scripted::{Answer, IO_TIMEOUT, Outcome, Script, run_stream};
use crate::error::ErrorKind;
use crate::model::{LineParts, LogLine, LogLines, LogSource, Name};
use crate::protocol::Protocol;

const WEB: &str =
    r#"{"state":"ok","body":{"after":{},"name":"web","pid":7,"state":"Running","target":"Up"}}"#;
const LIST: &str = r#"{"state":"ok","body":{"web":"Running"}}"#;

/// What happens on the connection that stays open.
#[derive(Clone)]
pub(super) enum Event {
    /// This comes then, in milliseconds since the beginning.
    Comes(u64, Vec<u8>),
    /// The daemon closes.
    Closes(u64),
}
use Event::{Closes, Comes};

fn comes(at: u64, text: &str) -> Event {
    Comes(at, text.into())
}

/// What an operation has given: each line behind the time when it was given.
pub(super) struct Seen {
    outcome: Outcome<()>,
    pub(super) lines: Vec<String>,
}

impl Seen {
    pub(super) fn is_closed(&self) -> bool {
        self.outcome.result.as_ref().is_err_and(|error| matches!(error.kind(), ErrorKind::Closed { .. }))
    }

    fn elapsed(&self) -> Duration {
        self.outcome.elapsed
    }
}

pub(super) fn selection(name: Option<&str>, last: Option<usize>, follow: bool) -> LogSelection {
    LogSelection { name: name.map(|name| Name::new(name).unwrap()), last, follow, max_bytes: 1 << 20 }
}

fn follow(last: Option<usize>, events: &[Event]) -> Seen {
    read(&selection(None, last, true), events)
}

fn snapshot(last: Option<usize>, events: &[Event]) -> Seen {
    read(&selection(None, last, false), events)
}

/// As `read`, from a daemon before 0.2.11, which goes on behind a snapshot.
pub(super) fn read_old(selection: &LogSelection, events: &[Event]) -> Seen {
    read_of("0.2.10", answer_all, selection, events)
}

pub(super) fn read(selection: &LogSelection, events: &[Event]) -> Seen {
    read_of("0.2.14", answer_all, selection, events)
}

#[allow(clippy::unnecessary_wraps)] // As every daemon answers here.
fn answer_all(line: &str) -> Option<String> {
    match line {
        "list" => Some(LIST.to_owned()),
        "status web" => Some(WEB.to_owned()),
        _ => panic!("the wrong question: {line}"),
    }
}

fn read_of(
    version: &'static str,
    answer: impl Fn(&str) -> Option<String>,
    selection: &LogSelection,
    events: &[Event],
) -> Seen {
    read_from(Script { version, ..Script::default() }, answer, selection, events)
}

fn read_from(
    script: Script,
    answer: impl Fn(&str) -> Option<String>,
    selection: &LogSelection,
    events: &[Event],
) -> Seen {
    let output = OutputBuffer::default();
    let mut lines = Vec::new();
    let mut note = |at: Duration| {
        let mut taken = VecDeque::new();
        output.drain_into(&mut taken);
        let taken = taken.iter().flat_map(LogLines::iter);
        lines.extend(taken.map(|line| format!("{} {}", at.as_millis(), describe(line))));
    };
    let mut events: VecDeque<_> = events.iter().cloned().collect();
    let mut connection = |now: Duration, until: Option<Duration>| {
        note(now);
        let at = |event: &Event| match event {
            Comes(at, _) | Closes(at) => Duration::from_millis(*at),
        };
        if let (Some(until), at) = (until, events.front().map_or(Duration::MAX, at)) {
            if at > until {
                return (until, Heard::Silence);
            }
        }
        match events.pop_front().expect("the operation listens in vain") {
            Comes(at, bytes) => (Duration::from_millis(at), Heard::Part(bytes)),
            Closes(at) => (Duration::from_millis(at), Heard::End),
        }
    };
    let outcome = run_stream(
        script,
        |_, line| answer(line).map_or(Answer::Mute, Answer::Reply),
        &mut connection,
        async |io| logs(io, selection, &output).await,
    );
    note(outcome.elapsed);
    Seen { outcome, lines }
}

fn describe(line: LogLine<'_>) -> String {
    let service = line.service_with_nul().map_or(&b"-"[..], |name| name.strip_suffix(b"\0").unwrap());
    let source = match line.source() {
        LogSource::Stdout => "+",
        LogSource::Stderr => "-",
        LogSource::Start => "start",
        LogSource::Test => "test",
        LogSource::Dropped => "dropped",
    };
    let cut = if line.is_truncated() { " (cut)" } else { "" };
    let (service, text) = (String::from_utf8_lossy(service), String::from_utf8_lossy(line.text()));
    format!("{service} {source} {text}{cut}")
}

#[test]
fn a_service_that_is_not_known_is_an_error_before_any_line() {
    let unknown = |_: &str| Some(refusal("service name \"web\" unknown"));
    for follow in [false, true] {
        let seen = read_of("0.2.14", unknown, &selection(Some("web"), None, follow), &[]);
        let error = seen.outcome.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::UnknownService { .. }));
        assert_eq!(error.service(), Some("web"));
        assert_eq!(seen.outcome.commands.last().unwrap(), "status web");
        assert!(seen.lines.is_empty());
    }
}

#[test]
fn a_daemon_that_does_not_answer_or_not_so_is_no_silence() {
    for name in [Some("web"), None] {
        let seen = read_of("0.2.14", |_| None, &selection(name, Some(1), true), &[]);
        assert!(matches!(seen.outcome.result.unwrap_err().kind(), ErrorKind::NoReply { .. }));
        assert_eq!(seen.outcome.elapsed, IO_TIMEOUT);
        let seen = read_of("0.2.14", |_| Some("hello".to_owned()), &selection(name, None, true), &[]);
        assert!(matches!(seen.outcome.result.unwrap_err().kind(), ErrorKind::Protocol { .. }));
    }
}

#[test]
fn a_log_that_is_refused_is_an_error() {
    for (last, is_followed) in [(None, false), (None, true), (Some(3), true)] {
        let refused = Comes(0, refusal("invalid log command arguments").into());
        let seen = read(&selection(Some("web"), last, is_followed), &[refused, Closes(0)]);
        let error = seen.outcome.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Daemon { .. }));
        assert!(error.to_string().starts_with("cannot read the log of \"web\": "), "{error}");
    }
}

#[test]
fn what_the_daemon_has_kept_ends_with_the_connection() {
    let events = [comes(0, "[+] web: a\n[-] web: b\n"), comes(3, "[+] sql: c\n"), Closes(4)];
    let seen = snapshot(None, &events);
    seen.outcome.result.unwrap();
    assert_eq!(seen.lines, ["4 web + a", "4 web - b", "4 sql + c"]);
    assert_eq!(seen.outcome.commands, ["log snapshot", "list"]);
    assert_eq!(snapshot(Some(2), &events).lines, ["4 web - b", "4 sql + c"]);
    assert_eq!(snapshot(Some(9), &events).lines.len(), 3);
    assert!(snapshot(Some(0), &events).lines.is_empty());
    assert!(snapshot(None, &[Closes(0)]).lines.is_empty());
}

#[test]
fn the_last_lines_are_those_of_the_service_that_is_asked_for() {
    let events = [comes(0, "[+] web: a\n[+] web: b\n[+] sql: c\n[+] webs: d\n[-] web/test: e\n"), Closes(1)];
    let seen = read(&selection(Some("web"), Some(2), false), &events);
    assert_eq!(seen.lines, ["1 web + b", "1 web test e"]);
    assert_eq!(seen.outcome.commands, ["log snapshot", "status web"]);
}

#[test]
fn a_snapshot_ends_with_the_connection_however_long_it_stalls_within_the_io_timeout() {
    for stall in [50, 500, 5000, 9999] {
        let events = [comes(0, "[+] web: a\n[+] we"), comes(stall, "b: b\n"), Closes(stall + 9000)];
        let seen = snapshot(None, &events);
        seen.outcome.result.unwrap();
        assert_eq!(seen.lines.len(), 2, "{stall}");
        // Nor before the first line.
        let events = [comes(stall, "[+] web: a\n"), Closes(stall + 1)];
        assert_eq!(snapshot(Some(1), &events).lines, [format!("{} web + a", stall + 1)]);
    }
    let seen = snapshot(None, &[comes(0, "[+] web: a\n")]);
    assert!(matches!(seen.outcome.result.unwrap_err().kind(), ErrorKind::NoReply { .. }));
    assert_eq!(seen.lines.len(), 1, "what came is given");
}

#[test]
fn a_daemon_without_snapshot_ends_it_with_half_a_second_of_silence() {
    let events = [comes(10, "[+] web: a\n"), comes(509, "[+] web: b\n")];
    let seen = read_old(&selection(None, Some(1), false), &events);
    seen.outcome.result.unwrap();
    assert_eq!(seen.lines, ["1009 web + b"]);
}

#[test]
fn a_daemon_without_snapshot_that_is_never_silent_ends_it_after_five_seconds() {
    let events: Vec<_> = (1..100).map(|i| comes(i * 100, &format!("[+] web: {i}\n"))).collect();
    let seen = read_old(&selection(None, Some(2), false), &events);
    seen.outcome.result.unwrap();
    assert_eq!(seen.lines, ["5000 web + 49", "5000 web + 50"]);
}

#[test]
fn who_follows_a_daemon_without_snapshot_loses_nothing_that_did_not_come_in_one_go() {
    let mut events = vec![comes(0, "[+] web: a\n[+] web: b\n"), comes(20, "[+] web: c\n")];
    events.extend((1..30).map(|i| comes(20 + i * 50, &format!("[+] web: {i}\n"))));
    events.push(Closes(2000));
    let seen = read_old(&selection(None, Some(1), true), &events);
    assert!(seen.is_closed());
    assert_eq!(seen.lines.len(), 31);
    assert!(seen.lines[0].ends_with("web + b") && seen.lines[1].ends_with("web + c"), "{:?}", seen.lines);
    assert_eq!(seen.outcome.commands, ["log snapshot", "list"]);
    assert_eq!(read_old(&selection(None, Some(0), true), &events).lines.len(), 30);
}

/// The library does not find the zinit binary, which would tell.
const UNKNOWN_VERSION: &str = "";

#[test]
fn a_daemon_of_unknown_version_ends_the_kept_lines_with_the_connection_or_after_the_io_timeout() {
    let selection = selection(None, Some(1), false);
    let events = [comes(10, "[+] web: a\n"), comes(9000, "[+] web: b\n")];
    let seen = read_of(UNKNOWN_VERSION, answer_all, &selection, &events);
    seen.outcome.result.unwrap();
    assert_eq!(seen.lines, ["10000 web + b"]);
    // As one that can.
    let events = [&events[..], &[Closes(9500)]].concat();
    assert_eq!(read_of(UNKNOWN_VERSION, answer_all, &selection, &events).lines, ["9500 web + b"]);
}

#[test]
fn a_daemon_of_unknown_version_that_is_never_silent_ends_the_kept_lines_after_the_io_timeout() {
    let events: Vec<_> = (1..200).map(|i| comes(i * 100, &format!("[+] web: {i}\n"))).collect();
    let seen = read_of(UNKNOWN_VERSION, answer_all, &selection(None, Some(2), false), &events);
    seen.outcome.result.unwrap();
    assert_eq!(seen.lines, ["10000 web + 99", "10000 web + 100"]);
    // What is printed meanwhile is not lost, and the rest is given as it comes.
    let events = [&events[..], &[Closes(20_000)]].concat();
    let seen = read_of(UNKNOWN_VERSION, answer_all, &selection(None, Some(0), true), &events);
    assert!(seen.is_closed());
    assert_eq!(seen.lines[98..101], ["10000 web + 100", "10100 web + 101", "10200 web + 102"]);
}

#[test]
fn who_follows_gets_the_last_lines_of_the_snapshot_and_then_what_was_not_in_it() {
    let kept = "[+] web: a\n[+] sql: x\n[+] web: b\n";
    for missed in ["", "[+] web: c\n", "[+] web: c\n[+] web: d\n"] {
        let events = [
            comes(0, kept),
            Closes(1),
            comes(2, &format!("{kept}{missed}")),
            comes(90, "[+] web: e\n"),
            comes(9000, "[+] web: f\n"),
            Closes(9001),
        ];
        for last in [0, 1, 2] {
            let seen = read(&selection(Some("web"), Some(last), true), &events);
            assert!(seen.is_closed());
            let lines: Vec<_> = seen.lines.iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
            let missed = missed.lines().map(|line| line.rsplit(' ').next().unwrap());
            let expected: Vec<_> =
                ["a", "b"][2 - last..].iter().copied().chain(missed).chain(["e", "f"]).collect();
            assert_eq!(lines, expected);
            assert_eq!(seen.outcome.commands, ["log snapshot", "status web", "log"]);
        }
    }
}

#[test]
fn lines_that_the_daemon_drops_from_what_it_keeps_do_not_hide_new_ones() {
    let ring: Vec<_> = (0..50).map(|i| format!("[+] web: {}\n", i % 7)).collect();
    for dropped in 0..=50 {
        let new: Vec<_> = (0..dropped).map(|i| format!("[+] web: new {i}\n")).collect();
        let later = [&ring[dropped..], &new[..]].concat().concat();
        let events =
            [comes(0, &ring.concat()), Closes(1), comes(2, &later), comes(3, "[+] web: last\n"), Closes(4)];
        let seen = follow(Some(0), &events);
        assert_eq!(seen.lines.len(), dropped + 1, "{:?}", seen.lines);
        // However it is cut.
        let mut events = vec![comes(0, &ring.concat()), Closes(1)];
        events.extend(later.as_bytes().chunks(9).map(|part| Comes(2, part.to_vec())));
        events.push(Closes(4));
        assert_eq!(follow(Some(0), &events).lines.len(), dropped);
    }
}

#[test]
fn lines_that_are_all_the_same_are_not_given_twice() {
    let ring = "[+] web: tick\n".repeat(100);
    let events = [comes(0, &ring), Closes(1), comes(2, &ring), comes(1000, "[+] web: tick\n"), Closes(1001)];
    assert_eq!(follow(Some(0), &events).lines, ["1000 web + tick"]);
    assert_eq!(follow(Some(3), &events).lines.len(), 4);
}

#[test]
fn a_refusal_that_comes_in_parts_is_the_refusal() {
    let text = refusal("invalid log command arguments");
    for cut in 1..text.len() {
        for (last, is_followed) in [(None, false), (None, true), (Some(3), true)] {
            let (begin, end) = text.split_at(cut);
            let events = [comes(0, begin), comes(50, end), Closes(51)];
            let error = read(&selection(Some("web"), last, is_followed), &events).outcome.result.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Daemon { .. }), "{error}");
        }
    }
}

#[test]
fn a_refusal_that_is_longer_than_a_line_is_a_line() {
    let parts =
        [vec![r#"{"state":"error","body":""#.to_owned()], vec!["x".repeat(10_000); 7], vec!["\"}".into()]];
    for (last, is_followed) in [(None, false), (None, true), (Some(3), true)] {
        let mut events: Vec<_> = parts.concat().iter().map(|part| comes(0, part)).collect();
        events.push(Closes(1));
        let seen = read(&selection(None, last, is_followed), &events);
        assert!(seen.is_closed());
        assert_eq!(seen.lines.len(), 1);
        assert_eq!(seen.lines[0].len(), "1 - +  (cut)".len() + (1 << 16));
    }
}

fn subscribe(events: &[Event]) -> Seen {
    let script = Script { speaks: Protocol::JsonRpc, ..Script::default() };
    let answer = |line: &str| (line == "list").then(|| LIST.to_owned());
    read_from(script, answer, &selection(None, Some(0), true), events)
}

const NOTIFICATION: &str =
    "{\"jsonrpc\":\"2.0\",\"params\":{\"subscription\":1,\"result\":\"[+] web: a\"}}\n";

#[test]
fn a_subscription_that_is_not_confirmed_ends_at_the_io_timeout_whatever_comes() {
    let second = |at: u64| comes(1000 * at, NOTIFICATION);
    let seen = subscribe(&(0..20).map(second).collect::<Vec<_>>());
    assert!(matches!(seen.outcome.result.as_ref().unwrap_err().kind(), ErrorKind::NoReply { .. }));
    assert_eq!(seen.elapsed(), IO_TIMEOUT);
}

#[test]
fn a_subscription_that_is_not_confirmed_keeps_no_more_than_a_reply_may_have() {
    let part = NOTIFICATION.repeat(150);
    let seen = subscribe(&vec![comes(0, &part); 1000]);
    assert!(matches!(seen.outcome.result.unwrap_err().kind(), ErrorKind::ReplyTooLarge { .. }));
    // Behind the confirmation nothing is kept.
    let mut events = vec![comes(0, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}\n")];
    events.extend(vec![comes(0, &part); 1000]);
    events.push(Closes(1));
    let seen = subscribe(&events);
    assert!(seen.is_closed());
    assert_eq!(seen.lines.len(), 150 * 1000);
}

#[test]
fn a_snapshot_without_end_keeps_no_more_than_a_reply_may_have() {
    let lines = "[+] web: a\n".repeat(1 << 18);
    let seen = follow(Some(0), &[comes(0, &lines), comes(2000, "[+] web: tick\n"), Closes(3000)]);
    assert!(seen.is_closed());
    assert_eq!(seen.lines.last().unwrap(), "2000 web + tick");
}

#[test]
fn a_daemon_that_dies_has_given_all_that_came() {
    let events = [comes(0, "[+] web: a\n"), comes(500, "[+] web: b\n[+] web: c"), Closes(501)];
    let seen = follow(None, &events);
    assert!(seen.is_closed());
    assert_eq!(seen.lines[1..], ["500 web + b", "501 web + c (cut)"]);
    // Before it has sent again what it had kept, too.
    let events = [comes(0, "[+] web: a\n[+] web: b\n"), Closes(1), comes(2, "[+] web: a\n"), Closes(3)];
    let seen = follow(Some(1), &events);
    assert!(seen.is_closed());
    assert_eq!(seen.lines[0], "1 web + b");
}

#[test]
fn a_log_that_ends_within_a_line_was_not_all() {
    let seen = snapshot(Some(2), &[comes(0, "[+] web: a\n[+] web: b\n[+] web: "), Closes(1)]);
    assert!(seen.is_closed());
    assert_eq!(seen.lines, ["1 web + b", "1 web +  (cut)"]);
    assert_eq!(seen.elapsed(), Duration::from_millis(1));
}

#[test]
fn more_than_may_be_kept_loses_its_oldest_lines_and_says_how_many() {
    let mut selection = selection(None, None, false);
    let mut lines = LogLines::default();
    for _ in 0..100 {
        lines.push_of_service(b"web: 0000", LineParts { name_len: 3, text_at: 5 }, LogSource::Stdout, false);
    }
    selection.max_bytes = lines.size();
    let text = (0..250).map(|i| format!("[+] web: {i:04}\n")).collect::<Vec<_>>().concat();
    let seen = read(&selection, &[comes(0, &text), Closes(0)]);
    assert_eq!(seen.lines.len(), 101);
    assert_eq!(seen.lines[..2], ["0 - dropped 150 lines dropped", "0 web + 0150"]);

    selection.last = Some(120);
    let seen = read(&selection, &[comes(0, &text), Closes(0)]);
    assert_eq!(seen.lines[..2], ["0 - dropped 20 lines dropped", "0 web + 0150"]);

    // Those that had to go are none of the last.
    selection.last = Some(50);
    let text = format!("[+] web: {}\n{text}", "x".repeat(50_000));
    assert_eq!(read(&selection, &[comes(0, &text), Closes(0)]).lines[0], "0 web + 0200");

    selection.max_bytes = 1;
    let seen = read(&selection, &[comes(0, &text), Closes(0)]);
    assert_eq!(seen.lines, ["0 - dropped 50 lines dropped"]);
}

#[test]
fn lines_that_the_daemon_dropped_are_of_all_services() {
    let events = [comes(0, "[+] sql: a\n[-] zinit: 12 lines dropped\n[+] web: b\n"), Closes(0)];
    let seen = read(&selection(Some("web"), None, true), &events);
    assert_eq!(seen.lines, ["0 - dropped 12 lines dropped", "0 web + b"]);
}

#[test]
fn a_line_without_end_needs_no_more_memory_than_a_long_one() {
    let part = "x".repeat(1 << 16);
    let mut events: Vec<_> = (1..1000).map(|i| comes(i, &part)).collect();
    events[0] = comes(0, "[+] web: ");
    events.push(comes(1000, "\n[+] web: b\n"));
    events.push(Closes(1001));
    let seen = read(&selection(None, None, true), &events);
    let lengths: Vec<_> = seen.lines.iter().map(String::len).collect();
    assert_eq!(lengths, ["1000 web +  (cut)".len() + (1 << 16) - "[+] web: ".len(), "1000 web + b".len()]);
    assert!(seen.lines[0].ends_with("x (cut)"));
}

#[test]
fn the_kept_lines_of_a_daemon_since_0_2_11_end_with_the_connection_however_long_it_is_silent() {
    let events = [comes(0, "[+] web: a\n"), comes(1500, "[+] web: b\n"), Closes(1600)];
    let seen = read_of("0.2.11", answer_all, &selection(None, None, false), &events);
    seen.outcome.result.unwrap();
    assert_eq!(seen.lines, ["1600 web + a", "1600 web + b"]);
}

#[test]
fn the_kept_lines_of_a_daemon_before_0_2_11_end_with_half_a_second_of_silence() {
    let events = [comes(0, "[+] web: a\n"), comes(1500, "[+] web: b\n")];
    let seen = read_old(&selection(None, None, false), &events);
    assert_eq!(seen.lines.len(), 1, "{:?}", seen.lines);
    assert!(seen.elapsed() < Duration::from_secs(1), "{:?}", seen.elapsed());
    seen.outcome.result.unwrap();
}

#[test]
fn who_follows_a_daemon_before_0_2_11_gets_each_line_when_it_comes() {
    let events = [comes(0, "[+] web: a\n"), comes(300, "[+] web: b\n"), Closes(400)];
    let seen = read_old(&selection(None, None, true), &events);
    assert_eq!(seen.lines.last().unwrap(), "300 web + b", "{:?}", seen.lines);
}

#[test]
fn the_kept_lines_of_a_daemon_that_speaks_json_rpc_come_with_one_reply() {
    const KEPT: &str = r#"{"state":"ok","body":["[+] web: a","[-] db: b","[+] web: c"]}"#;
    let answer =
        |line: &str| if line == "stream_currentLogs" { Some(KEPT.to_owned()) } else { answer_all(line) };
    for (name, last, lines) in [
        (None, None, &["0 web + a", "0 db - b", "0 web + c"][..]),
        (None, Some(2), &["0 db - b", "0 web + c"]),
        (Some("web"), None, &["0 web + a", "0 web + c"]),
    ] {
        let json_rpc = Protocol::JsonRpc;
        let script = Script { speaks: json_rpc, learned: Some(json_rpc), ..Script::default() };
        let seen = read_from(script, answer, &selection(name, last, false), &[]);
        assert_eq!(seen.lines, lines);
        seen.outcome.result.unwrap();
    }
}
