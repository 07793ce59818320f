//! Requests.
//!
//! Threads: any number of threads may call these functions with one client, and may read one request, at
//! the same time. Changing a request, which zinit_request_dispatch() does, or freeing it must not overlap
//! another call on it. Since 0.1.0.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock};

use super::boundary::{borrow, close, get, invalid, lend, name, names, out, text, timeout, wait_timeout};
use super::call::{ErrorOut, call, call_with_code};
use super::client::{ZINIT_PROTOCOL_ANY, protocol_number, zinit_client};
use super::codes::{ZINIT_OK, ZINIT_PENDING, zinit_code};
use super::errors::zinit_error;
use super::groups::zinit_report;
use super::matches::{zinit_filter, zinit_name_list};
use super::queries::{zinit_daemon_version, zinit_service_list, zinit_stats, zinit_status};
use super::services::zinit_service;
use super::status_list::zinit_status_list;
use crate::client::{Task, control, definitions, groups, matches, queries, waits};
use crate::driver::Queue;
use crate::driver::event::{Operation, Request};
use crate::error::Result;
use crate::model::{Address, DaemonVersion, Protocol, Service, ServiceList, Signal, Stats, Status, Text};

/// A call that runs in the caller's event loop. It is either under way or over. In a queue, zinit_queue_next()
/// continues it, and none of the following is needed.
///
/// Wait until zinit_request_fd() is readable, then call zinit_request_dispatch(). Repeat this while it
/// returns ZINIT_PENDING. The file descriptor stays the same as long as the request exists, and becomes
/// readable for timeouts too: the event loop needs no timer. This works with epoll (level- or
/// edge-triggered), poll, libuv, asyncio and Go's netpoller. When the request is over, the descriptor stays
/// readable, and another dispatch does no harm.
///
/// A request holds one file descriptor while it waits for a reply; a deployment holds one more until its file
/// is in place. A request for the status of every service holds up to five, and so does one that waits for
/// many services while it looks at them. One that stops a service over JSON-RPC holds up to three until the
/// daemon has taken the stop in. A request holds two more from the first zinit_request_fd() on. The limit
/// (ulimit -n) is often 1024: a program with many requests puts them into a zinit_queue. If several threads
/// wait on one epoll instance, use EPOLLONESHOT; the kernel refuses EPOLLEXCLUSIVE; an epoll instance may be
/// nested in at most four others, and one of a request with three or more descriptors in three. Remove the
/// descriptor from the event loop before zinit_request_free(), because its number is soon used again. After a
/// fork without exec, the child must neither dispatch nor free the request.
pub struct zinit_request {
    kind: Kind,
    /// The caller's.
    data: AtomicPtr<c_void>,
    /// The report as the caller last asked for it.
    report: OnceLock<zinit_report>,
}

enum Kind {
    Operation {
        request: Request<Answer>,
        has_report: bool,
    },
    /// It stands for a stream in a queue.
    Stream,
}

impl zinit_request {
    /// One that stands for a stream in a queue.
    pub(super) fn for_stream() -> Self {
        Self::new(Kind::Stream)
    }

    fn new(kind: Kind) -> Self {
        Self { kind, data: AtomicPtr::default(), report: OnceLock::new() }
    }

    fn operation(&self) -> Option<&Request<Answer>> {
        match &self.kind {
            Kind::Operation { request, .. } => Some(request),
            Kind::Stream => None,
        }
    }

    /// As [`Self::operation`], for a call that needs one.
    fn expect_operation(&self) -> Result<&Request<Answer>> {
        let reason =
            "it stands for a log stream or a watch; call zinit_log_stream_next() or zinit_watch_next()";
        self.operation().ok_or_else(|| invalid("request", reason))
    }

    /// The answer, once the request is over and has not failed.
    fn answer(&self) -> Option<&Answer> {
        self.operation()?.result()?.as_ref().ok()
    }

    /// What a queue gives for it.
    pub(super) fn token(&self) -> usize {
        ptr::from_ref(self).expose_provenance()
    }

    /// From now on the queue takes it further.
    pub(super) fn enter(&self, queue: &Arc<Queue>) -> Result<()> {
        let request = self.expect_operation()?;
        if request.is_in_queue() {
            return Err(invalid("request", "it is in a queue already"));
        }
        request.enter(queue, self.token())
    }
}

/// The result of a request.
enum Answer {
    Done,
    List(ServiceList),
    Status(Status),
    Statuses(Vec<Status>),
    Stats(Stats),
    Exists(bool),
    Version(DaemonVersion),
    Protocol(Protocol),
    Service(Box<Service>),
    Names(Vec<Text>),
}

/// Begins a request for the operation that is made of the other arguments. Of any operation, so that the library has
/// this once.
fn begin(
    client: Option<&zinit_client>,
    request: Option<&mut MaybeUninit<Option<Box<zinit_request>>>>,
    error: ErrorOut<'_>,
    has_report: bool,
    operation: &mut dyn FnMut(Arc<Task>) -> Result<Operation<Answer>>,
) -> zinit_code {
    call(error, || {
        let out = out(request, "request")?;
        let client = &borrow(client, "client")?.0;
        let request = Request::try_begin(client, operation)?;
        let request = Box::new(zinit_request::new(Kind::Operation { request, has_report }));
        if let Some(queue) = &client.queue {
            request.enter(queue)?;
        }
        *out = Some(request);
        Ok(())
    })
}

// The twins, zinit_client_begin_..., from the table in build.rs.
include!(concat!(env!("OUT_DIR"), "/twins.rs"));

/// Returns the request's file descriptor. It is readable when zinit_request_dispatch() has something to do.
/// The first call makes it.
///
/// @param request may be NULL
/// @return the descriptor; it belongs to the request and must not be closed; -1 for NULL, for a request in a
///     queue, and if no file descriptor is available
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_fd(request: Option<&zinit_request>) -> i32 {
    get(request, -1, |request| {
        let descriptor = request.operation().and_then(|request| request.descriptor().ok().flatten());
        descriptor.map_or(-1, |descriptor| descriptor.as_raw_fd())
    })
}

/// Returns whether the next dispatch reads or writes service files. Such a dispatch may wait for the disk: a
/// program may call it in another thread. Since 0.2.0.
///
/// @param request may be NULL
/// @return 1 or 0; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_is_before_file(request: Option<&zinit_request>) -> i32 {
    get(request, 0, |request| request.operation().is_some_and(Request::is_before_file).into())
}

/// Continues the request as far as possible without waiting. Blocks only to read or write service files. This
/// happens in the requests for get, load_service, add_service, remove_service, matches, start_wait, restart,
/// deploy, reload, start_multiple, restart_multiple and destroy_services. Before each such dispatch,
/// zinit_request_is_before_file() returns 1. The functions that begin a request do not read or write files. For
/// a request in a queue, call it only after zinit_queue_next() has returned the request.
///
/// @param request required
/// @param error may be NULL
/// @return ZINIT_OK or another code of the call that was begun, when the request is over: a further dispatch
///     returns the same code, with a new error object; ZINIT_PENDING, without an error object, while the
///     request is under way; ZINIT_ERR_INVALID_ARGUMENT
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_dispatch(
    request: Option<&mut zinit_request>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call_with_code(error, || {
        let request = borrow(request, "request")?;
        request.expect_operation()?;
        request.report = OnceLock::new();
        code(request.expect_operation()?.dispatch())
    })
}

/// Continues the request, and waits until it is over. For a request that is not in a queue. Other threads may
/// not use it meanwhile. Reads and writes service files like zinit_request_dispatch(). Since 0.2.0.
///
/// @param request required
/// @param timeout_ms milliseconds; 0: do not wait; -1: no limit; below -1: invalid
/// @param error may be NULL
/// @return ZINIT_OK or another code, as zinit_request_dispatch(); ZINIT_PENDING if the request is not over
///     within the timeout
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_wait(
    request: Option<&mut zinit_request>,
    timeout_ms: i64,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call_with_code(error, || {
        let request = borrow(request, "request")?;
        let timeout = wait_timeout(timeout_ms, "timeout_ms")?;
        request.report = OnceLock::new();
        let operation = request.expect_operation()?;
        if operation.is_in_queue() {
            return Err(invalid("request", "it is in a queue; call zinit_queue_next()"));
        }
        code(operation.wait(timeout)?)
    })
}

fn code(result: Option<&Result<Answer>>) -> Result<zinit_code> {
    match result {
        None => Ok(ZINIT_PENDING),
        Some(Ok(_)) => Ok(ZINIT_OK),
        Some(Err(error)) => Err(error.clone()),
    }
}

/// Stores a pointer of the caller's in a request. The library does not use it. Since 0.2.0.
///
/// @param request may be NULL
/// @param data may be NULL; whatever it points to stays the caller's
/// Thread safety: any thread, any time; not while the request is freed.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_set_data(request: Option<&zinit_request>, data: *mut c_void) {
    get(request, (), |request| request.data.store(data, Ordering::Release));
}

/// Returns the pointer that zinit_request_set_data() has stored. Since 0.2.0.
///
/// @param request may be NULL
/// @return the pointer; NULL before zinit_request_set_data(), and for NULL
/// Thread safety: any thread, any time; not while the request is freed.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_data(request: Option<&zinit_request>) -> *mut c_void {
    get(request, ptr::null_mut(), |request| request.data.load(Ordering::Acquire))
}

/// Returns the result of zinit_client_begin_list().
///
/// @param request may be NULL
/// @return the list, borrowed until the request is freed; NULL before the request is over, after a failure,
///     and for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_service_list(request: Option<&zinit_request>) -> Option<&zinit_service_list> {
    get(request, None, |request| match request.answer() {
        Some(Answer::List(list)) => Some(lend(list)),
        _ => None,
    })
}

/// Returns the result of zinit_client_begin_status().
///
/// @param request may be NULL
/// @return the status, borrowed until the request is freed; NULL before the request is over, after a failure,
///     and for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_status(request: Option<&zinit_request>) -> Option<&zinit_status> {
    get(request, None, |request| match request.answer() {
        Some(Answer::Status(status)) => Some(lend(status)),
        _ => None,
    })
}

/// Returns the result of zinit_client_begin_statuses(). Since 0.2.0.
///
/// @param request may be NULL
/// @return the list, borrowed until the request is freed; NULL before the request is over, after a failure,
///     and for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_status_list(request: Option<&zinit_request>) -> Option<&zinit_status_list> {
    get(request, None, |request| match request.answer() {
        Some(Answer::Statuses(statuses)) => Some(lend(statuses)),
        _ => None,
    })
}

/// Returns the result of zinit_client_begin_stats(). Since 0.2.0.
///
/// @param request may be NULL
/// @return the stats, borrowed until the request is freed; NULL before the request is over, after a failure,
///     and for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_stats(request: Option<&zinit_request>) -> Option<&zinit_stats> {
    get(request, None, |request| match request.answer() {
        Some(Answer::Stats(stats)) => Some(lend(stats)),
        _ => None,
    })
}

/// Returns the result of zinit_client_begin_exists(). Since 0.2.0.
///
/// @param request may be NULL
/// @return 1 or 0; 0 before the request is over, after a failure, and for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_exists(request: Option<&zinit_request>) -> i32 {
    get(request, 0, |request| match request.answer() {
        Some(Answer::Exists(exists)) => (*exists).into(),
        _ => 0,
    })
}

/// Returns the result of zinit_client_begin_version(). Since 0.2.0.
///
/// @param request may be NULL
/// @return the version, borrowed until the request is freed; NULL before the request is over, after a
///     failure, and for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_daemon_version(
    request: Option<&zinit_request>,
) -> Option<&zinit_daemon_version> {
    get(request, None, |request| match request.answer() {
        Some(Answer::Version(version)) => Some(lend(version)),
        _ => None,
    })
}

/// Returns the result of zinit_client_begin_protocol(). Since 0.2.0.
///
/// @param request may be NULL
/// @return ZINIT_PROTOCOL_LINE, ZINIT_PROTOCOL_JSONRPC or ZINIT_PROTOCOL_ZINIT_0_3; ZINIT_PROTOCOL_ANY before
///     the request is over, after a failure, and for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_protocol(request: Option<&zinit_request>) -> i32 {
    get(request, ZINIT_PROTOCOL_ANY, |request| match request.answer() {
        Some(Answer::Protocol(protocol)) => protocol_number(*protocol),
        _ => ZINIT_PROTOCOL_ANY,
    })
}

/// Returns the result of zinit_client_begin_get() or zinit_client_begin_load_service(). Since 0.2.0.
///
/// @param request may be NULL
/// @return the definition, borrowed until the request is freed; NULL before the request is over, after a
///     failure, and for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_service(request: Option<&zinit_request>) -> Option<&zinit_service> {
    get(request, None, |request| match request.answer() {
        Some(Answer::Service(service)) => Some(lend(service.as_ref())),
        _ => None,
    })
}

/// Returns the result of zinit_client_begin_matches(). Since 0.2.0.
///
/// @param request may be NULL
/// @return the names, borrowed until the request is freed; NULL before the request is over, after a failure,
///     and for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_name_list(request: Option<&zinit_request>) -> Option<&zinit_name_list> {
    get(request, None, |request| match request.answer() {
        Some(Answer::Names(names)) => Some(lend(names)),
        _ => None,
    })
}

/// Returns the report of a request that waits for one or more services: the result so far, from the beginning
/// on.
///
/// @param request may be NULL
/// @return the report, borrowed until the next dispatch; NULL for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_report(request: Option<&zinit_request>) -> Option<&zinit_report> {
    get(request, None, |request| match &request.kind {
        Kind::Operation { request: operation, has_report: true } => {
            Some(request.report.get_or_init(|| operation.report().into()))
        }
        _ => None,
    })
}

/// Frees a request. This is allowed at any time, in a queue too: nothing more is sent. Commands that were
/// already sent are not undone. If a deploy has prepared its new file, and has not put it in place yet, this
/// removes the prepared file, which may wait for the disk.
///
/// @param request may be NULL; a request that stands for a log stream or a watch stays: it belongs to that
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_free(request: Option<Box<zinit_request>>) {
    close(request.and_then(|request| match request.kind {
        Kind::Operation { .. } => Some(request),
        Kind::Stream => {
            Box::leak(request);
            None
        }
    }));
}
