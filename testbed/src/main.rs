//! `zinit-testbed`: the daemon that the tests and the demo run against.
//!
//! Supervision is zinit's own: the library half of the crate `zinit` 0.2.1 (real processes, restarts,
//! dependencies, tests, logs). This program puts the line protocol of zinit 0.2.14 in front of it,
//! which the crate no longer speaks, and takes the arguments of the real daemon.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `main.rs` | the arguments |
//! | `daemon.rs` | from the arguments to a daemon that serves |
//! | `socket.rs` | the socket |
//! | `line/` | the line protocol |
//! | `engine.rs` | the engine, and what 0.2.14 does otherwise than it |
//! | `shutdown.rs` | how all services are stopped |
//! | `service_file.rs` | `load`: what the engine reads from service files |

mod daemon;
mod engine;
mod line;
mod service_file;
mod shutdown;
mod socket;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// zinit's own engine under the line protocol of zinit v0.2.14, for tests and demos
#[derive(Parser)]
// Clients take the version of a daemon from what it prints here, so it is the real one's, name included.
#[command(name = "zinit", bin_name = "zinit-testbed", version = "v0.2.14")]
struct Arguments {
    /// Path to the unix socket
    #[arg(short, long, value_name = "SOCKET", default_value = "/var/run/zinit.sock")]
    socket: PathBuf,

    /// Log what the engine does
    #[arg(short, long)]
    debug: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start and maintain the services of a directory
    Init(Init),

    /// Print, as a line of JSON each, what the daemon reads from service files
    Load {
        /// The service files
        #[arg(required = true)]
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

    /// Exit after a shutdown and on SIGTERM, SIGINT and SIGHUP; required, as this program never powers a
    /// machine off
    #[arg(long, required = true)]
    container: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Init(init) => daemon::run(&arguments.socket, &init.config, init.buffer, arguments.debug),
        Command::Load { files } => service_file::print_all(&files),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
