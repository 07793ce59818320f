//! `load`: what the engine reads from service files, for the tests of what a client writes.

use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use zinit::zinit::config::{self, Log, Service, Signal};

/// All that the engine knows of a service, under the keys of the service file.
#[derive(Serialize)]
struct ServiceFile {
    exec: String,
    test: String,
    oneshot: bool,
    shutdown_timeout: u64,
    after: Vec<String>,
    signal: Signal,
    log: &'static str,
    env: BTreeMap<String, String>,
    dir: String,
}

impl From<Service> for ServiceFile {
    fn from(service: Service) -> Self {
        Self {
            exec: service.exec,
            test: service.test,
            oneshot: service.one_shot,
            shutdown_timeout: service.shutdown_timeout,
            after: service.after,
            signal: service.signal,
            log: match service.log {
                Log::None => "none",
                Log::Ring => "ring",
                Log::Stdout => "stdout",
            },
            env: service.env.into_iter().collect(),
            dir: service.dir,
        }
    }
}

/// Prints one line of JSON for each file; stops at the first that the engine refuses, with its reason.
pub fn print_all(files: &[PathBuf]) -> Result<()> {
    for file in files {
        let (_, service) = config::load(file).with_context(|| file.display().to_string())?;
        println!("{}", serde_json::to_string(&ServiceFile::from(service))?);
    }
    Ok(())
}
