//! The engine, and what zinit 0.2.14 does otherwise than the engine's 0.2.1.

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use std::str::FromStr;
use std::sync::Arc;
use tokio::sync::{Notify, RwLock};
use zinit::manager::ProcessManager;
use zinit::zinit::errors::ZInitError;
use zinit::zinit::lifecycle::LifecycleManager;
use zinit::zinit::state::Target;
use zinit::zinit::types::ServiceTable;

/// The engine, with the parts that it shares with us. Clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    /// Answers every command but `stop`, `shutdown` and `reboot`.
    pub lifecycle: LifecycleManager,
    /// The services by name.
    pub services: Arc<RwLock<ServiceTable>>,
    /// Once true, `start` and `monitor` are refused.
    pub shutting_down: Arc<RwLock<bool>>,
}

impl Engine {
    /// An engine without services that keeps `buffer` log lines. Reaps the children of this process from now
    /// on.
    pub fn new(buffer: usize) -> Self {
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
        Self { lifecycle, services, shutting_down }
    }

    /// Sets the target Down, sends the stop signal to the process group, and returns at once.
    ///
    /// The engine's own `stop` sends SIGTERM whatever the service file says, waits half a second and sends
    /// SIGKILL.
    pub async fn stop(&self, name: &str) -> Result<()> {
        let services = self.services.read().await;
        let service = services.get(name).ok_or_else(|| ZInitError::unknown_service(name))?;
        // Held until the signal is sent: the engine takes it to note that the process ended.
        let mut service = service.write().await;
        service.set_target(Target::Down);
        if service.pid.as_raw() == 0 {
            return Ok(());
        }
        let signal = Signal::from_str(&service.service.signal.stop.to_uppercase())
            .context("unknown stop signal configured")?;
        self.lifecycle.process_manager().signal(service.pid, signal)
    }
}
