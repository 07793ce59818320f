//! The socket that both protocols are served on.

use std::path::Path;
use std::time::Duration;
use tokio::net::{UnixListener, UnixSocket, UnixStream};
use tokio::time::sleep;

/// What zinit asks for. The kernel takes the lesser of this and `net.core.somaxconn`.
const BACKLOG: u32 = 1024;

/// Binds the path, which must not exist, and listens.
pub fn listen(path: &Path) -> std::io::Result<UnixListener> {
    let socket = UnixSocket::new_stream()?;
    socket.bind(path)?;
    socket.listen(BACKLOG)
}

/// The next connection.
pub async fn accept(listener: &UnixListener) -> UnixStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // Out of descriptors, most likely: some are free again when connections end.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}
