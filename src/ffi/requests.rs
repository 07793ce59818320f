//! Requests.

use std::ffi::c_char;
use std::future::Future;
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::{Arc, OnceLock};

use super::boundary::{
    Handle, borrow, borrow_mut, borrow_option, call, call_with_code, free, give, lend, name, names, out,
    text, timeout,
};
use super::client::zinit_client;
use super::codes::{ZINIT_OK, ZINIT_PENDING, zinit_code};
use super::errors::zinit_error;
use super::groups::{ReportObject, zinit_report};
use super::queries::{zinit_service_list, zinit_status};
use super::services::zinit_service;
use crate::client::{Task, control, groups, queries, waits};
use crate::driver::Options;
use crate::driver::event::Request;
use crate::error::Result;
use crate::model::{ServiceList, Signal, Status};

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
    _opaque: [u8; 0],
}

impl Handle for zinit_request {
    type Inner = RequestObject;
}

/// A request, and its report as it was last asked for.
pub struct RequestObject {
    request: Request<Answer>,
    has_report: bool,
    report: OnceLock<ReportObject>,
}

/// What a request gives.
enum Answer {
    Done,
    List(ServiceList),
    Status(Status),
}

/// Begins an operation that gives one answer.
fn single<F>(options: &Arc<Options>, operation: impl FnOnce(Arc<Task>) -> F) -> Result<*mut zinit_request>
where
    F: Future<Output = Result<Answer>> + Send + 'static,
{
    begin(options, false, operation)
}

/// Begins an operation that reports how far it has come.
fn reported<F>(options: &Arc<Options>, operation: impl FnOnce(Arc<Task>) -> F) -> Result<*mut zinit_request>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    begin(options, true, |task| {
        let operation = operation(task);
        async { operation.await.map(|()| Answer::Done) }
    })
}

fn begin<F>(
    options: &Arc<Options>,
    has_report: bool,
    operation: impl FnOnce(Arc<Task>) -> F,
) -> Result<*mut zinit_request>
where
    F: Future<Output = Result<Answer>> + Send + 'static,
{
    let request = Request::begin(options, operation)?;
    Ok(give(RequestObject { request, has_report, report: OnceLock::new() }))
}

/// Begins zinit_client_list().
///
/// @param client required
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_list(
    client: *const zinit_client,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            *request =
                single(client, |task| async move { queries::list(task.io()).await.map(Answer::List) })?;
            Ok(())
        })
    }
}

/// Begins zinit_client_status().
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_status(
    client: *const zinit_client,
    name: *const c_char,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            *request =
                single(
                    client,
                    |task| async move { queries::status(task.io(), &name).await.map(Answer::Status) },
                )?;
            Ok(())
        })
    }
}

/// Begins zinit_client_start().
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_start(
    client: *const zinit_client,
    name: *const c_char,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            *request = single(client, |task| async move {
                control::start(task.io(), &name).await.map(|()| Answer::Done)
            })?;
            Ok(())
        })
    }
}

/// Begins zinit_client_stop().
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_stop(
    client: *const zinit_client,
    name: *const c_char,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            *request = single(client, |task| async move {
                control::stop(task.io(), &name).await.map(|()| Answer::Done)
            })?;
            Ok(())
        })
    }
}

/// Begins zinit_client_monitor().
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_monitor(
    client: *const zinit_client,
    name: *const c_char,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            *request = single(client, |task| async move {
                control::monitor(task.io(), &name).await.map(|()| Answer::Done)
            })?;
            Ok(())
        })
    }
}

/// Begins zinit_client_forget().
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_forget(
    client: *const zinit_client,
    name: *const c_char,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            *request = single(client, |task| async move {
                control::forget(task.io(), &name).await.map(|()| Answer::Done)
            })?;
            Ok(())
        })
    }
}

/// Begins zinit_client_kill().
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param signal as the call
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_INVALID_SIGNAL, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_kill(
    client: *const zinit_client,
    name: *const c_char,
    signal: *const c_char,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            let signal = Signal::parse(text(signal, "signal")?)?;
            *request = single(client, |task| async move {
                control::kill(task.io(), &name, signal).await.map(|()| Answer::Done)
            })?;
            Ok(())
        })
    }
}

/// Begins zinit_client_start_wait().
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param timeout_ms as the call
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_start_wait(
    client: *const zinit_client,
    name: *const c_char,
    timeout_ms: i64,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            let timeout = timeout(timeout_ms, "timeout_ms")?;
            *request =
                reported(client, |task| async move { waits::start_wait(task.io(), &name, timeout).await })?;
            Ok(())
        })
    }
}

/// Begins zinit_client_stop_wait().
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param timeout_ms as the call
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_stop_wait(
    client: *const zinit_client,
    name: *const c_char,
    timeout_ms: i64,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            let timeout = timeout(timeout_ms, "timeout_ms")?;
            *request =
                reported(client, |task| async move { waits::stop_wait(task.io(), &name, timeout).await })?;
            Ok(())
        })
    }
}

/// Begins zinit_client_restart().
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param stop_timeout_ms as the call
/// @param start_timeout_ms as the call
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_restart(
    client: *const zinit_client,
    name: *const c_char,
    stop_timeout_ms: i64,
    start_timeout_ms: i64,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            let grace = timeout(stop_timeout_ms, "stop_timeout_ms")?;
            let timeout = timeout(start_timeout_ms, "start_timeout_ms")?;
            *request =
                reported(
                    client,
                    |task| async move { waits::restart(task.io(), &name, grace, timeout).await },
                )?;
            Ok(())
        })
    }
}

/// Begins zinit_client_deploy().
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param service required; copied
/// @param stop_timeout_ms as the call
/// @param start_timeout_ms as the call
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_deploy(
    client: *const zinit_client,
    name: *const c_char,
    service: *const zinit_service,
    stop_timeout_ms: i64,
    start_timeout_ms: i64,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            let service = borrow(service, "service")?.clone();
            let grace = timeout(stop_timeout_ms, "stop_timeout_ms")?;
            let timeout = timeout(start_timeout_ms, "start_timeout_ms")?;
            *request = reported(client, |task| async move {
                waits::deploy(task.io(), &name, &service, grace, timeout).await
            })?;
            Ok(())
        })
    }
}

/// Begins zinit_client_start_multiple().
///
/// @param client required
/// @param names as the call
/// @param len as the call
/// @param timeout_ms as the call
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_start_multiple(
    client: *const zinit_client,
    names: *const *const c_char,
    len: usize,
    timeout_ms: i64,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let names = self::names(names, len)?;
            let timeout = timeout(timeout_ms, "timeout_ms")?;
            *request =
                reported(
                    client,
                    |task| async move { groups::start_multiple(task.io(), &names, timeout).await },
                )?;
            Ok(())
        })
    }
}

/// Begins zinit_client_stop_multiple().
///
/// @param client required
/// @param names as the call
/// @param len as the call
/// @param timeout_ms as the call
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_stop_multiple(
    client: *const zinit_client,
    names: *const *const c_char,
    len: usize,
    timeout_ms: i64,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let names = self::names(names, len)?;
            let timeout = timeout(timeout_ms, "timeout_ms")?;
            *request =
                reported(
                    client,
                    |task| async move { groups::stop_multiple(task.io(), &names, timeout).await },
                )?;
            Ok(())
        })
    }
}

/// Begins zinit_client_destroy_services().
///
/// @param client required
/// @param names as the call
/// @param len as the call
/// @param timeout_ms as the call
/// @param request required; receives a request to be freed with zinit_request_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
///     dispatch
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_begin_destroy_services(
    client: *const zinit_client,
    names: *const *const c_char,
    len: usize,
    timeout_ms: i64,
    request: *mut *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let request = out(request, "request")?;
            let client = borrow(client, "client")?;
            let names = self::names(names, len)?;
            let timeout = timeout(timeout_ms, "timeout_ms")?;
            *request = reported(client, |task| async move {
                groups::destroy_services(task.io(), &names, timeout).await
            })?;
            Ok(())
        })
    }
}

/// Tells the request's descriptor, readable when there is something to dispatch.
///
/// @param request may be NULL
/// @return the descriptor, which belongs to the request and must not be closed; -1 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_request_fd(request: *const zinit_request) -> i32 {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe { borrow_option(request) }.map_or(-1, |request| request.request.descriptor().as_raw_fd())
}

/// Takes the request as far as it goes without waiting. Never blocks; a regular file may be read or written in place.
///
/// @param request required
/// @param error may be NULL
/// @return ZINIT_OK, or what else the call itself returns, and asked again the same, with an error object of its own;
///     ZINIT_PENDING while it is under way, and no error; ZINIT_ERR_INVALID_ARGUMENT
/// Thread safety: one writer of one object at a time, and no reader.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_request_dispatch(
    request: *mut zinit_request,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call_with_code(error, || {
            let request = borrow_mut(request, "request")?;
            request.report = OnceLock::new();
            match request.request.dispatch() {
                None => Ok(ZINIT_PENDING),
                Some(Ok(_)) => Ok(ZINIT_OK),
                Some(Err(error)) => Err(error.clone()),
            }
        })
    }
}

/// Tells the list that zinit_client_begin_list() asked for.
///
/// @param request may be NULL
/// @return the list, borrowed until the request is freed; NULL before the end, after a failure, and for another kind of request
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_request_service_list(
    request: *const zinit_request,
) -> *const zinit_service_list {
    // SAFETY: the header: a pointer is NULL or valid.
    match unsafe { borrow_option(request) }.and_then(|request| request.request.result()) {
        Some(Ok(Answer::List(list))) => lend(list),
        _ => ptr::null(),
    }
}

/// Tells the status that zinit_client_begin_status() asked for.
///
/// @param request may be NULL
/// @return the status, borrowed until the request is freed; NULL before the end, after a failure, and for another kind of request
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_request_status(request: *const zinit_request) -> *const zinit_status {
    // SAFETY: the header: a pointer is NULL or valid.
    match unsafe { borrow_option(request) }.and_then(|request| request.request.result()) {
        Some(Ok(Answer::Status(status))) => lend(status),
        _ => ptr::null(),
    }
}

/// Tells how far a wait or a group has come, from its beginning on.
///
/// @param request may be NULL
/// @return the report, borrowed until the next dispatch; NULL for another kind of request
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_request_report(request: *const zinit_request) -> *const zinit_report {
    // SAFETY: the header: a pointer is NULL or valid.
    match unsafe { borrow_option(request) } {
        Some(request) if request.has_report => {
            lend(request.report.get_or_init(|| request.request.report().into()))
        }
        _ => ptr::null(),
    }
}

/// Frees a request, at any time: what was sent is not undone, and nothing more is sent.
///
/// @param request may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_request_free(request: *mut zinit_request) {
    // SAFETY: the header: a pointer is NULL or valid, and freed once.
    unsafe { free(request) }
}
