//! What only JSON-RPC has: it is asked of no other daemon, and its answers are checked.

use serde_json::json;

use crate::client::{Io, control, queries};
use crate::driver::scripted::{Answer, Answered, Outcome, Script, run_script};
use crate::error::{ErrorKind, Result};
use crate::model::{Address, Name, ProcessStats, Stats};
use crate::protocol::Protocol::{self, JsonRpc, Line};

const PROBE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"service_list"}"#;

const STATS: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"name":"web","pid":7,"memory_usage":4096,"cpu_usage":12.5,"children":[{"pid":9,"memory_usage":18446744073709551615,"cpu_usage":0}]}}"#;

fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

fn address() -> Address {
    Address::parse("127.0.0.1:8080").unwrap()
}

async fn stats(io: Io<'_>) -> Result<Stats> {
    queries::stats(io, &name("web")).await
}

/// Runs an operation on a daemon that knows no services, and gives this reply to anything else than a list.
fn run<T>(
    learned: Option<Protocol>,
    speaks: Protocol,
    reply: &str,
    operation: impl AsyncFnOnce(Io<'_>) -> Result<T>,
) -> Outcome<T> {
    let daemon = |_, line: &str| -> Answered {
        if line == "list" { r#"{"state":"ok","body":{}}"# } else { reply }.to_owned().into()
    };
    run_script(Script { speaks, learned, ..Script::default() }, daemon, operation)
}

#[test]
fn stats_are_those_of_the_process_and_of_its_children() {
    let outcome = run(Some(JsonRpc), JsonRpc, STATS, stats);
    let process = ProcessStats { pid: 7, memory: 4096, cpu: 12.5 };
    let child = ProcessStats { pid: 9, memory: u64::MAX, cpu: 0.0 };
    assert_eq!(outcome.result.unwrap(), Stats { process, children: vec![child] });
    assert_eq!(outcome.commands, ["stats web"]);
}

#[test]
fn what_the_line_protocol_lacks_is_asked_only_of_a_daemon_that_is_known_to_have_it() {
    for (learned, commands) in [
        (Some(JsonRpc), vec!["stats web"]),
        (None, vec!["list", "stats web"]),
        // Another daemon has taken the place of the one that was known.
        (Some(Line), vec!["list", "stats web"]),
    ] {
        let outcome = run(learned, JsonRpc, STATS, stats);
        assert_eq!(outcome.result.unwrap().process.pid, 7);
        assert_eq!(outcome.commands, commands, "{learned:?}");
    }
}

#[test]
fn a_daemon_of_the_line_protocol_is_asked_which_it_speaks_and_no_more() {
    for learned in [None, Some(Line)] {
        let outcome = run(learned, Line, STATS, stats);
        let error = outcome.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotSupported { message: None, .. }), "{error}");
        assert_eq!(
            error.to_string(),
            "cannot get the stats of \"web\": this daemon cannot do it: zinit before 0.2.15 does not tell it"
        );
        assert_eq!(error.service(), Some("web"));
        assert_eq!(outcome.commands, [PROBE]);
    }
    let start = async |io: Io<'_>| control::start_http_server(io, &address()).await;
    for outcome in [run(None, Line, STATS, start), run(None, Line, STATS, control::stop_http_server)] {
        let error = outcome.result.unwrap_err();
        assert!(error.to_string().ends_with("it: zinit before 0.2.15 has no HTTP server"), "{error}");
        assert_eq!(outcome.commands, [PROBE]);
    }
}

#[test]
fn a_daemon_that_turns_out_to_speak_the_line_protocol_is_not_asked_again() {
    let outcome = run(Some(JsonRpc), Line, STATS, stats);
    assert!(matches!(outcome.result.unwrap_err().kind(), ErrorKind::NotSupported { .. }));
    let asked = PROBE.replace("list\"", "stats\",\"params\":[\"web\"]");
    assert_eq!(outcome.commands, [asked.as_str(), PROBE]);
}

#[test]
fn a_name_that_a_daemon_would_cut_out_of_a_line_is_no_other_case() {
    for (speaks, probe) in [(Line, PROBE), (JsonRpc, "list")] {
        let outcome = run(None, speaks, STATS, async |io| queries::stats(io, &name("[web]")).await);
        assert_eq!(outcome.result.is_ok(), speaks == JsonRpc);
        assert_eq!(outcome.commands.first().unwrap(), probe);
        assert_eq!(outcome.commands.len(), if speaks == JsonRpc { 2 } else { 1 });
    }
}

#[test]
fn a_service_that_is_not_known_or_has_no_process_is_told_so() {
    let refusal = |code_name: &str, message: &str| {
        let data = json!({"cause_chain": null, "code_name": code_name, "service": "web"});
        json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": message, "data": data}})
            .to_string()
    };
    let unknown = refusal("ServiceNotFound", "collecting stats: service 'web' not found");
    let error = run(Some(JsonRpc), JsonRpc, &unknown, stats).result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnknownService { .. }), "{error}");
    let down = refusal("ServiceIsDown", "collecting stats: service 'web' is down");
    let error = run(Some(JsonRpc), JsonRpc, &down, stats).result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ServiceDown { .. }), "{error}");
    assert_eq!(error.to_string(), "cannot get the stats of \"web\": it has no process; start it first");
}

#[test]
fn a_refusal_of_stats_without_a_reason_is_explained_by_the_list_and_the_status() {
    type Is = fn(&ErrorKind) -> bool;
    let unexplained = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error"}}"#;
    let unknown: Is = |kind| matches!(kind, ErrorKind::UnknownService { .. });
    let down: Is = |kind| matches!(kind, ErrorKind::ServiceDown { .. });
    let other: Is = |kind| matches!(kind, ErrorKind::Daemon { .. });
    for (list, pid, is_expected) in
        [(json!({}), 0, unknown), (json!({"web": "Success"}), 0, down), (json!({"web": "Running"}), 7, other)]
    {
        let status = json!({"name": "web", "pid": pid, "state": "Running", "target": "Up", "after": {}});
        let daemon = |_, line: &str| {
            Answer::Reply(match line {
                "list" => json!({"state": "ok", "body": list}).to_string(),
                "status web" => json!({"state": "ok", "body": status}).to_string(),
                _ => unexplained.to_owned(),
            })
        };
        let script = Script { learned: Some(JsonRpc), speaks: JsonRpc, ..Script::default() };
        let error = run_script(script, daemon, stats).result.unwrap_err();
        assert!(is_expected(error.kind()), "{list} {pid}: {error}");
    }
}

#[test]
fn stats_of_another_shape_are_not_understood() {
    for (from, to) in [
        (r#""pid":7"#, r#""pid":-1"#),
        (r#""pid":7"#, r#""pid":4294967295"#),
        (r#""pid":7"#, r#""pid":"7""#),
        (r#""pid":9"#, r#""pid":-9"#),
        (r#""memory_usage":4096"#, r#""memory_usage":-1"#),
        (r#""memory_usage":4096"#, r#""memory_usage":18446744073709551616"#),
        (r#""memory_usage":4096"#, r#""memory_usage":1.5"#),
        (r#""memory_usage":4096,"#, ""),
        (r#""cpu_usage":12.5"#, r#""cpu_usage":null"#),
        (r#""cpu_usage":12.5"#, r#""cpu_usage":1e999"#),
        (r#""cpu_usage":0"#, r#""cpu_usage":"0""#),
        (r#","cpu_usage":0"#, ""),
        (r#""children":["#, r#""children":[1,"#),
        (r#""children""#, r#""parents""#),
    ] {
        let reply = STATS.replace(from, to);
        assert_ne!(reply, STATS);
        let error = run(Some(JsonRpc), JsonRpc, &reply, stats).result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Protocol { .. }), "{reply}: {error}");
    }
}

/// A daemon's refusal of an address, for these causes.
fn start_refused(causes: &serde_json::Value) -> Outcome<()> {
    let data = json!({"cause_chain": causes, "code_name": "InternalError", "service": null});
    let message = "starting http server: Failed";
    let error = json!({"code": -32603, "message": message, "data": data});
    let reply = json!({"jsonrpc": "2.0", "id": 1, "error": error}).to_string();
    run(Some(JsonRpc), JsonRpc, &reply, async |io| control::start_http_server(io, &address()).await)
}

#[test]
fn why_the_http_server_does_not_start_is_told_with_what_is_behind_it() {
    for (causes, words) in [
        (json!(null), "starting http server: Failed"),
        (json!([]), "starting http server: Failed"),
        (
            json!(["no such address", "os error 99"]),
            "starting http server: Failed: no such address: os error 99",
        ),
    ] {
        let outcome = start_refused(&causes);
        let error = outcome.result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Daemon { .. }), "{error}");
        assert_eq!(error.kind().daemon_message(), Some(words));
        let told = format!("cannot start the HTTP server at 127.0.0.1:8080: the daemon refused: {words}");
        assert_eq!(error.to_string(), told);
        assert_eq!(outcome.commands, ["start_http_server 127.0.0.1:8080"]);
    }
    for causes in [json!("x"), json!([1]), json!(["a\0b"])] {
        let error = start_refused(&causes).result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Protocol { .. }), "{causes}: {error}");
    }
}

#[test]
fn the_http_server_is_started_and_stopped() {
    let reply = r#"{"jsonrpc":"2.0","id":1,"result":"HTTP/RPC server started at 127.0.0.1:8080"}"#;
    let start = async |io: Io<'_>| control::start_http_server(io, &address()).await;
    run(Some(JsonRpc), JsonRpc, reply, start).result.unwrap();
    let reply = r#"{"jsonrpc":"2.0","id":1,"result":null}"#;
    let outcome = run(Some(JsonRpc), JsonRpc, reply, control::stop_http_server);
    outcome.result.unwrap();
    assert_eq!(outcome.commands, ["stop_http_server"]);
}
