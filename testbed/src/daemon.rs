//! From the arguments to a daemon that serves, in the order in which zinit does it.

use crate::engine::Engine;
use crate::{line, shutdown, socket};
use anyhow::{Context, Result};
use log::{error, LevelFilter};
use std::path::Path;
use tokio::signal::unix::{signal, SignalKind};
use zinit::zinit::config;

/// Serves until a shutdown ends the process.
#[tokio::main]
pub async fn run(socket: &Path, config: &Path, buffer: usize, debug: bool) -> Result<()> {
    start_logging(if debug { LevelFilter::Debug } else { LevelFilter::Info })?;

    // Both before the change of directory, which would give them another meaning.
    let socket = std::path::absolute(socket).context("failed to get the socket's absolute path")?;
    let config =
        std::path::absolute(config).context("failed to get the service directory's absolute path")?;

    if let Some(directory) = socket.parent() {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("failed to create directory '{}'", directory.display()))?;
    }
    // What a daemon that died has left behind; bind refuses a path that exists.
    let _ = std::fs::remove_file(&socket);

    // `monitor NAME` reads NAME.yaml, and a service's `dir` may be relative: both start from here.
    std::env::set_current_dir(&config)
        .with_context(|| format!("failed to switch working directory to '{}'", config.display()))?;

    let engine = Engine::new(buffer);
    shut_down_on_signals(&engine)?;

    for (name, service) in config::load_dir(&config)? {
        if let Err(error) = engine.lifecycle.monitor(&name, service).await {
            error!("failed to monitor service {name}: {error}");
        }
    }

    // The socket comes last, so that whoever can connect finds every service there.
    let listener = socket::listen(&socket).context("failed to listen for socket")?;
    line::serve(listener, engine).await;
    Ok(())
}

/// The engine's messages and ours on stdout, in zinit's format.
fn start_logging(level: LevelFilter) -> Result<()> {
    fern::Dispatch::new()
        .format(|out, message, record| {
            out.finish(format_args!("zinit: {} ({}) {message}", record.level(), record.target()));
        })
        .level(level)
        .chain(std::io::stdout())
        .apply()
        .context("failed to set up logging")
}

/// The handlers stay for the life of the process: a second signal does not cut a shutdown short.
fn shut_down_on_signals(engine: &Engine) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let engine = engine.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
        shutdown::run(engine).await;
    });
    Ok(())
}
