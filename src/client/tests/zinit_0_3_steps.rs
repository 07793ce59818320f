//! What zinit 0.3 has no request for, and is done in steps, where a step does not go as it should.

use std::collections::VecDeque;
use std::fs;
use std::time::Duration;

use super::world::Directory;
use super::zinit_0_3::{
    BLOCKED, INACTIVE, OK, RUNNING, STOPPED, STOPPING, SUCCEEDED, UNKNOWN, changes, daemon_with, detail,
    kept, list, name, run, script, texts,
};
use crate::client::logs::LogSelection;
use crate::client::{Io, OutputBuffer, Timeout, control, definitions, logs, queries, waits};
use crate::config_directory::ConfigDirectory;
use crate::driver::scripted::{Answer, Script, run_script};
use crate::error::ErrorKind;
use crate::model::{LogLines, LogSource, Signal, Target};
use crate::protocol::Protocol::Line;

const GOING_DOWN: &str = "error -32603 supervisor not available";

#[test]
fn a_service_is_monitored_with_its_file_where_the_caller_has_named_the_directory() {
    let directory = Directory::new();
    fs::write(directory.file("web"), "exec: sleep 9\n").unwrap();
    fs::write(directory.file("broken"), "exec: [\n").unwrap();
    let monitor = |service: &'static str, is_directory_named: bool| {
        let script =
            Script { directory: ConfigDirectory::new(directory.path()), is_directory_named, ..script() };
        let mut daemon = daemon_with(&[("a", RUNNING, "")]);
        let daemon = move |now, request: &str| Answer::Reply(daemon(now, request));
        run_script(script, daemon, async |io| control::monitor(io, &name(service)).await)
    };
    let monitored = monitor("web", true);
    monitored.result.as_ref().unwrap();
    assert!(
        matches!(changes(&monitored)[..], [set] if set.starts_with("service.set ") && set.contains("sleep 9"))
    );
    for (service, is_directory_named, why) in [
        ("web", false, "zinit 0.3 reads its directory only when it begins: add the service, which starts it"),
        ("broken", true, "broken.yaml"),
        ("missing", true, "missing.yaml"),
    ] {
        let refused = monitor(service, is_directory_named);
        assert_eq!(changes(&refused), [""; 0]);
        let error = refused.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ConfigRefused { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
    let known = monitor("a", true);
    assert_eq!(changes(&known), [""; 0]);
    assert!(matches!(known.result.unwrap_err().kind(), ErrorKind::AlreadyMonitored { .. }));
}

#[test]
fn a_service_is_monitored_only_where_the_daemon_says_that_it_does_not_know_it() {
    let directory = Directory::new();
    fs::write(directory.file("web"), "exec: sleep 9\n").unwrap();
    let script =
        Script { directory: ConfigDirectory::new(directory.path()), is_directory_named: true, ..script() };
    let daemon = |_, _: &str| Answer::Reply(GOING_DOWN.to_owned());
    let outcome = run_script(script, daemon, async |io| control::monitor(io, &name("web")).await);
    assert_eq!(outcome.commands.len(), 1);
    assert!(!matches!(outcome.result.unwrap_err().kind(), ErrorKind::AlreadyMonitored { .. }));
}

#[test]
fn a_definition_that_is_not_there_is_removed_already() {
    let remove = async |io: Io<'_>| definitions::remove_service(io, &name("web")).await;
    let outcome = run(daemon_with(&[("a", RUNNING, "")]), remove);
    outcome.result.as_ref().unwrap();
    assert_eq!(changes(&outcome), [""; 0]);
}

#[test]
fn a_stop_is_told_twenty_times_while_its_process_has_just_ended_and_once_where_it_is_refused_otherwise() {
    let esrch = "error -32603 signal error for service '' (signal SIGTERM): ESRCH: No such process";
    for (refusal, times) in [(esrch, 20), (GOING_DOWN, 1)] {
        let daemon = |_, request: &str| match request {
            "service.stop web" => refusal.to_owned(),
            _ => detail("web", RUNNING),
        };
        let outcome = run(daemon, async |io| control::stop(io, &name("web")).await);
        assert_eq!(changes(&outcome).len(), times, "{:?}", outcome.result);
    }
}

#[test]
fn a_service_that_waited_for_another_one_is_stopped_when_it_has_stayed_so_for_a_second() {
    let mut is_told = false;
    let daemon = |_, request: &str| match request {
        "service.stop web" => {
            is_told = true;
            OK.to_owned()
        }
        _ => detail("web", if is_told { INACTIVE } else { BLOCKED }),
    };
    let outcome = run(daemon, async |io| waits::stop_wait(io, &name("web"), Timeout::Unlimited).await);
    outcome.result.unwrap();
    assert!(outcome.elapsed >= Duration::from_secs(1), "{:?}", outcome.elapsed);
}

#[test]
fn what_was_not_known_to_be_zinit_0_3_is_done_in_steps_too() {
    let daemon = |_, request: &str| {
        Answer::Reply(match request {
            "service.list_full" => "[]".to_owned(),
            "service.status_full web" => detail("web", RUNNING),
            _ => OK.to_owned(),
        })
    };
    let script = Script { learned: None, ..script() };
    let term = Signal::parse("SIGTERM").unwrap();
    let outcome = run_script(script, daemon, async |io| control::kill(io, &name("web"), term).await);
    outcome.result.as_ref().unwrap();
    assert!(matches!(changes(&outcome)[..], [kill] if kill.starts_with("service.kill web")));
}

#[test]
fn a_daemon_that_is_not_zinit_0_3_any_more_is_told_once() {
    let term = Signal::parse("SIGTERM").unwrap();
    let status = r#"{"state":"ok","body":{"name":"web","pid":7,"state":"Running","target":"Up","after":{}}}"#;
    for (reply, is_known) in
        [(status, true), (r#"{"state":"error","body":"service name \"web\" unknown"}"#, false)]
    {
        let daemon = |_, line: &str| {
            let done = r#"{"state":"ok","body":null}"#;
            Answer::Reply(if line == "status web" { reply } else { done }.to_owned())
        };
        let script = Script { speaks: Line, ..script() };
        let outcome = run_script(script, daemon, async |io| control::kill(io, &name("web"), term).await);
        let told = outcome.commands.iter().filter(|command| *command == "kill web SIGTERM").count();
        assert_eq!(told, usize::from(is_known), "{:?}", outcome.commands);
        match outcome.result {
            Ok(()) => assert!(is_known),
            Err(error) => assert!(error.kind().is_unknown_service() && !is_known, "{error}"),
        }
    }
}

#[test]
fn a_service_whose_definition_has_gone_meanwhile_is_left_out_of_the_statuses() {
    for (answer, is_left_out) in [(UNKNOWN, true), (GOING_DOWN, false)] {
        let daemon = |_, request: &str| match request {
            "service.list_full" => list(&[("a", SUCCEEDED), ("web", RUNNING)]),
            "service.get a" => answer.to_owned(),
            other => panic!("{other}"),
        };
        let told = run(daemon, queries::statuses).result.map(|statuses| {
            statuses.iter().map(|status| (status.name.to_string(), status.target)).collect::<Vec<_>>()
        });
        assert_eq!(told.ok(), is_left_out.then(|| vec![("web".to_owned(), Target::Up)]));
    }
}

#[test]
fn a_service_that_is_forgotten_while_it_is_looked_at_depends_on_nothing() {
    for (answer, is_removed) in [(UNKNOWN, true), (GOING_DOWN, false)] {
        let mut daemon = daemon_with(&[("b", RUNNING, ""), ("web", STOPPED, "")]);
        let daemon = |now, request: &str| match request {
            "service.status_full b" => answer.to_owned(),
            _ => daemon(now, request),
        };
        let outcome = run(daemon, async |io| control::forget(io, &name("web")).await);
        assert_eq!(outcome.result.is_ok(), is_removed, "{:?}", outcome.result);
        assert_eq!(changes(&outcome).len(), usize::from(is_removed));
    }
}

#[test]
fn a_service_that_ends_or_waits_is_not_taken_out() {
    for services in [&[("web", STOPPING, "")], &[("web", BLOCKED, "")]] {
        let outcome = run(daemon_with(services), async |io| control::forget(io, &name("web")).await);
        assert_eq!(changes(&outcome), [""; 0]);
        assert!(matches!(outcome.result.unwrap_err().kind(), ErrorKind::ServiceUp { .. }));
    }
}

fn selection(service: Option<&str>, last: Option<usize>) -> LogSelection {
    LogSelection { name: service.map(name), last, follow: true, max_bytes: 1 << 20 }
}

#[test]
fn who_follows_a_log_from_its_last_line_on_gets_no_earlier_one() {
    let all = [(1, "a"), (2, "b"), (3, "c"), (4, "d")];
    let mut looks = 0;
    let daemon = |_, request: &str| {
        Answer::Reply(match request.split_once(' ').unwrap_or((request, "")) {
            ("service.status_full", _) => detail("web", RUNNING),
            ("logs.tail", rest) => {
                looks += 1;
                let there = match looks {
                    1 => &all[..3],
                    2 => &all[..],
                    _ => return Answer::NotRunning,
                };
                let most: usize = rest.split_once(' ').unwrap().1.parse().unwrap();
                kept(&there[there.len().saturating_sub(most)..])
            }
            (other, _) => panic!("{other}"),
        })
    };
    let (lines, selection) = (OutputBuffer::default(), selection(Some("web"), Some(1)));
    let outcome = run_script(script(), daemon, async |io| logs::logs(io, &selection, &lines).await);
    assert_eq!(texts(&lines), ["c", "d"]);
    // A daemon that is not there any more has ended the log.
    assert!(matches!(outcome.result.unwrap_err().kind(), ErrorKind::Closed { .. }));
}

#[test]
fn a_service_that_is_forgotten_between_two_looks_has_no_lines_and_ends_no_log() {
    let mut looks = 0;
    let daemon = |_, request: &str| match request.split_once(' ').unwrap_or((request, "")) {
        ("service.list_full", _) => list(&[("db", RUNNING), ("web", RUNNING)]),
        ("logs.tail", rest) if rest.starts_with("db ") => UNKNOWN.to_owned(),
        ("logs.tail", _) => {
            looks += 1;
            match looks {
                1 => "[]".to_owned(),
                2 => kept(&[(5, "a")]).replace("stdout", "stderr"),
                _ => GOING_DOWN.to_owned(),
            }
        }
        (other, _) => panic!("{other}"),
    };
    let (lines, selection) = (OutputBuffer::default(), selection(None, None));
    let _ = run(daemon, async |io| logs::logs(io, &selection, &lines).await).result;
    let mut taken = VecDeque::new();
    lines.drain_into(&mut taken);
    let told: Vec<_> =
        taken.iter().flat_map(LogLines::iter).map(|line| (line.source(), line.text())).collect();
    assert_eq!(told, [(LogSource::Stderr, b"a".as_slice())]);
}

#[test]
fn a_log_is_looked_at_often_while_lines_come_and_seldom_while_none_do() {
    let ms = Duration::from_millis;
    let mut looks = Vec::new();
    let daemon = |now: Duration, request: &str| match request.split_once(' ').unwrap_or((request, "")) {
        ("service.status_full", _) => detail("web", RUNNING),
        ("logs.tail", _) => {
            looks.push(now);
            match now.as_secs() {
                0..10 => "[]".to_owned(),
                10..20 => kept(&[(1, "a")]),
                _ => GOING_DOWN.to_owned(),
            }
        }
        (other, _) => panic!("{other}"),
    };
    let (lines, selection) = (OutputBuffer::default(), selection(Some("web"), None));
    let _ = run(daemon, async |io| logs::logs(io, &selection, &lines).await).result;
    let came = looks.iter().position(|look| *look >= ms(10_000)).unwrap();
    for (index, pair) in looks.windows(2).enumerate() {
        let since = pair[0].saturating_sub(if index < came { Duration::ZERO } else { looks[came] });
        assert_eq!(pair[1].saturating_sub(pair[0]), (since / 10).clamp(ms(50), ms(500)), "at {:?}", pair[0]);
    }
}

#[test]
fn a_service_that_ran_and_that_somebody_else_starts_is_not_stopped_again() {
    let mut looks = 0;
    let daemon = |_, request: &str| match request {
        "service.stop web" => {
            looks = 1;
            OK.to_owned()
        }
        _ if looks == 0 => detail("web", RUNNING),
        _ => {
            looks += 1;
            detail("web", if looks < 9 { STOPPING } else { RUNNING })
        }
    };
    let outcome = run(daemon, async |io| waits::stop_wait(io, &name("web"), Timeout::Unlimited).await);
    assert_eq!(changes(&outcome), ["service.stop web"]);
    let error = outcome.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TargetChanged { target: "Up" }), "{error}");
}

#[test]
fn a_call_that_is_over_leaves_its_turn_to_the_next() {
    // Another test may have its turn meanwhile, but not each time.
    let is_free = |_| {
        let outcome = run(daemon_with(&[("a", RUNNING, "")]), async |io| {
            definitions::remove_service(io, &name("web")).await?;
            definitions::remove_service(io, &name("web")).await
        });
        outcome.result.unwrap();
        outcome.elapsed.is_zero()
    };
    assert!((0..1000).any(is_free));
}
