//! The methods that read the log: one for the lines that are kept, and a subscription to those that come.

use super::connection::Client;
use super::errors::Refusal;
use super::messages::to_json;
use super::params::{self, Filter};
use super::Daemon;
use serde::Deserialize;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// The kept lines, of one service or of all, as a result.
pub async fn kept(daemon: &Daemon, service: Option<&str>) -> String {
    let mut stream = daemon.engine.lifecycle.logs(true, false).await;
    let mut lines = Vec::new();
    while let Some(line) = stream.recv().await {
        if is_of(&line, service) {
            lines.push(line.to_string());
        }
    }
    to_json(&lines)
}

/// Lines are `[+] NAME: TEXT` or `[-] NAME: TEXT`. That some were dropped is a line of `zinit`, and so it is kept
/// from those who ask for one service.
fn is_of(line: &str, service: Option<&str>) -> bool {
    let Some(service) = service else {
        return true;
    };
    line.get(4..).and_then(|line| line.strip_prefix(service)).is_some_and(|rest| rest.starts_with(':'))
}

/// A subscription that has not begun.
pub struct Subscription {
    id: u64,
    service: Option<String>,
}

impl Subscription {
    /// With the text of its parameters.
    pub fn new(params: &str) -> Result<Self, Refusal> {
        let Filter { filter } = params::parse(params)?;
        // Integers up to 2^53 are the same in JavaScript.
        let id = RandomState::new().hash_one(()) >> 11;
        Ok(Self { id, service: filter })
    }

    /// A random number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Sends each line from now on, until the subscription is cancelled or the connection is closed. When lines
    /// come faster than they are read, the engine drops some.
    pub fn start(self, daemon: &Arc<Daemon>, client: &Arc<Client>) {
        let Self { id, service } = self;
        client.subscriptions().insert(id);
        let (daemon, client) = (Arc::clone(daemon), Arc::clone(client));
        tokio::spawn(async move {
            let mut lines = daemon.engine.lifecycle.logs(false, true).await;
            loop {
                let line = tokio::select! {
                    () = client.replies.closed() => break,
                    line = lines.recv() => line,
                };
                let Some(line) = line else {
                    break;
                };
                if !client.subscriptions().contains(&id) {
                    break;
                }
                if is_of(&line, service.as_deref()) {
                    let _ = client.replies.send(notification(id, &line)).await;
                }
            }
        });
    }
}

fn notification(id: u64, line: &str) -> String {
    let line = to_json(&line);
    format!(
        r#"{{"jsonrpc":"2.0","method":"stream_subscribeLogs","params":{{"subscription":{id},"result":{line}}}}}"#
    )
}

/// Says whether there was such a subscription on this connection. Parameters that are not one are no error.
pub fn unsubscribe(client: &Client, params: &str) -> String {
    #[derive(Deserialize)]
    struct Id(u64);

    let cancelled =
        serde_json::from_str::<[Id; 1]>(params).is_ok_and(|[Id(id)]| client.subscriptions().remove(&id));
    cancelled.to_string()
}
