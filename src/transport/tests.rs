//! Where a daemon is looked for whose socket nobody has named, and whom it is trusted to be; and what is heard of one
//! that closes before it is asked.

use std::io::{ErrorKind as IoErrorKind, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use super::{Endpoint, Exchange, Received};
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// Nobody whom the caller trusts.
const OTHER_USER: u32 = 65534;

/// A directory with the two default paths, none of which is there yet.
struct Paths(PathBuf);

impl Paths {
    fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("zinit-transport-{}-{number}", process::id()));
        // What is left of an earlier run with the same process id.
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir(&directory).unwrap();
        // As /tmp.
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o1777)).unwrap();
        Self(directory)
    }

    fn first(&self) -> PathBuf {
        self.0.join("first.sock")
    }

    fn second(&self) -> PathBuf {
        self.0.join("second.sock")
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint { socket_path: self.first(), second_socket_path: Some(self.second()), ..Endpoint::default() }
    }
}

impl Drop for Paths {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn listen(path: PathBuf) -> UnixListener {
    let listener = UnixListener::bind(path).unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

/// `None`: nobody but root can be another user.
fn listen_as_another_user(path: PathBuf) -> Option<UnixListener> {
    let in_thread = || {
        sys::become_user(OTHER_USER).ok()?;
        Some(listen(path))
    };
    thread::scope(|scope| scope.spawn(in_thread).join().unwrap())
}

fn begin(endpoint: &Endpoint) -> Exchange {
    Exchange::begin(endpoint, b"list\n").unwrap().unwrap()
}

fn fail(endpoint: &Endpoint) -> Error {
    let error = Exchange::begin(endpoint, b"list\n").unwrap_err();
    assert!(!error.request_sent(), "{error}");
    error
}

/// What has come on the one connection that was made, once it is closed.
fn received(listener: &UnixListener) -> Vec<u8> {
    let (mut connection, _) = listener.accept().unwrap();
    let mut bytes = Vec::new();
    connection.set_nonblocking(false).unwrap();
    connection.read_to_end(&mut bytes).unwrap();
    assert_nobody_came(listener);
    bytes
}

fn assert_nobody_came(listener: &UnixListener) {
    assert_eq!(listener.accept().unwrap_err().kind(), IoErrorKind::WouldBlock);
}

fn display(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}

#[test]
fn the_default_is_the_path_of_each_version_of_zinit_and_a_named_path_is_that_alone() {
    let mut endpoint = Endpoint::default();
    endpoint.set_socket_path(None);
    assert_eq!(endpoint.name(), "/var/run/zinit.sock or /tmp/zinit.sock");
    endpoint.set_socket_path(Some("/run/mine.sock".as_ref()));
    assert_eq!(endpoint.name(), "/run/mine.sock");
}

#[test]
fn the_first_path_is_asked_and_the_second_one_left_alone() {
    let paths = Paths::new();
    let (first, second) = (listen(paths.first()), listen(paths.second()));
    drop(begin(&paths.endpoint()));
    assert_eq!(received(&first), b"list\n");
    assert_nobody_came(&second);
}

#[test]
fn the_second_path_is_asked_where_the_first_one_is_not_there() {
    let paths = Paths::new();
    let second = listen(paths.second());
    drop(begin(&paths.endpoint()));
    assert_eq!(received(&second), b"list\n");
}

#[test]
fn the_second_path_is_left_alone_where_nobody_listens_at_the_first_one() {
    let paths = Paths::new();
    drop(listen(paths.first()));
    let second = listen(paths.second());
    let error = fail(&paths.endpoint());
    let expected = ErrorKind::NotRunning { socket: display(paths.first()), os_errno: libc::ECONNREFUSED };
    assert_eq!(*error.kind(), expected);
    assert_nobody_came(&second);
}

#[test]
fn a_daemon_that_is_nowhere_is_named_with_both_paths() {
    let paths = Paths::new();
    let both = format!("{} or {}", display(paths.first()), display(paths.second()));
    for os_errno in [libc::ENOENT, libc::ECONNREFUSED] {
        let error = fail(&paths.endpoint());
        assert_eq!(*error.kind(), ErrorKind::NotRunning { socket: both.clone(), os_errno });
        // For the second round: nobody listens there any more.
        drop(UnixListener::bind(paths.second()));
    }
}

#[test]
fn a_daemon_that_does_not_answer_is_named_with_its_path() {
    let paths = Paths::new();
    let endpoint = paths.endpoint();
    let now = Instant::now();
    let silent = |exchange: Option<&Exchange>| {
        let error = endpoint.no_reply(exchange, now, now + Duration::from_millis(7));
        match error.kind() {
            ErrorKind::NoReply { socket, milliseconds: 7 } => socket.clone(),
            _ => panic!("{error}"),
        }
    };
    assert_eq!(silent(None), endpoint.name());
    let _second = listen(paths.second());
    assert_eq!(silent(Some(&begin(&endpoint))), display(paths.second()));
    let _first = listen(paths.first());
    assert_eq!(silent(Some(&begin(&endpoint))), display(paths.first()));
}

#[test]
fn a_process_of_another_user_at_the_second_path_receives_nothing() {
    let paths = Paths::new();
    let Some(other) = listen_as_another_user(paths.second()) else {
        eprintln!("skipped: a_process_of_another_user_at_the_second_path_receives_nothing needs root");
        return;
    };
    let error = fail(&paths.endpoint());
    let expected =
        ErrorKind::Permission { socket: display(paths.second()), os_errno: 0, owner: Some(OTHER_USER) };
    assert_eq!(*error.kind(), expected);
    assert!(error.to_string().contains("user 65534"), "{error}");
    assert!(error.to_string().contains("name this path"), "{error}");
    assert_eq!(received(&other), b"");
}

#[test]
fn a_link_to_a_process_of_another_user_does_not_hide_whose_it_is() {
    let paths = Paths::new();
    let Some(other) = listen_as_another_user(paths.0.join("other.sock")) else {
        eprintln!("skipped: a_link_to_a_process_of_another_user_does_not_hide_whose_it_is needs root");
        return;
    };
    symlink(paths.0.join("other.sock"), paths.second()).unwrap();
    assert!(matches!(fail(&paths.endpoint()).kind(), ErrorKind::Permission { owner: Some(OTHER_USER), .. }));
    assert_eq!(received(&other), b"");
}

#[test]
fn a_path_that_is_named_may_be_that_of_any_user() {
    let paths = Paths::new();
    let Some(other) = listen_as_another_user(paths.second()) else {
        eprintln!("skipped: a_path_that_is_named_may_be_that_of_any_user needs root");
        return;
    };
    let mut endpoint = paths.endpoint();
    endpoint.set_socket_path(Some(&paths.second()));
    drop(begin(&endpoint));
    assert_eq!(received(&other), b"list\n");
}

#[test]
fn the_process_of_root_at_the_second_path_is_asked_by_any_user() {
    let paths = Paths::new();
    let second = listen(paths.second());
    fs::set_permissions(paths.second(), fs::Permissions::from_mode(0o777)).unwrap();
    let as_another_user = || {
        let is_other = sys::become_user(OTHER_USER).is_ok();
        drop(begin(&paths.endpoint()));
        is_other
    };
    if !thread::scope(|scope| scope.spawn(as_another_user).join().unwrap()) {
        eprintln!("skipped: the_process_of_root_at_the_second_path_is_asked_by_any_user needs root");
    }
    assert_eq!(received(&second), b"list\n");
}

/// Sends to a daemon that has written these bytes and has closed.
fn send_too_late(said: &[u8]) -> (Exchange, Result<()>) {
    let (client, mut daemon) = UnixStream::pair().unwrap();
    client.set_nonblocking(true).unwrap();
    daemon.write_all(said).unwrap();
    drop(daemon);
    let mut exchange = Exchange {
        socket: client.into(),
        is_second: false,
        received: Vec::new(),
        taken: 0,
        max_reply_bytes: 1000,
    };
    let sent = exchange.send(b"list\n");
    (exchange, sent)
}

#[test]
fn what_a_daemon_has_said_before_it_closed_is_heard() {
    let (mut exchange, sent) = send_too_late(b"Too many connections.");
    sent.unwrap();
    assert_eq!(exchange.receive().unwrap().unwrap(), Received::End);
    assert_eq!(exchange.take_received(), b"Too many connections.");
}

#[test]
fn an_answer_to_what_was_not_sent_is_not_heard() {
    for said in ["", r#"{"state":"ok","body":null}"#] {
        let (_, sent) = send_too_late(said.as_bytes());
        let error = sent.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Closed { os_errno: libc::EPIPE }), "{said:?}: {error}");
        assert!(!error.request_sent(), "{said:?}");
    }
}
