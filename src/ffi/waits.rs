//! Waits.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::boundary::{borrow, catch_panic, free, give, name, out, timeout};
use super::call::call;
use super::client::zinit_client;
use super::codes::zinit_code;
use super::errors::zinit_error;
use super::services::zinit_service;
use crate::client::waits;
use crate::driver::{Cancel, blocking};
use crate::sys;

/// Ends calls from outside: from another thread, or from a signal handler. Once triggered it stays so.
pub struct zinit_cancel(pub(super) Cancel);

/// Makes a cancel, which holds one descriptor.
///
/// @param cancel required; receives a cancel to be freed with zinit_cancel_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_IO
/// Thread safety: any thread, any time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_cancel_new(
    cancel: Option<&mut MaybeUninit<Option<Box<zinit_cancel>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let cancel = out(cancel, "cancel")?;
        *cancel = give(zinit_cancel(Cancel::new()?));
        Ok(())
    })
}

/// Ends every call that the cancel was given to with ZINIT_ERR_CANCELLED, within 10 ms, and every one that it will be given
/// to before anything is sent. What was sent is not undone. Async-signal-safe; errno stays as it was.
///
/// @param cancel may be NULL
/// Thread safety: any thread, any time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_cancel_trigger(cancel: Option<&zinit_cancel>) {
    let _held_back = sys::hold_back_cancellation();
    catch_panic((), || {
        if let Some(cancel) = cancel {
            cancel.0.trigger();
        }
    });
}

/// Frees a cancel that no call uses any more.
///
/// @param cancel may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_cancel_free(cancel: Option<Box<zinit_cancel>>) {
    free(cancel);
}

/// Starts a service and waits until it is up: Running, or for a oneshot Success. What it is stands in its file; where that
/// cannot be read, Running is up, and an end that stands for 3 s is a oneshot's. A state from before the start does not count.
/// After a stop this takes over 2 s, for the daemon waits so long before it starts a service again (zinit 0.2.14).
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param timeout_ms 0: send and return; -1: no limit; otherwise above 0
/// @param cancel may be NULL: none; must live until the call returns
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_SHUTTING_DOWN;
///     ZINIT_ERR_SERVICE_FAILED if it cannot be spawned, or as a oneshot ended badly; ZINIT_ERR_TIMEOUT;
///     ZINIT_ERR_TARGET_CHANGED if somebody else stops it; ZINIT_ERR_CANCELLED; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_start_wait(
    client: Option<&zinit_client>,
    name: *const c_char,
    timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        let timeout = timeout(timeout_ms, "timeout_ms")?;
        blocking::run_with_report(client, cancel.map(|cancel| &cancel.0), async |io| {
            waits::start_wait(io, &name, timeout).await
        })
        .0
    })
}

/// Stops a service and waits until no process of it lives, whatever its state. When the time is up, SIGKILL is sent, and
/// again each second, ten times at most; without a limit, never. A service that is forgotten meanwhile has stopped.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param timeout_ms 0: send and return; -1: no limit; otherwise above 0
/// @param cancel may be NULL: none; must live until the call returns
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE;
///     ZINIT_ERR_TIMEOUT if its process outlives SIGKILL; ZINIT_ERR_TARGET_CHANGED if somebody else starts it;
///     ZINIT_ERR_CANCELLED; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_stop_wait(
    client: Option<&zinit_client>,
    name: *const c_char,
    timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        let timeout = timeout(timeout_ms, "timeout_ms")?;
        blocking::run_with_report(client, cancel.map(|cancel| &cancel.0), async |io| {
            waits::stop_wait(io, &name, timeout).await
        })
        .0
    })
}

/// Stops a service, waits until no process of it lives, starts it, and waits until it is up.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param stop_timeout_ms as zinit_client_stop_wait(), but 0 is no grace: SIGKILL at once
/// @param start_timeout_ms as zinit_client_start_wait()
/// @param cancel may be NULL: none; must live until the call returns
/// @param error may be NULL
/// @return ZINIT_OK; what zinit_client_stop_wait() and zinit_client_start_wait() return; the message says which step failed
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_restart(
    client: Option<&zinit_client>,
    name: *const c_char,
    stop_timeout_ms: i64,
    start_timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        let grace = timeout(stop_timeout_ms, "stop_timeout_ms")?;
        let timeout = timeout(start_timeout_ms, "start_timeout_ms")?;
        blocking::run_with_report(client, cancel.map(|cancel| &cancel.0), async |io| {
            waits::restart(io, &name, grace, timeout).await
        })
        .0
    })
}

/// Puts a definition in force: if the service is monitored, stops and forgets it; writes its file; monitors it; and waits
/// until it is up. The definition is checked, and the new file prepared, before anything is touched: until the service is
/// stopped and forgotten, its old file stays as it is.
///
/// A service that is forgotten while it is Blocked goes on being called Blocked when it is monitored again, though its
/// process runs (zinit 0.2.14): then this ends with ZINIT_ERR_TIMEOUT, and a restart of the daemon mends it.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param service required; borrowed
/// @param stop_timeout_ms as zinit_client_stop_wait(), but 0 is no grace: SIGKILL at once
/// @param start_timeout_ms as zinit_client_start_wait()
/// @param cancel may be NULL: none; must live until the call returns
/// @param error may be NULL
/// @return ZINIT_OK; what zinit_client_stop_wait() and zinit_client_start_wait() return; ZINIT_ERR_INVALID_SERVICE,
///     ZINIT_ERR_FILE_IO,
///     ZINIT_ERR_ALREADY_MONITORED if somebody else monitors it meanwhile; the message says which step failed
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_deploy(
    client: Option<&zinit_client>,
    name: *const c_char,
    service: Option<&zinit_service>,
    stop_timeout_ms: i64,
    start_timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        let service = &borrow(service, "service")?.0;
        let grace = timeout(stop_timeout_ms, "stop_timeout_ms")?;
        let timeout = timeout(start_timeout_ms, "start_timeout_ms")?;
        blocking::run_with_report(client, cancel.map(|cancel| &cancel.0), async |io| {
            waits::deploy(io, &name, service, grace, timeout).await
        })
        .0
    })
}
