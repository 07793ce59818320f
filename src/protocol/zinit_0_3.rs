//! The JSON-RPC 2.0 of zinit 0.3.6 to 0.3.9: other methods than those of 0.2.15 to 0.2.28, other states, and named
//! parameters.

use serde::de::DeserializeOwned;

use super::jsonrpc::{self, METHOD_NOT_FOUND, Refused};
use super::object::Object;
use super::zinit_0_3_body::{Answer, Detail};
use super::{Input, NoAnswer, Protocol, Reply, Request, Scan};
use crate::error::{Error, ErrorKind};
use crate::model::Status;

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
            parameters.push(format!("\"signal\":{}", text(signal.name().as_str())));
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
    } else if message.starts_with("service not running") || message.contains("ESRCH: ") {
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
