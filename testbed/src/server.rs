//! The socket, and what happens on one connection: a line in, a reply out, the end.

use crate::commands::{self, Answer};
use crate::engine::Engine;
use anyhow::{Context, Result};
use log::error;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{UnixListener, UnixSocket, UnixStream};
use tokio::time::sleep;

/// What zinit asks for. The kernel takes the lesser of this and `net.core.somaxconn`.
const BACKLOG: u32 = 1024;

/// Serves each connection in a task of its own, for ever.
pub async fn serve(path: &Path, engine: Engine) -> Result<()> {
    let listener = listen(path).context("failed to listen for socket")?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let engine = engine.clone();
                tokio::spawn(async move {
                    // Only a client that went away gets here, and there is nobody left to tell.
                    let _ = handle(stream, &engine).await;
                });
            }
            // Out of descriptors, most likely: some are free again when connections end.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

fn listen(path: &Path) -> std::io::Result<UnixListener> {
    let socket = UnixSocket::new_stream()?;
    socket.bind(path)?;
    socket.listen(BACKLOG)
}

async fn handle(stream: UnixStream, engine: &Engine) -> std::io::Result<()> {
    let mut stream = BufStream::new(stream);
    let mut line = String::new();
    // A line that ends with the connection, not with a newline, is a line all the same: zinit executes it.
    if let Err(error) = stream.read_line(&mut line).await {
        error!("failed to read command: {error}");
        // zinit goes on from here with an empty line, and so this is what precedes its `unknown command`.
        stream.write_all(b"bad request").await?;
        line.clear();
    }

    match commands::answer(&line, engine).await {
        Answer::Reply(reply) => {
            stream.write_all(&reply).await?;
            stream.flush().await
        }
        Answer::Logs { follow } => write_logs(&mut stream, engine, follow).await,
    }
}

async fn write_logs(
    stream: &mut BufStream<UnixStream>,
    engine: &Engine,
    follow: bool,
) -> std::io::Result<()> {
    let mut lines = engine.lifecycle.logs(true, follow).await;
    while let Some(line) = lines.recv().await {
        stream.write_all(line.as_bytes()).await?;
        stream.write_all(b"\n").await?;
        // At each line: the next one may be hours away.
        stream.flush().await?;
    }
    Ok(())
}
