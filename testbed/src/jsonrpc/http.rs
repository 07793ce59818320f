//! The methods that open another door, at an address of the network, and close it.
//!
//! Behind that of zinit is the same JSON-RPC, over HTTP. This one accepts connections and closes them.

use super::errors::Refusal;
use super::messages::to_json;
use super::methods::{null, Outcome};
use anyhow::{anyhow, Context, Result};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// The one that runs, if one does.
#[derive(Default)]
pub struct Server(Mutex<Option<JoinHandle<()>>>);

impl Server {
    /// Takes the place of the one that runs.
    pub async fn start(&self, address: &str) -> Outcome {
        let listener =
            listen(address).await.map_err(|error| Refusal::engine(&error, "starting http server", None))?;
        let serving = tokio::spawn(async move { while listener.accept().await.is_ok() {} });
        let before = self.0.lock().await.replace(serving);
        close(before).await;
        Ok(to_json(&format!("HTTP/RPC server started at {address}")))
    }

    /// Without one that runs, this is an error.
    pub async fn stop(&self) -> Outcome {
        let running = self.0.lock().await.take();
        if running.is_none() {
            let error = anyhow!("No HTTP/RPC server is currently running");
            return Err(Refusal::engine(&error, "stopping http server", None));
        }
        close(running).await;
        Ok(null())
    }
}

async fn listen(address: &str) -> Result<TcpListener> {
    let address: SocketAddr = address.parse().context("Failed to parse socket address")?;
    Ok(TcpListener::bind(address).await?)
}

/// Returns when the address is free again.
async fn close(serving: Option<JoinHandle<()>>) {
    if let Some(serving) = serving {
        serving.abort();
        let _ = serving.await;
    }
}
