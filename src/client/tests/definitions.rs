//! Definitions go over the socket of a daemon that takes and gives them there, and else into files.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Io, definitions};
use crate::config_directory::ConfigDirectory;
use crate::driver::scripted::{Answer, Outcome, Script, run_script};
use crate::error::{ErrorKind, Result};
use crate::model::{Name, Service, Text};
use crate::protocol::Protocol::{self, JsonRpc, Line, Zinit03};

fn web() -> Name {
    Name::new("web").unwrap()
}

fn service(yaml: &str) -> Service {
    Service::from_yaml(yaml.as_bytes()).unwrap()
}

/// What the daemon has, and how often it still refuses to create.
struct Daemon {
    definitions: BTreeMap<String, Value>,
    refusals: usize,
}

impl Daemon {
    fn with(definition: Option<Value>) -> Self {
        let definitions = definition.into_iter().map(|definition| ("web".to_owned(), definition)).collect();
        Self { definitions, refusals: 0 }
    }

    fn answer(&mut self, line: &str) -> Answer {
        let mut words = line.splitn(3, ' ');
        let (word, name) = (words.next().unwrap(), words.next().unwrap_or_default());
        let known = self.definitions.get(name).cloned();
        let answer = match (word, known) {
            ("list", _) => Ok(json!({})),
            ("get", Some(definition)) => Ok(definition),
            ("delete", Some(_)) => {
                self.definitions.remove(name);
                Ok(json!("deleted"))
            }
            ("get" | "delete", None) => Err(format!("getting service: Service '{name}' not found")),
            ("create", None) if self.refusals > 0 => {
                self.refusals -= 1;
                Err("creating service: failed to create service file".to_owned())
            }
            ("create", None) => {
                let definition = serde_json::from_str(words.next().unwrap()).unwrap();
                self.definitions.insert(name.to_owned(), definition);
                Ok(json!("created"))
            }
            ("create", Some(_)) => Err(format!("creating service: Service '{name}' already exists")),
            _ => panic!("{line}"),
        };
        Answer::Reply(match answer {
            Ok(body) => json!({"state": "ok", "body": body}).to_string(),
            Err(message) => json!({"state": "error", "body": message}).to_string(),
        })
    }
}

fn run<T>(
    daemon: &mut Daemon,
    speaks: Protocol,
    operation: impl AsyncFnOnce(Io<'_>) -> Result<T>,
) -> Outcome<T> {
    let script = Script { is_directory_named: false, speaks, learned: Some(speaks), ..Script::default() };
    run_script(script, |_, line| daemon.answer(line), operation)
}

#[test]
fn a_definition_is_given_over_the_socket_as_a_person_would_write_it() {
    let mut daemon =
        Daemon::with(Some(json!({"exec": "a \"b\"", "env": {"A": "1"}, "own": [1.5, null, "x"]})));
    let read = run(&mut daemon, JsonRpc, async |io| definitions::load_service(io, &web()).await);
    assert_eq!(
        read.result.unwrap().to_yaml().unwrap(),
        "exec: a \"b\"\nenv:\n  A: \"1\"\nown: [1.5, null, x]\n"
    );
    assert_eq!(read.commands, ["get web"]);
    let read = run(&mut Daemon::with(None), JsonRpc, async |io| definitions::load_service(io, &web()).await);
    let error = read.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::FileNotFound { .. }), "{error}");
    assert_eq!(error.service(), Some("web"));
}

#[test]
fn a_definition_that_is_added_replaces_the_one_that_is_there() {
    for (old, commands) in [
        (
            None,
            vec![
                "get web",
                "delete web",
                r#"create web {"env":{"A":"~"},"exec":"/bin/new","own":{"a":[1,true]}}"#,
            ],
        ),
        (
            Some(json!({"exec": "old"})),
            vec![
                "get web",
                "delete web",
                r#"create web {"env":{"A":"~"},"exec":"/bin/new","own":{"a":[1,true]}}"#,
            ],
        ),
    ] {
        let mut daemon = Daemon::with(old);
        let new = service("exec: /bin/new\nenv: {A: }\nown: {a: [1, true]}\n");
        let added = run(&mut daemon, JsonRpc, async |io| definitions::add_service(io, &web(), &new).await);
        added.result.unwrap();
        assert_eq!(added.commands, commands);
        assert_eq!(
            daemon.definitions["web"],
            json!({"exec": "/bin/new", "env": {"A": "~"}, "own": {"a": [1, true]}})
        );
    }
}

#[test]
fn the_old_definition_is_put_back_where_the_new_one_is_refused() {
    let old = json!({"exec": "old", "own": 1});
    for (refusals, words, left) in
        [(1, "the old one was put back", true), (2, "nor put the old one back", false)]
    {
        let mut daemon = Daemon { refusals, ..Daemon::with(Some(old.clone())) };
        let new = service("exec: new\n");
        let added = run(&mut daemon, JsonRpc, async |io| definitions::add_service(io, &web(), &new).await);
        let error = added.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::FileIo { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(daemon.definitions.get("web"), Some(&old).filter(|_| left));
    }
}

#[test]
fn a_definition_is_removed_over_the_socket_and_a_missing_one_is_fine() {
    for old in [None, Some(json!({"exec": "old"}))] {
        let mut daemon = Daemon::with(old);
        run(&mut daemon, JsonRpc, async |io| definitions::remove_service(io, &web()).await).result.unwrap();
        assert!(daemon.definitions.is_empty());
    }
}

#[test]
fn a_definition_that_the_daemon_would_refuse_is_not_sent() {
    let mut daemon = Daemon::with(Some(json!({"exec": "old"})));
    let new = service("exec: a\noneshot: 1\n");
    let added = run(&mut daemon, JsonRpc, async |io| definitions::add_service(io, &web(), &new).await);
    assert!(matches!(added.result.unwrap_err().kind(), ErrorKind::InvalidService { .. }));
    assert!(added.commands.is_empty());
}

#[test]
fn files_are_used_where_their_directory_is_named_or_the_daemon_has_no_words_for_them() {
    let directory =
        std::env::temp_dir().join(format!("zinit-client-test-{}-definitions", std::process::id()));
    std::fs::create_dir(&directory).unwrap();
    let new = service("exec: /bin/new # why\n");
    for (is_directory_named, speaks) in [(true, JsonRpc), (true, Line), (false, Line)] {
        let script = Script {
            directory: ConfigDirectory::new(&directory),
            is_directory_named,
            speaks,
            learned: Some(speaks),
            ..Script::default()
        };
        let outcome = run_script(
            script,
            |_, line: &str| -> Answer { panic!("{line}") },
            async |io| {
                definitions::add_service(io, &web(), &new).await?;
                let loaded = definitions::load_service(io, &web()).await?;
                definitions::remove_service(io, &web()).await?;
                Ok(loaded.exec().map(Text::to_string))
            },
        );
        assert_eq!(outcome.result.unwrap().as_deref(), Some("/bin/new"));
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

/// The refusal of zinit 0.2.15 to 0.2.27, which has no reason beside its code.
fn bare(code: i64) -> Answer {
    let message = if code == -32603 { "Internal error" } else { "Server error" };
    Answer::Reply(json!({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}).to_string())
}

fn run_bare<T>(
    answer: impl Fn(&str) -> Option<i64>,
    operation: impl AsyncFnOnce(Io<'_>) -> Result<T>,
) -> Outcome<T> {
    let script =
        Script { is_directory_named: false, speaks: JsonRpc, learned: Some(JsonRpc), ..Script::default() };
    let daemon = |_, line: &str| match answer(line.split(' ').next().unwrap()) {
        Some(code) => bare(code),
        None => Answer::Reply(r#"{"state":"ok","body":"done"}"#.to_owned()),
    };
    run_script(script, daemon, operation)
}

#[test]
fn a_bare_code_tells_why_a_definition_is_not_read() {
    type Is = fn(&ErrorKind) -> bool;
    let missing: Is = |kind| matches!(kind, ErrorKind::FileNotFound { .. });
    let unreadable: Is = |kind| matches!(kind, ErrorKind::FileIo { .. });
    let broken: Is = |kind| matches!(kind, ErrorKind::FileSyntax { .. });
    for (code, is_expected) in [(-32000, missing), (-32008, unreadable), (-32603, broken)] {
        let load = async |io: Io<'_>| definitions::load_service(io, &web()).await;
        let error = run_bare(|_| Some(code), load).result.unwrap_err();
        assert!(is_expected(error.kind()), "{code}: {error}");
    }
}

#[test]
fn a_definition_that_a_bare_code_leaves_in_its_place_is_not_removed() {
    for (code, is_removed) in [(-32000, true), (-32008, false), (-32603, false)] {
        let remove = async |io: Io<'_>| definitions::remove_service(io, &web()).await;
        match run_bare(|_| Some(code), remove).result {
            Ok(()) => assert!(is_removed, "{code}"),
            Err(error) => {
                assert!(!is_removed, "{code}: {error}");
                assert!(matches!(error.kind(), ErrorKind::FileIo { .. }), "{code}: {error}");
            }
        }
    }
}

#[test]
fn a_definition_replaces_a_broken_one_of_a_daemon_with_bare_codes() {
    let add = async |io: Io<'_>| definitions::add_service(io, &web(), &service("exec: new\n")).await;
    let added = run_bare(|word| (word == "get").then_some(-32603), add);
    added.result.unwrap();
    assert_eq!(added.commands, ["get web", "delete web", r#"create web {"exec":"new"}"#]);
}

#[test]
fn a_definition_that_a_bare_code_refuses_is_not_called_missing() {
    for code in [-32007, -32008, -32603] {
        let add = async |io: Io<'_>| definitions::add_service(io, &web(), &service("exec: new\n")).await;
        let added = run_bare(
            |word| match word {
                "get" => Some(-32000),
                "create" => Some(code),
                _ => None,
            },
            add,
        );
        let error = added.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::FileIo { .. }), "{code}: {error}");
    }
}

#[test]
fn what_cannot_be_read_is_not_replaced() {
    let add = async |io: Io<'_>| definitions::add_service(io, &web(), &service("exec: new\n")).await;
    let added = run_bare(|word| (word == "get").then_some(-32008), add);
    let error = added.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::FileIo { what: "read", .. }), "{error}");
    assert_eq!(added.commands, ["get web"]);
}

#[test]
fn a_definition_is_checked_where_the_daemon_has_it() {
    for (definition, is_valid) in
        [(json!({"exec": "a"}), true), (json!({"exec": "a 'b"}), false), (json!({"test": "a"}), false)]
    {
        let mut daemon = Daemon::with(Some(definition));
        let loaded = run(&mut daemon, JsonRpc, async |io| definitions::load_checked(io, &web()).await);
        assert_eq!(loaded.commands, ["get web"]);
        match loaded.result {
            Ok(_) => assert!(is_valid),
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::InvalidService { .. }) && !is_valid, "{error}");
                assert_eq!(error.service(), Some("web"));
            }
        }
    }
}

#[test]
fn files_are_used_where_no_daemon_is_there_and_not_where_one_does_not_answer() {
    for (answer, is_over_socket) in
        [(Answer::NotRunning, Some(false)), (Answer::Closes, None), (Answer::Mute, None)]
    {
        let script =
            Script { is_directory_named: false, speaks: JsonRpc, learned: None, ..Script::default() };
        let outcome = run_script(script, |_, _: &str| answer.clone(), definitions::is_over_socket);
        assert_eq!(outcome.result.ok(), is_over_socket, "{answer:?}");
    }
}

#[test]
fn only_zinit_0_3_starts_what_it_is_given_and_nothing_starts_a_file() {
    for (is_directory_named, speaks, starts) in [
        (false, Zinit03, true),
        (true, Zinit03, false),
        (false, JsonRpc, false),
        (true, JsonRpc, false),
        (false, Line, false),
    ] {
        let script = Script { is_directory_named, speaks, learned: Some(speaks), ..Script::default() };
        let daemon = |_, line: &str| -> Answer { panic!("{line}") };
        let outcome = run_script(script, daemon, async |io| Ok(definitions::starts(io)));
        assert_eq!(outcome.result.unwrap(), starts, "{is_directory_named} {speaks:?}");
    }
}

#[test]
fn what_the_daemon_has_in_the_place_of_a_definition_names_its_file() {
    let mut daemon = Daemon::with(Some(json!(5)));
    let loaded = run(&mut daemon, JsonRpc, async |io| definitions::load_service(io, &web()).await);
    let error = loaded.result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::FileSyntax { path: Some(_), .. }), "{error}");
    assert!(error.to_string().contains("web.yaml of the daemon"), "{error}");
}

#[test]
fn a_refusal_to_remove_a_definition_does_not_say_that_it_cannot_be_read() {
    let refusal = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32004, "message": "no", "data":
        {"cause_chain": null, "code_name": "ConfigError", "service": "web"}}});
    let script =
        Script { is_directory_named: false, speaks: JsonRpc, learned: Some(JsonRpc), ..Script::default() };
    for (is_read, expected) in [(true, "FileSyntax"), (false, "ConfigRefused")] {
        let daemon = |_, _: &str| Answer::Reply(refusal.to_string());
        let outcome = run_script(script.clone(), daemon, async |io| {
            if is_read {
                return definitions::load_service(io, &web()).await.map(drop);
            }
            definitions::remove_service(io, &web()).await
        });
        let error = outcome.result.unwrap_err();
        assert!(format!("{:?}", error.kind()).starts_with(expected), "{error}");
    }
}
