//! One connection: bytes in, messages to tasks of their own, replies out as they are ready.

use super::framing::Frames;
use super::{messages, Daemon};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, OwnedSemaphorePermit};

/// How many replies may wait until they are sent. Whoever has one more waits with it.
const WAITING_REPLIES: usize = 1024;

/// What the requests of one connection share.
pub struct Client {
    /// Each reply and each notification, without the newline behind it. Closed when the connection is.
    pub replies: mpsc::Sender<String>,
    subscriptions: Mutex<HashSet<u64>>,
}

impl Client {
    /// The ids of its subscriptions.
    pub fn subscriptions(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves a connection until the client closes it, if only in one direction: the replies that wait then are lost,
/// but every request that has come is executed.
pub async fn serve(stream: UnixStream, daemon: Arc<Daemon>, slot: OwnedSemaphorePermit) {
    let (input, output) = stream.into_split();
    let (replies, to_send) = mpsc::channel(WAITING_REPLIES);
    let client = Arc::new(Client { replies, subscriptions: Mutex::default() });
    tokio::select! {
        () = receive(input, client, daemon, slot) => {}
        () = send(output, to_send) => {}
    }
}

async fn receive(
    mut input: OwnedReadHalf,
    client: Arc<Client>,
    daemon: Arc<Daemon>,
    slot: OwnedSemaphorePermit,
) {
    let slot = Arc::new(slot);
    let mut frames = Frames::default();
    loop {
        while let Some(message) = frames.next() {
            let (daemon, client, slot) = (Arc::clone(&daemon), Arc::clone(&client), Arc::clone(&slot));
            // Not one after another: a slow stop does not hold up a status. So replies may change places.
            tokio::spawn(async move {
                if let Some(reply) = messages::answer(&daemon, &client, message).await {
                    let _ = client.replies.send(reply).await;
                }
                drop(slot);
            });
        }
        let buffer = frames.buffer();
        buffer.reserve(8 * 1024);
        match input.read_buf(buffer).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
}

async fn send(mut output: OwnedWriteHalf, mut to_send: mpsc::Receiver<String>) {
    while let Some(mut reply) = to_send.recv().await {
        reply.push('\n');
        if output.write_all(reply.as_bytes()).await.is_err() {
            break;
        }
    }
}
