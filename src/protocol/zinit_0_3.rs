//! The JSON-RPC 2.0 of zinit 0.3.6 to 0.3.9: other methods than those of 0.2.15 to 0.2.28, other states, and named
//! parameters.

use serde::de::DeserializeOwned;

use super::body::{Done, Services, pid};
use super::jsonrpc::{self, METHOD_NOT_FOUND, Refused};
use super::object::Object;
use super::{Input, NoAnswer, Protocol, Reply, Request, Scan};
use crate::error::{Error, ErrorKind};
use crate::model::{ExitStatus, ProcessStats, Signal, State, StateKind, Stats, Status, Target, Text};

/// The request that goes out; `None`: there is no method that does this alone.
pub(super) fn encode(request: &Request) -> Option<Vec<u8>> {
    let (method, name) = match request {
        Request::List => ("service.list_full", None),
        Request::Status(name) => ("service.status_full", Some(name)),
        Request::Start(name) => ("service.start", Some(name)),
        Request::StopProcess(name) => ("service.stop", Some(name)),
        Request::KillProcess(name, _) => ("service.kill", Some(name)),
        Request::Get(name) => ("service.get", Some(name)),
        Request::Stats(name) => ("service.stats", Some(name)),
        Request::Children(name) => ("service.children", Some(name)),
        Request::Tail(name, _) => ("logs.tail", Some(name)),
        Request::Set(_) => ("service.set", None),
        Request::Remove(name) => ("service.delete", Some(name)),
        Request::Ping => ("system.ping", None),
        Request::GraphState => ("debug.state", None),
        Request::Reboot => ("system.reboot", None),
        Request::Shutdown => ("system.shutdown", None),
        Request::Stop(_)
        | Request::Kill(..)
        | Request::Monitor(_)
        | Request::Forget(_)
        | Request::Create(..)
        | Request::Delete(_)
        | Request::Log(_)
        | Request::LogSnapshot(_)
        | Request::StartHttpServer(_)
        | Request::StopHttpServer => return None,
    };
    let mut parameters: Vec<String> = Vec::new();
    parameters.extend(name.map(|name| format!("\"name\":{}", text(name.as_str()))));
    match request {
        // A number is taken for SIGTERM.
        Request::KillProcess(_, signal) => {
            parameters.push(format!("\"signal\":{}", text(signal.name().as_str())))
        }
        Request::Tail(_, lines) => parameters.push(format!("\"lines\":{lines}")),
        Request::Set(definition) => parameters.push(format!("\"config\":{definition}")),
        _ => {}
    }
    let parameters = parameters.join(",");
    let id = jsonrpc::ID;
    let request =
        format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"{method}\",\"params\":{{{parameters}}}}}\n");
    Some(request.into_bytes())
}

/// A string of JSON.
fn text(text: &str) -> String {
    // Text is written without fail.
    serde_json::to_string(text).unwrap_or_default()
}

/// What another daemon gives as it stands, and this one in a form of its own.
pub(super) trait Answer: Sized {
    /// That form.
    type Told: DeserializeOwned;

    /// What it means.
    fn from_told(told: Self::Told) -> Self;
}

/// Reads the reply that means a `T`.
pub(super) fn read<T: Answer>(bytes: &[u8], input: Input, scan: &mut Scan) -> Reply<T> {
    match read_told(bytes, input, scan) {
        Reply::Answer(told) => Reply::Answer(T::from_told(told)),
        Reply::None(reply) => Reply::None(reply),
    }
}

/// Reads the reply whose result is a `T`.
pub(super) fn read_told<T: DeserializeOwned>(bytes: &[u8], input: Input, scan: &mut Scan) -> Reply<T> {
    jsonrpc::read_any(bytes, input, scan, refusal)
}

/// Reads a list with all that it tells.
pub(super) fn read_statuses(bytes: &[u8], input: Input, scan: &mut Scan) -> Reply<Vec<Status>> {
    match read_told::<Vec<Object<Detail>>>(bytes, input, scan) {
        Reply::Answer(told) => Reply::Answer(told.into_iter().map(Status::from_told).collect()),
        Reply::None(reply) => Reply::None(reply),
    }
}

/// What a refusal means. The wording is that of zinit 0.3.9.
fn refusal(refused: Refused) -> NoAnswer {
    const FAILED_VALIDATION: i64 = -32011;
    const FILE_NOT_WRITTEN: i64 = -32014;
    let code = refused.code;
    let message = refused.into_words();
    let kind = if message.starts_with("service not found") {
        ErrorKind::UnknownService { what: "it", message }
    } else if message.starts_with("service not running") || message.starts_with("ESRCH") {
        ErrorKind::ServiceDown { message }
    } else if message == "supervisor not available" {
        ErrorKind::ShuttingDown { message }
    } else if (FILE_NOT_WRITTEN..=FAILED_VALIDATION).contains(&code) {
        ErrorKind::ConfigRefused { message }
    } else if code == METHOD_NOT_FOUND && message != Refused::OTHER_METHODS {
        return NoAnswer::Foreign(Protocol::JsonRpc);
    } else if code == METHOD_NOT_FOUND {
        let reason = "it does not know the command; a newer zinit may know it";
        ErrorKind::NotSupported { reason, message: Some(message) }
    } else {
        ErrorKind::Daemon { message, advice: "" }
    };
    Error::from(kind).into()
}

impl Answer for Done {
    type Told = Self;

    fn from_told(told: Self) -> Self {
        told
    }
}

impl Answer for Services {
    type Told = Vec<Object<Service>>;

    fn from_told(told: Self::Told) -> Self {
        Self(
            told.into_iter()
                .map(|Object(Service { name, state: Object(state) })| (name, state.into()))
                .collect(),
        )
    }
}

impl Answer for Status {
    type Told = Object<Detail>;

    fn from_told(Object(Detail { name, state: Object(state), dependencies }): Self::Told) -> Self {
        let target = state.target();
        let pid = state.pid.as_ref().map_or(0, |Pid(pid)| *pid);
        let holds_back = |dependency: &Object<Dependency>| dependency.0.dep_type != "conflicts";
        let after = dependencies
            .into_iter()
            .filter(holds_back)
            .map(|Object(Dependency { name, state, .. })| (name, state.0.into()));
        Self { name, pid, state: state.into(), target, after: after.collect() }
    }
}

impl Answer for Stats {
    type Told = Object<Usage>;

    fn from_told(Object(Usage { pid: Pid(pid), memory_bytes, cpu_percent }): Self::Told) -> Self {
        let process = ProcessStats { pid, memory: memory_bytes, cpu: cpu_percent };
        Self { process, children: Vec::new() }
    }
}

/// An element of `service.list_full`.
#[derive(serde::Deserialize)]
pub(super) struct Service {
    name: Text,
    state: Object<StateObject>,
}

/// What `service.status_full` gives.
#[derive(serde::Deserialize)]
pub(super) struct Detail {
    name: Text,
    state: Object<StateObject>,
    #[serde(default)]
    dependencies: Vec<Object<Dependency>>,
}

#[derive(serde::Deserialize)]
struct Dependency {
    dep_type: String,
    name: Text,
    state: Object<StateObject>,
}

/// What `service.stats` gives.
#[derive(serde::Deserialize)]
pub(super) struct Usage {
    pid: Pid,
    memory_bytes: u64,
    cpu_percent: f64,
}

#[derive(serde::Deserialize)]
struct Pid(#[serde(deserialize_with = "pid")] i32);

/// What `service.children` gives.
#[derive(Debug, serde::Deserialize)]
pub struct Children {
    /// The processes below the service's own, in no order.
    pub children: Vec<Child>,
}

/// One of them.
#[derive(Debug, serde::Deserialize)]
pub struct Child {
    /// Its process id.
    #[serde(deserialize_with = "pid")]
    pub pid: i32,
    /// The memory that it uses, in bytes.
    pub memory_bytes: u64,
}

/// A line of a service's log that the daemon has kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Deserialize)]
pub struct KeptLine {
    /// When it came: milliseconds since 1970, by the daemon's clock.
    pub timestamp_ms: u64,
    /// `stdout` or `stderr`.
    pub stream: String,
    /// The line without its newline.
    pub content: String,
}

/// What `system.ping` gives.
#[derive(Debug, serde::Deserialize)]
pub struct Pong {
    /// The daemon's version: `0.3.9`.
    pub version: String,
}

/// What `debug.state` gives.
#[derive(Debug, serde::Deserialize)]
pub struct GraphState {
    /// For people.
    pub output: String,
}

/// A state: its word, and what belongs to it.
#[derive(serde::Deserialize)]
struct StateObject {
    state: Text,
    #[serde(default)]
    pid: Option<Pid>,
    #[serde(default)]
    exit_code: Option<i32>,
    #[serde(default)]
    reason: Option<Object<Reason>>,
    #[serde(default)]
    waiting_on: Option<Vec<String>>,
}

/// Why a service is `failed`.
#[derive(serde::Deserialize)]
struct Reason {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    code: Option<i32>,
    #[serde(default)]
    signal: Option<i32>,
    #[serde(default)]
    attempts: Option<u32>,
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    dependency: Option<String>,
}

impl StateObject {
    /// The daemon has no target. That of a service that has ended by itself, or has ended well when it was stopped,
    /// depends on its definition.
    fn target(&self) -> Target {
        match self.state.as_str() {
            "blocked" | "starting" | "running" | "failed" => Target::Up,
            "inactive" | "stopping" => Target::Down,
            "exited" if self.exit_code.is_none() => Target::Down,
            _ => Target::Unknown,
        }
    }
}

impl From<StateObject> for State {
    fn from(told: StateObject) -> Self {
        let StateObject { state, exit_code, reason, waiting_on, .. } = told;
        let exited = |code: i32| {
            let kind = if code == 0 { StateKind::Success } else { StateKind::Error };
            (kind, Some(format!("exited with code {code}")), Some(ExitStatus::Exited(code)))
        };
        let (kind, reason, exit) = match (state.as_str(), exit_code, reason) {
            ("inactive", ..) => (StateKind::Unknown, None, None),
            ("blocked", ..) => {
                let waiting_on = waiting_on.filter(|names| !names.is_empty());
                (
                    StateKind::Blocked,
                    waiting_on.map(|names| format!("waiting on: {}", names.join(", "))),
                    None,
                )
            }
            ("starting", ..) => (StateKind::Spawned, None, None),
            ("running" | "stopping", ..) => (StateKind::Running, None, None),
            ("exited", Some(code), _) => exited(code),
            // By a signal, when it was stopped.
            ("exited", None, _) => (StateKind::Error, None, None),
            ("failed", _, Some(Object(reason))) => reason.meaning(),
            ("failed", _, None) => (StateKind::Error, None, None),
            _ => (StateKind::Other, None, None),
        };
        Self::told(kind, state, reason.map(|reason| Text::one_line(&reason)), exit)
    }
}

impl Reason {
    /// In the words in which the daemon tells it elsewhere.
    fn meaning(self) -> (StateKind, Option<String>, Option<ExitStatus>) {
        let Self { kind, code, signal, attempts, service, message, dependency } = self;
        let text = |text: Option<String>| text.unwrap_or_default();
        match kind.as_str() {
            "exit_code" => {
                let code = code.unwrap_or(-1);
                (StateKind::Error, Some(format!("exited with code {code}")), Some(ExitStatus::Exited(code)))
            }
            "signal" => {
                let signal = signal.unwrap_or(0);
                let name = Signal::from_number(signal).map(|signal| signal.name().clone());
                (StateKind::Error, Some(format!("killed by signal {signal}")), name.map(ExitStatus::Signaled))
            }
            "health_check_failed" => {
                let attempts = attempts.unwrap_or(0);
                (StateKind::TestFailure, Some(format!("health check failed after {attempts} attempts")), None)
            }
            "start_timeout" => (StateKind::TestFailure, Some("start timeout".to_owned()), None),
            "spawn_error" => (StateKind::Failure, Some(format!("spawn error: {}", text(message))), None),
            "missing_dependency" => {
                (StateKind::Failure, Some(format!("missing dependency '{}'", text(dependency))), None)
            }
            "dependency_failed" => {
                (StateKind::Failure, Some(format!("dependency '{}' failed", text(service))), None)
            }
            _ => (StateKind::Error, Some(kind), None),
        }
    }
}
