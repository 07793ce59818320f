//! `zinit-testbed`: the daemon that the tests and the demo run against.
//!
//! Supervision is zinit's own: the library half of the crate `zinit` 0.2.1 (real processes, restarts,
//! dependencies, tests, logs). This program puts in front of it what the crate does not speak: the line protocol
//! of zinit 0.2.0 to 0.2.14, or the JSON-RPC of zinit 0.2.15 to 0.2.28. It takes the arguments of the real
//! daemons.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `main.rs` | the arguments |
//! | `daemon.rs` | from the arguments to a daemon that serves |
//! | `socket.rs` | the socket |
//! | `line/` | the line protocol |
//! | `jsonrpc/` | the JSON-RPC |
//! | `engine.rs` | the engine, and what the daemons do otherwise than it |
//! | `shutdown.rs` | how all services are stopped |
//! | `service_file.rs` | `load`: what the engine reads from service files |

mod daemon;
mod engine;
mod jsonrpc;
mod line;
mod service_file;
mod shutdown;
mod socket;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use daemon::Protocol;
use jsonrpc::Errors;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// zinit's own engine under the protocols of the zinit 0.2.x daemons, for tests and demos
#[derive(Parser)]
#[command(name = "zinit-testbed", disable_version_flag = true)]
struct Arguments {
    /// Path to the unix socket [default: /var/run/zinit.sock; required with --protocol jsonrpc]
    #[arg(short, long, value_name = "SOCKET")]
    socket: Option<PathBuf>,

    /// Log what the engine does
    #[arg(short, long)]
    debug: bool,

    /// What is spoken on the socket: lines as zinit 0.2.14 does, or JSON-RPC as zinit 0.2.28 does
    #[arg(long, value_enum, value_name = "PROTOCOL", default_value = "line")]
    protocol: ProtocolName,

    /// With --protocol jsonrpc: the errors of this version
    #[arg(long, value_enum, value_name = "VERSION", default_value = "0.2.28")]
    errors: Errors,

    /// With --protocol jsonrpc: how long a stop waits for the process before SIGKILL; 500 is zinit's, and the least
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 500)]
    kill_after: u64,

    /// Print the version of the daemon that is played
    #[arg(short = 'V', long)]
    version: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ProtocolName {
    Line,
    Jsonrpc,
}

#[derive(Subcommand)]
enum Command {
    /// Start and maintain the services of a directory
    Init(Init),

    /// Print, as a line of JSON each, what the daemon reads from service files
    ///
    /// A file that it refuses is a line `{"refused": REASON}`. The exit status is 1 if there was one.
    Load {
        /// A file with the paths of service files, a line each, which come before FILES; `-` is stdin
        #[arg(long, value_name = "FILE")]
        list: Option<PathBuf>,

        /// The service files
        #[arg(required_unless_present = "list")]
        files: Vec<PathBuf>,
    },
}

#[derive(clap::Args)]
struct Init {
    /// Directory of the service files
    #[arg(short, long, value_name = "DIR", default_value = "/etc/zinit/")]
    config: PathBuf,

    /// How many log lines to keep, of all services together
    #[arg(short, long, value_name = "BUFFER", default_value_t = 2000)]
    buffer: usize,

    /// Exit after a shutdown and on signals; required, as this program never powers a machine off
    #[arg(long, required = true)]
    container: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether the daemon reads all of the files.
fn load(list: Option<&Path>, files: Vec<PathBuf>) -> anyhow::Result<bool> {
    let listed = list.map(service_file::listed).transpose()?;
    service_file::print_all(listed.into_iter().flatten().chain(files.into_iter().map(Ok)))
}

/// Returns whether all was well.
fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let protocol = match arguments.protocol {
        ProtocolName::Line => Protocol::Line,
        ProtocolName::Jsonrpc => Protocol::JsonRpc(arguments.errors),
    };
    if arguments.version {
        // Clients take the version of a daemon from what it prints here, so it is the real one's, name included.
        println!("zinit {}", protocol.version());
        return Ok(true);
    }
    match arguments.command {
        Some(Command::Init(init)) => daemon::run(daemon::Options {
            socket: socket_path(arguments.socket, protocol),
            config: init.config,
            buffer: init.buffer,
            kill_after: Duration::from_millis(arguments.kill_after),
            debug: arguments.debug,
            protocol,
        })
        .map(|()| true),
        Some(Command::Load { list, files }) => load(list.as_deref(), files),
        None => usage_error(ErrorKind::MissingSubcommand, "a command is required: init or load"),
    }
}

/// The path of a real zinit 0.2.15 or later is in a directory that everybody can write to, so there is no default.
fn socket_path(given: Option<PathBuf>, protocol: Protocol) -> PathBuf {
    match (given, protocol) {
        (Some(path), _) => path,
        (None, Protocol::Line) => PathBuf::from("/var/run/zinit.sock"),
        (None, Protocol::JsonRpc(_)) => usage_error(
            ErrorKind::MissingRequiredArgument,
            "with --protocol jsonrpc the path of the socket is required: --socket SOCKET",
        ),
    }
}

fn usage_error(kind: ErrorKind, message: &str) -> ! {
    Arguments::command().error(kind, message).exit()
}
