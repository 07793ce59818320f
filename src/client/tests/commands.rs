//! What the operations of one command ask, and what they make of each answer.

use std::{env, fs, process};

use crate::client::{Io, Outcome, Row, Timeout, control, groups, matches, queries, waits};
use crate::config_directory::ConfigDirectory;
use crate::driver::scripted::{Answer, IO_TIMEOUT, Outcome as Ended, Script, run, run_script};
use crate::error::ErrorKind;
use crate::model::{Filter, Name, Signal, Text};
use crate::protocol::Protocol;

const DONE: &str = r#"{"state":"ok","body":null}"#;

pub(super) fn refusal(message: &str) -> String {
    serde_json::json!({"state": "error", "body": message}).to_string()
}

fn name() -> Name {
    Name::new("web").unwrap()
}

/// Shuts down a daemon whose binary is of this version.
fn shutdown(version: &'static str, answer: &Answer) -> Ended<()> {
    run_script(Script { version, ..Script::default() }, |_, _| answer.clone(), control::shutdown)
}

#[test]
fn a_list_that_lost_a_race_with_forget_is_asked_again() {
    let mut asked = 0;
    let outcome = run(
        |_, _| {
            asked += 1;
            if asked < 3 {
                return refusal("service name \"gone\" unknown");
            }
            r#"{"state":"ok","body":{"web":"Running"}}"#.to_owned()
        },
        queries::list,
    );
    assert_eq!(outcome.result.unwrap().services().len(), 1);
    assert_eq!(outcome.commands, ["list", "list", "list"]);
}

#[test]
fn a_list_that_loses_every_race_ends() {
    let outcome = run(|_, _| refusal("service name \"gone\" unknown"), queries::list);
    let error = outcome.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnknownService { .. }));
    assert!(error.to_string().contains("a service that was forgotten in the meantime; try again"), "{error}");
    assert_eq!(outcome.commands.len(), 10);
}

#[test]
fn an_unknown_service_does_not_exist() {
    let outcome =
        run(|_, _| refusal("service name \"web\" unknown"), async |io| queries::exists(io, &name()).await);
    assert!(!outcome.result.unwrap());
}

#[test]
fn a_service_exists_that_has_a_status_and_another_refusal_says_nothing_of_it() {
    let exists = async |io: Io<'_>| queries::exists(io, &name()).await;
    let status =
        r#"{"state":"ok","body":{"name":"web","pid":0,"state":"Success","target":"Down","after":{}}}"#;
    assert!(run(|_, _| status.to_owned(), exists).result.unwrap());
    let error = run(|_, _| refusal("zinit is shutting down"), exists).result.unwrap_err();
    assert!(error.to_string().contains("zinit is shutting down"), "{error}");
}

#[test]
fn only_a_service_that_is_not_known_is_forgotten_already() {
    let forget = async |io: Io<'_>| control::forget_if_known(io, &name()).await;
    run(|_, _| refusal("service name \"web\" unknown"), forget).result.unwrap();
    let error = run(|_, _| refusal("service \"web\" is up"), forget).result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ServiceUp { .. }), "{error}");
}

#[test]
fn a_stop_of_a_process_that_has_just_ended_is_done() {
    let outcome = run(|_, _| refusal("ESRCH: No such process"), async |io| control::stop(io, &name()).await);
    outcome.result.unwrap();
    assert_eq!(outcome.commands, ["stop web"]);
}

#[test]
fn a_process_that_the_daemon_has_lost_is_told_where_its_status_still_names_it() {
    for (pid, is_told) in [(7, true), (0, false)] {
        let daemon = |_, line: &str| match line.split(' ').next().unwrap() {
            "status" => format!(
                r#"{{"state":"ok","body":{{"name":"web","pid":{pid},"state":"Running","target":"Other","after":{{}}}}}}"#
            ),
            "kill" => refusal("ESRCH: No such process"),
            _ => DONE.to_owned(),
        };
        let limit = Timeout::from_milliseconds(100).unwrap();
        let outcome = run(daemon, async |io| waits::stop_wait(io, &name(), limit).await);
        let message = outcome.result.unwrap_err().to_string();
        assert_eq!(
            message.contains("with process 7, which the daemon says does not exist"),
            is_told,
            "{message}"
        );
    }
}

#[test]
fn a_kill_of_a_process_that_has_just_ended_finds_the_service_down() {
    let signal = Signal::parse("SIGTERM").unwrap();
    let outcome =
        run(|_, _| refusal("ESRCH: No such process"), async |io| control::kill(io, &name(), signal).await);
    let error = outcome.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ServiceDown { .. }));
    assert_eq!(error.service(), Some("web"));
}

#[test]
fn any_reason_why_a_file_does_not_load_is_a_refused_config() {
    for reason in
        ["failed to load service config", "missing exec directive", "No such file or directory (os error 2)"]
    {
        let outcome = run(|_, _| refusal(reason), async |io| control::monitor(io, &name()).await);
        let error = outcome.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ConfigRefused { .. }), "{reason}");
        assert_eq!(error.kind().daemon_message(), Some(reason));
    }
}

#[test]
fn reboot_is_shutdown_for_a_daemon_that_does_not_know_it() {
    let outcome = run(
        |_, line| match line {
            "shutdown" => DONE.to_owned(),
            _ => refusal("unknown command 'reboot' or wrong arguments count"),
        },
        control::reboot,
    );
    outcome.result.unwrap();
    assert_eq!(outcome.commands, ["reboot", "shutdown"]);
}

#[test]
fn reboot_sends_no_shutdown_after_another_refusal() {
    let outcome = run(|_, _| refusal("not now"), control::reboot);
    assert!(matches!(outcome.result.unwrap_err().kind(), ErrorKind::Daemon { .. }));
    assert_eq!(outcome.commands, ["reboot"]);
}

#[test]
fn a_daemon_that_closes_on_reboot_or_shutdown_has_obeyed() {
    for (outcome, command) in [
        (run(|_, _| Answer::Closes, control::reboot), "reboot"),
        (shutdown("0.2.14", &Answer::Closes), "shutdown"),
    ] {
        outcome.result.unwrap();
        assert_eq!(outcome.commands, [command]);
    }
}

#[test]
fn a_reply_to_reboot_or_shutdown_that_is_cut_may_be_a_refusal() {
    let refusal = refusal("zinit is shutting down");
    for cut in 1..refusal.len() {
        let begun = Answer::Reply(refusal[..cut].to_owned());
        for outcome in [run(|_, _| begun.clone(), control::reboot), shutdown("0.2.14", &begun)] {
            let error = outcome.result.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Closed { .. }), "{error}");
        }
    }
}

#[test]
fn a_daemon_that_closes_before_it_was_told_in_its_protocol_has_not_obeyed() {
    // It does not understand the line, and closes when it is asked what it speaks.
    let script = || Script { speaks: Protocol::JsonRpc, version: "0.2.14", ..Script::default() };
    for (outcome, command) in [
        (run_script(script(), |_, _| Answer::Closes, control::reboot), "reboot"),
        (run_script(script(), |_, _| Answer::Closes, control::shutdown), "shutdown"),
    ] {
        let error = outcome.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Closed { .. }), "{error}");
        assert_eq!(outcome.commands, [command, "list"]);
    }
}

#[test]
fn shutdown_sends_nothing_to_a_daemon_that_would_restart_the_machine() {
    let outcome = shutdown("0.2.8", &Answer::Reply(DONE.to_owned()));
    assert!(matches!(outcome.result.unwrap_err().kind(), ErrorKind::NotSupported { .. }));
    assert!(outcome.commands.is_empty());
}

#[test]
fn where_no_binary_tells_its_version_shutdown_goes_to_a_daemon_that_speaks_json_rpc_alone() {
    for speaks in [Protocol::Line, Protocol::JsonRpc] {
        let daemon = |_, line: &str| {
            let list = r#"{"state":"ok","body":{}}"#;
            Answer::Reply(if line == "list" { list } else { DONE }.to_owned())
        };
        let script = Script { version: "", learned: None, speaks, ..Script::default() };
        let outcome = run_script(script, daemon, control::shutdown);
        if speaks == Protocol::JsonRpc {
            outcome.result.unwrap();
            assert_eq!(outcome.commands, ["list", "shutdown"]);
        } else {
            let error = outcome.result.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Version { .. }), "{error}");
            assert!(!outcome.commands.contains(&"shutdown".to_owned()), "{:?}", outcome.commands);
        }
    }
}

#[test]
fn shutdown_goes_to_a_build_behind_the_release_that_has_it() {
    let outcome = shutdown("0.2.9-3-gabc", &Answer::Reply(DONE.to_owned()));
    outcome.result.unwrap();
    assert_eq!(outcome.commands, ["shutdown"]);
}

#[test]
fn a_daemon_that_does_not_answer_is_given_up_after_the_io_timeout() {
    let outcome = run(|_, _| Answer::Mute, async |io| queries::status(io, &name()).await);
    assert!(matches!(outcome.result.unwrap_err().kind(), ErrorKind::NoReply { .. }));
    assert_eq!(outcome.elapsed, IO_TIMEOUT);
}

#[test]
fn a_group_goes_on_past_a_service_that_fails_and_its_report_says_so() {
    let names = ["a", "b", "c"].map(|name| Name::new(name).unwrap());
    let outcome = run(
        |_, line| match line {
            "stop b" => refusal("not now"),
            "status a" | "status c" => {
                r#"{"state":"ok","body":{"after":{},"name":"x","pid":0,"state":"Success","target":"Down"}}"#
                    .to_owned()
            }
            _ => DONE.to_owned(),
        },
        async |io| groups::stop_multiple(io, &names, Timeout::from_milliseconds(1000).unwrap()).await,
    );
    let error = outcome.result.unwrap_err();
    assert!(error.to_string().starts_with("cannot stop 1 of 3 services (\"b\"): "), "{error}");
    let done = |row: &Row| matches!(row.outcome, Outcome::Done);
    assert_eq!(outcome.report.rows().iter().map(done).collect::<Vec<_>>(), [true, false, true]);
}

/// Six services, of which only the first three have a file with a command.
const FILES: [(&str, Option<&str>); 6] = [
    ("web", Some("exec: /bin/web -p 80\n")),
    ("quoted", Some("exec: \"'/bin/web' -p \\x38\\x31\"\n")),
    ("api", Some("log: ring\nexec: /bin/api -p 80\n")),
    ("broken", Some("exec: /bin/web -p 80\nafter: [network\n")),
    ("empty", Some("log: ring\n")),
    ("lost", None),
];

/// What matches a filter, and what was asked for it; `case` names a directory of its own.
fn matches(case: &str, filter: &Filter) -> (Vec<String>, Vec<String>) {
    let path = env::temp_dir().join(format!("zinit-client-test-{}-{case}", process::id()));
    fs::create_dir(&path).unwrap();
    for (name, yaml) in FILES {
        if let Some(yaml) = yaml {
            fs::write(path.join(format!("{name}.yaml")), yaml).unwrap();
        }
    }
    fs::create_dir(path.join("directory.yaml")).unwrap();
    let script = Script { directory: ConfigDirectory::new(&path), ..Script::default() };
    let names = FILES.iter().map(|(name, _)| *name).chain(["directory", "a/b", ""]);
    let list: serde_json::Map<_, _> = names.map(|name| (name.to_owned(), "Running".into())).collect();
    let reply = serde_json::json!({"state": "ok", "body": list}).to_string();
    let outcome = run_script(script, |_, _| reply.clone(), async |io| matches::matches(io, filter).await);
    fs::remove_dir_all(&path).unwrap();
    (outcome.result.unwrap().iter().map(Text::to_string).collect(), outcome.commands)
}

#[test]
fn a_service_without_a_readable_file_does_not_match_and_is_no_failure() {
    let mut filter = Filter::new();
    filter.with_exec(Text::lossy("web"));
    assert_eq!(
        matches("exec", &filter),
        (vec!["quoted".to_owned(), "web".to_owned()], vec!["list".to_owned()])
    );
    // The empty expression matches each command, even one that is not there, but nothing where there is no
    // service.
    let mut filter = Filter::new();
    filter.with_exec_regex("").unwrap();
    assert_eq!(matches("regex", &filter).0, ["api", "empty", "quoted", "web"]);
}

#[test]
fn a_service_matches_where_all_conditions_hold() {
    let mut filter = Filter::new();
    filter.with_exec_regex("-p 80$").unwrap();
    assert_eq!(matches("one", &filter).0, ["api", "web"]);
    filter.with_exec(Text::lossy("web"));
    assert_eq!(matches("two", &filter).0, ["web"]);
    filter.with_name(Text::lossy("api"));
    assert!(matches("three", &filter).0.is_empty());
}

#[test]
fn a_name_is_looked_for_in_the_list_alone() {
    let mut filter = Filter::new();
    filter.with_name(Text::lossy("web"));
    let outcome = run(
        |_, _| r#"{"state":"ok","body":{"web":"Running","api":"Running"}}"#.to_owned(),
        async |io| matches::matches(io, &filter).await,
    );
    assert_eq!(outcome.result.unwrap(), [Text::lossy("web")]);
    assert_eq!(outcome.commands, ["list"]);
}

#[test]
fn a_filter_without_conditions_is_refused_before_anything_is_asked() {
    let outcome = run(|_, _| DONE.to_owned(), async |io| matches::matches(io, &Filter::new()).await);
    assert!(matches!(
        outcome.result.unwrap_err().kind(),
        ErrorKind::InvalidArgument { argument: "filter", .. }
    ));
    assert!(outcome.commands.is_empty());
}

#[test]
fn a_name_that_no_file_can_have_is_not_searched() {
    let list = serde_json::json!({"state": "ok", "body": {"x".repeat(Name::MAX_BYTES + 1): "Running"}});
    let mut filter = Filter::new();
    filter.with_name(Text::lossy("x"));
    let outcome = run(|_, _| list.to_string(), async |io| matches::matches(io, &filter).await);
    let error = outcome.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Protocol { .. }), "{error}");
}

#[test]
fn a_definition_that_the_daemon_has_not_or_cannot_read_does_not_match_and_a_lost_daemon_is_an_error() {
    let mut filter = Filter::new();
    filter.with_exec(Text::lossy("web"));
    let script = Script {
        is_directory_named: false,
        speaks: Protocol::JsonRpc,
        learned: Some(Protocol::JsonRpc),
        ..Script::default()
    };
    for dies in [false, true] {
        let daemon = |_, line: &str| {
            Answer::Reply(match line {
                "list" => {
                    r#"{"state":"ok","body":{"api":"Running","gone":"Running","web":"Running"}}"#.to_owned()
                }
                "get api" => r#"{"state":"ok","body":{"exec":"/bin/api"}}"#.to_owned(),
                "get web" => r#"{"state":"ok","body":{"exec":"/bin/web"}}"#.to_owned(),
                _ if dies => return Answer::Closes,
                _ => refusal("getting service: Service 'gone' not found"),
            })
        };
        let outcome = run_script(script.clone(), daemon, async |io| matches::matches(io, &filter).await);
        assert_eq!(outcome.result.ok(), (!dies).then(|| vec![Text::lossy("web")]));
    }
}
