//! What zinit 0.3 answers: values in forms of its own, and what they mean.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use super::body::{Done, Services, pid};
use super::object::Object;
use crate::model::{ExitStatus, ProcessStats, Signal, State, StateKind, Stats, Status, Target, Text};

/// What another daemon gives as it stands, and this one in a form of its own.
pub(super) trait Answer: Sized {
    /// That form.
    type Told: DeserializeOwned;

    /// What it means.
    fn from_told(told: Self::Told) -> Self;
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
        let (mut known, mut after) = (HashSet::new(), Vec::new());
        for Object(Dependency { dep_type, name, state }) in dependencies {
            // One can be told twice: as what it runs after, and as what it requires.
            if dep_type != "conflicts" && known.insert(name.as_str().to_owned()) {
                after.push((name, state.0.into()));
            }
        }
        Self { name, pid, state: state.into(), target, after }
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
            ("failed", _, Some(Object(reason))) => reason.meaning(),
            // A service that was stopped, and that a signal has ended, is `exited`.
            ("exited" | "failed", ..) => (StateKind::Error, None, None),
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
