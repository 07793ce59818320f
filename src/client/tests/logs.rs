//! Which lines of the log come, and when: on the scripted driver, where silence takes no time.

use std::collections::VecDeque;
use std::env;
use std::hash::{DefaultHasher, Hasher};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::commands::refusal;
use crate::client::logs::{LogSelection, logs};
use crate::client::{Heard, OutputBuffer};
use crate::driver::scripted::{Answer, IO_TIMEOUT, Outcome, Script, run_stream};
use crate::error::ErrorKind;
use crate::model::{LogLine, LogLines, LogSource, Name};

const WEB: &str =
    r#"{"state":"ok","body":{"after":{},"name":"web","pid":7,"state":"Running","target":"Up"}}"#;
const LIST: &str = r#"{"state":"ok","body":{"web":"Running"}}"#;

/// What happens on the connection that stays open.
#[derive(Clone)]
enum Event {
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
struct Seen {
    outcome: Outcome<()>,
    lines: Vec<String>,
}

impl Seen {
    fn is_closed(&self) -> bool {
        self.outcome.result.as_ref().is_err_and(|error| matches!(error.kind(), ErrorKind::Closed { .. }))
    }

    fn elapsed(&self) -> Duration {
        self.outcome.elapsed
    }
}

fn selection(name: Option<&str>, last: Option<usize>, follow: bool) -> LogSelection {
    LogSelection { name: name.map(|name| Name::new(name).unwrap()), last, follow, max_bytes: 1 << 20 }
}

fn follow(last: Option<usize>, events: &[Event]) -> Seen {
    read(&selection(None, last, true), events)
}

fn snapshot(last: Option<usize>, events: &[Event]) -> Seen {
    read(&selection(None, last, false), events)
}

/// As `read`, from a daemon before 0.2.11, which goes on behind a snapshot.
fn read_old(selection: &LogSelection, events: &[Event]) -> Seen {
    read_of("0.2.10", answer_all, selection, events)
}

fn read(selection: &LogSelection, events: &[Event]) -> Seen {
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
    let output = OutputBuffer::default();
    let mut lines = Vec::new();
    let mut note = |at: Duration| {
        let mut taken = VecDeque::new();
        output.drain_into(&mut taken);
        lines.extend(taken.iter().map(|line| format!("{} {}", at.as_millis(), describe(line))));
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
        Script { version, ..Script::default() },
        |_, line| answer(line).map_or(Answer::Mute, Answer::Reply),
        &mut connection,
        async |io| logs(io, selection, &output).await,
    );
    note(outcome.elapsed);
    Seen { outcome, lines }
}

fn describe(line: &LogLine) -> String {
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
    for (name, question) in [(Some("web"), "status web"), (None, "list")] {
        let seen = read_of("0.2.14", |_| None, &selection(name, Some(1), true), &[]);
        assert!(matches!(seen.outcome.result.unwrap_err().kind(), ErrorKind::NoReply { .. }));
        assert_eq!(seen.outcome.elapsed, IO_TIMEOUT);
        let rpc = |_: &str| Some(r#"{"jsonrpc":"2.0","error":{"code":-32700},"id":null}"#.to_owned());
        let seen = read_of("0.2.14", rpc, &selection(name, None, true), &[]);
        assert!(matches!(seen.outcome.result.unwrap_err().kind(), ErrorKind::Protocol { .. }));
        assert_eq!(seen.outcome.commands, [question]);
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
    lines.push(b"web", LogSource::Stdout, b"0000", false);
    selection.max_bytes = 100 * lines.take_all().next().unwrap().size();
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

/// Numbers that are the same for the same seed.
struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    /// From 0 up to the limit, without it.
    fn below(&mut self, limit: usize) -> usize {
        self.drawn += 1;
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.seed);
        hasher.write_u64(self.drawn);
        usize::try_from(hasher.finish() % limit as u64).unwrap()
    }

    /// Lines of two services: no two the same, or of few texts, so that many are.
    fn lines(&mut self, kind: &str, most: usize, is_repeating: bool) -> Vec<String> {
        let count = self.below(most + 1);
        let mut line = |number: usize| {
            let service = ["web", "sql"][self.below(2)];
            let text = if is_repeating { self.below(2).to_string() } else { format!("{kind} {number}") };
            format!("[+] {service}: {text}\n")
        };
        (0..count).map(&mut line).collect()
    }

    /// Sends lines in random parts with random stalls. The clock is behind the last one then.
    fn send(&mut self, lines: &[String], clock: &mut u64, events: &mut Vec<Event>) {
        let bytes = lines.concat().into_bytes();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (part, behind) = rest.split_at(rest.len().min(1 + self.below(90)));
            events.push(Comes(*clock, part.to_vec()));
            // Within the time for one exchange.
            *clock += [0, 0, self.below(20), self.below(300), self.below(9900)][self.below(5)] as u64;
            rest = behind;
        }
    }
}

/// Runs a case for each of many seeds; `SEED=n COUNT=n` says which.
fn for_each_seed(case: impl Fn(&mut Random)) {
    let setting = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let first = setting("SEED").unwrap_or_else(now);
    for seed in first..first + setting("COUNT").unwrap_or(300) {
        // Seen only where the case fails.
        println!("SEED={seed} COUNT=1");
        case(&mut Random { seed, drawn: 0 });
    }
}

/// The lines of the service that is asked for, as they are described.
fn wanted(lines: &[String], name: Option<&str>) -> Vec<String> {
    let described =
        lines.iter().map(|line| line.trim_start_matches("[+] ").trim_end().replacen(": ", " + ", 1));
    described.filter(|line| name.is_none_or(|name| line.starts_with(name))).collect()
}

/// Without their times.
fn texts(seen: &Seen) -> Vec<String> {
    seen.lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

#[test]
fn who_follows_gets_the_last_kept_lines_and_each_new_line_once_whatever_comes_when() {
    for_each_seed(|random| {
        let is_repeating = random.below(2) == 0;
        let kept = random.lines("kept", 40, is_repeating);
        // Which of two equal lines were dropped, nobody can tell.
        let room = if is_repeating { 1000 } else { kept.len() + random.below(10) };
        let missed = random.lines("missed", room.min(60), is_repeating);
        let new = random.lines("new", 20, is_repeating);
        let name = [None, Some("web")][random.below(2)];
        let last = random.below(kept.len() + 3);

        let (mut events, mut clock) = (Vec::new(), random.below(200) as u64);
        random.send(&kept, &mut clock, &mut events);
        events.push(Closes(clock));
        let kept_later = [kept.clone(), missed.clone()].concat();
        random.send(&kept_later[kept_later.len().saturating_sub(room)..], &mut clock, &mut events);
        random.send(&new, &mut clock, &mut events);
        events.push(Closes(clock));
        let seen = read(&selection(name, Some(last), true), &events);

        assert!(seen.is_closed());
        let kept = wanted(&kept, name);
        let last_kept = &kept[kept.len().saturating_sub(last)..];
        assert_eq!(texts(&seen), [last_kept, &wanted(&missed, name), &wanted(&new, name)].concat());
    });
}

#[test]
fn who_follows_a_daemon_without_snapshot_gets_all_that_is_printed_behind_the_kept_lines() {
    for_each_seed(|random| {
        let (kept, new) = (random.lines("kept", 40, false), random.lines("new", 20, false));
        let name = [None, Some("web")][random.below(2)];
        let last = random.below(kept.len() + 3);

        let (mut events, mut clock) = (Vec::new(), random.below(100) as u64);
        random.send(&kept, &mut clock, &mut events);
        // What comes in one go with the kept lines counts as kept; where there are none, what comes in the first 100 ms.
        clock = if kept.is_empty() { 101 } else { clock + 1 };
        random.send(&new, &mut clock, &mut events);
        // An end within the first 100 ms would be that of a snapshot.
        events.push(Closes(clock + 200));
        let seen = read_old(&selection(name, Some(last), true), &events);

        assert!(seen.is_closed());
        let (seen, kept, new) = (texts(&seen), wanted(&kept, name), wanted(&new, name));
        let Some(seen_kept) = seen.strip_suffix(new.as_slice()) else {
            panic!("{seen:?} lacks some of {new:?}")
        };
        assert!(kept.ends_with(seen_kept) && seen_kept.len() >= last.min(kept.len()), "{seen:?} of {kept:?}");
    });
}
