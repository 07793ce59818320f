//! The JSON-RPC 2.0 of zinit 0.2.15 to 0.2.28: one request a connection, which the daemon leaves open.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::body::misunderstood;
use super::object::Object;
use super::{Input, NoAnswer, Protocol, Reply, Request, Scan};
use crate::error::{Error, ErrorKind};

/// What the daemon says where it has no room for one connection more; in no JSON, and then it closes.
const BUSY: &str = "Too many connections. Please try again later.";

/// The request that goes out. A daemon that speaks the line protocol takes it for a command that it does not know, and
/// answers only because of the newline.
pub(super) fn encode(request: &Request) -> Option<Vec<u8>> {
    let (method, parameters): (&str, &[&str]) = match request {
        Request::List => ("service_list", &[]),
        Request::Status(name) => ("service_status", &[name.as_str()]),
        Request::Start(name) => ("service_start", &[name.as_str()]),
        Request::Stop(name) => ("service_stop", &[name.as_str()]),
        Request::Monitor(name) => ("service_monitor", &[name.as_str()]),
        Request::Forget(name) => ("service_forget", &[name.as_str()]),
        Request::Kill(name, signal) => ("service_kill", &[name.as_str(), signal.name().as_str()]),
        Request::Reboot => ("system_reboot", &[]),
        Request::Shutdown => ("system_shutdown", &[]),
        Request::Get(name) => ("service_get", &[name.as_str()]),
        Request::Create(name, _) => ("service_create", &[name.as_str()]),
        Request::Delete(name) => ("service_delete", &[name.as_str()]),
        Request::Log(None) => ("stream_subscribeLogs", &[]),
        Request::Log(Some(name)) => ("stream_subscribeLogs", &[name.as_str()]),
        Request::LogSnapshot(None) => ("stream_currentLogs", &[]),
        Request::LogSnapshot(Some(name)) => ("stream_currentLogs", &[name.as_str()]),
        Request::Stats(name) => ("service_stats", &[name.as_str()]),
        Request::StartHttpServer(address) => ("system_start_http_server", &[address.as_str()]),
        Request::StopHttpServer => ("system_stop_http_server", &[]),
        Request::KillProcess(..)
        | Request::StopProcess(_)
        | Request::Set(_)
        | Request::Remove(_)
        | Request::Children(_)
        | Request::Tail(..)
        | Request::Ping
        | Request::GraphState => return None,
    };
    let mut json = format!("{{\"jsonrpc\":\"2.0\",\"id\":{ID},\"method\":\"{method}\"").into_bytes();
    for (index, parameter) in parameters.iter().enumerate() {
        json.extend_from_slice(if index == 0 { b",\"params\":[" } else { b"," });
        // Text is written without fail.
        let _ = serde_json::to_writer(&mut json, parameter);
    }
    if let Request::Create(_, definition) = request {
        json.push(b',');
        json.extend_from_slice(definition.as_bytes());
    }
    json.extend_from_slice(if parameters.is_empty() { b"}\n" } else { b"]}\n" });
    Some(json)
}

/// Of each request, for it is alone on its connection.
pub(super) const ID: u64 = 1;

/// Reads the reply whose result is a `T`.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8], input: Input, scan: &mut Scan) -> Reply<T> {
    read_any(bytes, input, scan, Refused::reply)
}

/// The same of any daemon that speaks JSON-RPC; `refusal` says what its refusals mean.
pub(super) fn read_any<T: DeserializeOwned>(
    bytes: &[u8],
    input: Input,
    scan: &mut Scan,
    refusal: fn(Refused) -> NoAnswer,
) -> Reply<T> {
    // As of a line: nearly every reply comes whole, and is not scanned in vain.
    let is_scanned = !scan.may_be_whole(bytes);
    if is_scanned {
        if let Some(reply) = read_frame(bytes, input, scan) {
            return Reply::None(reply);
        }
    }
    let text = std::str::from_utf8(bytes);
    let read = text.map(serde_json::from_str::<Object<Answer<T>>>);
    if let Ok(Ok(Object(Answer { id: ID, result, error: None }))) = read {
        return Reply::Answer(result);
    }
    if !is_scanned {
        if let Some(reply) = read_frame(bytes, input, scan) {
            return Reply::None(reply);
        }
    }
    let (Ok(text), Ok(read)) = (text, read) else {
        return Reply::None(misunderstood(bytes, "it is not UTF-8").into());
    };
    Reply::None(match read {
        Ok(_) => read_refusal(text, scan, "it answers another request", refusal),
        Err(error) => read_refusal(text, scan, &scan.describe(&error), refusal),
    })
}

/// What is not an object, or not a whole one.
fn read_frame(bytes: &[u8], input: Input, scan: &mut Scan) -> Option<NoAnswer> {
    match bytes.trim_ascii_start().first() {
        Some(b'{') if scan.is_complete(bytes) => return None,
        Some(b'{') | None => {}
        Some(_) if may_become_busy(bytes, input) => {}
        Some(_) if is_busy(bytes) => return Some(NoAnswer::Busy),
        Some(_) => return Some(misunderstood(bytes, "it is not a JSON object").into()),
    }
    Some(match input {
        Input::Partial => NoAnswer::Incomplete,
        Input::Ended => Error::from(ErrorKind::Closed { os_errno: 0 }).into(),
    })
}

/// Reads a reply that does not answer the request.
fn read_refusal(text: &str, scan: &Scan, why_no_answer: &str, refusal: fn(Refused) -> NoAnswer) -> NoAnswer {
    let reply = match serde_json::from_str::<Object<AnyReply>>(text) {
        Ok(Object(reply)) => reply,
        Err(error) => return misunderstood(text.as_bytes(), &scan.describe(&error)).into(),
    };
    match reply {
        AnyReply { jsonrpc: None, state: Some(_), .. } => NoAnswer::Foreign(Protocol::Line),
        AnyReply { result: None, error: Some(Object(refused)), .. } if refused.has_nul() => {
            misunderstood(text.as_bytes(), "its message has a NUL inside").into()
        }
        // Where the daemon could not read the request, it does not know its number.
        AnyReply {
            jsonrpc: Some(_),
            id: None | Some(ID),
            result: None,
            error: Some(Object(refused)),
            ..
        } => refusal(refused),
        _ => misunderstood(text.as_bytes(), why_no_answer).into(),
    }
}

/// Whether these bytes say that the daemon has no room for one connection more.
pub(super) fn is_busy(bytes: &[u8]) -> bool {
    bytes.starts_with(BUSY.as_bytes())
}

/// Whether these bytes are a part of what says so, and the rest may follow.
pub(super) fn may_become_busy(bytes: &[u8], input: Input) -> bool {
    input == Input::Partial && bytes.len() < BUSY.len() && BUSY.as_bytes().starts_with(bytes)
}

impl Refused {
    fn has_nul(&self) -> bool {
        let causes = self.data.iter().flat_map(|data| data.causes.iter().flatten());
        causes.chain([&self.message]).any(|text| text.contains('\0'))
    }

    /// The words in which a daemon that has other methods says that it does not have this one: zinit 0.3.6 to 0.3.9.
    pub(super) const OTHER_METHODS: &str = "unknown method";

    fn reply(self) -> NoAnswer {
        if self.code == METHOD_NOT_FOUND && self.message == Self::OTHER_METHODS {
            return NoAnswer::Foreign(Protocol::Zinit03);
        }
        if self.data.is_some() {
            return self.error().into();
        }
        // Before zinit 0.2.28 it hardly says why; of a definition, its code does.
        let message = self.message.clone();
        let kind = match self.code {
            DEFINITION_NOT_FOUND => ErrorKind::UnknownService { what: "its definition", message },
            DEFINITION_EXISTS => ErrorKind::Daemon { message, advice: "; the file is there already" },
            FILE_NOT_ACCESSIBLE => {
                ErrorKind::Daemon { message, advice: "; it cannot read, write or remove the file" }
            }
            -32099..=-32000 | INTERNAL_ERROR => return NoAnswer::Unexplained(message),
            _ => return self.error().into(),
        };
        Error::from(kind).into()
    }

    /// What it means.
    pub(super) fn error(self) -> Error {
        let Self { code, message, data } = self;
        let Data { name, causes } = data.unwrap_or_default();
        let kind = match name.as_str() {
            "ServiceNotFound" => ErrorKind::UnknownService { what: "it; monitor it first", message },
            "ServiceAlreadyMonitored" => ErrorKind::AlreadyMonitored { message },
            "ServiceIsUp" => ErrorKind::ServiceUp { message },
            "ServiceIsDown" => ErrorKind::ServiceDown { message },
            // The process has ended, and the daemon has not noted it yet.
            _ if message.contains("ESRCH: ") => ErrorKind::ServiceDown { message },
            "ShuttingDown" => ErrorKind::ShuttingDown { message },
            "ConfigError" | "InvalidServiceName" => ErrorKind::ConfigRefused { message },
            _ if code == METHOD_NOT_FOUND => ErrorKind::NotSupported {
                reason: "it does not know the command; a newer zinit may know it",
                message: Some(message),
            },
            _ => ErrorKind::Daemon { message: with_causes(message, causes), advice: "" },
        };
        kind.into()
    }

    /// The message, and what is behind it.
    pub(super) fn into_words(self) -> String {
        with_causes(self.message, self.data.and_then(|data| data.causes))
    }
}

fn with_causes(message: String, causes: Option<Vec<String>>) -> String {
    let words = [message].into_iter().chain(causes.unwrap_or_default());
    words.collect::<Vec<_>>().join(": ")
}

const DEFINITION_NOT_FOUND: i64 = -32000;
const DEFINITION_EXISTS: i64 = -32007;
const FILE_NOT_ACCESSIBLE: i64 = -32008;
pub(super) const METHOD_NOT_FOUND: i64 = -32601;
const INTERNAL_ERROR: i64 = -32603;

/// `{"jsonrpc":"2.0","id":1,"result":…}`.
#[derive(serde::Deserialize)]
struct Answer<T> {
    id: u64,
    result: T,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

/// What tells one kind of reply from another.
#[derive(serde::Deserialize)]
struct AnyReply {
    #[serde(default)]
    jsonrpc: Option<IgnoredAny>,
    #[serde(default)]
    id: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    result: Option<IgnoredAny>,
    #[serde(default)]
    error: Option<Object<Refused>>,
    /// Of the line protocol.
    #[serde(default)]
    state: Option<IgnoredAny>,
}

/// A key that is there, be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IgnoredAny>, D::Error> {
    IgnoredAny::deserialize(deserializer).map(Some)
}

/// The object `error`.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Refused {
    pub(super) code: i64,
    pub(super) message: String,
    #[serde(default)]
    data: Option<Data>,
}

/// Its key `data`: an object where zinit refuses, text where the JSON-RPC server does.
#[derive(Debug, Default)]
struct Data {
    /// Its key `code_name`, or empty.
    name: String,
    /// Its key `cause_chain`, or `errors`, or the text: what is behind the message.
    causes: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyData;

        impl<'de> Visitor<'de> for AnyData {
            type Value = Data;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a reason")
            }

            fn visit_str<E>(self, cause: &str) -> Result<Data, E> {
                Ok(Data { name: String::new(), causes: Some(vec![cause.to_owned()]) })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
                let mut data = Data::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "code_name" => data.name = map.next_value()?,
                        "cause_chain" | "errors" => data.causes = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(data)
            }
        }

        deserializer.deserialize_any(AnyData)
    }
}
