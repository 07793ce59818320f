//! The line protocol of zinit 0.2.0 to 0.2.14, as 0.2.14 speaks it.
//!
//! Here is what happens on one connection: a line in, a reply out, the end. `commands.rs` makes a reply of a
//! line.

mod commands;

use crate::engine::Engine;
use crate::socket;
use commands::Answer;
use log::error;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{UnixListener, UnixStream};

/// Serves each connection in a task of its own, for ever.
pub async fn serve(listener: UnixListener, engine: Engine) {
    loop {
        let stream = socket::accept(&listener).await;
        let engine = engine.clone();
        tokio::spawn(async move {
            // Only a client that went away gets here, and there is nobody left to tell.
            let _ = handle(stream, &engine).await;
        });
    }
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
