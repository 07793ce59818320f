//! Where a daemon is looked for whose socket nobody has named, and whom it is trusted to be; what is heard of one that
//! closes before it is asked; and what is sent and received in one exchange.

use std::io::{ErrorKind as IoErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use super::{Backoff, Endpoint, Exchange, Received};
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

/// As a user whom the caller does not trust. Whether that was possible.
fn link_as_another_user(to: PathBuf, link: PathBuf) -> bool {
    let in_thread = || {
        let is_other = sys::become_user(OTHER_USER).is_ok();
        symlink(to, link).unwrap();
        is_other
    };
    thread::scope(|scope| scope.spawn(in_thread).join().unwrap())
}

#[test]
fn a_link_of_another_user_at_the_second_path_is_not_followed_to_a_daemon_of_root() {
    // The system follows no such link in /tmp, if it is set up so; it does in a directory without the sticky bit.
    for mode in [0o777, 0o1777] {
        let paths = Paths::new();
        fs::set_permissions(&paths.0, fs::Permissions::from_mode(mode)).unwrap();
        let elsewhere = listen(paths.0.join("elsewhere.sock"));
        if !link_as_another_user(paths.0.join("elsewhere.sock"), paths.second()) {
            eprintln!("skipped: a_link_of_another_user_at_the_second_path needs root");
            return;
        }
        let error = fail(&paths.endpoint());
        assert!(matches!(error.kind(), ErrorKind::Permission { .. }), "{error}");
        // Nothing was sent.
        if let Ok((mut connection, _)) = elsewhere.accept() {
            let mut bytes = Vec::new();
            connection.set_nonblocking(false).unwrap();
            connection.read_to_end(&mut bytes).unwrap();
            assert!(bytes.is_empty());
        }
        assert_nobody_came(&elsewhere);
    }
}

#[test]
fn a_link_of_the_caller_at_the_second_path_is_followed() {
    let paths = Paths::new();
    let elsewhere = listen(paths.0.join("elsewhere.sock"));
    symlink("elsewhere.sock", paths.second()).unwrap();
    drop(begin(&paths.endpoint()));
    assert_eq!(received(&elsewhere), b"list\n");
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

#[test]
fn a_socket_that_this_user_may_not_use_is_told_as_such() {
    let paths = Paths::new();
    let listener = listen(paths.first());
    fs::set_permissions(paths.first(), fs::Permissions::from_mode(0o000)).unwrap();
    let as_another_user = || {
        // Root may use any socket.
        let is_other = sys::become_user(OTHER_USER).is_ok();
        (is_other, Exchange::begin(&paths.endpoint(), b"list\n").map(|_| ()))
    };
    let (is_other, result) = thread::scope(|scope| scope.spawn(as_another_user).join().unwrap());
    let expected =
        ErrorKind::Permission { socket: display(paths.first()), os_errno: libc::EACCES, owner: None };
    match result {
        Err(error) => assert_eq!(*error.kind(), expected),
        Ok(()) => assert!(!is_other, "another user has connected"),
    }
    assert_nobody_came(&listener);
}

#[test]
fn a_full_backlog_is_not_an_error_and_nothing_is_sent() {
    for is_second in [false, true] {
        let paths = Paths::new();
        let listener = listen(if is_second { paths.second() } else { paths.first() });
        sys::limit_backlog(listener.as_fd(), 0).unwrap();
        let endpoint = paths.endpoint();
        // One waits to be accepted, and there is no room for another one.
        let first = begin(&endpoint);
        assert!(Exchange::begin(&endpoint, b"list\n").unwrap().is_none());
        drop(first);
        assert_eq!(received(&listener), b"list\n");
        drop(begin(&endpoint));
        assert_eq!(received(&listener), b"list\n");
    }
}

#[test]
fn a_full_backlog_is_tried_again_after_pauses_that_grow_to_fifty_milliseconds() {
    let mut backoff = Backoff::default();
    let pauses: Vec<_> = (0..9).map(|_| backoff.next_pause().as_millis()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 50, 50, 50]);
}

/// An exchange with room for so many bytes, of which so many may come, and the daemon's end of it.
fn connected(room: usize, max_reply_bytes: usize) -> (Exchange, UnixStream) {
    let (client, daemon) = UnixStream::pair().unwrap();
    client.set_nonblocking(true).unwrap();
    let received = Vec::with_capacity(room);
    let exchange = Exchange {
        socket: client.into(),
        sent: 0,
        is_second: false,
        received,
        is_heard: false,
        taken: 0,
        max_reply_bytes,
    };
    (exchange, daemon)
}

#[test]
fn a_command_that_is_larger_than_the_socket_takes_goes_out_in_parts() {
    let (mut exchange, mut daemon) = connected(10, 10);
    let line = vec![b'a'; 4 << 20];
    let mut received = Vec::new();
    exchange.send(&line).unwrap();
    assert!(exchange.has_sent() && !exchange.is_out(&line));
    while !exchange.is_out(&line) {
        let mut part = vec![0; 64 << 10];
        let length = daemon.read(&mut part).unwrap();
        received.extend_from_slice(&part[..length]);
        exchange.send(&line).unwrap();
    }
    drop(exchange);
    daemon.read_to_end(&mut received).unwrap();
    assert_eq!(received, line);
}

#[test]
fn a_daemon_that_closes_in_the_middle_of_a_command_may_have_acted() {
    let (mut exchange, daemon) = connected(10, 10);
    let line = vec![b'a'; 4 << 20];
    exchange.send(&line).unwrap();
    drop(daemon);
    let error = exchange.send(&line).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Closed { .. }), "{error}");
    assert!(error.request_sent());
}

#[test]
fn what_just_fills_the_buffer_is_received_and_what_lies_behind_it_too() {
    for bytes in [&b"12345"[..], b"12345678"] {
        let (mut exchange, mut daemon) = connected(5, 100);
        assert!(exchange.receive().is_none());
        daemon.write_all(bytes).unwrap();
        assert_eq!(exchange.receive().unwrap().unwrap(), Received::Bytes);
        assert_eq!(exchange.part(), bytes);
        // Nothing more has come, though bytes are there.
        assert!(exchange.receive().is_none());
        drop(daemon);
        assert_eq!(exchange.receive().unwrap().unwrap(), Received::End);
        assert_eq!(exchange.take_received(), bytes);
    }
}

#[test]
fn what_was_taken_counts_for_the_limit_and_what_was_given_back_does_not_count_twice() {
    for (is_given_back, more, is_too_large) in
        [(false, 4, false), (false, 5, true), (true, 4, false), (true, 5, true)]
    {
        let (mut exchange, mut daemon) = connected(100, 10);
        daemon.write_all(b"123456").unwrap();
        exchange.receive().unwrap().unwrap();
        let taken = exchange.take_received();
        assert_eq!(taken, b"123456");
        if is_given_back {
            exchange.restore(taken);
        }
        daemon.write_all(&vec![b'x'; more]).unwrap();
        match exchange.receive().unwrap() {
            Ok(received) => {
                assert!(!is_too_large && received == Received::Bytes, "{more} {is_given_back}");
                assert_eq!(exchange.part().len(), if is_given_back { 10 } else { 4 });
            }
            Err(error) => {
                assert!(is_too_large, "{more} {is_given_back}: {error}");
                assert_eq!(*error.kind(), ErrorKind::ReplyTooLarge { limit: 10 });
            }
        }
    }
}

#[test]
fn each_part_of_what_comes_for_ever_takes_the_place_of_the_one_before() {
    let (mut exchange, mut daemon) = connected(0, 1);
    assert!(exchange.receive_part().is_none());
    for part in [&b"one"[..], b"two"] {
        daemon.write_all(part).unwrap();
        assert_eq!(exchange.receive_part().unwrap().unwrap(), Received::Bytes);
        assert_eq!(exchange.part(), part);
    }
    drop(daemon);
    assert_eq!(exchange.receive_part().unwrap().unwrap(), Received::End);
}

type Receive = fn(&mut Exchange) -> Option<Result<Received>>;

/// A reply, and what comes for ever.
const RECEIVES: [Receive; 2] = [Exchange::receive, Exchange::receive_part];

#[test]
fn a_daemon_that_ends_with_the_command_unread_has_closed() {
    for receive in RECEIVES {
        let (mut exchange, daemon) = connected(10, 10);
        exchange.send(b"list\n").unwrap();
        drop(daemon);
        let error = receive(&mut exchange).unwrap().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Closed { os_errno: libc::ECONNRESET }), "{error}");
    }
}

#[test]
fn a_system_call_that_fails_for_no_reason_of_the_daemons_says_so() {
    for receive in RECEIVES {
        let (mut exchange, _daemon) = connected(10, 10);
        exchange.socket = fs::File::open("/dev/null").unwrap().into();
        for error in [exchange.send(b"list\n").unwrap_err(), receive(&mut exchange).unwrap().unwrap_err()] {
            assert!(matches!(error.kind(), ErrorKind::Io { os_errno: libc::ENOTSOCK, .. }), "{error}");
        }
    }
}

/// Sends to a daemon that has written these bytes and has closed.
fn send_too_late(said: &[u8]) -> (Exchange, Result<()>) {
    let (mut exchange, mut daemon) = connected(0, 1000);
    daemon.write_all(said).unwrap();
    drop(daemon);
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

/// As the first part of a log, which is received a part at a time.
#[test]
fn what_a_daemon_has_said_before_it_closed_is_the_first_part() {
    let (mut exchange, sent) = send_too_late(b"Too many connections.");
    sent.unwrap();
    assert_eq!(exchange.receive_part().unwrap().unwrap(), Received::Bytes);
    assert_eq!(exchange.part(), b"Too many connections.");
    assert_eq!(exchange.receive_part().unwrap().unwrap(), Received::End);
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
