//! How all services are stopped before the daemon exits.
//!
//! The engine's own shutdown stops one service after another, with SIGKILL in the end. zinit 0.2.14 stops all
//! at once that no other depends on, then what those depended on, and so on; it waits for each as long as its
//! `shutdown_timeout` says and never escalates: a process that ignores the stop signal outlives the daemon.

use crate::engine::Engine;
use log::{error, info};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_stream::StreamExt;
use zinit::zinit::ord::{service_dependency_order, DUMMY_ROOT};
use zinit::zinit::state::State;
use zinit::zinit::types::Watcher;

/// A service that runs as the shutdown begins.
struct Active {
    states: Watcher<State>,
    shutdown_timeout: Duration,
}

/// Stops all services and exits. Over a dependency cycle it never ends, as in zinit.
pub async fn run(engine: Engine) {
    info!("shutting down");
    *engine.shutting_down.write().await = true;
    stop_all(&engine).await;
    // zinit calls sync(2) here, for seconds on a busy machine. All that tests need of it is the time in which
    // the reply to `shutdown` gets out.
    sleep(Duration::from_millis(20)).await;
    std::process::exit(0);
}

async fn stop_all(engine: &Engine) {
    let mut active = active_services(engine).await;
    let mut order = service_dependency_order(engine.services.clone()).await;
    let (done, mut dones) = mpsc::unbounded_channel();
    let _ = done.send(DUMMY_ROOT.to_owned());

    // The count is the engine's: the root and one for each service. A name in an `after` that is no service
    // uses one up without being counted, and so the shutdown ends one service early for each of them, as it
    // does in zinit.
    for _ in 0..order.count {
        let Some(name) = dones.recv().await else {
            return;
        };
        for dependency in order.adj.remove(&name).unwrap_or_default() {
            let dependents = order.indegree.entry(dependency.clone()).or_default();
            *dependents = dependents.saturating_sub(1);
            if *dependents > 0 {
                continue;
            }
            let done = done.clone();
            match active.remove(&dependency) {
                Some(service) => {
                    let engine = engine.clone();
                    tokio::spawn(async move {
                        stop_and_wait(&engine, &dependency, service).await;
                        let _ = done.send(dependency);
                    });
                }
                None => {
                    let _ = done.send(dependency);
                }
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

async fn stop_and_wait(engine: &Engine, name: &str, mut service: Active) {
    if let Err(error) = engine.stop(name).await {
        error!("couldn't stop service {name}: {error}");
        return;
    }
    let ended = async {
        while let Some(state) = service.states.next().await {
            if !state.is_active() {
                break;
            }
        }
    };
    let _ = timeout(service.shutdown_timeout, ended).await;
}
