//! The operations on zinit 0.3, which is scripted in its own words.

use std::time::Duration;

use crate::client::logs::LogSelection;
use crate::client::{Io, OutputBuffer, Timeout, control, definitions, groups, logs, queries, waits};
use crate::driver::scripted::{Answer, Outcome, Script, run_script};
use crate::error::{ErrorKind, Result};
use crate::model::{LogLines, Name, Service, StateKind, Target, Text};
use crate::protocol::Protocol::Zinit03;

pub(super) fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

pub(super) fn script() -> Script {
    Script { speaks: Zinit03, learned: Some(Zinit03), is_directory_named: false, ..Script::default() }
}

/// Runs an operation on a daemon that is given the time and a request, and gives the result.
pub(super) fn run<T>(
    mut daemon: impl FnMut(Duration, &str) -> String,
    operation: impl AsyncFnOnce(Io<'_>) -> Result<T>,
) -> Outcome<T> {
    run_script(script(), |now, request: &str| Answer::Reply(daemon(now, request)), operation)
}

pub(super) fn detail(service: &str, state: &str) -> String {
    format!(
        r#"{{"dependencies":[],"is_target":false,"name":"{service}","state":{state},"uptime_secs":null}}"#
    )
}

pub(super) fn list(services: &[(&str, &str)]) -> String {
    let element =
        |(name, state): &(&str, &str)| format!(r#"{{"is_target":false,"name":"{name}","state":{state}}}"#);
    format!("[{}]", services.iter().map(element).collect::<Vec<_>>().join(","))
}

pub(super) const RUNNING: &str = r#"{"pid":7,"state":"running"}"#;
pub(super) const STOPPING: &str = r#"{"pid":7,"state":"stopping"}"#;
pub(super) const INACTIVE: &str = r#"{"state":"inactive"}"#;
pub(super) const STOPPED: &str = r#"{"exit_code":null,"state":"exited"}"#;
pub(super) const SUCCEEDED: &str = r#"{"exit_code":0,"state":"exited"}"#;
pub(super) const FAILED: &str = r#"{"reason":{"code":5,"type":"exit_code"},"state":"failed"}"#;
pub(super) const BLOCKED: &str = r#"{"state":"blocked","waiting_on":["db"]}"#;
pub(super) const OK: &str = r#"{"ok":true}"#;
pub(super) const UNKNOWN: &str = "error -32000 service not found";

/// What `service.get` gives of a service that is kept running.
pub(super) const KEPT_RUNNING: &str =
    r#"{"service":{"name":"web","exec":"sleep 9"},"lifecycle":{"restart":"on-failure"}}"#;

/// The requests that change something.
pub(super) fn changes<T>(outcome: &Outcome<T>) -> Vec<&str> {
    let is_change = |request: &&String| {
        let method = request.split(' ').next().unwrap();
        ["service.set", "service.start", "service.stop", "service.restart", "service.kill", "service.delete"]
            .contains(&method)
    };
    outcome.commands.iter().filter(is_change).map(String::as_str).collect()
}

#[test]
fn the_protocol_is_found_out_and_a_command_carried_out_once() {
    for learned in
        [None, Some(crate::protocol::Protocol::Line), Some(crate::protocol::Protocol::JsonRpc), Some(Zinit03)]
    {
        let daemon = |_, request: &str| {
            Answer::Reply(if request == "service.list_full" { "[]" } else { OK }.to_owned())
        };
        let script = Script { learned, ..script() };
        let outcome = run_script(script, daemon, async |io| control::start(io, &name("web")).await);
        assert_eq!(changes(&outcome), ["service.start web"], "{learned:?}");
        assert!(outcome.commands.len() <= 3, "{:?}", outcome.commands);
        outcome.result.unwrap();
    }
}

#[test]
fn the_target_of_a_service_that_has_ended_is_told_by_its_definition() {
    for (state, definition, target, requests) in [
        (RUNNING, "", Target::Up, 1),
        (STOPPING, "", Target::Down, 1),
        (INACTIVE, "", Target::Down, 1),
        (STOPPED, "", Target::Down, 1),
        (BLOCKED, "", Target::Up, 1),
        (SUCCEEDED, KEPT_RUNNING, Target::Down, 2),
        (SUCCEEDED, r#"{"service":{"name":"web","exec":"x","oneshot":true}}"#, Target::Up, 2),
        (
            SUCCEEDED,
            r#"{"service":{"name":"web","exec":"x"},"lifecycle":{"restart":"always"}}"#,
            Target::Up,
            2,
        ),
    ] {
        let daemon = |_, request: &str| match request {
            "service.status_full web" => detail("web", state),
            "service.get web" => definition.to_owned(),
            other => panic!("{other}"),
        };
        let outcome = run(daemon, async |io| queries::status(io, &name("web")).await);
        let status = outcome.result.unwrap();
        assert_eq!((status.target, outcome.commands.len()), (target, requests), "{state} {definition}");
    }
}

#[test]
fn all_statuses_come_with_one_list() {
    let daemon = |_, request: &str| match request {
        "service.list_full" => list(&[("web", RUNNING), ("db", FAILED), ("a", BLOCKED)]),
        other => panic!("{other}"),
    };
    let statuses = run(daemon, queries::statuses).result.unwrap();
    let told: Vec<_> =
        statuses.iter().map(|it| (it.name.as_str(), it.pid, it.state.kind(), it.target)).collect();
    assert_eq!(
        told,
        [
            ("a", 0, StateKind::Blocked, Target::Up),
            ("db", 0, StateKind::Error, Target::Up),
            ("web", 7, StateKind::Running, Target::Up),
        ]
    );
}

#[test]
fn a_service_that_ran_is_stopped_once_it_has_ended() {
    let mut state = RUNNING;
    let daemon = |now: Duration, request: &str| {
        if request == "service.stop web" {
            state = STOPPING;
            return OK.to_owned();
        }
        if state == STOPPING && now > Duration::from_millis(300) {
            state = STOPPED;
        }
        detail("web", state)
    };
    let outcome = run(daemon, async |io| {
        waits::stop_wait(io, &name("web"), Timeout::Limited(Duration::from_secs(9))).await
    });
    outcome.result.as_ref().unwrap();
    assert_eq!(changes(&outcome), ["service.stop web"]);
    assert!(outcome.elapsed < Duration::from_millis(700), "{:?}", outcome.elapsed);
}

/// A service that waits for its next start, which comes after 5 s, and runs for 300 ms then.
fn crashing(now: Duration, stops: &[Duration]) -> &'static str {
    let runs = Duration::from_secs(5)..Duration::from_millis(5300);
    match stops.iter().any(|stop| runs.contains(stop)) {
        true if stops.last().is_some_and(|stop| now > *stop + Duration::from_millis(50)) => STOPPED,
        true => STOPPING,
        false if runs.contains(&now) => RUNNING,
        false if now >= runs.end => FAILED,
        false if stops.is_empty() => FAILED,
        false => INACTIVE,
    }
}

#[test]
fn a_service_that_waits_for_its_next_start_is_told_again_when_it_runs() {
    let graph = r#"{"output":"[X] web - Failed (x)\n    restart_count: 3, next_delay: 8000ms\n"}"#;
    let mut stops = Vec::new();
    let daemon = |now: Duration, request: &str| match request {
        "service.stop web" => {
            stops.push(now);
            OK.to_owned()
        }
        "debug.state" => graph.to_owned(),
        _ => detail("web", crashing(now, &stops)),
    };
    let outcome = run(daemon, async |io| {
        waits::stop_wait(io, &name("web"), Timeout::Limited(Duration::from_secs(20))).await
    });
    outcome.result.as_ref().unwrap();
    assert_eq!(changes(&outcome), ["service.stop web"; 2]);
    assert!(
        outcome.elapsed > Duration::from_secs(5) && outcome.elapsed < Duration::from_secs(6),
        "{:?}",
        outcome.elapsed
    );
}

#[test]
fn a_service_that_could_still_be_started_is_not_stopped_when_the_time_is_up() {
    let graph = r#"{"output":"[X] web - Failed (x)\n    restart_count: 9, next_delay: 300000ms\n"}"#;
    let mut is_stopped = false;
    let daemon = |_, request: &str| match request {
        "service.stop web" => {
            is_stopped = true;
            OK.to_owned()
        }
        "debug.state" => graph.to_owned(),
        _ => detail("web", if is_stopped { INACTIVE } else { FAILED }),
    };
    let outcome = run(daemon, async |io| {
        waits::stop_wait(io, &name("web"), Timeout::Limited(Duration::from_secs(2))).await
    });
    let error = outcome.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout { .. }), "{error}");
    assert!(error.to_string().contains("may do so within 301 s"), "{error}");
}

#[test]
fn a_start_is_believed_only_when_the_service_runs() {
    for (state, is_failure) in [
        (INACTIVE, true),
        (SUCCEEDED, true),
        (r#"{"reason":{"dependency":"db","type":"missing_dependency"},"state":"failed"}"#, true),
        (BLOCKED, false),
    ] {
        let daemon = |now: Duration, request: &str| match request {
            "service.get web" => KEPT_RUNNING.to_owned(),
            "service.start web" => OK.to_owned(),
            _ if now.is_zero() => detail("web", INACTIVE),
            _ => detail("web", state),
        };
        let outcome = run(daemon, async |io| {
            waits::start_wait(io, &name("web"), Timeout::Limited(Duration::from_secs(5))).await
        });
        let error = outcome.result.unwrap_err();
        let is_expected = match error.kind() {
            ErrorKind::ServiceFailed { .. } => is_failure,
            ErrorKind::Timeout { .. } => !is_failure,
            _ => false,
        };
        assert!(is_expected, "{state}: {error}");
    }
}

/// A daemon with these services, in this order, each running after those behind its state.
pub(super) fn daemon_with(
    services: &'static [(&'static str, &'static str, &'static str)],
) -> impl FnMut(Duration, &str) -> String {
    move |_, request| match request.split_once(' ').unwrap_or((request, "")) {
        ("service.list_full", _) => {
            list(&services.iter().map(|(name, state, _)| (*name, *state)).collect::<Vec<_>>())
        }
        ("service.status_full", name) => match services.iter().find(|(known, ..)| *known == name) {
            None => UNKNOWN.to_owned(),
            Some((name, state, "")) => detail(name, state),
            Some((name, state, after)) => detail(name, state).replace(
                "[]",
                &format!(
                    r#"[{{"dep_type":"requires","name":"{after}","satisfied":true,"state":{RUNNING}}}]"#
                ),
            ),
        },
        ("debug.state", _) => r#"{"output":""}"#.to_owned(),
        ("service.set", _) => r#"{"name":"web","path":"x","warnings":[]}"#.to_owned(),
        _ => OK.to_owned(),
    }
}

/// What is done to the service web.
pub(super) type Operation = fn(Io<'_>) -> std::pin::Pin<Box<dyn Future<Output = Result<()>> + '_>>;

const REPLACING: [(&str, Operation); 5] = [
    ("add", |io| Box::pin(async move { definitions::add_service(io, &name("web"), &definition()).await })),
    ("remove", |io| Box::pin(async move { definitions::remove_service(io, &name("web")).await })),
    ("forget", |io| Box::pin(async move { control::forget(io, &name("web")).await })),
    ("deploy", |io| {
        Box::pin(async move {
            waits::deploy(io, &name("web"), &definition(), Timeout::Unlimited, Timeout::NONE).await
        })
    }),
    ("destroy", |io| {
        Box::pin(async move { groups::destroy_services(io, &[name("web")], Timeout::Unlimited).await })
    }),
];

fn definition() -> Service {
    Service::from_yaml(b"exec: sleep 9\n").unwrap()
}

#[test]
fn what_the_daemon_would_do_wrong_is_refused_before_anything_is_changed() {
    for services in [
        // Not the last.
        &[("web", STOPPED, ""), ("z", RUNNING, "")][..],
        // Another one depends on it.
        &[("a", RUNNING, "web"), ("web", STOPPED, "")][..],
        // It depends on itself.
        &[("web", STOPPED, "web")][..],
    ] {
        for (what, operation) in REPLACING {
            let outcome = run(daemon_with(services), async |io| operation(io).await);
            let error = outcome.result.as_ref().expect_err(what);
            let is_refused = matches!(error.kind(), ErrorKind::NotSupported { .. })
                || error.to_string().contains("zinit 0.3");
            assert!(is_refused, "{what}: {error}");
            assert_eq!(changes(&outcome), [""; 0], "{what}");
        }
    }
}

#[test]
fn the_last_service_is_replaced_and_removed_when_it_has_stopped() {
    let services = &[("a", RUNNING, ""), ("web", STOPPED, "a")];
    for (what, expected) in [
        ("add", &["service.delete web", "service.set"][..]),
        ("remove", &["service.delete web"]),
        ("forget", &["service.delete web"]),
        ("deploy", &["service.stop web", "service.delete web"]),
        ("destroy", &["service.stop web", "service.delete web"]),
    ] {
        let (_, operation) = REPLACING.into_iter().find(|(known, _)| *known == what).unwrap();
        let outcome = run(daemon_with(services), async |io| operation(io).await);
        let changes = changes(&outcome);
        assert!(changes.len() >= expected.len(), "{what}: {changes:?} {:?}", outcome.result);
        for (change, expected) in changes.iter().zip(expected) {
            assert!(change.starts_with(expected), "{what}: {changes:?}");
        }
    }
}

#[test]
fn a_service_that_runs_is_neither_forgotten_nor_replaced() {
    for what in ["add", "remove", "forget"] {
        let (_, operation) = REPLACING.into_iter().find(|(known, _)| *known == what).unwrap();
        let outcome = run(daemon_with(&[("web", RUNNING, "")]), async |io| operation(io).await);
        let error = outcome.result.as_ref().expect_err(what);
        assert!(matches!(error.kind(), ErrorKind::ServiceUp { .. }), "{what}: {error}");
        assert_eq!(changes(&outcome), [""; 0], "{what}");
    }
}

#[test]
fn a_new_service_is_added_with_its_definition() {
    let outcome = run(daemon_with(&[("a", RUNNING, "")]), async |io| {
        definitions::add_service(io, &name("web"), &definition()).await
    });
    outcome.result.as_ref().unwrap();
    assert_eq!(changes(&outcome), [r#"service.set {"service":{"exec":"sleep 9","name":"web"}}"#]);
}

#[test]
fn stats_have_the_processes_below_and_none_of_a_service_that_is_down() {
    for (pid, is_up) in [(7, true), (0, false)] {
        let daemon = |_, request: &str| match request {
            "service.stats web" => format!(r#"{{"cpu_percent":0.0,"memory_bytes":5,"pid":{pid}}}"#),
            "service.children web" => {
                r#"{"children":[{"memory_bytes":3,"name":"sleep","pid":8}]}"#.to_owned()
            }
            other => panic!("{other}"),
        };
        match run(daemon, async |io| queries::stats(io, &name("web")).await).result {
            Ok(stats) => {
                assert!(is_up);
                assert_eq!((stats.process.pid, stats.process.memory), (7, 5));
                assert_eq!(stats.children.iter().map(|it| (it.pid, it.memory)).collect::<Vec<_>>(), [(8, 3)]);
            }
            Err(error) => assert!(!is_up && matches!(error.kind(), ErrorKind::ServiceDown { .. }), "{error}"),
        }
    }
}

#[test]
fn the_daemon_tells_its_version_itself() {
    let daemon = |_, request: &str| match request {
        "system.ping" => r#"{"version":"0.3.9"}"#.to_owned(),
        "service.list_full" => "[]".to_owned(),
        other => panic!("{other}"),
    };
    for (learned, binary) in [(Some(Zinit03), "0.2.14"), (Some(Zinit03), "none")] {
        let script = Script { learned, version: binary, ..script() };
        let daemon = |now, request: &str| Answer::Reply(daemon(now, request));
        let version = run_script(script, daemon, async |io| queries::version(io).await).result.unwrap();
        assert_eq!(version.text.as_str(), "0.3.9");
    }
}

pub(super) fn kept(lines: &[(u64, &str)]) -> String {
    let line = |(time, text): &(u64, &str)| {
        format!(r#"{{"content":"{text}","service":"web","stream":"stdout","timestamp_ms":{time}}}"#)
    };
    format!("[{}]", lines.iter().map(line).collect::<Vec<_>>().join(","))
}

pub(super) fn texts(lines: &OutputBuffer<LogLines>) -> Vec<String> {
    let mut taken = std::collections::VecDeque::new();
    lines.drain_into(&mut taken);
    taken
        .iter()
        .flat_map(LogLines::iter)
        .map(|line| String::from_utf8_lossy(line.text()).into_owned())
        .collect()
}

#[test]
fn the_kept_lines_of_all_services_come_in_the_order_of_their_times() {
    let daemon = |_, request: &str| match request.split_once(' ').unwrap_or((request, "")) {
        ("service.list_full", _) => list(&[("web", RUNNING), ("db", RUNNING)]),
        ("logs.tail", rest) if rest.starts_with("web ") => kept(&[(1, "a"), (5, "d"), (5, "e")]),
        ("logs.tail", _) => kept(&[(2, "b"), (3, "c")]),
        (other, _) => panic!("{other}"),
    };
    for (last, expected) in [(None, &["a", "b", "c", "d", "e"][..]), (Some(2), &["d", "e"])] {
        let lines = OutputBuffer::default();
        let selection = LogSelection { name: None, last, follow: false, max_bytes: 1 << 20 };
        run(daemon, async |io| logs::logs(io, &selection, &lines).await).result.unwrap();
        assert_eq!(texts(&lines), expected);
    }
}

#[test]
fn a_log_that_is_followed_gives_each_new_line_once() {
    // The same line twice in one millisecond is two lines.
    let all = [(1, "a"), (2, "b"), (2, "b"), (9, "c"), (9, "c"), (9, "d")];
    let mut looks = 0;
    let daemon = |_, request: &str| match request.split_once(' ').unwrap_or((request, "")) {
        ("service.status_full", _) => detail("web", RUNNING),
        ("logs.tail", _) => {
            looks += 1;
            match looks {
                1 => kept(&all[..1]),
                2 | 3 => kept(&all[..2]),
                4 => kept(&all[..5]),
                5 => kept(&all[2..]),
                _ => "error -32603 supervisor not available".to_owned(),
            }
        }
        (other, _) => panic!("{other}"),
    };
    let lines = OutputBuffer::default();
    let selection = LogSelection { name: Some(name("web")), last: None, follow: true, max_bytes: 1 << 20 };
    let outcome = run(daemon, async |io| logs::logs(io, &selection, &lines).await);
    assert!(matches!(
        outcome.result.unwrap_err().kind(),
        ErrorKind::ShuttingDown { .. } | ErrorKind::Daemon { .. }
    ));
    assert_eq!(texts(&lines), ["a", "b", "b", "c", "c", "d"]);
}

#[test]
fn lines_that_were_lost_between_two_looks_are_marked() {
    let mut looks = 0;
    let daemon = |_, request: &str| match request.split_once(' ').unwrap_or((request, "")) {
        ("service.status_full", _) => detail("web", RUNNING),
        ("logs.tail", _) => {
            looks += 1;
            match looks {
                1 => kept(&[(1, "a")]),
                2 => kept(&[(7, "y"), (8, "z")]),
                _ => "error -32603 supervisor not available".to_owned(),
            }
        }
        (other, _) => panic!("{other}"),
    };
    let lines = OutputBuffer::default();
    let selection = LogSelection { name: Some(name("web")), last: None, follow: true, max_bytes: 1 << 20 };
    let _ = run(daemon, async |io| logs::logs(io, &selection, &lines).await).result;
    assert_eq!(texts(&lines), ["a", "lines of \"web\" dropped", "y", "z"]);
}

#[test]
fn a_definition_is_read_from_the_daemon_with_its_own_keys() {
    let daemon = |_, request: &str| match request {
        "service.get web" => KEPT_RUNNING.to_owned(),
        _ => detail("web", RUNNING),
    };
    let service = run(daemon, async |io| queries::get(io, &name("web")).await).result.unwrap();
    assert_eq!(service.exec().map(Text::as_str), Some("sleep 9"));
    assert!(service.to_yaml().unwrap().contains("lifecycle: {restart: on-failure}"));
}
