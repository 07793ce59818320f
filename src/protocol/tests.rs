//! What the library makes of the replies of real daemons: the rows of `tests/tables/jsonrpc_replies.txt` and
//! `tests/tables/zinit_0_3_replies.txt`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Child, Command, Done, GraphState, Input, NoAnswer, Notifications, Pong, Protocol, RawJson, Reply,
    Request, Scan, command, interpret,
};
use crate::error::{Error, ErrorKind};
use crate::model::{Address, ExitStatus, Name, ProcessStats, Service, Signal, State, Stats, Status, Text};

/// Every code that a daemon has: at first those of 0.2.15 to 0.2.28, where no path leads to -32009, -32010 and -32011.
const CODES: [i64; 20] = [
    -32000, -32001, -32002, -32003, -32004, -32005, -32006, -32007, -32008, -32009, -32010, -32011, -32600,
    -32601, -32602, -32603, -32700, // Of zinit 0.3.
    -32012, -32013, -32014,
];

/// Every request that a row can name.
const REQUESTS: [&str; 23] = [
    "list",
    "status",
    "start",
    "stop",
    "monitor",
    "forget",
    "kill",
    "shutdown",
    "reboot",
    "get",
    "create",
    "delete",
    "stats",
    "http-start",
    "http-stop",
    "log",
    "log-snapshot",
    "set",
    "remove",
    "children",
    "tail",
    "ping",
    "graph-state",
];

struct Row<'a> {
    protocol: Protocol,
    /// One of [`REQUESTS`].
    request: &'a str,
    service: &'a str,
    reply: String,
    /// Whether the daemon closed behind the reply.
    input: Input,
    /// What the library makes of it.
    meaning: &'a str,
}

fn rows() -> Vec<Row<'static>> {
    let tables = [
        include_str!("../../tests/tables/jsonrpc_replies.txt"),
        include_str!("../../tests/tables/zinit_0_3_replies.txt"),
    ];
    tables.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#')).map(row).collect()
}

fn row(line: &str) -> Row<'_> {
    let columns: Vec<_> = line.split('\t').collect();
    let [_, protocol, request, reply, meaning] = columns[..] else { panic!("{line}") };
    let protocol = match protocol {
        "line" => Protocol::Line,
        "json-rpc" => Protocol::JsonRpc,
        "zinit-0.3" => Protocol::Zinit03,
        _ => panic!("{line}"),
    };
    let (request, service) = request.split_once(' ').unwrap_or((request, "web"));
    let (reply, input) = match reply.strip_suffix("EOF") {
        Some(reply) => (reply, Input::Ended),
        None => (reply, Input::Partial),
    };
    Row { protocol, request, service, reply: reply.replace('⏎', "\n"), input, meaning }
}

impl Row<'_> {
    /// The number of the request, where the reply has one.
    fn number(&self) -> Option<&str> {
        if self.protocol == Protocol::Line {
            return None;
        }
        let (number, _) = self.reply.strip_prefix(r#"{"jsonrpc":"2.0","id":"#)?.split_once(',')?;
        Some(number).filter(|number| *number != "null")
    }

    /// The reply to a request of another number.
    fn numbered(&self, number: &str) -> String {
        let Some(recorded) = self.number() else { return self.reply.clone() };
        self.reply.replacen(&format!("\"id\":{recorded}"), &format!("\"id\":{number}"), 1)
    }

    fn error(&self) -> Option<Value> {
        serde_json::from_str::<Value>(&self.reply).ok()?.get("error").cloned()
    }

    /// What the library makes of these bytes, which may be more or less than the reply.
    fn read(&self, reply: &str, input: Input) -> String {
        let name = Name::new(self.service).unwrap();
        match self.request {
            "list" => self.told(&command::list(), reply, input, |list| states(list.services())),
            "status" => self.told(&command::status(&name), reply, input, |status| status_words(&status)),
            "stats" => self.told(&command::stats(&name), reply, input, |stats| stats_words(&stats)),
            "get" => self.told(&command::get(&name), reply, input, |RawJson(json)| {
                definition(match self.protocol {
                    Protocol::Zinit03 => Service::from_zinit_0_3(&json),
                    Protocol::Line | Protocol::JsonRpc => Service::from_json(&json),
                })
            }),
            "log-snapshot" => {
                self.told(&command::kept_lines(Some(&name)), reply, input, |lines| format!("{lines:?}"))
            }
            "log" => notified(reply),
            "children" => self.told(&command::children(&name), reply, input, |children| {
                let words = children
                    .children
                    .iter()
                    .map(|Child { pid, memory_bytes }| format!("pid {pid} {memory_bytes} B"));
                format!("[{}]", words.collect::<Vec<_>>().join(", "))
            }),
            "tail" => self.told(&command::tail(&name, 9), reply, input, |lines| format!("{lines:?}")),
            "ping" => self.told(&command::ping(), reply, input, |Pong { version }| version),
            "graph-state" => self.told(&command::graph_state(), reply, input, |GraphState { output }| output),
            "shutdown" => self.told(&command::end(Request::Shutdown), reply, input, done),
            "reboot" => self.told(&command::end(Request::Reboot), reply, input, done),
            _ => self.told(&command::tell(self.instruction(name)), reply, input, done),
        }
    }

    fn instruction(&self, name: Name) -> Request {
        match self.request {
            "start" => Request::Start(name),
            "stop" if self.protocol == Protocol::Zinit03 => Request::StopProcess(name),
            "stop" => Request::Stop(name),
            "monitor" => Request::Monitor(name),
            "forget" => Request::Forget(name),
            "kill" if self.protocol == Protocol::Zinit03 => {
                Request::KillProcess(name, Signal::parse("SIGTERM").unwrap())
            }
            "set" => Request::Set("{}".to_owned()),
            "remove" => Request::Remove(name),
            "kill" => Request::Kill(name, Signal::parse("SIGTERM").unwrap()),
            "create" => Request::Create(name, "{}".to_owned()),
            "delete" => Request::Delete(name),
            "http-start" => Request::StartHttpServer(Address::parse("127.0.0.1:18999").unwrap()),
            "http-stop" => Request::StopHttpServer,
            other => panic!("a request that the test does not have: {other}"),
        }
    }

    fn told<T>(
        &self,
        command: &Command<T>,
        reply: &str,
        input: Input,
        tell: impl FnOnce(T) -> String,
    ) -> String {
        match (command.read)(self.protocol, &mut reply.as_bytes().to_vec(), input, &mut Scan::default()) {
            Reply::Answer(answer) => tell(answer),
            Reply::None(NoAnswer::Error(error)) => {
                self.failed(&interpret(&command.request, self.protocol, error))
            }
            Reply::None(other) => format!("{other:?}"),
        }
    }

    fn failed(&self, error: &Error) -> String {
        if let (Some(words), Some(recorded)) = (error.kind().daemon_message(), self.error()) {
            let recorded = recorded["message"].as_str().unwrap();
            assert!(words.starts_with(recorded), "the daemon's words are lost: {recorded}: {words}");
        }
        error_words(error)
    }
}

fn error_words(error: &Error) -> String {
    let kind = format!("{:?}", error.kind());
    let kind = kind.split(' ').next().unwrap();
    format!("{kind}: {error}")
}

fn done(_: Done) -> String {
    "done".to_owned()
}

/// The text, and where that is of another kind, or does not have the reason, those.
fn state_words(state: &State) -> String {
    let text = state.text().as_str();
    let parsed = State::parse(text).unwrap();
    if parsed == *state {
        return text.to_owned();
    }
    let exit = state.exit_status().map_or_else(String::new, |exit| format!(", {exit:?}"));
    format!("{text} is {:?}({}{exit})", state.kind(), state.reason().map_or("", Text::as_str))
}

fn states(services: &[(Text, State)]) -> String {
    let states: Vec<_> =
        services.iter().map(|(name, state)| format!("{name} {}", state_words(state))).collect();
    format!("[{}]", states.join(", "))
}

fn status_words(status: &Status) -> String {
    let Status { name, pid, state, target, after } = status;
    let state = state_words(state);
    format!("{name} pid {pid} {state} target {} after {}", target.name(), states(after))
}

fn stats_words(stats: &Stats) -> String {
    let words = |ProcessStats { pid, memory, cpu }: &ProcessStats| format!("pid {pid} {memory} B {cpu:.1} %");
    let children: Vec<_> = stats.children.iter().map(words).collect();
    format!("{} children [{}]", words(&stats.process), children.join(", "))
}

fn definition(read: crate::error::Result<Service>) -> String {
    match read {
        Ok(service) => format!("exec {:?}", service.exec().map(Text::as_str)),
        Err(error) => error_words(&error),
    }
}

fn notified(reply: &str) -> String {
    let mut notifications = Notifications::default();
    if let Err(error) = notifications.take_in(reply.as_bytes()) {
        return error_words(&error);
    }
    match notifications.take_next() {
        Some(notification) => format!("line {:?}", notification.line),
        None if notifications.is_confirmed() => "confirmed".to_owned(),
        None => "Incomplete".to_owned(),
    }
}

#[test]
fn a_recorded_reply_means_what_its_row_says() {
    let mut wrong = Vec::new();
    for row in rows() {
        let meaning = row.read(&row.numbered("1"), row.input);
        if meaning != row.meaning {
            wrong.push(format!("{} {}\n  {}\n  is read as {meaning}", row.request, row.service, row.reply));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rows_have_every_request_and_every_code() {
    let rows = rows();
    let requests: BTreeSet<_> = rows.iter().map(|row| row.request).collect();
    assert_eq!(requests, BTreeSet::from(REQUESTS));
    let codes: BTreeSet<_> = rows.iter().filter_map(|row| row.error()?["code"].as_i64()).collect();
    assert_eq!(codes, BTreeSet::from(CODES));
}

#[test]
fn a_part_of_a_recorded_reply_is_not_a_reply_yet() {
    for row in rows() {
        // No more than its first byte tells that an array is not a reply.
        if row.protocol == Protocol::Line || row.reply.starts_with('[') {
            continue;
        }
        let reply = row.numbered("1");
        let whole = reply.trim_ascii_end();
        for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            assert_eq!(row.read(&whole[..end], Input::Partial), "Incomplete", "{}", &whole[..end]);
        }
    }
}

#[test]
fn a_recorded_reply_to_another_request_is_not_taken() {
    let mut rows = rows();
    rows.retain(|row| row.protocol != Protocol::Line && row.number().is_some() && row.request != "log");
    assert!(!rows.is_empty());
    for row in rows {
        let meaning = row.read(&row.numbered("2"), row.input);
        assert!(meaning.starts_with("Protocol: "), "{}: {meaning}", row.reply);
    }
}

#[test]
fn a_refusal_that_a_request_cannot_get_is_told_in_the_daemons_words_alone() {
    let web = || Name::new("web").unwrap();
    let message = || "no".to_owned();
    let kill = Request::Kill(web(), Signal::parse("SIGTERM").unwrap());
    for (kind, can_get, cannot_get) in [
        (
            ErrorKind::UnknownService { what: "it", message: message() },
            Request::Start(web()),
            Request::Monitor(web()),
        ),
        (ErrorKind::AlreadyMonitored { message: message() }, Request::Monitor(web()), Request::Start(web())),
        (ErrorKind::ServiceUp { message: message() }, Request::Forget(web()), Request::Start(web())),
        (ErrorKind::ServiceDown { message: message() }, kill, Request::Start(web())),
        (ErrorKind::ShuttingDown { message: message() }, Request::Start(web()), Request::Status(web())),
        (ErrorKind::ConfigRefused { message: message() }, Request::Monitor(web()), Request::Reboot),
    ] {
        for protocol in [Protocol::Line, Protocol::JsonRpc] {
            assert_eq!(*interpret(&can_get, protocol, kind.clone().into()).kind(), kind);
            let told = ErrorKind::Daemon { message: message(), advice: "" };
            assert_eq!(*interpret(&cannot_get, protocol, kind.clone().into()).kind(), told, "{kind:?}");
        }
    }
}

#[test]
fn a_refusal_that_names_another_service_is_not_one_of_this_service() {
    let unknown = |message: &str| ErrorKind::UnknownService { what: "it", message: message.to_owned() };
    let web = r#"service name "web" unknown"#;
    let db = r#"service name "db" unknown"#;
    for (protocol, message, is_another) in [
        (Protocol::Line, web, false),
        (Protocol::Line, db, true),
        // Its names stand in other words there.
        (Protocol::JsonRpc, db, false),
    ] {
        let error = interpret(&Request::Start(Name::new("web").unwrap()), protocol, unknown(message).into());
        assert_eq!(matches!(error.kind(), ErrorKind::Daemon { .. }), is_another, "{error}");
        assert_eq!(error.to_string().contains("monitor that one, too"), is_another, "{error}");
    }
    // Nor does a request about no service get another's refusal for its own.
    assert_eq!(*interpret(&Request::List, Protocol::Line, unknown(db).into()).kind(), unknown(db));
}

#[test]
fn why_a_daemon_cannot_do_it_is_true_of_that_daemon() {
    let start = Request::StartHttpServer(Address::parse("127.0.0.1:1").unwrap());
    for request in [start, Request::StopHttpServer] {
        let reason = |protocol| request.reason_of_absence(protocol);
        assert_eq!(reason(Some(Protocol::Zinit03)), "zinit 0.3 has no HTTP server");
        for protocol in [Some(Protocol::Line), None] {
            assert_eq!(reason(protocol), "zinit before 0.2.15 has no HTTP server");
        }
    }
}

#[test]
fn an_exit_code_that_is_not_told_is_not_taken_for_one() {
    let web = Name::new("web").unwrap();
    let reply = r#"{"jsonrpc":"2.0","id":1,"result":{"dependencies":[],"is_target":false,"name":"web",
        "state":{"reason":{"type":"exit_code"},"state":"failed"},"uptime_secs":null}}"#;
    let (mut bytes, mut scan) = (reply.replace('\n', "").into_bytes(), Scan::default());
    let read = (command::status(&web).read)(Protocol::Zinit03, &mut bytes, Input::Ended, &mut scan);
    let Reply::Answer(status) = read else { panic!("{read:?}") };
    assert_eq!(status.state.exit_status(), Some(&ExitStatus::Exited(-1)));
}

#[test]
fn what_is_not_json_is_told_with_its_place() {
    for protocol in [Protocol::Line, Protocol::JsonRpc] {
        for input in [Input::Partial, Input::Ended] {
            let mut bytes = b"{hello}".to_vec();
            let reply = (command::list().read)(protocol, &mut bytes, input, &mut Scan::default());
            let Reply::None(NoAnswer::Error(error)) = reply else { panic!("{reply:?}") };
            assert!(matches!(error.kind(), ErrorKind::Protocol { .. }), "{error}");
            assert!(error.to_string().contains("line 1 column 2"), "{error}");
        }
    }
}

#[test]
fn a_value_of_another_kind_is_told_with_what_was_expected() {
    fn message<T: std::fmt::Debug>(command: &Command<T>, protocol: Protocol, reply: &str) -> String {
        let mut bytes = reply.as_bytes().to_vec();
        match (command.read)(protocol, &mut bytes, Input::Ended, &mut Scan::default()) {
            Reply::None(NoAnswer::Error(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    }
    let told = message(&command::list(), Protocol::Line, r#"{"state":"ok","body":5}"#);
    assert!(told.contains("invalid type: integer `5`, expected a map from name to state"), "{told}");
    let refusal = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no","data":5}}"#;
    let told = message(&command::list(), Protocol::JsonRpc, refusal);
    assert!(told.contains("invalid type: integer `5`, expected a reason"), "{told}");
}

#[test]
fn a_daemon_without_room_says_so_however_its_words_come() {
    let list = command::list();
    for protocol in [Protocol::Line, Protocol::JsonRpc] {
        let (mut bytes, mut scan) = (Vec::new(), Scan::default());
        for (index, byte) in BUSY.bytes().enumerate() {
            bytes.push(byte);
            let reply = (list.read)(protocol, &mut bytes, Input::Partial, &mut scan);
            let is_whole = index + 1 == BUSY.len();
            match reply {
                Reply::None(NoAnswer::Busy) if is_whole => {}
                Reply::None(NoAnswer::Incomplete) if !is_whole => {}
                other => panic!("{protocol:?}, {} bytes: {other:?}", index + 1),
            }
        }
    }
}

#[test]
fn a_daemon_without_room_for_a_log_says_so_however_its_words_come() {
    for reply in [BUSY, &format!("{BUSY}\n"), &format!("{BUSY} 30 s\n{{}}\n")] {
        for part in [reply.len(), BUSY.len(), 1] {
            let mut notifications = Notifications::default();
            let told = reply.as_bytes().chunks(part).find_map(|part| notifications.take_in(part).err());
            assert_eq!(
                told.map(|error| error_words(&error)),
                Some(notified(BUSY)),
                "{reply:?} in parts of {part}"
            );
        }
    }
}

const BUSY: &str = "Too many connections. Please try again later.";

#[test]
fn a_notification_may_be_8_mib_long() {
    const MOST: usize = 8 << 20;
    let begin = r#"{"jsonrpc":"2.0","method":"log","params":{"subscription":1,"result":"[+] web: "#;
    let part = vec![b'x'; 16 << 10];
    let mut notifications = Notifications::default();
    notifications.take_in(begin.as_bytes()).unwrap();
    let mut left = MOST - begin.len();
    while left > 0 {
        let length = left.min(part.len());
        notifications.take_in(&part[..length]).unwrap();
        left -= length;
    }
    let error = notifications.take_in(b"x").unwrap_err();
    assert!(error.to_string().contains("a notification without an end"), "{error}");
}

#[test]
fn a_message_shows_80_bytes_of_a_reply() {
    for (length, shown, is_cut) in [(79, 79, false), (80, 80, true), (1000, 80, true)] {
        let message = notified(&("z".repeat(length) + "\n"));
        assert_eq!(message.matches('z').count(), shown, "{message}");
        assert_eq!(message.ends_with('\u{2026}'), is_cut, "{message}");
    }
}

#[test]
fn a_message_about_a_reply_shows_no_value_of_env() {
    let name = Name::new("web").unwrap();
    let whole = r#"{"jsonrpc":"2.0","id":1,"result":{"env":{"PASSWORD":"hunter2"},"exec":"a"}}"#;
    for reply in [format!("{whole}x\n"), format!("{whole}{whole}\n"), whole.replace("\"2.0\"", "2") + "\n"] {
        for input in [Input::Partial, Input::Ended] {
            let read = command::get(&name).read;
            let message =
                match read(Protocol::JsonRpc, &mut reply.clone().into_bytes(), input, &mut Scan::default()) {
                    Reply::Answer(_) => continue,
                    Reply::None(NoAnswer::Error(error)) => error.to_string(),
                    Reply::None(other) => format!("{other:?}"),
                };
            assert!(message.contains("env") && !message.contains("hunter2"), "{message}");
        }
    }
}
