//! The line protocol of zinit 0.2.0 to 0.2.14: one command line a connection, one JSON object back.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{Command, Done, Input, Parsed, Refusal, Scan};
use crate::error::{Error, ErrorKind};
use crate::model::{Name, ServiceList, Signal, State, Status, Target, Text};

/// All services with their states.
pub fn list() -> Command<ServiceList> {
    // A list fails as a whole where a service is forgotten in the meantime.
    Command { line: b"list\n".to_vec(), parse: parse_reply, name: None, refusals: &[Refusal::Unknown] }
}

/// One service in detail.
pub fn status(name: &Name) -> Command<Status> {
    let line = line(&["status", &quoted(name)]);
    Command { line, parse: parse_reply, name: Some(name.clone()), refusals: &[Refusal::Unknown] }
}

/// Sets the target Up.
pub fn start(name: &Name) -> Command<Done> {
    about(name, &["start", &quoted(name)], &[Refusal::Unknown, Refusal::ShuttingDown])
}

/// Sets the target Down and sends the stop signal.
pub fn stop(name: &Name) -> Command<Done> {
    about(name, &["stop", &quoted(name)], &[Refusal::Unknown, Refusal::Down])
}

/// Has the daemon read the service's file.
pub fn monitor(name: &Name) -> Command<Done> {
    let refusals = &[Refusal::AlreadyMonitored, Refusal::Config, Refusal::ShuttingDown];
    about(name, &["monitor", &quoted(name)], refusals)
}

/// Has the daemon drop a stopped service.
pub fn forget(name: &Name) -> Command<Done> {
    about(name, &["forget", &quoted(name)], &[Refusal::Unknown, Refusal::Up])
}

/// Signals the service's process group.
pub fn kill(name: &Name, signal: Signal) -> Command<Done> {
    about(name, &["kill", &quoted(name), signal.name().as_str()], &[Refusal::Unknown, Refusal::Down])
}

/// Stops all services and restarts the machine; since zinit 0.2.9.
pub fn reboot() -> Command<Done> {
    instruction(&["reboot"])
}

/// Stops all services and turns the machine off; before zinit 0.2.9, restarts it.
pub fn shutdown() -> Command<Done> {
    instruction(&["shutdown"])
}

pub(super) fn instruction(words: &[&str]) -> Command<Done> {
    Command { line: line(words), parse: parse_reply, name: None, refusals: &[] }
}

fn about(name: &Name, words: &[&str], refusals: &'static [Refusal]) -> Command<Done> {
    Command { name: Some(name.clone()), refusals, ..instruction(words) }
}

fn line(words: &[&str]) -> Vec<u8> {
    let length = words.iter().map(|word| word.len() + 1).sum();
    let mut line = Vec::with_capacity(length);
    for word in words {
        if !line.is_empty() {
            line.push(b' ');
        }
        line.extend_from_slice(word.as_bytes());
    }
    line.push(b'\n');
    line
}

/// A name as the daemon's shell-like splitter reads it back. Plain names go out as they are.
fn quoted(name: &Name) -> Cow<'_, str> {
    let name = name.as_str();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:,+@%=/".contains(&byte) || byte >= 0x80;
    if name.bytes().all(plain) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("'{}'", name.replace('\'', r"'\''")))
}

/// Reads a reply whose body is a `T`.
fn parse_reply<T: DeserializeOwned>(bytes: &[u8], input: Input, scan: &mut Scan) -> Parsed<T> {
    let text = match reply_text(bytes, input, scan) {
        Parsed::Complete(Ok(text)) => text,
        Parsed::Complete(Err(error)) => return error.into(),
        Parsed::Incomplete => return Parsed::Incomplete,
    };
    let error = match serde_json::from_str::<Answer<T>>(text) {
        Ok(Answer { state: "ok", body }) => return Parsed::Complete(Ok(body)),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    parse_other(text, input, scan, error.as_ref()).map_or(Parsed::Incomplete, Parsed::from)
}

/// The text of a reply that may be whole. Of any reply, so that the library has this once.
#[inline(never)]
fn reply_text<'a>(bytes: &'a [u8], input: Input, scan: &mut Scan) -> Parsed<&'a str> {
    // Nearly every reply comes whole. What looks so and is not costs a parse in vain, once: no prefix of an object is
    // an object. All other parts are scanned, so that what was read is not read again.
    let looks_whole = !scan.has_begun() && matches!((bytes.first(), bytes.last()), (Some(b'{'), Some(b'}')));
    if input == Input::Partial && !looks_whole && !scan.is_complete(bytes) {
        return Parsed::Incomplete;
    }
    let bytes = bytes.trim_ascii();
    match bytes.first() {
        None => return Error::from(ErrorKind::Closed { os_errno: 0 }).into(),
        Some(b'{') => {}
        Some(_) => return misunderstood(bytes, "it is not a JSON object").into(),
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Parsed::Complete(Ok(text)),
        // The last character is not whole either.
        Err(error) if error.error_len().is_none() && input == Input::Ended => {
            Error::from(ErrorKind::Closed { os_errno: 0 }).into()
        }
        Err(_) => misunderstood(bytes, "it is not UTF-8").into(),
    }
}

/// Reads a reply that is not an answer with the body wanted; `error` says why, if it is not a refusal. `None`: more
/// may follow.
fn parse_other(
    text: &str,
    input: Input,
    scan: &mut Scan,
    error: Option<&serde_json::Error>,
) -> Option<Error> {
    let why = match error {
        None => "its body is not an error message".to_owned(),
        Some(error) if error.is_eof() && input == Input::Partial && !scan.is_complete(text.as_bytes()) => {
            return None;
        }
        Some(error) => error.to_string(),
    };
    parse_refusal(text, input, &why)
}

/// Reads a reply that does not answer the command: a refusal, or something else altogether. `None`: more may
/// follow.
fn parse_refusal(text: &str, input: Input, why_no_answer: &str) -> Option<Error> {
    let reply = match serde_json::from_str::<AnyReply>(text) {
        Ok(reply) => reply,
        Err(error) if error.is_eof() && input == Input::Partial => return None,
        Err(error) if error.is_eof() => return Some(ErrorKind::Closed { os_errno: 0 }.into()),
        Err(error) => return Some(misunderstood(text.as_bytes(), &error.to_string())),
    };
    Some(match (reply.state.as_deref(), serde_json::from_str::<RefusalBody>(text)) {
        (Some("error"), Ok(RefusalBody { body })) if body.contains('\0') => {
            misunderstood(text.as_bytes(), "its message has a NUL inside")
        }
        (Some("error"), Ok(RefusalBody { body })) => Error::from(refusal(body)),
        (Some("ok" | "error"), _) => misunderstood(text.as_bytes(), why_no_answer),
        _ if reply.jsonrpc.is_some() => misunderstood(
            text.as_bytes(),
            "it is JSON-RPC, which zinit 0.2.15 and later speak; this library speaks the line protocol of zinit 0.2.0 to 0.2.14",
        ),
        _ => misunderstood(text.as_bytes(), "it says neither \"ok\" nor \"error\""),
    })
}

/// What a refusal means. The wording is that of zinit 0.2.0 to 0.2.14.
fn refusal(message: String) -> ErrorKind {
    let of_service = message.starts_with("service ");
    if of_service && message.ends_with(" unknown") {
        ErrorKind::UnknownService { what: "it; monitor it first", message }
    } else if of_service && message.ends_with(" already monitored") {
        ErrorKind::AlreadyMonitored { message }
    } else if of_service && message.ends_with(" is up") {
        ErrorKind::ServiceUp { message }
    } else if (of_service && message.ends_with(" is down")) || message.starts_with("ESRCH") {
        ErrorKind::ServiceDown { message }
    } else if message == "zinit is shutting down" {
        ErrorKind::ShuttingDown { message }
    } else if message.starts_with("failed to load service config") {
        ErrorKind::ConfigRefused { message }
    } else if message.starts_with("unknown command '") {
        ErrorKind::NotSupported {
            reason: "it does not know the command; a newer zinit may know it",
            message: Some(message),
        }
    } else {
        ErrorKind::Daemon { message, advice: "" }
    }
}

/// Whether a refusal names this service. The daemon writes names as Rust writes text for programmers.
pub(super) fn is_named(message: &str, name: &Name) -> bool {
    let quoted = message.split_once('"').and_then(|(_, behind)| behind.rsplit_once('"'));
    // Where no name stands there is nothing to tell it from.
    quoted.is_none_or(|(quoted, _)| unescaped(quoted).as_deref() == Some(name.as_str()))
}

/// Text that Rust has written for programmers; `None` where it is not such text.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        plain.push(match characters.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'u' => {
                let digits: String = characters.by_ref().skip(1).take_while(|digit| *digit != '}').collect();
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
            same => same,
        });
    }
    Some(plain)
}

fn misunderstood(bytes: &[u8], why: &str) -> Error {
    const SHOWN: usize = 80;
    let shown = String::from_utf8_lossy(bytes.get(..SHOWN).unwrap_or(bytes));
    let more = if bytes.len() > SHOWN { "…" } else { "" };
    ErrorKind::Protocol { reason: format!("{why}; it begins {:?}{more}", shown.as_ref()) }.into()
}

/// `{"state":…,"body":…}`.
#[derive(serde::Deserialize)]
struct Answer<'a, T> {
    state: &'a str,
    body: T,
}

/// `{"state":"error","body":"message"}`.
#[derive(serde::Deserialize)]
struct RefusalBody {
    body: String,
}

/// What tells one kind of reply from another.
#[derive(serde::Deserialize)]
struct AnyReply {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    jsonrpc: Option<IgnoredAny>,
}

/// The body of an instruction's answer is `null`, and anything else says no less.
impl<'de> Deserialize<'de> for Done {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Fields {
            name: Text,
            #[serde(deserialize_with = "pid")]
            pid: i32,
            state: State,
            target: Target,
            #[serde(default)]
            after: Option<Services>,
        }
        let Fields { name, pid, state, target, after } = Fields::deserialize(deserializer)?;
        Ok(Self { name, pid, state, target, after: after.map_or_else(Vec::new, |after| after.0) })
    }
}

/// The daemon's own type is wider; a larger number than any process can have would be taken for another
/// one's.
fn pid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let pid = i32::deserialize(deserializer)?;
    if pid < 0 {
        return Err(de::Error::custom("a pid below 0"));
    }
    Ok(pid)
}

impl<'de> Deserialize<'de> for ServiceList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Services::deserialize(deserializer).map(|services| Self::new(services.0))
    }
}

/// A map from name to state.
struct Services(Vec<(Text, State)>);

impl<'de> Deserialize<'de> for Services {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Services;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map from name to state")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Services, A::Error> {
                let mut services = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    services.push(entry);
                }
                Ok(Services(services))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// Reads a JSON string through a function, from the reply itself wherever it has no escapes.
struct FromText<T>(fn(&str) -> Option<T>, &'static str, PhantomData<T>);

impl<T> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.1)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self.1))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText(Self::new, "text without NUL", PhantomData))
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText(Self::parse, "a state", PhantomData))
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText(|text| Some(Self::parse(text)), "a target", PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, is_named};

    #[test]
    fn a_refusal_names_the_service_however_its_name_is_written() {
        for name in [
            "web", "a\"b", "a\\b", "a\tb", "é", "日本", "\u{1}", "\u{2028}", "\u{feff}", "a'b", "a: \"x\"",
            "\\n",
        ] {
            let named = Name::new(name).unwrap();
            assert!(is_named(&format!("service name {name:?} unknown"), &named), "{name:?}");
            assert!(!is_named(&format!("service name {:?} unknown", format!("{name}2")), &named), "{name:?}");
        }
        // A later Rust may write a character otherwise than an earlier one.
        assert!(is_named("service name \"\\u{e9}\" unknown", &Name::new("é").unwrap()));
        assert!(is_named("service unknown", &Name::new("web").unwrap()));
    }
}
