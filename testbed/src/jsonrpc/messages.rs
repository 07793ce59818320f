//! From a message to a reply: what is a request, what a batch, and what is too big.

use super::connection::Client;
use super::errors::ErrorObject;
use super::log_streams::Subscription;
use super::methods::{self, Outcome};
use super::Daemon;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;

/// The most bytes of a request, and of a response.
const LIMIT: usize = 10 * 1024 * 1024;

/// The members that count, in an order that counts, too: a request may also be an array of them, but only in a
/// batch.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(rename = "jsonrpc")]
    _version: Version,
    #[serde(borrow)]
    id: Id<'a>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// What is a request but for its id.
#[derive(Deserialize)]
struct Notification<'a> {
    #[serde(rename = "jsonrpc")]
    _version: Version,
    #[serde(rename = "method", borrow)]
    _method: Cow<'a, str>,
    #[serde(rename = "params", borrow)]
    _params: Option<&'a RawValue>,
}

/// What is not even that, but can be answered.
#[derive(Deserialize)]
struct InvalidRequest<'a> {
    #[serde(borrow)]
    id: Id<'a>,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Id<'a> {
    Null,
    Number(u64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

struct Version;

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "2.0" => Ok(Self),
            _ => Err(D::Error::custom("another version of JSON-RPC")),
        }
    }
}

/// A response, and whether it is on its way already: that of a subscription is sent before the first of its
/// notifications can be.
struct Response {
    text: String,
    sent: bool,
}

/// Does what a message asks for. Gives what is to be sent back: nothing for a notification, which is not carried
/// out either.
pub async fn answer(daemon: &Arc<Daemon>, client: &Arc<Client>, message: String) -> Option<String> {
    if message.len() > LIMIT {
        return Some(error(&Id::Null, &ErrorObject::too_big_request(LIMIT)));
    }
    if message.chars().find(|&byte| byte == '{' || byte == '[') == Some('[') {
        answer_batch(daemon, client, &message).await
    } else {
        let response = answer_single(daemon, client, &message, unreadable).await?;
        (!response.sent).then_some(response.text)
    }
}

/// The reply to a batch is one message, so that the response of a subscription in it is sent a second time.
async fn answer_batch(daemon: &Arc<Daemon>, client: &Arc<Client>, message: &str) -> Option<String> {
    let Ok(batch) = serde_json::from_str::<Vec<&RawValue>>(message) else {
        return Some(error(&Id::Null, &ErrorObject::parse_error()));
    };
    let empty = batch.is_empty();
    let calls: Vec<_> = batch
        .into_iter()
        .map(|message| {
            let (daemon, client, message) =
                (Arc::clone(daemon), Arc::clone(client), message.get().to_owned());
            tokio::spawn(async move { answer_single(&daemon, &client, &message, invalid).await })
        })
        .collect();
    let mut responses = Vec::new();
    for call in calls {
        if let Ok(Some(response)) = call.await {
            responses.push(response.text);
        }
    }
    if responses.is_empty() {
        return empty.then(|| error(&Id::Null, &ErrorObject::invalid_request()));
    }
    let reply = format!("[{}]", responses.join(","));
    if reply.len() > LIMIT {
        return Some(error(&Id::Null, &ErrorObject::too_big_batch_response(LIMIT)));
    }
    Some(reply)
}

async fn answer_single(
    daemon: &Arc<Daemon>,
    client: &Arc<Client>,
    message: &str,
    no_request: fn(&str) -> String,
) -> Option<Response> {
    let Ok(request) = serde_json::from_str::<Request>(message) else {
        let is_notification = serde_json::from_str::<Notification>(message).is_ok();
        return (!is_notification).then(|| Response { text: no_request(message), sent: false });
    };
    let params = request.params.map_or("", |params| params.get().trim());
    if request.method == "stream_subscribeLogs" {
        let subscription = Subscription::new(params);
        let outcome = subscription.as_ref().map(Subscription::id);
        let text = respond(&request.id, daemon, outcome.map(|id| id.to_string()).map_err(Clone::clone));
        let _ = client.replies.send(text.clone()).await;
        if let Ok(subscription) = subscription {
            subscription.start(daemon, client);
        }
        return Some(Response { text, sent: true });
    }
    let outcome = methods::call(daemon, client, &request.method, params).await;
    Some(Response { text: respond(&request.id, daemon, outcome), sent: false })
}

/// For a single message that is not a request.
fn unreadable(message: &str) -> String {
    match serde_json::from_str::<InvalidRequest>(message) {
        Ok(InvalidRequest { id }) => error(&id, &ErrorObject::invalid_request()),
        Err(_) => error(&Id::Null, &ErrorObject::parse_error()),
    }
}

/// For a message of a batch that is not a request. It is known to be JSON.
fn invalid(message: &str) -> String {
    let id = serde_json::from_str::<InvalidRequest>(message).map_or(Id::Null, |request| request.id);
    error(&id, &ErrorObject::invalid_request())
}

fn respond(id: &Id, daemon: &Daemon, outcome: Outcome) -> String {
    match outcome {
        Ok(result) => {
            let response = member(id, "result", &result);
            if response.len() > LIMIT {
                return error(id, &ErrorObject::too_big_response(LIMIT));
            }
            response
        }
        Err(refusal) => error(id, &refusal.object(daemon.errors)),
    }
}

fn error(id: &Id, object: &ErrorObject) -> String {
    member(id, "error", &to_json(object))
}

fn member(id: &Id, key: &str, value: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{},"{key}":{value}}}"#, to_json(id))
}

/// The text of what is known to have one: there are no maps in it with keys that are not text.
pub fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
