//! The line protocol of zinit 0.2.0 to 0.2.14: one command line a connection, one JSON object back.

use std::borrow::Cow;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny};
use serde_json::value::RawValue;

use super::body::misunderstood;
use super::object::Object;
use super::{Input, NoAnswer, Protocol, Reply, Request, Scan, jsonrpc};
use crate::error::{Error, ErrorKind};
use crate::model::Name;

/// The line that goes out; `None`: there is none that says this.
pub(super) fn encode(request: &Request) -> Option<Vec<u8>> {
    Some(match request {
        Request::List => line(&[b"list"]),
        Request::Status(name) => line(&[b"status", &quoted(name)]),
        Request::Start(name) => line(&[b"start", &quoted(name)]),
        Request::Stop(name) => line(&[b"stop", &quoted(name)]),
        Request::Monitor(name) => line(&[b"monitor", &quoted(name)]),
        Request::Forget(name) => line(&[b"forget", &quoted(name)]),
        Request::Kill(name, signal) => line(&[b"kill", &quoted(name), signal.name().as_bytes()]),
        Request::Reboot => line(&[b"reboot"]),
        Request::Shutdown => line(&[b"shutdown"]),
        Request::Log(_) => line(&[b"log"]),
        Request::LogSnapshot(_) => line(&[b"log", b"snapshot"]),
        Request::Get(_)
        | Request::Create(..)
        | Request::Delete(_)
        | Request::Stats(_)
        | Request::StartHttpServer(_)
        | Request::StopHttpServer
        | Request::KillProcess(..)
        | Request::StopProcess(_)
        | Request::Set(_)
        | Request::Remove(_)
        | Request::Children(_)
        | Request::Tail(..)
        | Request::Ping
        | Request::GraphState => return None,
    })
}

fn line(words: &[&[u8]]) -> Vec<u8> {
    let length = words.iter().map(|word| word.len() + 1).sum();
    let mut line = Vec::with_capacity(length);
    for word in words {
        if !line.is_empty() {
            line.push(b' ');
        }
        line.extend_from_slice(word);
    }
    line.push(b'\n');
    line
}

/// A name as the daemon's shell-like splitter reads it back. Plain names go out as they are.
fn quoted(name: &Name) -> Cow<'_, [u8]> {
    if name.is_plain() {
        return Cow::Borrowed(name.as_bytes());
    }
    Cow::Owned(format!("'{}'", name.as_str().replace('\'', r"'\''")).into_bytes())
}

/// Reads a reply whose body is a `T`.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8], input: Input, scan: &mut Scan) -> Reply<T> {
    let text = match reply_text(bytes, input, scan) {
        Ok(text) => text,
        Err(reply) => return Reply::None(reply),
    };
    let error = match serde_json::from_str::<Object<Answer<T>>>(text) {
        Ok(Object(Answer { state: "ok", body })) => return Reply::Answer(body),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    Reply::None(read_other(text, input, scan, error.as_ref()))
}

/// The text of a reply that may be whole. Of any reply, so that the library has this once.
#[inline(never)]
fn reply_text<'a>(bytes: &'a [u8], input: Input, scan: &mut Scan) -> Result<&'a str, NoAnswer> {
    // Nearly every reply comes whole. What looks so and is not costs a parse in vain, once: no prefix of an object is
    // an object. All other parts are scanned, so that what was read is not read again.
    if input == Input::Partial && !scan.may_be_whole(bytes) && !scan.is_complete(bytes) {
        return Err(NoAnswer::Incomplete);
    }
    let bytes = bytes.trim_ascii();
    match bytes.first() {
        None => return Err(closed()),
        Some(b'{') => {}
        // A daemon that speaks JSON-RPC says so before it has read the line.
        Some(_) if jsonrpc::is_busy(bytes) => return Err(NoAnswer::Busy),
        Some(_) if jsonrpc::may_become_busy(bytes, input) => return Err(NoAnswer::Incomplete),
        Some(_) => return Err(misunderstood(bytes, "it is not a JSON object").into()),
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // The last character is not whole either.
        Err(error) if error.error_len().is_none() && input == Input::Ended => Err(closed()),
        Err(_) => Err(misunderstood(bytes, "it is not UTF-8").into()),
    }
}

fn closed() -> NoAnswer {
    Error::from(ErrorKind::Closed { os_errno: 0 }).into()
}

/// Reads a reply that is not an answer with the body wanted; `error` says why, if it is not a refusal.
fn read_other(text: &str, input: Input, scan: &mut Scan, error: Option<&serde_json::Error>) -> NoAnswer {
    let why = match error {
        None => "its body is not an error message".to_owned(),
        Some(error) => scan.describe(error),
    };
    read_refusal(text, input, scan, &why)
}

/// Reads a reply that does not answer the command: a refusal, or something else altogether.
fn read_refusal(text: &str, input: Input, scan: &mut Scan, why_no_answer: &str) -> NoAnswer {
    // Its first object: a daemon that speaks JSON-RPC answers a line with several.
    let reply = match Object::deserialize(&mut serde_json::Deserializer::from_str(text)) {
        // zinit 0.3.6 to 0.3.9 numbers 0 what it cannot read, and 0.2.15 to 0.2.28 not at all.
        Ok(Object(AnyReply { state: None, jsonrpc: Some(_), id: Some(0) })) => {
            return NoAnswer::Foreign(Protocol::Zinit03);
        }
        Ok(Object(AnyReply { state: None, jsonrpc: Some(_), .. })) => {
            return NoAnswer::Foreign(Protocol::JsonRpc);
        }
        Ok(_) => serde_json::from_str::<Object<AnyReply>>(text),
        Err(error) => Err(error),
    };
    let reply = match reply {
        Ok(Object(reply)) => reply,
        Err(error) if error.is_eof() && input == Input::Partial => {
            // What comes behind it is not parsed in vain, too.
            scan.is_complete(text.as_bytes());
            return NoAnswer::Incomplete;
        }
        Err(error) if error.is_eof() => return closed(),
        Err(error) => return misunderstood(text.as_bytes(), &scan.describe(&error)).into(),
    };
    let error = match (reply.state.as_deref(), serde_json::from_str::<Object<RefusalBody>>(text)) {
        (Some("error"), Ok(Object(RefusalBody { body }))) if body.contains('\0') => {
            misunderstood(text.as_bytes(), "its message has a NUL inside")
        }
        (Some("error"), Ok(Object(RefusalBody { body }))) => Error::from(refusal(body)),
        (Some("ok" | "error"), _) => misunderstood(text.as_bytes(), why_no_answer),
        _ => misunderstood(text.as_bytes(), "it says neither \"ok\" nor \"error\""),
    };
    error.into()
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
    #[serde(default, deserialize_with = "number")]
    id: Option<u64>,
}

/// A number that is there; what is not a number is not there.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let value = <&RawValue>::deserialize(deserializer)?;
    Ok(value.get().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{Name, is_named, read};
    use crate::error::{Error, ErrorKind};
    use crate::protocol::{Input, NoAnswer, Reply, Scan};

    fn error(reply: &[u8]) -> Error {
        match read::<String>(reply, Input::Ended, &mut Scan::default()) {
            Reply::None(NoAnswer::Error(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_part_of_a_reply_is_waited_for_until_the_daemon_closes() {
        for reply in [
            "{\"state\":\"ok\",\"body\":{\"é\":{},\"b\":{}}}",
            "\n{\"state\":\"error\",\"body\":\"no {日本}\"}",
        ] {
            for part in (0..reply.len()).map(|end| &reply.as_bytes()[..end]) {
                let mut scan = Scan::default();
                let read = read::<String>(part, Input::Partial, &mut scan);
                assert!(matches!(read, Reply::None(NoAnswer::Incomplete)), "{part:?}: {read:?}");
                assert!(!scan.may_be_whole(part), "it is parsed in vain again: {part:?}");
                assert!(matches!(error(part).kind(), ErrorKind::Closed { os_errno: 0 }), "{part:?}");
            }
        }
    }

    #[test]
    fn a_refusal_with_a_nul_inside_is_not_passed_on() {
        let error = error(br#"{"state":"error","body":"service \u0000"}"#);
        assert!(matches!(error.kind(), ErrorKind::Protocol { .. }), "{error}");
        assert!(error.to_string().contains("its message has a NUL inside"), "{error}");
    }

    #[test]
    fn why_a_reply_is_not_understood_is_told() {
        for (reply, why) in [
            (b"{\"state\":\"ok\",\"body\":\"\xff\"}".as_slice(), "it is not UTF-8"),
            (br#"{"state":"ok","body":{}}"#, "invalid type: map, expected a string at line 1 column 21"),
            (br#"{"state":"error","body":{}}"#, "invalid type: map, expected a string at line 1 column 24"),
            (br#"{"state":"fine","body":"a"}"#, "it says neither \"ok\" nor \"error\""),
        ] {
            let error = error(reply);
            assert!(matches!(error.kind(), ErrorKind::Protocol { .. }), "{error}");
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn what_is_not_said_of_a_service_is_a_refusal_like_any_other() {
        for message in ["host unknown", "x already monitored", "network is up", "network is down"] {
            let error = error(format!(r#"{{"state":"error","body":"{message}"}}"#).as_bytes());
            assert!(matches!(error.kind(), ErrorKind::Daemon { .. }), "{error}");
        }
    }

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
