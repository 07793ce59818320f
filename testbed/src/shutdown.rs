//! How all services are stopped before the daemon exits.
//!
//! zinit 0.2.14 stops all services at once that no other depends on, then what those depended on, and so on; it
//! waits for each as long as its `shutdown_timeout` says and never escalates: a process that ignores the stop
//! signal outlives the daemon. zinit 0.2.28 stops them in the same order, but one at a time, and kills in the end
//! what is left. The engine's own shutdown does the latter, but with its own `stop`.

use crate::engine::Engine;
use log::{error, info};
use nix::sys::signal::Signal;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_stream::StreamExt;
use zinit::zinit::ord::{service_dependency_order, DUMMY_ROOT};
use zinit::zinit::state::State;
use zinit::zinit::types::Watcher;

/// How many services are stopped at a time.
#[derive(Clone, Copy)]
pub enum Order {
    /// All on which no service that runs depends, as in zinit 0.2.14.
    AllAtOnce,
    /// One, as in zinit 0.2.28, and what does not end is killed.
    OneByOne,
}

/// A service that runs as the shutdown begins.
struct Active {
    states: Watcher<State>,
    shutdown_timeout: Duration,
}

/// Stops all services and exits. Over a dependency cycle it never ends, as in zinit.
pub async fn run(engine: Engine, order: Order) {
    info!("shutting down");
    *engine.shutting_down.write().await = true;
    stop_all(&engine, order).await;
    if let Order::OneByOne = order {
        engine.kill_what_is_left().await;
    }
    // zinit calls sync(2) here, for seconds on a busy machine. All that tests need of it is the time in which
    // the reply to `shutdown` gets out.
    sleep(Duration::from_millis(20)).await;
    std::process::exit(0);
}

async fn stop_all(engine: &Engine, order: Order) {
    let mut active = active_services(engine).await;
    let mut graph = service_dependency_order(engine.services.clone()).await;
    let (done, mut dones) = mpsc::unbounded_channel();
    let _ = done.send(DUMMY_ROOT.to_owned());

    // The count is the engine's: the root and one for each service. A name in an `after` that is no service
    // uses one up without being counted, and so the shutdown ends one service early for each of them, as it
    // does in zinit.
    for _ in 0..graph.count {
        let Some(name) = dones.recv().await else {
            return;
        };
        for dependency in graph.adj.remove(&name).unwrap_or_default() {
            let dependents = graph.indegree.entry(dependency.clone()).or_default();
            *dependents = dependents.saturating_sub(1);
            if *dependents > 0 {
                continue;
            }
            let Some(service) = active.remove(&dependency) else {
                let _ = done.send(dependency);
                continue;
            };
            let longest = service.shutdown_timeout + Duration::from_secs(2);
            let engine = engine.clone();
            let done = done.clone();
            let stopped = tokio::spawn(async move {
                match order {
                    Order::AllAtOnce => stop_and_wait(&engine, &dependency, service).await,
                    Order::OneByOne => stop_and_kill(&engine, &dependency, service).await,
                }
                let _ = done.send(dependency);
            });
            if let Order::OneByOne = order {
                let _ = timeout(longest, stopped).await;
            }
        }
    }
}

/// The services to stop. A process whose service is in any other state, `TestFailure` above all, is left
/// alone.
async fn active_services(engine: &Engine) -> HashMap<String, Active> {
    let mut active = HashMap::new();
    for (name, service) in engine.services.read().await.iter() {
        let service = service.read().await;
        if service.is_active() {
            info!("service '{name}' is scheduled for a shutdown");
            let service = Active {
                states: service.state_watcher(),
                shutdown_timeout: Duration::from_secs(service.service.shutdown_timeout),
            };
            active.insert(name.clone(), service);
        }
    }
    active
}

async fn stop_and_wait(engine: &Engine, name: &str, service: Active) {
    match engine.stop(name).await {
        Ok(()) => service.ended().await,
        Err(error) => error!("couldn't stop service {name}: {error}"),
    }
}

async fn stop_and_kill(engine: &Engine, name: &str, service: Active) {
    match engine.stop_and_kill(name).await {
        Ok(()) => service.ended().await,
        Err(error) => error!("couldn't stop service {name}: {error}"),
    }
    // Refused where the process has ended, which is what is wanted.
    let _ = engine.lifecycle.kill(name, Signal::SIGKILL).await;
}

impl Active {
    /// Waits until it runs no more, or its timeout is over.
    async fn ended(mut self) {
        let ended = async {
            while let Some(state) = self.states.next().await {
                if !state.is_active() {
                    break;
                }
            }
        };
        let _ = timeout(self.shutdown_timeout, ended).await;
    }
}
