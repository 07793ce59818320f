//! Requests.
//!
//! Threads: any number of threads may call these functions with one client, and may read one request, at
//! the same time. Changing a request, which zinit_request_dispatch() does, or freeing it must not overlap
//! another call on it. Since 0.1.0.

use std::ffi::c_char;
use std::future::Future;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::sync::{Arc, OnceLock};

use super::boundary::{borrow, close, get, give, lend, name, names, out, text, timeout};
use super::call::{call, call_with_code};
use super::client::{ZINIT_PROTOCOL_ANY, protocol_number, zinit_client};
use super::codes::{ZINIT_OK, ZINIT_PENDING, zinit_code};
use super::errors::zinit_error;
use super::groups::zinit_report;
use super::matches::{zinit_filter, zinit_name_list};
use super::queries::{zinit_daemon_version, zinit_service_list, zinit_stats, zinit_status};
use super::services::zinit_service;
use crate::client::{Task, control, definitions, groups, matches, queries, waits};
use crate::driver::Options;
use crate::driver::event::Request;
use crate::error::Result;
use crate::model::{Address, DaemonVersion, Protocol, Service, ServiceList, Signal, Stats, Status, Text};

/// A call that runs in the caller's event loop. It is either under way or over.
///
/// Wait until zinit_request_fd() is readable, then call zinit_request_dispatch(). Repeat this while it
/// returns ZINIT_PENDING. The file descriptor stays the same as long as the request exists, and becomes
/// readable for timeouts too: the event loop needs no timer. This works with epoll (level- or
/// edge-triggered), poll, libuv, asyncio and Go's netpoller. When the request is over, the descriptor stays
/// readable, and another dispatch does no harm.
///
/// A request holds three file descriptors while it waits for a reply, and two while it pauses; a deployment
/// holds one more until its file is in place. The limit (ulimit -n) is often 1024. If several threads wait on
/// one epoll instance, use EPOLLONESHOT; the kernel refuses EPOLLEXCLUSIVE; an epoll instance may be nested
/// in at most four others. Remove the descriptor from the event loop before zinit_request_free(), because its
/// number is soon used again. After a fork without exec, the child must neither dispatch nor free the
/// request.
pub struct zinit_request {
    request: Request<Answer>,
    has_report: bool,
    /// The report as the caller last asked for it.
    report: OnceLock<zinit_report>,
}

impl zinit_request {
    /// The answer, once the request is over and has not failed.
    fn answer(&self) -> Option<&Answer> {
        self.request.result()?.as_ref().ok()
    }
}

/// The result of a request.
enum Answer {
    Done,
    List(ServiceList),
    Status(Status),
    Stats(Stats),
    Exists(bool),
    Version(DaemonVersion),
    Protocol(Protocol),
    Service(Box<Service>),
    Names(Vec<Text>),
}

/// Begins a request for an operation.
fn begin<F>(
    client: &Arc<Options>,
    has_report: bool,
    operation: impl FnOnce(Arc<Task>) -> F,
) -> Result<Option<Box<zinit_request>>>
where
    F: Future<Output = Result<Answer>> + Send + 'static,
{
    give_request(Request::begin(client, operation), has_report)
}

// Every operation begins so; the library needs this once.
#[inline(never)]
fn give_request(request: Result<Request<Answer>>, has_report: bool) -> Result<Option<Box<zinit_request>>> {
    request.map(|request| give(zinit_request { request, has_report, report: OnceLock::new() }))
}

// The twins, zinit_client_begin_..., from the table in build.rs.
include!(concat!(env!("OUT_DIR"), "/twins.rs"));

/// Returns the request's file descriptor. It is readable when zinit_request_dispatch() has something to do.
///
/// @param request may be NULL
/// @return the descriptor; it belongs to the request and must not be closed; -1 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_fd(request: Option<&zinit_request>) -> i32 {
    get(request, -1, |request| request.request.descriptor().as_raw_fd())
}

/// Returns whether the next dispatch reads or writes service files. Such a dispatch may wait for the disk: a
/// program may call it in another thread.
///
/// @param request may be NULL
/// @return 1 or 0; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_is_before_file(request: Option<&zinit_request>) -> i32 {
    get(request, 0, |request| request.request.is_before_file().into())
}

/// Continues the request as far as possible without waiting. Blocks only to read or write service files. This
/// happens in the requests for get, matches, start_wait, restart, deploy, reload, start_multiple and
/// destroy_services. Before each such dispatch, zinit_request_is_before_file() returns 1. The functions that
/// begin a request do not read or write files.
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
        request.report = OnceLock::new();
        match request.request.dispatch() {
            None => Ok(ZINIT_PENDING),
            Some(Ok(_)) => Ok(ZINIT_OK),
            Some(Err(error)) => Err(error.clone()),
        }
    })
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

/// Returns the result of zinit_client_begin_stats().
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

/// Returns the result of zinit_client_begin_exists().
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

/// Returns the result of zinit_client_begin_version().
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

/// Returns the result of zinit_client_begin_protocol().
///
/// @param request may be NULL
/// @return ZINIT_PROTOCOL_LINE or ZINIT_PROTOCOL_JSONRPC; ZINIT_PROTOCOL_ANY before the request is over,
///     after a failure, and for another kind of request
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_protocol(request: Option<&zinit_request>) -> i32 {
    get(request, ZINIT_PROTOCOL_ANY, |request| match request.answer() {
        Some(Answer::Protocol(protocol)) => protocol_number(*protocol),
        _ => ZINIT_PROTOCOL_ANY,
    })
}

/// Returns the result of zinit_client_begin_get() or zinit_client_begin_load_service().
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

/// Returns the result of zinit_client_begin_matches().
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
    get(request, None, |request| {
        request.has_report.then(|| request.report.get_or_init(|| request.request.report().into()))
    })
}

/// Frees a request. This is allowed at any time: nothing more is sent. Commands that were already sent are
/// not undone. If a deploy has prepared its new file, and has not put it in place yet, this removes the
/// prepared file, which may wait for the disk.
///
/// @param request may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_free(request: Option<Box<zinit_request>>) {
    close(request);
}
