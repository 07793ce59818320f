//! One exchange on the unix socket: one command out, one reply back. Never waits; says what to wait for.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::sys;

#[cfg(test)]
mod tests;

/// Where the daemon listens, and what is expected of it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The daemon's socket.
    pub socket_path: PathBuf,
    /// Where it is if nothing is there: in a directory where anyone can put a socket. So the process behind
    /// this one must be root's or the caller's own.
    pub second_socket_path: Option<PathBuf>,
    /// For one exchange.
    pub io_timeout: Duration,
    /// A larger reply is refused.
    pub max_reply_bytes: u64,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            socket_path: PathBuf::from("/var/run/zinit.sock"),
            second_socket_path: None,
            io_timeout: Self::DEFAULT_IO_TIMEOUT,
            max_reply_bytes: Self::DEFAULT_MAX_REPLY_BYTES,
        }
    }
}

impl Endpoint {
    const DEFAULT_IO_TIMEOUT: Duration = Duration::from_secs(10);
    const DEFAULT_MAX_REPLY_BYTES: u64 = 64 << 20;

    /// Sets where the daemon listens. `None`: where zinit does by default, which depends on its version.
    pub fn set_socket_path(&mut self, path: Option<&Path>) {
        (self.socket_path, self.second_socket_path) = match path {
            Some(path) => (path.to_owned(), None),
            None => (Self::default().socket_path, Some(PathBuf::from("/tmp/zinit.sock"))),
        };
    }

    /// What is said of a daemon that has not answered since `begin`; `exchange`: where the command went out.
    pub fn no_reply(&self, exchange: Option<&Exchange>, begin: Instant, now: Instant) -> Error {
        let waited = now.saturating_duration_since(begin).as_millis();
        let socket = match (exchange, &self.second_socket_path) {
            (None, _) => self.name(),
            (Some(Exchange { is_second: true, .. }), Some(path)) => path.display().to_string(),
            (Some(_), _) => self.socket_path.display().to_string(),
        };
        ErrorKind::NoReply { socket, milliseconds: i64::try_from(waited).unwrap_or(i64::MAX) }.into()
    }

    fn name(&self) -> String {
        let first = self.socket_path.display();
        match &self.second_socket_path {
            Some(second) => format!("{first} or {}", second.display()),
            None => first.to_string(),
        }
    }

    /// A connection, and whether it is one to the second path. `None`: the backlog is full.
    fn connect(&self) -> Result<Option<(OwnedFd, bool)>> {
        match (sys::connect(&self.socket_path), &self.second_socket_path) {
            (Ok(socket), _) => Ok(Some((socket, false))),
            (Err(error), _) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            (Err(error), Some(path)) if error.raw_os_error() == Some(libc::ENOENT) => {
                Ok(self.connect_second(path)?.map(|socket| (socket, true)))
            }
            (Err(error), _) => {
                let socket = self.socket_path.display().to_string();
                Err(connect_error(&error, socket.clone(), socket))
            }
        }
    }

    fn connect_second(&self, path: &Path) -> Result<Option<OwnedFd>> {
        let socket = match sys::connect(path) {
            Ok(socket) => socket,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(connect_error(&error, self.name(), path.display().to_string())),
        };
        let owner = sys::peer_user(socket.as_fd())
            .map_err(|error| io_error("finding out whose process the daemon is", &error))?;
        // Another user's link would lead to a process that listens elsewhere and need not be zinit. The link could be
        // exchanged meanwhile, but not for something that is not that user's.
        let owners = if sys::peer_path(socket.as_fd()).is_ok_and(|bound| bound == path) {
            [owner, owner]
        } else {
            let entry = fs::symlink_metadata(path)
                .map_err(|error| connect_error(&error, self.name(), path.display().to_string()))?;
            [owner, entry.uid()]
        };
        let is_untrusted = |owner: &u32| *owner != 0 && *owner != sys::effective_user();
        match owners.into_iter().find(is_untrusted) {
            None => Ok(Some(socket)),
            owner => {
                Err(ErrorKind::Permission { socket: path.display().to_string(), os_errno: 0, owner }.into())
            }
        }
    }
}

/// How long to wait before a full backlog is tried again: a little longer each time, for the sake of a busy
/// daemon.
#[derive(Debug)]
pub struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(Duration::from_millis(1))
    }
}

impl Backoff {
    const LONGEST: Duration = Duration::from_millis(50);

    /// The next pause.
    pub fn next_pause(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(Self::LONGEST);
        pause
    }
}

/// What came from the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// Bytes; more may follow.
    Bytes,
    /// The end: the daemon has closed the connection.
    End,
}

/// A command that goes out, and what has come back so far.
#[derive(Debug)]
pub struct Exchange {
    socket: OwnedFd,
    /// So many bytes of the command have gone out.
    sent: usize,
    /// Whether it is at the second path.
    is_second: bool,
    received: Vec<u8>,
    /// Whether that came while the command was sent.
    is_heard: bool,
    /// How many bytes were taken and not given back.
    taken: usize,
    max_reply_bytes: usize,
}

impl Exchange {
    /// Most replies are smaller, and malloc has a block of this size at hand.
    const FIRST_BUFFER: usize = 1000;
    /// The reply to a list of a thousand services, and more.
    const NEXT_BUFFER: usize = 64 << 10;
    /// So that no single call takes long.
    const MOST_AT_ONCE: usize = 1 << 20;

    /// Connects, and sends what fits. `None`: the backlog is full, nothing was sent, try again later.
    pub fn begin(endpoint: &Endpoint, line: &[u8]) -> Result<Option<Self>> {
        let Some((socket, is_second)) = endpoint.connect()? else { return Ok(None) };
        let mut exchange = Self {
            socket,
            sent: 0,
            is_second,
            received: Vec::with_capacity(Self::FIRST_BUFFER),
            is_heard: false,
            taken: 0,
            max_reply_bytes: usize::try_from(endpoint.max_reply_bytes).unwrap_or(usize::MAX),
        };
        exchange.send(line)?;
        Ok(Some(exchange))
    }

    /// Sends what fits of the part of the command that has not gone out. A definition can be larger than the socket's
    /// buffer.
    #[inline]
    pub fn send(&mut self, line: &[u8]) -> Result<()> {
        while !self.is_out(line) {
            match sys::send(self.socket.as_fd(), line.get(self.sent..).unwrap_or_default()) {
                Ok(sent) => self.sent += sent,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if is_peer_gone(&error) && self.has_said_why() => self.sent = line.len(),
                Err(error) => {
                    let failed = if is_peer_gone(&error) {
                        closed(&error)
                    } else {
                        io_error("sending to the daemon", &error)
                    };
                    return Err(failed.with_request_sent(self.has_sent()));
                }
            }
        }
        Ok(())
    }

    /// Whether a part of the command has gone out: the daemon may act on it.
    pub fn has_sent(&self) -> bool {
        self.sent > 0
    }

    /// Whether the whole command has gone out.
    pub fn is_out(&self, line: &[u8]) -> bool {
        self.sent >= line.len()
    }

    /// Whether a daemon that has closed the connection before it was asked has sent a text of its own before, such as
    /// that it has no room. An object would be an answer, and nothing was asked.
    fn has_said_why(&mut self) -> bool {
        self.is_heard =
            matches!(self.receive(), Some(Ok(Received::Bytes))) && self.received.first() != Some(&b'{');
        self.is_heard
    }

    /// Readable when there is something to receive.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// All that was received so far, to be read; to be given back by [`Exchange::restore`] where more is
    /// wanted.
    pub fn take_received(&mut self) -> Vec<u8> {
        self.taken += self.received.len();
        std::mem::take(&mut self.received)
    }

    /// Gives back what was taken, but for what was read of it, so that more is received behind it.
    pub fn restore(&mut self, received: Vec<u8>) {
        self.taken = self.taken.saturating_sub(received.len());
        self.received = received;
    }

    /// Takes in what has come, and not much more than [`Self::MOST_AT_ONCE`]. `None`: nothing has.
    pub fn receive(&mut self) -> Option<Result<Received>> {
        let before = self.received.len();
        loop {
            let received = self.receive_once();
            let has_come = self.received.len() - before;
            match received {
                None if has_come > 0 => return Some(Ok(Received::Bytes)),
                // What lies behind a buffer that is just full is not overlooked.
                Some(Ok(Received::Bytes)) if self.is_full() && has_come < Self::MOST_AT_ONCE => {}
                received => return received,
            }
        }
    }

    fn is_full(&self) -> bool {
        self.received.len() == self.received.capacity()
    }

    fn receive_once(&mut self) -> Option<Result<Received>> {
        if self.is_full() {
            let more = self.received.len().clamp(Self::NEXT_BUFFER, Self::MOST_AT_ONCE);
            if let Err(error) = self.make_room(more) {
                return Some(Err(error));
            }
        }
        let received = match sys::receive(self.socket.as_fd(), &mut self.received) {
            Ok(0) => Received::End,
            Ok(_) => Received::Bytes,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(error) if is_peer_gone(&error) => return Some(Err(closed(&error))),
            Err(error) => return Some(Err(io_error("receiving from the daemon", &error))),
        };
        // What was read of the reply takes up memory, too.
        if self.taken.saturating_add(self.received.len()) > self.max_reply_bytes {
            return Some(Err(ErrorKind::ReplyTooLarge { limit: self.max_reply_bytes as u64 }.into()));
        }
        Some(Ok(received))
    }

    /// Takes in the next part of what comes for ever, in place of the one before. `None`: nothing has come.
    pub fn receive_part(&mut self) -> Option<Result<Received>> {
        const PART: usize = 16 << 10;
        if std::mem::take(&mut self.is_heard) {
            return Some(Ok(Received::Bytes));
        }
        self.received.clear();
        if let Err(error) = self.make_room(PART) {
            return Some(Err(error));
        }
        match sys::receive(self.socket.as_fd(), &mut self.received) {
            Ok(0) => Some(Ok(Received::End)),
            Ok(_) => Some(Ok(Received::Bytes)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) if is_peer_gone(&error) => Some(Err(closed(&error))),
            Err(error) => Some(Err(io_error("receiving from the daemon", &error))),
        }
    }

    /// For so many bytes more.
    fn make_room(&mut self, more: usize) -> Result<()> {
        self.received.try_reserve(more).map_err(|_| {
            let no_memory = io::Error::from_raw_os_error(libc::ENOMEM);
            io_error("making room for the daemon's reply", &no_memory)
        })
    }

    /// The part that was received last.
    pub fn part(&self) -> &[u8] {
        &self.received
    }
}

/// Nobody answers at what was looked at, or `socket` cannot be used.
fn connect_error(error: &io::Error, looked_at: String, socket: String) -> Error {
    let os_errno = error.raw_os_error().unwrap_or(0);
    match os_errno {
        libc::ENOENT | libc::ENOTDIR | libc::ECONNREFUSED => {
            ErrorKind::NotRunning { socket: looked_at, os_errno }.into()
        }
        libc::EACCES | libc::EPERM => ErrorKind::Permission { socket, os_errno, owner: None }.into(),
        _ => io_error("connecting to the daemon", error),
    }
}

fn is_peer_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EPIPE | libc::ECONNRESET))
}

fn closed(error: &io::Error) -> Error {
    ErrorKind::Closed { os_errno: error.raw_os_error().unwrap_or(0) }.into()
}

/// A system call that failed for no reason of the daemon's.
pub fn io_error(what: &'static str, error: &io::Error) -> Error {
    ErrorKind::Io { what, os_errno: error.raw_os_error().unwrap_or(0) }.into()
}
