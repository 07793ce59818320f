//! The engine, and what the daemons do otherwise than the engine's 0.2.1: all of it is in how they stop.

use anyhow::{Context, Result};
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use sysinfo::{PidExt, ProcessExt, System, SystemExt};
use tokio::sync::{Notify, RwLock};
use tokio::time::{sleep, Instant};
use zinit::manager::ProcessManager;
use zinit::zinit::errors::ZInitError;
use zinit::zinit::lifecycle::LifecycleManager;
use zinit::zinit::service::ZInitService;
use zinit::zinit::state::{State, Target};
use zinit::zinit::types::ServiceTable;

/// What zinit 0.2.28 measures processes for, and what it always waits after the stop signal.
const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// The engine, with the parts that it shares with us. Clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    /// Answers every command but those that stop services.
    pub lifecycle: LifecycleManager,
    /// The services by name.
    pub services: Arc<RwLock<ServiceTable>>,
    /// Once true, `start` and `monitor` are refused.
    pub shutting_down: Arc<RwLock<bool>>,
    /// What [`Engine::stop_and_kill`] waits for a process from the stop signal to SIGKILL.
    kill_after: Duration,
}

impl Engine {
    /// An engine without services that keeps `buffer` log lines. Reaps the children of this process from now
    /// on.
    pub fn new(buffer: usize, kill_after: Duration) -> Self {
        let processes = ProcessManager::new(buffer);
        processes.start();
        let services = Arc::new(RwLock::new(ServiceTable::new()));
        let shutting_down = Arc::new(RwLock::new(false));
        let lifecycle = LifecycleManager::new(
            processes,
            Arc::clone(&services),
            Arc::new(Notify::new()),
            Arc::clone(&shutting_down),
            true,
        );
        Self { lifecycle, services, shutting_down, kill_after }
    }

    /// The state of a service, as text. One that is not monitored is `Unknown`.
    pub async fn state_text(&self, name: &str) -> String {
        let state = self.lifecycle.status(name).await.map_or(State::Unknown, |status| status.state);
        format!("{state:?}")
    }

    /// Stops as zinit 0.2.14 does: sets the target Down, sends the stop signal to the process group, and
    /// returns at once.
    ///
    /// The engine's own `stop` sends SIGTERM whatever the service file says, waits half a second and sends
    /// SIGKILL.
    pub async fn stop(&self, name: &str) -> Result<()> {
        let services = self.services.read().await;
        let service = services.get(name).ok_or_else(|| ZInitError::unknown_service(name))?;
        // Held until the signal is sent: the engine takes it to note that the process ended.
        let mut service = service.write().await;
        match set_down(&mut service)? {
            Some((pid, signal)) => self.lifecycle.process_manager().signal(pid, signal),
            None => Ok(()),
        }
    }

    /// Stops as zinit 0.2.28 does: looks for half a second which processes descend from the service's, sends
    /// the stop signal to the process group, waits for half a second and sends SIGKILL to what is left of
    /// them, and waits up to half a second more until they are gone.
    pub async fn stop_and_kill(&self, name: &str) -> Result<()> {
        let services = self.services.read().await;
        let service = services.get(name).ok_or_else(|| ZInitError::unknown_service(name))?;
        let running = set_down(&mut *service.write().await)?;
        drop(services);
        let Some((pid, signal)) = running else {
            return Ok(());
        };

        let descendants = descendants(pid).await;
        let processes = self.lifecycle.process_manager();
        let _ = processes.signal(pid, signal);
        let until = Instant::now() + self.kill_after;
        sleep(HALF_A_SECOND).await;
        while exists(pid) && Instant::now() < until {
            sleep(Duration::from_millis(50)).await;
        }
        if exists(pid) {
            let _ = processes.signal(pid, Signal::SIGKILL);
        }
        kill(&descendants);
        for _ in 0..5 {
            if !exists(pid) && !descendants.iter().copied().any(exists) {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Sends SIGKILL to all that still runs, with its descendants, as zinit 0.2.28 does before it exits.
    pub async fn kill_what_is_left(&self) {
        for service in self.services.read().await.values() {
            let pid = service.read().await.pid;
            if pid.as_raw() != 0 {
                kill(&[pid]);
                kill(&descendants(pid).await);
            }
        }
    }
}

/// Sets the target Down. Gives the process, if there is one, and the signal that is to stop it.
fn set_down(service: &mut ZInitService) -> Result<Option<(Pid, Signal)>> {
    service.set_target(Target::Down);
    if service.pid.as_raw() == 0 {
        return Ok(None);
    }
    let signal = Signal::from_str(&service.service.signal.stop.to_uppercase())
        .context("unknown stop signal configured")?;
    Ok(Some((service.pid, signal)))
}

/// The processes that descend from one. zinit measures them, too, over half a second, and so this takes as long.
async fn descendants(ancestor: Pid) -> Vec<Pid> {
    let mut system = System::new_all();
    sleep(HALF_A_SECOND).await;
    system.refresh_all();
    let processes = system.processes();
    let raw = |pid: &sysinfo::Pid| i32::try_from(pid.as_u32()).ok().map(Pid::from_raw);
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let children = processes
            .iter()
            .filter(|(_, process)| process.parent().and_then(|pid| raw(&pid)) == Some(parent));
        found.extend(children.filter_map(|(pid, _)| raw(pid)));
        next += 1;
    }
    found.split_off(1)
}

/// Whether there is such a process, if only as a zombie.
fn exists(pid: Pid) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

/// Sends SIGKILL to those that still exist.
fn kill(processes: &[Pid]) {
    for &pid in processes {
        let _ = signal::kill(pid, Signal::SIGKILL);
    }
}
