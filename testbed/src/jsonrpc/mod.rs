//! The JSON-RPC of zinit 0.2.15 to 0.2.28, as 0.2.28 speaks it.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `mod.rs` | how many connections are served |
//! | `connection.rs` | one connection: bytes in, replies out |
//! | `framing.rs` | where a message ends |
//! | `messages.rs` | from a message to a reply: requests, batches, limits |
//! | `params.rs` | the parameters of the methods |
//! | `methods.rs` | what each method does |
//! | `service_files.rs` | the methods that read and write service files |
//! | `log_streams.rs` | the methods that read the log |
//! | `http.rs` | the methods that open another door |
//! | `errors.rs` | what a request is refused with |

mod connection;
mod errors;
mod framing;
mod http;
mod log_streams;
mod messages;
mod methods;
mod params;
mod service_files;

pub use errors::Errors;

use crate::engine::Engine;
use crate::socket;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixListener;
use tokio::sync::Semaphore;

/// How many connections are served at a time.
const CONNECTIONS: usize = 100;

/// What all connections share.
struct Daemon {
    engine: Engine,
    errors: Errors,
    http: http::Server,
}

/// Serves each connection in a task of its own, for ever.
pub async fn serve(listener: UnixListener, engine: Engine, errors: Errors) {
    let daemon = Arc::new(Daemon { engine, errors, http: http::Server::default() });
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let mut stream = socket::accept(&listener).await;
        match Arc::clone(&slots).try_acquire_owned() {
            Ok(slot) => {
                tokio::spawn(connection::serve(stream, Arc::clone(&daemon), slot));
            }
            Err(_) => {
                tokio::spawn(async move {
                    // Nothing to be done about a client that is gone already.
                    let _ = stream.write_all(b"Too many connections. Please try again later.").await;
                });
            }
        }
    }
}
