//! One call takes a bounded part of what keeps coming: on a daemon that never lets it run dry.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs, process};

use super::event::Request;
use super::stream::{Next, Stream};
use super::{Options, Queue};
use crate::client::logs::{LogSelection, logs};
use crate::client::{OutputBuffer, Task, queries};
use crate::error::ErrorKind;
use crate::model::{LogLines, ServiceList, Status};
use crate::sys;
use crate::transport::Endpoint;

/// Far more bytes than one dispatch takes parts.
const LENGTH: usize = 1000;

/// So much of [`LENGTH`] is not bounded any more.
const TOO_MUCH: usize = LENGTH / 10;

/// So many services make a reply of 4 MiB.
const MANY: usize = 200_000;

/// So many bytes of it are too much for one call.
const TOO_MANY_BYTES: usize = 1 << 20;

/// A daemon on the thread of the test: each time that the operation wants more, one more byte has come, or so many.
struct Daemon {
    socket_path: PathBuf,
    listener: UnixListener,
    connection: Arc<Mutex<Connection>>,
}

#[derive(Default)]
struct Connection {
    stream: Option<UnixStream>,
    left: VecDeque<u8>,
    at_once: usize,
}

impl Connection {
    fn send(&mut self) {
        if let Some(stream) = &mut self.stream {
            let bytes: Vec<u8> = self.left.drain(..self.at_once.min(self.left.len())).collect();
            if stream.write_all(&bytes).is_err() {
                // The client wants no more.
                self.stream = None;
            }
        }
    }
}

impl Daemon {
    fn start() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let socket_path = env::temp_dir().join(format!("zinit-driver-{}-{number}", process::id()));
        // What is left of an earlier run with the same process id.
        let _ = fs::remove_file(&socket_path);
        let listener = UnixListener::bind(&socket_path).unwrap();
        Self { socket_path, listener, connection: Arc::default() }
    }

    fn options(&self) -> Arc<Options> {
        // However busy the machine is.
        let io_timeout = Duration::from_secs(3600);
        let endpoint = Endpoint { socket_path: self.socket_path.clone(), io_timeout, ..Endpoint::default() };
        Arc::new(Options { endpoint, ..Options::default() })
    }

    /// The operation, before each of whose steps a byte comes.
    fn feed<F: Future>(&self, operation: F) -> impl Future<Output = F::Output> + use<F> {
        let connection = Arc::clone(&self.connection);
        let mut operation = Box::pin(operation);
        poll_fn(move |context| {
            connection.lock().unwrap().send();
            operation.as_mut().poll(context)
        })
    }

    /// Takes the command that has come.
    fn accept(&self, command: &str) -> UnixStream {
        let (stream, _) = self.listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        assert_eq!(line, command);
        stream
    }

    /// Answers byte by byte.
    fn trickle(&self, stream: UnixStream, answer: &str) {
        self.answer(stream, answer, 1);
    }

    /// Answers in such parts.
    fn answer(&self, stream: UnixStream, answer: &str, at_once: usize) {
        let mut connection = self.connection.lock().unwrap();
        *connection = Connection { stream: Some(stream), left: answer.bytes().collect(), at_once };
        connection.send();
    }

    fn left(&self) -> usize {
        self.connection.lock().unwrap().left.len()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.socket_path);
    }
}

fn is_readable(descriptor: BorrowedFd<'_>) -> bool {
    let [is_readable] = sys::wait_readable([Some(descriptor)], Some(Duration::ZERO)).unwrap();
    is_readable
}

#[test]
fn one_dispatch_of_a_request_takes_a_bounded_part_of_a_reply() {
    let daemon = Daemon::start();
    let operation = |task: Arc<Task>| daemon.feed(async move { queries::list(task.io()).await });
    let request: Request<ServiceList> = Request::begin(&daemon.options(), operation);
    let descriptor = request.descriptor().unwrap().unwrap();
    let name = "x".repeat(LENGTH);
    let stream = daemon.accept("list\n");
    daemon.trickle(stream, &format!(r#"{{"state":"ok","body":{{"{name}":"Running"}}}}"#));
    loop {
        let before = daemon.left();
        assert!(is_readable(descriptor.as_fd()), "it must be dispatched again");
        let result = request.dispatch();
        assert!(before - daemon.left() < TOO_MUCH, "{before} bytes were left, and now {}", daemon.left());
        if let Some(result) = result {
            assert_eq!(result.as_ref().unwrap().services()[0].0.as_str(), name);
            return;
        }
    }
}

#[test]
fn a_slot_that_is_done_does_not_wake_an_operation_that_waits_for_another_one() {
    let daemon = Daemon::start();
    let operation = |task: Arc<Task>| async move { queries::statuses(task.io()).await };
    let request: Request<Vec<Status>> = Request::begin(&daemon.options(), operation);
    let descriptor = request.descriptor().unwrap().unwrap();
    let mut list = daemon.accept("list\n");
    // Too many to be asked for one after another. Those with a slash cannot be asked for at all.
    let others = (0..20).map(|number| format!(r#""c/{number}":"Running""#)).collect::<Vec<_>>().join(",");
    let services = format!(r#"{{"state":"ok","body":{{"a":"Running","b":"Running",{others}}}}}"#);
    list.write_all(services.as_bytes()).unwrap();
    drop(list);
    assert!(request.dispatch().is_none());
    let [mut first, mut other] = ["status a\n", "status b\n"].map(|command| daemon.accept(command));
    let status = |name| {
        let body = r#""pid":1,"state":"Running","target":"Up","after":{}"#;
        format!(r#"{{"state":"ok","body":{{"name":"{name}",{body}}}}}"#)
    };
    other.write_all(status("b").as_bytes()).unwrap();
    assert!(request.dispatch().is_none());
    // Its end is of no interest: the reply was whole.
    drop(other);
    assert!(request.dispatch().is_none());
    assert!(!is_readable(descriptor.as_fd()), "there is nothing to do");
    first.write_all(status("a").as_bytes()).unwrap();
    assert!(is_readable(descriptor.as_fd()));
    assert_eq!(request.dispatch().unwrap().as_ref().unwrap().len(), 22);
}

/// The reply to `list`, sorted or not.
fn long_list(is_sorted: bool) -> String {
    let number = |index: usize| if is_sorted { index } else { index * 7919 % MANY };
    let members: Vec<_> = (0..MANY).map(|index| format!("\"s{:08}\":\"Running\"", number(index))).collect();
    format!(r#"{{"state":"ok","body":{{{}}}}}"#, members.join(","))
}

#[test]
fn one_dispatch_of_a_request_takes_a_bounded_part_of_a_long_list() {
    for is_sorted in [true, false] {
        let daemon = Daemon::start();
        let operation = |task: Arc<Task>| daemon.feed(async move { queries::list(task.io()).await });
        let request: Request<ServiceList> = Request::begin(&daemon.options(), operation);
        let descriptor = request.descriptor().unwrap().unwrap();
        let stream = daemon.accept("list\n");
        daemon.answer(stream, &long_list(is_sorted), 64 << 10);
        let mut behind_reply = 0;
        let result = loop {
            let before = daemon.left();
            assert!(is_readable(descriptor.as_fd()), "it must be dispatched again");
            let result = request.dispatch();
            assert!(before - daemon.left() < TOO_MANY_BYTES, "{before} were left, and now {}", daemon.left());
            behind_reply += usize::from(before == 0);
            if let Some(result) = result {
                break result.as_ref().unwrap();
            }
        };
        assert_eq!(result.services().len(), MANY);
        assert!(result.services().is_sorted_by(|(before, _), (after, _)| before < after));
        // A list that comes in any order is sorted in steps.
        assert_eq!(behind_reply > 5, !is_sorted, "{behind_reply} steps");
    }
}

#[test]
fn a_list_that_is_read_as_it_comes_may_be_no_larger_than_another_reply() {
    for (limit, is_too_large) in [(1 << 20, true), (8 << 20, false)] {
        let daemon = Daemon::start();
        let mut options = Options::clone(&daemon.options());
        options.endpoint.max_reply_bytes = limit;
        let operation = |task: Arc<Task>| daemon.feed(async move { queries::list(task.io()).await });
        let request: Request<ServiceList> = Request::begin(&Arc::new(options), operation);
        let stream = daemon.accept("list\n");
        daemon.answer(stream, &long_list(true), 64 << 10);
        let result = loop {
            if let Some(result) = request.dispatch() {
                break result;
            }
        };
        match result {
            Ok(list) => assert!(!is_too_large && list.services().len() == MANY),
            Err(error) => {
                assert!(is_too_large && matches!(error.kind(), ErrorKind::ReplyTooLarge { .. }), "{error}");
            }
        }
    }
}

#[test]
fn one_call_takes_a_bounded_part_of_the_long_lists_of_all_requests_in_a_queue() {
    const REQUESTS: usize = 3;
    let queue = Arc::new(Queue::new().unwrap());
    let list = long_list(true);
    let begin = |token: usize| {
        let daemon = Daemon::start();
        let operation = |task: Arc<Task>| daemon.feed(async move { queries::list(task.io()).await });
        let request: Request<ServiceList> = Request::begin(&daemon.options(), operation);
        request.enter(&queue, token).unwrap();
        let stream = daemon.accept("list\n");
        daemon.answer(stream, &list, 64 << 10);
        (daemon, request)
    };
    let requests: Vec<_> = (0..REQUESTS).map(begin).collect();
    let left = || requests.iter().map(|(daemon, _)| daemon.left()).collect::<Vec<_>>();
    let mut over = 0;
    while over < REQUESTS {
        let before = left();
        assert!(is_readable(queue.descriptor()), "it must be asked again");
        over += usize::from(queue.next(Some(Duration::ZERO), None).unwrap().is_some());
        let after = left();
        let taken = before.iter().sum::<usize>() - after.iter().sum::<usize>();
        assert!(taken < TOO_MANY_BYTES, "{taken} bytes were taken");
        let (least, most) = (after.iter().min().unwrap(), after.iter().max().unwrap());
        assert!(most - least < 2 * TOO_MANY_BYTES, "some come after the others: {after:?}");
    }
    assert!(requests.iter().all(|(_, request)| matches!(request.result(), Some(Ok(_)))));
}

#[test]
fn a_queue_keeps_its_timeout_while_a_reply_keeps_coming() {
    let daemon = Daemon::start();
    let operation = |task: Arc<Task>| daemon.feed(async move { queries::list(task.io()).await });
    let request: Request<ServiceList> = Request::begin(&daemon.options(), operation);
    let queue = Arc::new(Queue::new().unwrap());
    request.enter(&queue, 7).unwrap();
    let stream = daemon.accept("list\n");
    daemon.trickle(stream, &format!(r#"{{"state":"ok","body":{{"{}":"Running"}}}}"#, "x".repeat(LENGTH)));
    assert_eq!(queue.next(Some(Duration::from_nanos(1)), None).unwrap(), None);
    assert!(daemon.left() > 0, "the whole reply was taken");
    assert_eq!(queue.next(None, None).unwrap(), Some(7));
}

#[test]
fn requests_that_are_over_at_once_do_not_hold_back_the_others_of_a_queue() {
    let daemon = Daemon::start();
    let queue = Arc::new(Queue::new().unwrap());
    let list = |options: Arc<Options>| -> Request<ServiceList> {
        Request::begin(&options, |task: Arc<Task>| async move { queries::list(task.io()).await })
    };
    let waiting = list(daemon.options());
    waiting.enter(&queue, 7).unwrap();
    daemon.accept("list\n").write_all(br#"{"state":"ok","body":{}}"#).unwrap();
    let mut given = Vec::new();
    for token in 1..=3 {
        // Nobody is there: it is over before it is in the queue.
        let over = list(Arc::new(Options { endpoint: nowhere(), ..Options::default() }));
        over.enter(&queue, token).unwrap();
        given.push(queue.next(Some(Duration::ZERO), None).unwrap());
    }
    assert!(given.contains(&Some(7)), "{given:?}");
}

fn nowhere() -> Endpoint {
    Endpoint { socket_path: PathBuf::from("/nowhere/zinit.sock"), ..Endpoint::default() }
}

#[test]
fn a_wait_without_time_gets_on() {
    let daemon = Daemon::start();
    let operation = |task: Arc<Task>| async move { queries::list(task.io()).await };
    let request: Request<ServiceList> = Request::begin(&daemon.options(), operation);
    let mut stream = daemon.accept("list\n");
    assert!(request.wait(Some(Duration::ZERO)).unwrap().is_none());
    stream.write_all(br#"{"state":"ok","body":{}}"#).unwrap();
    drop(stream);
    // A dispatch takes what has come; the reply and its end are two things.
    let result = (0..3).find_map(|_| request.wait(Some(Duration::ZERO)).unwrap());
    assert!(matches!(result, Some(Ok(_))));
}

#[test]
fn one_look_at_a_stream_takes_a_bounded_part_of_a_line() {
    let daemon = Daemon::start();
    let operation = |task: Arc<Task>, output: Arc<OutputBuffer<LogLines>>| {
        daemon.feed(async move {
            let selection = LogSelection { name: None, last: None, follow: true, max_bytes: 0 };
            logs(task.io(), &selection, &output).await
        })
    };
    let mut stream = Stream::begin_now(&daemon.options(), operation).unwrap();
    daemon.accept("list\n").write_all(br#"{"state":"ok","body":{}}"#).unwrap();
    assert!(matches!(stream.next(Some(Duration::ZERO), None), Ok(Next::Pending)));
    let text = "x".repeat(LENGTH);
    let connection = daemon.accept("log\n");
    daemon.trickle(connection, &format!("[+] web: {text}\n"));
    loop {
        let before = daemon.left();
        assert!(is_readable(stream.descriptor()), "it must be asked again");
        let next = stream.next(Some(Duration::ZERO), None).unwrap();
        assert!(before - daemon.left() < TOO_MUCH, "{before} bytes were left, and now {}", daemon.left());
        match next {
            Next::Item(lines) => return assert_eq!(lines.first().unwrap().text(), text.as_bytes()),
            Next::Pending => {}
            Next::End => panic!("it is over"),
        }
    }
}
