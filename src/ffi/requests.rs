//! Requests.

use std::ffi::c_char;
use std::future::Future;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::sync::{Arc, OnceLock};

use super::boundary::{borrow, free, get, give, lend, name, names, out, text, timeout};
use super::call::{call, call_with_code};
use super::client::zinit_client;
use super::codes::{ZINIT_OK, ZINIT_PENDING, zinit_code};
use super::errors::zinit_error;
use super::groups::zinit_report;
use super::matches::{zinit_filter, zinit_name_list};
use super::queries::{zinit_daemon_version, zinit_service_list, zinit_status};
use super::services::zinit_service;
use crate::client::{Task, control, groups, matches, queries, waits};
use crate::driver::Options;
use crate::driver::event::Request;
use crate::error::Result;
use crate::model::{DaemonVersion, Service, ServiceList, Signal, Status, Text};

/// A call under way in the caller's event loop, or over.
///
/// Wait until zinit_request_fd() is readable, call zinit_request_dispatch(), and do so again while it returns
/// ZINIT_PENDING. The descriptor is the same for the request's whole life and takes care of all times: nothing else is
/// needed under epoll (level- or edge-triggered), poll, libuv, asyncio or Go's netpoller. It stays readable once the request
/// is over, and a dispatch too many does no harm.
///
/// A request holds three descriptors while it awaits a reply and two while it pauses: mind the limit (ulimit -n), often
/// 1024. Several threads that wait on one epoll need EPOLLONESHOT; EPOLLEXCLUSIVE is refused; an epoll may be nested in at
/// most four others. Take the descriptor out of the loop before zinit_request_free(), for its number is soon used again. After
/// a fork without exec the child must neither dispatch nor free it.
pub struct zinit_request {
    request: Request<Answer>,
    has_report: bool,
    /// As it was last asked for.
    report: OnceLock<zinit_report>,
}

impl zinit_request {
    /// The answer, once the request is over and has not failed.
    fn answer(&self) -> Option<&Answer> {
        self.request.result()?.as_ref().ok()
    }
}

/// What a request gives.
enum Answer {
    Done,
    List(ServiceList),
    Status(Status),
    Exists(bool),
    Version(DaemonVersion),
    Service(Box<Service>),
    Names(Vec<Text>),
}

/// Begins the operation of a twin.
fn begin<F>(
    client: &Arc<Options>,
    has_report: bool,
    operation: impl FnOnce(Arc<Task>) -> F,
) -> Result<Option<Box<zinit_request>>>
where
    F: Future<Output = Result<Answer>> + Send + 'static,
{
    let request = Request::begin(client, operation)?;
    Ok(give(zinit_request { request, has_report, report: OnceLock::new() }))
}

// The twins, zinit_client_begin_..., from the table in build.rs.
include!(concat!(env!("OUT_DIR"), "/twins.rs"));

/// Tells the request's descriptor, readable when there is something to dispatch.
///
/// @param request may be NULL
/// @return the descriptor, which belongs to the request and must not be closed; -1 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_fd(request: Option<&zinit_request>) -> i32 {
    get(request, -1, |request| request.request.descriptor().as_raw_fd())
}

/// Tells whether the next dispatch reads or writes service files. Then it takes as long as the disk likes: a program may
/// leave it to another thread.
///
/// @param request may be NULL
/// @return 1 or 0; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_is_before_file(request: Option<&zinit_request>) -> i32 {
    get(request, 0, |request| request.request.is_before_file().into())
}

/// Takes the request as far as it goes without waiting. Does not block, but for service files: the requests that read or
/// write them are those of get, matches, start_wait, restart, deploy, start_multiple and destroy_services. They never do
/// so when they begin, and before each such dispatch zinit_request_is_before_file() is 1.
///
/// @param request required
/// @param error may be NULL
/// @return ZINIT_OK, or what else the call itself returns, and asked again the same, with an error object of its own;
///     ZINIT_PENDING while it is under way, and no error; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
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

/// Tells the list that zinit_client_begin_list() asked for.
///
/// @param request may be NULL
/// @return the list, borrowed until the request is freed; NULL before the end, after a failure, and
///     for another kind of request
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_service_list(request: Option<&zinit_request>) -> Option<&zinit_service_list> {
    get(request, None, |request| match request.answer() {
        Some(Answer::List(list)) => Some(lend(list)),
        _ => None,
    })
}

/// Tells the status that zinit_client_begin_status() asked for.
///
/// @param request may be NULL
/// @return the status, borrowed until the request is freed; NULL before the end, after a failure, and
///     for another kind of request
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_status(request: Option<&zinit_request>) -> Option<&zinit_status> {
    get(request, None, |request| match request.answer() {
        Some(Answer::Status(status)) => Some(lend(status)),
        _ => None,
    })
}

/// Tells the answer that zinit_client_begin_exists() asked for.
///
/// @param request may be NULL
/// @return 1 or 0; 0 before the end, after a failure, and for another kind of request
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_exists(request: Option<&zinit_request>) -> i32 {
    get(request, 0, |request| match request.answer() {
        Some(Answer::Exists(exists)) => (*exists).into(),
        _ => 0,
    })
}

/// Tells the version that zinit_client_begin_version() asked for.
///
/// @param request may be NULL
/// @return the version, borrowed until the request is freed; NULL before the end, after a failure, and
///     for another kind of request
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_daemon_version(
    request: Option<&zinit_request>,
) -> Option<&zinit_daemon_version> {
    get(request, None, |request| match request.answer() {
        Some(Answer::Version(version)) => Some(lend(version)),
        _ => None,
    })
}

/// Tells the definition that zinit_client_begin_get() asked for.
///
/// @param request may be NULL
/// @return the definition, borrowed until the request is freed; NULL before the end, after a failure, and
///     for another kind of request
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_service(request: Option<&zinit_request>) -> Option<&zinit_service> {
    get(request, None, |request| match request.answer() {
        Some(Answer::Service(service)) => Some(lend(service.as_ref())),
        _ => None,
    })
}

/// Tells the names that zinit_client_begin_matches() asked for.
///
/// @param request may be NULL
/// @return the names, borrowed until the request is freed; NULL before the end, after a failure, and
///     for another kind of request
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_name_list(request: Option<&zinit_request>) -> Option<&zinit_name_list> {
    get(request, None, |request| match request.answer() {
        Some(Answer::Names(names)) => Some(lend(names)),
        _ => None,
    })
}

/// Tells how far a wait or a group has come, from its beginning on.
///
/// @param request may be NULL
/// @return the report, borrowed until the next dispatch; NULL for another kind of request
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_report(request: Option<&zinit_request>) -> Option<&zinit_report> {
    get(request, None, |request| {
        request.has_report.then(|| request.report.get_or_init(|| request.request.report().into()))
    })
}

/// Frees a request, at any time: what was sent is not undone, and nothing more is sent.
///
/// @param request may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_request_free(request: Option<Box<zinit_request>>) {
    free(request);
}
