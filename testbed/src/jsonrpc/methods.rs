//! What each method does.

use super::connection::Client;
use super::errors::{Errors, Refusal};
use super::messages::to_json;
use super::params::{self, Address, Name, NameAndContent, NameAndSignal, OptionalName};
use super::{log_streams, service_files, Daemon};
use crate::shutdown::{self, Order};
use nix::sys::signal::Signal;
use serde::Serialize;
use serde_json::json;
use std::collections::HashMap;
use std::str::FromStr;
use zinit::zinit::config;

/// The text of a result.
pub type Outcome = Result<String, Refusal>;

/// The reply to `service_status`. The order of the fields is that of the members on the wire; that of the
/// dependencies is a different one each time.
#[derive(Serialize)]
struct Status {
    name: String,
    pid: u32,
    state: String,
    target: String,
    after: HashMap<String, String>,
}

#[derive(Serialize)]
struct Stats {
    name: String,
    pid: u32,
    memory_usage: u64,
    cpu_usage: f32,
    children: Vec<ChildStats>,
}

#[derive(Serialize)]
struct ChildStats {
    pid: u32,
    memory_usage: u64,
    cpu_usage: f32,
}

/// Calls a method with the text of its parameters.
pub async fn call(daemon: &Daemon, client: &Client, method: &str, params: &str) -> Outcome {
    let name = || params::parse::<Name>(params).map(|params| params.name);
    match method {
        "rpc.discover" => Ok(to_json(&description())),
        "service_list" => list(daemon).await,
        "service_status" => status(daemon, name()?).await,
        "service_start" => start(daemon, &name()?).await,
        "service_stop" => stop(daemon, &name()?).await,
        "service_monitor" => monitor(daemon, &name()?).await,
        "service_forget" => forget(daemon, &name()?).await,
        "service_kill" => kill(daemon, params::parse(params)?).await,
        "service_stats" => stats(daemon, name()?).await,
        "service_create" => {
            let NameAndContent { name, content } = params::parse(params)?;
            service_files::create(&name, &content)
        }
        "service_get" => service_files::get(&name()?),
        "service_delete" => service_files::delete(&name()?),
        "stream_currentLogs" => {
            let OptionalName { name } = params::parse(params)?;
            Ok(log_streams::kept(daemon, name.as_deref()).await)
        }
        "stream_unsubscribeLogs" => Ok(log_streams::unsubscribe(client, params)),
        "system_start_http_server" => {
            let Address { address } = params::parse(params)?;
            daemon.http.start(&address).await
        }
        "system_stop_http_server" => daemon.http.stop().await,
        // In a container a reboot is a shutdown. It ends this process, so nobody gets a reply.
        "system_shutdown" | "system_reboot" => {
            shutdown::run(daemon.engine.clone(), Order::OneByOne).await;
            Ok(null())
        }
        _ => Err(Refusal::method_not_found()),
    }
}

async fn list(daemon: &Daemon) -> Outcome {
    let lifecycle = &daemon.engine.lifecycle;
    let refused = |error| Refusal::engine(&error, "listing services", None);
    let mut services = HashMap::new();
    // Each service is asked for on its own: one that is forgotten meanwhile fails the whole list, as in
    // zinit.
    for name in lifecycle.list().await.map_err(refused)? {
        let status = lifecycle.status(&name).await.map_err(|error| about("getting status", &name, &error))?;
        services.insert(name, format!("{:?}", status.state));
    }
    Ok(to_json(&services))
}

async fn status(daemon: &Daemon, name: String) -> Outcome {
    let engine = &daemon.engine;
    let status =
        engine.lifecycle.status(&name).await.map_err(|error| about("getting status", &name, &error))?;
    let mut after = HashMap::new();
    for dependency in status.service.after {
        let state = engine.state_text(&dependency).await;
        after.insert(dependency, state);
    }
    Ok(to_json(&Status {
        name,
        pid: unsigned(status.pid.as_raw()),
        state: format!("{:?}", status.state),
        target: format!("{:?}", status.target),
        after,
    }))
}

async fn start(daemon: &Daemon, name: &str) -> Outcome {
    daemon.engine.lifecycle.start(name).await.map_err(|error| Refusal::start(&error, name))?;
    Ok(null())
}

async fn stop(daemon: &Daemon, name: &str) -> Outcome {
    daemon.engine.stop_and_kill(name).await.map_err(|error| about("stopping service", name, &error))?;
    Ok(null())
}

async fn monitor(daemon: &Daemon, name: &str) -> Outcome {
    // 0.2.27 does not look at the name: a path may lead out of the directory.
    if daemon.errors == Errors::Structured {
        service_files::check("monitoring service", name)?;
    }
    // Relative to the daemon's directory, and the service is called as the file is.
    let (name, service) = config::load(format!("{name}.yaml")).map_err(|_| Refusal::not_loaded(name))?;
    let monitored = daemon.engine.lifecycle.monitor(name.clone(), service).await;
    monitored.map_err(|error| about("monitoring service", &name, &error))?;
    Ok(null())
}

async fn forget(daemon: &Daemon, name: &str) -> Outcome {
    daemon.engine.lifecycle.forget(name).await.map_err(|error| about("forgetting service", name, &error))?;
    Ok(null())
}

async fn kill(daemon: &Daemon, params: NameAndSignal) -> Outcome {
    let NameAndSignal { name, signal } = params;
    // The signal is looked at before the name.
    let signal = Signal::from_str(&signal.to_uppercase()).map_err(|_| Refusal::invalid_signal(&signal))?;
    let sent = daemon.engine.lifecycle.kill(&name, signal).await;
    sent.map_err(|error| about("sending signal", &name, &error))?;
    Ok(null())
}

async fn stats(daemon: &Daemon, name: String) -> Outcome {
    let stats = daemon.engine.lifecycle.stats(&name).await;
    let stats = stats.map_err(|error| about("collecting stats", &name, &error))?;
    let children = stats.children.into_iter().map(|child| ChildStats {
        pid: unsigned(child.pid),
        memory_usage: child.memory_usage,
        cpu_usage: child.cpu_usage,
    });
    Ok(to_json(&Stats {
        name,
        pid: unsigned(stats.pid),
        memory_usage: stats.memory_usage,
        cpu_usage: stats.cpu_usage,
        children: children.collect(),
    }))
}

fn about(action: &str, service: &str, error: &anyhow::Error) -> Refusal {
    Refusal::engine(error, action, Some(service))
}

/// The result of a method that has nothing to tell.
pub fn null() -> String {
    "null".to_owned()
}

fn unsigned(pid: i32) -> u32 {
    pid.unsigned_abs()
}

/// What `rpc.discover` gives: an `OpenRPC` document, as a text. That of zinit also has examples and results.
fn description() -> String {
    let method = |(name, params): (&str, &[&str])| {
        let params: Vec<_> = params.iter().map(|name| json!({ "name": name })).collect();
        json!({ "name": name, "params": params })
    };
    let methods: Vec<_> = METHODS.iter().copied().map(method).collect();
    let document = json!({
        "openrpc": "1.2.6",
        "info": { "title": "Zinit JSON-RPC API", "version": "1.0.0" },
        "servers": [],
        "methods": methods,
    });
    document.to_string()
}

/// What `rpc.discover` names, in zinit's order.
const METHODS: [(&str, &[&str]); 18] = [
    ("rpc.discover", &[]),
    ("service_list", &[]),
    ("service_status", &["name"]),
    ("service_start", &["name"]),
    ("service_stop", &["name"]),
    ("service_monitor", &["name"]),
    ("service_forget", &["name"]),
    ("service_kill", &["name", "signal"]),
    ("system_shutdown", &[]),
    ("system_reboot", &[]),
    ("service_create", &["name", "content"]),
    ("service_delete", &["name"]),
    ("service_get", &["name"]),
    ("service_stats", &["name"]),
    ("system_start_http_server", &["address"]),
    ("system_stop_http_server", &[]),
    ("stream_currentLogs", &["name"]),
    ("stream_subscribeLogs", &["filter"]),
];
