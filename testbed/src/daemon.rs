//! From the arguments to a daemon that serves, in the order in which zinit does it.

use crate::engine::Engine;
use crate::jsonrpc::Errors;
use crate::shutdown::{self, Order};
use crate::{jsonrpc, line, socket};
use anyhow::{Context, Result};
use log::{error, LevelFilter};
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{signal, SignalKind};
use zinit::zinit::config;

/// What to serve, where.
pub struct Options {
    /// Path of the unix socket.
    pub socket: PathBuf,
    /// Directory of the service files.
    pub config: PathBuf,
    /// How many log lines are kept.
    pub buffer: usize,
    /// Under JSON-RPC: what a stop waits from the stop signal to SIGKILL.
    pub kill_after: Duration,
    /// Whether to log what the engine does.
    pub debug: bool,
    /// What is spoken on the socket.
    pub protocol: Protocol,
}

/// What is spoken on the socket.
#[derive(Clone, Copy)]
pub enum Protocol {
    /// The lines of zinit 0.2.0 to 0.2.14.
    Line,
    /// The JSON-RPC of zinit 0.2.15 to 0.2.28.
    JsonRpc(Errors),
}

/// Serves until a shutdown ends the process, or, under JSON-RPC, until SIGINT.
#[tokio::main]
pub async fn run(options: Options) -> Result<()> {
    start_logging(if options.debug { LevelFilter::Debug } else { LevelFilter::Info })?;

    // Both before the change of directory, which would give them another meaning.
    let socket = std::path::absolute(options.socket).context("failed to get the socket's absolute path")?;
    let config =
        std::path::absolute(options.config).context("failed to get the service directory's absolute path")?;

    if let Some(directory) = socket.parent() {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("failed to create directory '{}'", directory.display()))?;
    }
    // What a daemon that died has left behind; bind refuses a path that exists.
    let _ = std::fs::remove_file(&socket);

    if let Protocol::JsonRpc(_) = options.protocol {
        std::fs::create_dir_all(&config)
            .with_context(|| format!("failed to create config directory '{}'", config.display()))?;
    }

    // `monitor NAME` reads NAME.yaml, and a service's `dir` may be relative: both start from here.
    std::env::set_current_dir(&config)
        .with_context(|| format!("failed to switch working directory to '{}'", config.display()))?;

    let engine = Engine::new(options.buffer, options.kill_after);
    shut_down_on_signals(&engine, options.protocol)?;

    for (name, service) in config::load_dir(&config)? {
        if let Err(error) = engine.lifecycle.monitor(&name, service).await {
            error!("failed to monitor service {name}: {error}");
        }
    }

    // The socket comes last, so that whoever can connect finds every service there.
    let listener = socket::listen(&socket).context("failed to listen for socket")?;
    match options.protocol {
        Protocol::Line => line::serve(listener, engine).await,
        Protocol::JsonRpc(errors) => {
            let mut interrupt = signal(SignalKind::interrupt())?;
            tokio::select! {
                () = jsonrpc::serve(listener, engine, errors) => {}
                // zinit stops nothing then. The process ends when the last service has closed its output, for
                // the runtime waits for those who read it.
                _ = interrupt.recv() => std::fs::remove_file(&socket)?,
            }
        }
    }
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
fn shut_down_on_signals(engine: &Engine, protocol: Protocol) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let engine = engine.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv(), if matches!(protocol, Protocol::Line) => {}
            _ = hangup.recv() => {}
        }
        shutdown::run(engine, protocol.shutdown_order()).await;
    });
    Ok(())
}

impl Protocol {
    /// The version of the daemon that is played, as it prints it itself.
    pub fn version(self) -> &'static str {
        match self {
            Self::Line => "v0.2.14",
            Self::JsonRpc(Errors::Bare) => "v0.2.27",
            Self::JsonRpc(Errors::Structured) => "v0.2.28",
        }
    }

    fn shutdown_order(self) -> Order {
        match self {
            Self::Line => Order::AllAtOnce,
            Self::JsonRpc(_) => Order::OneByOne,
        }
    }
}
