//! What no single request shows: connections, their limits and their ends, logs as they come, and shutdowns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{request, version_of_real_daemon, wait_until, Connection, Daemon, SLEEPER};
use nix::sys::signal::Signal;
use serde_json::{json, Value};
use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;

/// The most bytes of a request, and of a response.
const LIMIT: usize = 10_485_760;

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"service_list"}"#;
const EMPTY_LIST: &str = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;

#[test]
fn a_request_may_be_split_at_every_byte() {
    let daemon = Daemon::start(&[]);
    let request = "{\"jsonrpc\":\"2.0\",\"id\":\"}\\\"{\",\r\n\"method\":\"service_list\" }";
    let reply = r#"{"jsonrpc":"2.0","id":"}\"{","result":{}}"#;
    let mut connection = daemon.connect();
    for at in 0..request.len() {
        let (before, after) = request.split_at(at);
        connection.send(before);
        // Another connection's round trip: the first part is read before the second one is sent.
        daemon.connect().expect_silence();
        connection.send(after);
        assert_eq!(connection.line(), reply, "split at byte {at}");
    }
    for byte in request.as_bytes() {
        connection.send([*byte]);
    }
    assert_eq!(connection.line(), reply);
}

#[test]
fn each_of_many_requests_at_once_is_answered() {
    let daemon = Daemon::start(&[]);
    let mut connection = daemon.connect();
    let requests: String = (0..1000).map(|id| request(id, "service_list", &json!([]))).collect();
    connection.send(requests);
    let mut ids: Vec<u64> = (0..1000).map(|_| connection.value()["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..1000).collect::<Vec<u64>>());
}

#[test]
fn a_slow_request_does_not_hold_up_a_fast_one() {
    let daemon = Daemon::start(&[SLEEPER]);
    daemon.wait_for_state("sleeper", "Running");
    let mut connection = daemon.connect();
    connection
        .send(request(1, "service_stop", &json!(["sleeper"])) + &request(2, "service_list", &json!([])));
    assert_eq!(connection.value()["id"], 2);
    assert_eq!(connection.value()["id"], 1);
}

#[test]
fn a_message_that_is_not_utf_8_is_dropped() {
    let daemon = Daemon::start(&[]);
    let mut connection = daemon.connect();
    connection.send(b"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"\xff\"}");
    connection.send(LIST);
    // Where both were read at once, the second one is only looked at when more has come.
    wait_until("the next request is answered", || {
        connection.send("\n");
        connection.has_line()
    });
    assert_eq!(connection.line(), EMPTY_LIST);
}

#[test]
fn a_request_behind_as_much_white_space_is_never_answered() {
    let daemon = Daemon::start(&[]);
    let mut connection = daemon.connect();
    connection.send("\n".repeat(LIST.len() - 1) + LIST);
    assert_eq!(connection.line(), EMPTY_LIST);
    connection.send("\n".repeat(LIST.len()) + LIST);
    // Nor are those that follow.
    let mut other = daemon.connect();
    for _ in 0..2 {
        other.expect_silence();
        connection.send(LIST);
    }
    other.expect_silence();
    connection.half_close();
    assert_eq!(connection.rest(), "");
}

#[test]
fn an_open_brace_swallows_what_follows() {
    let daemon = Daemon::start(&[]);
    let mut connection = daemon.connect();
    connection.send(format!("{{{LIST}{LIST}"));
    connection.send("}");
    let error = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}"#;
    assert_eq!(connection.line(), error);
    connection.send(LIST);
    assert_eq!(connection.line(), EMPTY_LIST);
}

#[test]
fn a_request_has_a_largest_size() {
    let daemon = Daemon::start(&[]);
    let mut connection = daemon.connect();
    let sized = |size: usize| {
        let rest = r#"{"jsonrpc":"2.0","id":1,"method":"service_list","params":[""]}"#;
        rest.replace(r#""""#, &format!("\"{}\"", "x".repeat(size - rest.len())))
    };
    connection.send(sized(LIMIT));
    assert_eq!(connection.line(), EMPTY_LIST);
    connection.send(sized(LIMIT + 1));
    assert_eq!(
        connection.line(),
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32007,"message":"Request is too big","data":"Exceeded max limit of 10485760"}}"#
    );
    connection.send(LIST);
    assert_eq!(connection.line(), EMPTY_LIST);
}

#[test]
fn a_response_has_a_largest_size() {
    let daemon = Daemon::start(&[]);
    let mut connection = daemon.connect();
    let around = r#"{"jsonrpc":"2.0","id":1,"result":""}"#;
    fs::write(daemon.file("big"), "x".repeat(LIMIT - around.len())).unwrap();
    connection.send(request(1, "service_get", &json!(["big"])));
    assert_eq!(connection.line().len(), LIMIT);
    fs::write(daemon.file("big"), "x".repeat(LIMIT + 1 - around.len())).unwrap();
    connection.send(request(1, "service_get", &json!(["big"])));
    assert_eq!(
        connection.line(),
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32008,"message":"Response is too big","data":"Exceeded max limit of 10485760"}}"#
    );
}

#[test]
fn there_are_at_most_100_connections() {
    let daemon = Daemon::start(&[]);
    let is_served = |connection: &mut Connection| {
        connection.send(LIST);
        connection.next_line().as_deref() == Some(EMPTY_LIST)
    };
    let mut connections: Vec<Connection> = Vec::new();
    // Those that found out that it listens may not be closed for it yet.
    wait_until("100 connections are served", || {
        let mut connection = daemon.connect();
        if is_served(&mut connection) {
            connections.push(connection);
        }
        connections.len() == 100
    });
    assert_eq!(daemon.connect().rest(), "Too many connections. Please try again later.");
    assert!(connections.iter_mut().all(is_served));
    connections.pop();
    wait_until("the slot is free", || is_served(&mut daemon.connect()));
}

#[test]
fn a_half_close_loses_the_reply_but_not_the_call() {
    let daemon = Daemon::start(&[SLEEPER]);
    daemon.wait_for_state("sleeper", "Running");
    let mut connection = daemon.connect();
    connection.send(request(1, "service_stop", &json!(["sleeper"])));
    connection.half_close();
    assert_eq!(connection.rest(), "");
    daemon.wait_for_state("sleeper", "Error(Signaled(Pid(1), SIGTERM, false))");
}

#[test]
fn a_call_is_carried_out_for_a_client_that_is_gone() {
    let daemon = Daemon::start(&[SLEEPER]);
    daemon.wait_for_state("sleeper", "Running");
    daemon.connect().send(request(1, "service_stop", &json!(["sleeper"])));
    daemon.wait_for_state("sleeper", "Error(Signaled(Pid(1), SIGTERM, false))");
}

#[test]
fn the_description_names_the_methods() {
    let daemon = Daemon::start(&[]);
    let result = daemon.connect().call("rpc.discover", &json!([]))["result"].take();
    let document: Value = serde_json::from_str(result.as_str().expect("a document as a string")).unwrap();
    let names: Vec<&str> = document["methods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|method| method["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 18);
    let mut connection = daemon.connect();
    for name in names.iter().filter(|name| !name.starts_with("system_") && !name.starts_with("stream_sub")) {
        assert_ne!(connection.call(name, &json!([]))["error"]["code"], -32601, "{name}");
    }
}

#[test]
fn a_list_has_no_order() {
    let names: Vec<String> = (0..20).map(|number| format!("service{number}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), SLEEPER.1)).collect();
    let daemon = Daemon::start(&files);
    let mut connection = daemon.connect();
    for name in &names {
        daemon.wait_for_state(name, "Running");
    }
    connection.send(LIST);
    let first = connection.line();
    wait_until("the order changes", || {
        connection.send(LIST);
        connection.line() != first
    });
}

#[test]
fn a_start_runs_a_finished_oneshot_again() {
    let once = ("once", "exec: sh -c 'echo ran'\noneshot: true\n");
    let daemon = Daemon::start(&[once]);
    daemon.wait_for_state("once", "Success");
    let mut connection = daemon.connect();
    assert_eq!(connection.call("service_start", &json!(["once"]))["result"], Value::Null);
    let lines = |connection: &mut Connection| {
        let kept = connection.call("stream_currentLogs", &json!(["once"]));
        kept["result"].as_array().unwrap().iter().filter(|line| **line == "[+] once: ran").count()
    };
    wait_until("it has run twice", || lines(&mut connection) == 2);
}

#[test]
fn stop_kills_what_has_left_the_process_group() {
    let parent =
        ("parent", "exec: >-\n  sh -c 'setsid sh -c \"trap : TERM; while :; do sleep 1; done\" & wait'\n");
    let daemon = Daemon::start(&[parent]);
    daemon.wait_for_state("parent", "Running");
    let mut connection = daemon.connect();
    let mut children = Vec::new();
    wait_until("it has two descendants", || {
        let stats = connection.call("service_stats", &json!(["parent"]));
        children = stats["result"]["children"].as_array().unwrap().clone();
        children.len() == 2
    });
    connection.call("service_stop", &json!(["parent"]));
    let gone = |child: &Value| !fs::exists(format!("/proc/{}", child["pid"])).unwrap();
    wait_until("they are gone", || children.iter().all(gone));
}

#[test]
fn the_log_keeps_as_many_lines_as_it_is_told_of_all_services_together() {
    let counter = |name| (name, "exec: sh -c 'for i in 1 2 3 4 5; do echo $i; done'\noneshot: true\n");
    let daemon = Daemon::start_with(&[counter("a"), counter("b")], "0.2.28", &["-b", "7"]);
    daemon.wait_for_state("a", "Success");
    daemon.wait_for_state("b", "Success");
    let mut connection = daemon.connect();
    // Lines are still on their way when a process has ended.
    wait_until("the last lines are there", || {
        let kept = connection.call("stream_currentLogs", &json!([]))["result"].take();
        let last = |name: &str| kept.as_array().unwrap().contains(&json!(format!("[+] {name}: 5")));
        assert!(kept.as_array().unwrap().len() <= 7, "{kept}");
        last("a") && last("b")
    });
}

#[test]
fn the_kept_lines_are_those_of_one_service() {
    let envsvc =
        ("envsvc", "exec: sh -c 'echo FOO=$FOO; echo $A >&2; sleep 1000'\nenv: {FOO: bar baz, A: 1}\n");
    let daemon = Daemon::start(&[envsvc, SLEEPER]);
    daemon.wait_for_state("sleeper", "Running");
    let mut connection = daemon.connect();
    let mut lines = Vec::new();
    wait_until("it has printed", || {
        let kept = connection.call("stream_currentLogs", &json!({"name": "envsvc"}));
        lines.clone_from(kept["result"].as_array().unwrap());
        lines.len() == 3
    });
    assert_eq!(lines[0], "[-] envsvc: ------------ [start] ------------");
    // The two streams are read side by side.
    assert!(lines.contains(&json!("[+] envsvc: FOO=bar baz")), "{lines:?}");
    assert!(lines.contains(&json!("[-] envsvc: 1")), "{lines:?}");
}

#[test]
fn a_subscription_gives_the_lines_that_come() {
    let burst = ("burst", "exec: sh -c 'echo one; echo two'\noneshot: true\n");
    let daemon = Daemon::start(&[burst, ("other", burst.1)]);
    daemon.wait_for_state("burst", "Success");
    daemon.wait_for_state("other", "Success");
    let mut connection = daemon.connect();
    let id = connection.call("stream_subscribeLogs", &json!(["burst"]))["result"].as_u64().expect("a number");
    assert!(id < 1 << 53);
    // What came before the subscription was in force is not given: of the run in which that came to be, the end comes.
    wait_until("the first line of a run comes", || {
        let mut control = daemon.connect();
        control.call("service_start", &json!(["other"]));
        control.call("service_start", &json!(["burst"]));
        daemon.wait_for_state("burst", "Success");
        connection.send(LIST);
        let first = notification(id, "[-] burst: ------------ [start] ------------");
        let mut lines = std::iter::from_fn(|| Some(connection.line()));
        lines.find(|line| *line == first || line.contains(r#""id":1"#)) == Some(first)
    });
    let mut next = || loop {
        let line = connection.line();
        if !line.contains(r#""id":1"#) {
            return line;
        }
    };
    assert_eq!(next(), notification(id, "[+] burst: one"));
    assert_eq!(next(), notification(id, "[+] burst: two"));
}

fn notification(id: u64, line: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","method":"stream_subscribeLogs","params":{{"subscription":{id},"result":"{line}"}}}}"#
    )
}

#[test]
fn a_subscription_can_be_cancelled_once_by_its_connection() {
    let daemon = Daemon::start(&[]);
    let mut connection = daemon.connect();
    let first = connection.call("stream_subscribeLogs", &json!([]))["result"].take();
    let second = connection.call("stream_subscribeLogs", &json!({"name": "ignored"}))["result"].take();
    assert_ne!(first, second);
    let cancel = |connection: &mut Connection, id: &Value| {
        connection.call("stream_unsubscribeLogs", &json!([id]))["result"].as_bool().unwrap()
    };
    assert!(!cancel(&mut daemon.connect(), &first));
    assert!(cancel(&mut connection, &first));
    assert!(!cancel(&mut connection, &first));
    assert!(cancel(&mut connection, &second));
}

#[test]
fn a_cancelled_subscription_gives_nothing() {
    let burst = ("burst", "exec: sh -c 'echo one; echo two'\noneshot: true\n");
    let daemon = Daemon::start(&[burst]);
    daemon.wait_for_state("burst", "Success");
    let mut connection = daemon.connect();
    let id = connection.call("stream_subscribeLogs", &json!([]))["result"].take();
    assert_eq!(connection.call("stream_unsubscribeLogs", &json!([id]))["result"], true);
    daemon.connect().call("service_start", &json!(["burst"]));
    daemon.wait_for_state("burst", "Success");
    connection.expect_silence();
}

#[test]
fn in_a_batch_a_subscription_is_answered_twice() {
    let daemon = Daemon::start(&[]);
    let mut connection = daemon.connect();
    connection.send(r#"[{"jsonrpc":"2.0","id":1,"method":"stream_subscribeLogs"}]"#);
    let alone = connection.line();
    assert_eq!(connection.line(), format!("[{alone}]"));
}

#[test]
fn there_may_be_many_subscriptions() {
    let daemon = Daemon::start(&[]);
    let mut connection = daemon.connect();
    for _ in 0..1500 {
        assert!(connection.call("stream_subscribeLogs", &json!([]))["result"].is_u64());
    }
}

#[test]
fn lines_that_come_too_fast_are_dropped_and_only_those_who_read_all_are_told() {
    let flood = ("flood", "exec: seq 60000\noneshot: true\n");
    let daemon = Daemon::start(&[flood, ("end", "exec: echo over\noneshot: true\n")]);
    daemon.wait_for_state("flood", "Success");
    daemon.wait_for_state("end", "Success");
    let mut all = daemon.connect();
    let mut filtered = daemon.connect();
    all.call("stream_subscribeLogs", &json!([]));
    filtered.call("stream_subscribeLogs", &json!(["flood"]));
    filtered.call("stream_subscribeLogs", &json!(["end"]));
    // Neither is read from while the lines come, so that they have to be dropped.
    daemon.connect().call("service_start", &json!(["flood"]));
    daemon.wait_for_state("flood", "Success");
    let lines_until_the_end = |connection: &mut Connection| {
        let mut lines = Vec::new();
        loop {
            daemon.connect().call("service_start", &json!(["end"]));
            let line = connection.value()["params"]["result"].as_str().unwrap_or_default().to_owned();
            if line == "[+] end: over" {
                return lines;
            }
            lines.push(line);
        }
    };
    let of_all = lines_until_the_end(&mut all);
    let of_flood = lines_until_the_end(&mut filtered);
    let told = |lines: &[String]| lines.iter().any(|line| is_loss(line));
    assert!(of_all.len() < 60_000 && told(&of_all));
    assert!(of_flood.len() < 60_000 && !told(&of_flood));
}

/// `[-] zinit: N lines dropped`.
fn is_loss(line: &str) -> bool {
    let count = line.strip_prefix("[-] zinit: ").and_then(|rest| rest.strip_suffix(" lines dropped"));
    count.is_some_and(|count| count.parse::<u64>().is_ok())
}

#[test]
fn another_door_can_be_opened_moved_and_closed() {
    let daemon = Daemon::start(&[]);
    let mut connection = daemon.connect();
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (first, second) = (free(), free());
    let started = |address: &str| json!(format!("HTTP/RPC server started at {address}"));
    assert_eq!(connection.call("system_start_http_server", &json!([first]))["result"], started(&first));
    TcpStream::connect(&first).unwrap();
    let in_use = connection.call("system_start_http_server", &json!([first]));
    assert_eq!(in_use["error"]["code"], -32603);
    if version_of_real_daemon().is_none_or(|version| version == "0.2.28") {
        assert_eq!(in_use["error"]["message"], "starting http server: Address already in use (os error 98)");
        assert_eq!(in_use["error"]["data"]["cause_chain"], Value::Null);
    }
    assert_eq!(connection.call("system_start_http_server", &json!([second]))["result"], started(&second));
    wait_until("the first one is closed", || TcpStream::connect(&first).is_err());
    assert_eq!(connection.call("system_stop_http_server", &json!([]))["result"], Value::Null);
    wait_until("the second one is closed", || TcpStream::connect(&second).is_err());
}

#[test]
fn a_shutdown_has_no_reply_and_refuses_starts_meanwhile() {
    for method in ["system_shutdown", "system_reboot"] {
        let mut daemon = Daemon::start(&[SLEEPER, ("other", SLEEPER.1)]);
        daemon.wait_for_state("sleeper", "Running");
        daemon.wait_for_state("other", "Running");
        let mut caller = daemon.connect();
        let mut other = daemon.connect();
        caller.send(request(1, method, &json!([])));
        wait_until("a start is refused", || {
            let reply = other.call("service_start", &json!(["sleeper"]));
            reply["error"]["code"] == -32006 || reply["error"]["code"] == -32002
        });
        assert!(other.call("service_list", &json!([]))["result"].is_object());
        assert_eq!(caller.rest(), "");
        assert_eq!(other.rest(), "");
        assert!(daemon.wait_until_it_ends());
        let refused = UnixStream::connect(daemon.socket()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "the socket stays behind");
    }
}

#[test]
fn a_shutdown_stops_dependents_first() {
    let dependent = ("dependent", "exec: sleep 1000\nafter: [sleeper]\n");
    let mut daemon = Daemon::start(&[SLEEPER, dependent]);
    daemon.wait_for_state("dependent", "Running");
    let mut other = daemon.connect();
    daemon.connect().send(request(1, "system_shutdown", &json!([])));
    let mut state = |service: &str| {
        other.call("service_status", &json!([service]))["result"]["state"].as_str().unwrap().to_owned()
    };
    wait_until("the dependent is stopped", || {
        // In this order: what is stopped second cannot end between the two questions without the first.
        let sleeper = state("sleeper");
        let dependent = state("dependent");
        assert!(sleeper == "Running" || dependent != "Running", "{sleeper}, {dependent}");
        dependent != "Running"
    });
    assert!(daemon.wait_until_it_ends());
}

#[test]
fn sigterm_and_sighup_are_a_shutdown() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let mut daemon = Daemon::start(&[SLEEPER]);
        daemon.wait_for_state("sleeper", "Running");
        let mut connection = daemon.connect();
        daemon.signal(signal);
        assert_eq!(connection.rest(), "");
        assert!(daemon.wait_until_it_ends());
        assert!(daemon.socket().exists());
    }
}

#[test]
fn sigint_leaves_the_services_running_and_the_daemon_hanging() {
    let mut daemon = Daemon::start(&[SLEEPER]);
    daemon.wait_for_state("sleeper", "Running");
    let mut connection = daemon.connect();
    let process = connection.call("service_status", &json!(["sleeper"]))["result"]["pid"].as_i64().unwrap();
    daemon.signal(Signal::SIGINT);
    wait_until("the socket is removed", || !daemon.socket().exists());
    assert_eq!(connection.rest(), "");
    assert_eq!(daemon.ended(), None);
    let process = nix::unistd::Pid::from_raw(i32::try_from(process).unwrap());
    // It ends with the last process that could print.
    nix::sys::signal::kill(process, Signal::SIGKILL).expect("the service still runs");
    daemon.wait_until_it_ends();
}
