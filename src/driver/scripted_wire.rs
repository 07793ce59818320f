//! A daemon that is scripted in the words of the line protocol, on the wire of either protocol; and one that is scripted
//! in the words of zinit 0.3: `service.stop web`, to which the answer is a result, or `error CODE MESSAGE`.

use serde_json::{Value, json};

use super::scripted::Answer;
use crate::protocol::Protocol;

/// What the daemon is asked, as a line of the line protocol, if it understands what has come; or else its answer.
pub(super) fn understood(speaks: Protocol, wire: &str) -> Result<String, Answer> {
    match (speaks, line(wire)) {
        (Protocol::Zinit03, Some(line)) if has_dot(&line) => Ok(line),
        (Protocol::Zinit03, Some(_)) => {
            Err(Answer::Reply(reply(speaks, "error -32601 unknown method".to_owned())))
        }
        (Protocol::Zinit03, None) => {
            let error = r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32700,"message":"expected value at line 1 column 1"}}"#;
            Err(Answer::Reply(format!("{error}\n")))
        }
        (Protocol::JsonRpc, Some(line)) if has_dot(&line) => {
            let error = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#;
            Err(Answer::Reply(format!("{error}\n")))
        }
        (Protocol::Line, None) => Ok(wire.to_owned()),
        (Protocol::JsonRpc, Some(line)) => Ok(line),
        (Protocol::Line, Some(_)) => {
            let words = wire.replace('"', "");
            let message = format!("unknown command '{words}' or wrong arguments count");
            Err(Answer::Reply(json!({"state": "error", "body": message}).to_string()))
        }
        (Protocol::JsonRpc, None) => {
            let error = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}"#;
            Err(Answer::Reply(format!("{error}\n").repeat(wire.len().div_ceil(2))))
        }
    }
}

/// Whether the method is one of zinit 0.3.
fn has_dot(line: &str) -> bool {
    line.split(' ').next().is_some_and(|method| method.contains('.'))
}

/// The line that means the same as a request of JSON-RPC.
fn line(wire: &str) -> Option<String> {
    let request: Value = serde_json::from_str(wire).ok()?;
    let method = request.get("method")?.as_str()?;
    let word = match method.strip_prefix("service_").or(method.strip_prefix("system_")) {
        Some(word) => word,
        None => method,
    };
    let mut words = vec![word.to_owned()];
    if let Some(parameters) = request.get("params").and_then(Value::as_object) {
        // The service first, and then the others as they are named.
        let (name, others): (Vec<_>, Vec<_>) = parameters.iter().partition(|(key, _)| *key == "name");
        words.extend(name.into_iter().chain(others).map(|(_, value)| word_of(value)));
        return Some(words.join(" "));
    }
    let parameters = request.get("params").and_then(Value::as_array).into_iter().flatten();
    words.extend(parameters.map(word_of));
    Some(words.join(" "))
}

fn word_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The reply of the line protocol as that daemon would have it.
pub(super) fn reply(speaks: Protocol, reply: String) -> String {
    if speaks == Protocol::Zinit03 {
        // What is on the wire already stays so.
        if reply.ends_with('\n') {
            return reply;
        }
        let Some((code, message)) = reply.strip_prefix("error ").and_then(|error| error.split_once(' '))
        else {
            return format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{reply}}}\n");
        };
        let code: i64 = code.parse().expect("a number");
        return format!(
            "{}\n",
            json!({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}})
        );
    }
    let parsed = serde_json::from_str::<Value>(&reply).ok().filter(|_| speaks == Protocol::JsonRpc);
    let Some(body) = parsed.as_ref().and_then(|reply| reply.get("body")) else { return reply };
    let reply = match body.as_str().filter(|_| parsed.as_ref().is_some_and(|reply| reply["state"] == "error"))
    {
        None => json!({"jsonrpc": "2.0", "id": 1, "result": body}),
        Some(message) => {
            let (code, name) = code(message);
            json!({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message, "data": {"code_name": name}}})
        }
    };
    format!("{reply}\n")
}

fn code(message: &str) -> (i64, &'static str) {
    match message {
        _ if message.ends_with(" unknown") || message.ends_with(" not found") => (-32000, "ServiceNotFound"),
        _ if message.ends_with(" already exists") => (-32007, "ServiceAlreadyExists"),
        _ if message.starts_with("invalid service name") => (-32602, "InvalidServiceName"),
        _ if message.ends_with(" already monitored") => (-32001, "ServiceAlreadyMonitored"),
        _ if message.ends_with(" is up") => (-32002, "ServiceIsUp"),
        _ if message.ends_with(" is down") => (-32003, "ServiceIsDown"),
        _ if message.starts_with("failed to load service config") => (-32005, "ConfigError"),
        "zinit is shutting down" => (-32006, "ShuttingDown"),
        _ => (-32603, "InternalError"),
    }
}
