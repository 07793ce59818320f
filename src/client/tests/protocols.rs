//! Which protocol the daemon speaks is found out, and found out anew, and nothing is done twice.

use std::time::Duration;

use crate::client::{Io, Timeout, control, queries, waits};
use crate::driver::scripted::{Answer, Answered, Outcome, Script, run_script};
use crate::error::ErrorKind;
use crate::model::{Name, Service};
use crate::protocol::Protocol::{self, JsonRpc, Line};

const PROBE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"service_list"}"#;

const DONE: &str = r#"{"state":"ok","body":null}"#;

fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

fn script(learned: Option<Protocol>, speaks: Protocol) -> Script {
    Script { speaks, learned, ..Script::default() }
}

/// Starts a service of a daemon that says `reply` to that, and knows no other service.
fn start(learned: Option<Protocol>, speaks: Protocol, service: &str, reply: &str) -> Outcome<()> {
    let daemon = |_, line: &str| {
        let list = r#"{"state":"ok","body":{}}"#;
        Answer::Reply(if line == "list" { list } else { reply }.to_owned())
    };
    run_script(script(learned, speaks), daemon, async |io| control::start(io, &name(service)).await)
}

#[test]
fn a_command_is_carried_out_once_whatever_was_known_of_the_daemon() {
    for (learned, speaks, commands) in [
        (None, Line, vec!["start web"]),
        (Some(Line), Line, vec!["start web"]),
        (Some(JsonRpc), JsonRpc, vec!["start web"]),
        // The first goes out in the line protocol, is not understood, and then the daemon is asked.
        (None, JsonRpc, vec!["start web", "list", "start web"]),
        (Some(Line), JsonRpc, vec!["start web", "list", "start web"]),
        (
            Some(JsonRpc),
            Line,
            vec![r#"{"jsonrpc":"2.0","id":1,"method":"service_start","params":["web"]}"#, PROBE, "start web"],
        ),
    ] {
        let outcome = start(learned, speaks, "web", DONE);
        outcome.result.unwrap();
        assert_eq!(outcome.commands, commands, "{learned:?} {speaks:?}");
    }
}

#[test]
fn a_name_that_a_daemon_would_cut_out_of_the_line_is_not_sent_to_one_that_has_not_just_been_asked() {
    let evil = r#"{"jsonrpc":"2.0","id":1,"method":"system_shutdown"}"#;
    for (learned, speaks, first) in [
        (None, Line, PROBE),
        (None, JsonRpc, "list"),
        (Some(Line), Line, PROBE),
        (Some(Line), JsonRpc, "list"),
    ] {
        let outcome = start(learned, speaks, evil, DONE);
        outcome.result.unwrap();
        assert_eq!(outcome.commands.first().unwrap(), first);
        assert_eq!(outcome.commands.len(), 2, "{:?}", outcome.commands);
        assert!(outcome.commands[1].starts_with("start "), "{:?}", outcome.commands);
    }
}

#[test]
fn a_name_with_a_blank_or_a_quote_needs_no_question_before() {
    for (service, command) in [("my web", "start 'my web'"), ("my'web", r"start 'my'\''web'")] {
        let outcome = start(None, Line, service, DONE);
        outcome.result.unwrap();
        assert_eq!(outcome.commands, [command]);
    }
}

#[test]
fn the_protocol_is_asked_for_whatever_was_learned_and_remembered() {
    for learned in [None, Some(Line), Some(JsonRpc)] {
        for (speaks, list, start) in [(Line, PROBE, "start web"), (JsonRpc, "list", "start web")] {
            let daemon = |_, line: &str| {
                Answer::Reply(if line == "list" { r#"{"state":"ok","body":{}}"# } else { DONE }.to_owned())
            };
            let outcome = run_script(script(learned, speaks), daemon, async |io| {
                let protocol = queries::protocol(io).await?;
                control::start(io, &name("web")).await?;
                Ok(protocol)
            });
            assert_eq!(outcome.result.unwrap(), speaks);
            assert_eq!(outcome.commands, [list, start], "{learned:?} {speaks:?}");
        }
    }
}

#[test]
fn a_daemon_that_refuses_to_list_tells_its_protocol_too() {
    for refusal in [UNEXPLAINED.to_owned(), r#"{"state":"error","body":"zinit is shutting down"}"#.to_owned()]
    {
        let daemon = |_, _: &str| Answer::Reply(refusal.clone());
        let outcome = run_script(script(None, JsonRpc), daemon, async |io| queries::protocol(io).await);
        assert_eq!(outcome.result.unwrap(), JsonRpc);
    }
}

#[test]
fn why_the_protocol_cannot_be_found_out_is_told() {
    for (answer, expected) in [
        (Answer::NotRunning, "cannot find out the daemon's protocol: no zinit daemon answers at "),
        (Answer::Closes, "cannot find out the daemon's protocol: the daemon closed the connection "),
        (
            Answer::Reply("hello\n".to_owned()),
            "cannot find out the daemon's protocol: the daemon's reply is not ",
        ),
    ] {
        let daemon = |_, _: &str| answer.clone();
        let outcome = run_script(script(None, JsonRpc), daemon, async |io| queries::protocol(io).await);
        let message = outcome.result.unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn a_daemon_that_changes_its_protocol_again_and_again_is_given_up() {
    let daemon = |_, _: &str| Answer::Reply(UNEXPLAINED.to_owned());
    let outcome = run_script(script(None, Line), daemon, async |io| queries::list(io).await);
    let error = outcome.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Protocol { .. }), "{error}");
    assert!(error.to_string().contains("another protocol each time"), "{error}");
    assert_eq!(outcome.commands, ["list", PROBE, "list", PROBE, "list", PROBE, "list"]);
}

#[test]
fn a_refusal_means_the_same_in_each_protocol() {
    let refusal = r#"{"state":"error","body":"service name \"web\" unknown"}"#;
    for speaks in [Line, JsonRpc] {
        let outcome = start(Some(speaks), speaks, "web", refusal);
        let error = outcome.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::UnknownService { .. }), "{error}");
        assert_eq!(error.to_string(), "cannot start \"web\": the daemon does not know it; monitor it first");
    }
}

/// A daemon of zinit 0.2.15 to 0.2.27 says only this.
const UNEXPLAINED: &str =
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603,\"message\":\"Internal error\"}}\n";

type Is = fn(&ErrorKind) -> bool;

#[test]
fn what_a_refusal_without_a_reason_means_follows_from_the_list_and_the_status() {
    let status = |pid: u32, target: &str| {
        format!(
            r#"{{"state":"ok","body":{{"name":"web","pid":{pid},"state":"Running","target":"{target}","after":{{}}}}}}"#
        )
    };
    let unknown: Is = |kind| matches!(kind, ErrorKind::UnknownService { .. });
    let config: Is = |kind| matches!(kind, ErrorKind::ConfigRefused { .. });
    let monitored: Is = |kind| matches!(kind, ErrorKind::AlreadyMonitored { .. });
    let up: Is = |kind| matches!(kind, ErrorKind::ServiceUp { .. });
    let down: Is = |kind| matches!(kind, ErrorKind::ServiceDown { .. });
    let other: Is = |kind| matches!(kind, ErrorKind::Daemon { .. });
    for (command, list, status, is_expected) in [
        ("start", "{}", status(0, "Up"), unknown),
        ("start", r#"{"web":"Running"}"#, status(7, "Up"), other),
        ("monitor", "{}", status(0, "Up"), config),
        ("monitor", r#"{"web":"Running"}"#, status(7, "Up"), monitored),
        ("forget", "{}", status(0, "Up"), unknown),
        ("forget", r#"{"web":"Running"}"#, status(7, "Up"), up),
        ("forget", r#"{"web":"Running"}"#, status(0, "Up"), up),
        ("forget", r#"{"web":"Running"}"#, status(0, "Down"), other),
        ("kill", r#"{"web":"Success"}"#, status(0, "Up"), down),
        ("kill", r#"{"web":"Running"}"#, status(7, "Up"), other),
        ("kill", "{}", status(7, "Up"), unknown),
    ] {
        let daemon = |_, line: &str| {
            Answer::Reply(match line.split(' ').next().unwrap() {
                "list" => format!(r#"{{"state":"ok","body":{list}}}"#),
                "status" => status.clone(),
                _ => UNEXPLAINED.to_owned(),
            })
        };
        let outcome = run_script(script(Some(JsonRpc), JsonRpc), daemon, async |io| {
            let web = name("web");
            match command {
                "start" => control::start(io, &web).await,
                "monitor" => control::monitor(io, &web).await,
                "forget" => control::forget(io, &web).await,
                _ => control::kill(io, &web, crate::model::Signal::parse("SIGTERM").unwrap()).await,
            }
        });
        let error = outcome.result.unwrap_err();
        assert!(is_expected(error.kind()), "{command} {list} {status}: {error}");
    }
}

/// The daemon that is asked for the reason may be another one than the daemon that has refused.
#[test]
fn a_stop_that_was_refused_without_a_reason_is_done_only_where_the_target_is_down() {
    for (target, is_done) in [("Up", false), ("Down", true)] {
        let status =
            format!(r#"{{"name":"web","pid":0,"state":"Blocked","target":"{target}","after":{{}}}}"#);
        let daemon = |_, line: &str| {
            Answer::Reply(match line {
                "list" => r#"{"state":"ok","body":{"web":"Blocked"}}"#.to_owned(),
                "status web" => format!(r#"{{"state":"ok","body":{status}}}"#),
                _ => UNEXPLAINED.to_owned(),
            })
        };
        let stop = async |io: Io<'_>| control::stop(io, &name("web")).await;
        let outcome = run_script(script(Some(JsonRpc), JsonRpc), daemon, stop);
        assert_eq!(outcome.result.is_ok(), is_done, "{target}: {:?}", outcome.result);
    }
}

#[test]
fn a_timeout_bounds_the_question_for_the_protocol_too() {
    let mute = |_, _: &str| Answer::Mute;
    let timeout = Timeout::from_milliseconds(1000).unwrap();
    let unknown = || Script { is_directory_named: false, ..script(None, JsonRpc) };
    let most = Duration::from_secs(2);
    let outcome = run_script(unknown(), mute, async |io| waits::start_wait(io, &name("web"), timeout).await);
    assert!(matches!(outcome.result.unwrap_err().kind(), ErrorKind::Timeout { .. }));
    assert!(outcome.elapsed <= most, "{:?}", outcome.elapsed);
    let service = Service::from_yaml(b"exec: a").unwrap();
    let outcome = run_script(unknown(), mute, async |io| {
        waits::deploy(io, &name("web"), &service, timeout, timeout).await
    });
    assert!(matches!(outcome.result.unwrap_err().kind(), ErrorKind::Timeout { .. }));
    assert!(outcome.elapsed <= most, "{:?}", outcome.elapsed);
}

#[test]
fn a_daemon_without_room_is_asked_again_until_the_time_is_over() {
    const BUSY: &str = "Too many connections. Please try again later.";
    for learned in [None, Some(Line), Some(JsonRpc)] {
        let mut left = 5;
        let daemon = |_, _: &str| {
            left -= 1;
            Answer::Reply(if left > 0 { BUSY } else { r#"{"state":"ok","body":{}}"# }.to_owned())
        };
        // It says so before it has read what was asked.
        let speaks = learned.unwrap_or(Line);
        let outcome = run_script(script(learned, speaks), daemon, async |io| queries::list(io).await);
        assert_eq!(outcome.result.unwrap().services().len(), 0);
        assert_eq!(outcome.commands.len(), 5);
        let always = |_, _: &str| Answer::Reply(BUSY.to_owned());
        let outcome = run_script(script(learned, speaks), always, async |io| queries::list(io).await);
        assert!(outcome.result.unwrap_err().to_string().contains("too many connections"));
        assert!(outcome.elapsed <= crate::driver::scripted::IO_TIMEOUT);
    }
}

#[test]
fn what_is_not_a_reply_of_the_protocol_is_told() {
    for reply in [
        r#"{"jsonrpc":"2.0","id":2,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":"1","result":{}}"#,
        r#"{"jsonrpc":"2.0","method":"stream_subscribeLogs","params":{"subscription":1,"result":"x"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":-32000,"message":"x"}}"#,
        r#"[{"jsonrpc":"2.0","id":1,"result":{}}]"#,
        r#"{"jsonrpc":"2.0","id":1,"result":[]}"#,
        r#"{"jsonrpc":"2.0","id":1}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"a\u0000b"}}"#,
        "hello",
    ] {
        let daemon = |_, _: &str| Answer::Reply(format!("{reply}\n"));
        let outcome = run_script(script(Some(JsonRpc), JsonRpc), daemon, async |io| queries::list(io).await);
        let error = outcome.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Protocol { .. }), "{reply}: {error}");
    }
}

/// A stop, of which the daemon has no room for the first ones, says so so much later, and sets the target so much later
/// than it got the one after; `None`: never.
fn begin_stop(refused: usize, refused_after: Duration, target_after: Option<Duration>) -> Outcome<()> {
    const BUSY: &str = "Too many connections. Please try again later.";
    let ok = |body: &str| Answer::Reply(format!(r#"{{"state":"ok","body":{body}}}"#));
    let (mut stops, mut down_at) = (0, None);
    let daemon = |now: Duration, line: &str| match line {
        "list" => Answered::from(ok("{}")),
        "stop web" => {
            stops += 1;
            if stops <= refused {
                return Answered(Answer::Reply(BUSY.to_owned()), refused_after);
            }
            let Some(target_after) = target_after else { return Answer::Mute.into() };
            down_at = Some(now + target_after);
            Answered(ok("null"), target_after + Duration::from_millis(1500))
        }
        _ => {
            let target = if down_at.is_some_and(|at| now >= at) { "Down" } else { "Up" };
            let status =
                format!(r#"{{"name":"web","pid":7,"state":"Running","target":"{target}","after":{{}}}}"#);
            ok(&status).into()
        }
    };
    run_script(script(Some(JsonRpc), JsonRpc), daemon, async |io| {
        control::begin_stop(io, &name("web")).await.map(drop)
    })
}

fn stops(outcome: &Outcome<()>) -> usize {
    outcome.commands.iter().filter(|command| *command == "stop web").count()
}

#[test]
fn a_stop_that_is_confirmed_late_is_not_waited_for_but_until_the_target_is_down() {
    // It can be long on its way to a daemon that has much to do. To send it again would stop what is started behind it.
    for milliseconds in [0, 5, 30, 300, 1500, 5000] {
        let outcome = begin_stop(0, Duration::ZERO, Some(Duration::from_millis(milliseconds)));
        outcome.result.as_ref().unwrap();
        assert_eq!(stops(&outcome), 1, "{:?}", outcome.commands);
        let asked = outcome.commands.len() - 1;
        assert!(asked <= 70, "{asked}");
        assert!(outcome.elapsed < Duration::from_millis(2 * milliseconds + 20), "{:?}", outcome.elapsed);
    }
}

#[test]
fn a_stop_that_a_daemon_without_room_refuses_late_is_sent_again() {
    for refused_after in [0, 5, 30, 300].map(Duration::from_millis) {
        let outcome = begin_stop(3, refused_after, Some(Duration::ZERO));
        outcome.result.as_ref().unwrap();
        assert_eq!(stops(&outcome), 3 + 1, "{:?}", outcome.commands);
    }
}

#[test]
fn a_stop_that_nobody_answers_is_sent_once() {
    let outcome = begin_stop(0, Duration::ZERO, None);
    assert_eq!(stops(&outcome), 1, "{:?}", outcome.commands);
    assert_eq!(outcome.elapsed, crate::driver::scripted::IO_TIMEOUT);
    assert!(matches!(outcome.result.unwrap_err().kind(), ErrorKind::NoReply { .. }));
}

#[test]
fn a_stop_of_what_is_down_already_is_waited_for() {
    const LATE: Duration = Duration::from_secs(3);
    let daemon = |_, line: &str| match line {
        "stop web" => Answered(Answer::Reply(DONE.to_owned()), LATE),
        _ => Answer::Reply(
            r#"{"state":"ok","body":{"name":"web","pid":0,"state":"Success","target":"Down","after":{}}}"#
                .to_owned(),
        )
        .into(),
    };
    let outcome = run_script(script(Some(JsonRpc), JsonRpc), daemon, async |io| {
        control::begin_stop(io, &name("web")).await.map(drop)
    });
    assert_eq!(stops(&outcome), 1, "{:?}", outcome.commands);
    outcome.result.unwrap();
    assert_eq!(outcome.elapsed, LATE);
}

/// The daemon serves each connection by itself: the stop may be behind the look, and stop what is started later.
#[test]
fn a_stop_of_what_is_not_known_is_waited_for() {
    const LATE: Duration = Duration::from_secs(3);
    let unknown = r#"{"state":"error","body":"service name \"web\" unknown"}"#;
    let daemon = |_, line: &str| {
        let late = if line == "stop web" { LATE } else { Duration::ZERO };
        Answered(Answer::Reply(unknown.to_owned()), late)
    };
    let outcome = run_script(script(Some(JsonRpc), JsonRpc), daemon, async |io| {
        control::begin_stop(io, &name("web")).await.map(drop)
    });
    assert_eq!(stops(&outcome), 1, "{:?}", outcome.commands);
    assert!(outcome.result.unwrap_err().kind().is_unknown_service());
    assert_eq!(outcome.elapsed, LATE);
}

#[test]
fn a_stop_that_tells_the_protocol_is_not_waited_for_either() {
    for learned in [None, Some(Line)] {
        let daemon = |_, line: &str| {
            match line {
            "list" => Answered::from(Answer::Reply(r#"{"state":"ok","body":{}}"#.to_owned())),
            "stop web" => Answered(Answer::Reply(DONE.to_owned()), Duration::from_millis(1500)),
            _ => Answer::Reply(
                r#"{"state":"ok","body":{"name":"web","pid":7,"state":"Running","target":"Down","after":{}}}"#
                    .to_owned(),
            )
            .into(),
        }
        };
        let outcome = run_script(script(learned, JsonRpc), daemon, async |io| {
            control::begin_stop(io, &name("web")).await.map(drop)
        });
        outcome.result.unwrap();
        assert_eq!(outcome.commands, ["stop web", "list", "stop web", "status web"]);
        assert!(outcome.elapsed < Duration::from_millis(20), "{:?}", outcome.elapsed);
    }
}

#[test]
fn a_binary_that_cannot_be_the_daemons_does_not_tell_its_version() {
    let cases = [
        (
            JsonRpc,
            "0.2.14",
            Some("is 0.2.14, but the daemon speaks JSON-RPC, which zinit 0.2.15 to 0.2.28 does"),
        ),
        (
            Line,
            "0.2.28",
            Some("is 0.2.28, but the daemon speaks the line protocol, which zinit 0.2.0 to 0.2.14 does"),
        ),
        (JsonRpc, "0.2.15", None),
        (Line, "0.2.14", None),
    ];
    for (speaks, version, expected) in cases {
        let daemon = |_, _: &str| -> Answer { panic!("it is not asked") };
        let known = Script { version, ..script(Some(speaks), speaks) };
        let outcome = run_script(known, daemon, async |io| queries::version(io).await);
        match expected {
            None => assert_eq!(outcome.result.unwrap().text.as_str(), version),
            Some(words) => {
                let error = outcome.result.unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::Version { .. }));
                assert!(error.to_string().contains(words), "{error}");
            }
        }
        let unknown = Script { version, ..script(None, speaks) };
        let outcome = run_script(unknown, daemon, async |io| queries::version(io).await);
        assert_eq!(outcome.result.unwrap().text.as_str(), version);
    }
}

#[test]
fn a_service_whose_name_the_daemon_would_not_take_again_is_left_alone() {
    for service in ["a.b", "a\\b"] {
        let daemon = |_, _: &str| -> Answer { panic!("nothing is to be sent") };
        let (definition, long) = (Service::new(), Timeout::Unlimited);
        let deployed = run_script(script(Some(JsonRpc), JsonRpc), daemon, async |io| {
            waits::deploy(io, &name(service), &definition, long, long).await
        });
        let reloaded = run_script(script(Some(JsonRpc), JsonRpc), daemon, async |io| {
            waits::reload(io, &name(service), long, long).await
        });
        for error in [deployed.result.unwrap_err(), reloaded.result.unwrap_err()] {
            assert!(matches!(error.kind(), ErrorKind::ConfigRefused { .. }), "{error}");
            assert!(error.to_string().ends_with("rename it"), "{error}");
        }
    }
}
