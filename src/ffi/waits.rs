//! Waits.
//!
//! zinit does not report changes, so a wait asks again and again. It sees a change of state after at most a
//! tenth of the time that it has waited, and within 100 ms. If many waits are under way in a process, they
//! share the daemon: then each sees a change of state within a second, and a change of only the target within
//! 2.5 s.
//!
//! Threads: any number of threads may call these functions with one client and one cancel object at the
//! same time. Freeing a cancel object must not overlap another call on it. Since 0.1.0.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::boundary::{borrow, catch_panic, close, give, name, out, timeout};
use super::call::call;
use super::client::zinit_client;
use super::codes::zinit_code;
use super::errors::zinit_error;
use super::services::zinit_service;
use crate::client::waits;
use crate::driver::{Cancel, blocking};
use crate::sys;

/// A cancel object. It ends calls from outside: from another thread or from a signal handler. Once triggered,
/// it stays triggered.
pub struct zinit_cancel(pub(super) Cancel);

/// Makes a cancel object. It holds one file descriptor.
///
/// @param cancel required; receives a cancel object; free it with zinit_cancel_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_IO
/// Thread safety: any thread, any time.
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

/// Ends every call that uses the cancel object: the call returns ZINIT_ERR_CANCELLED within 10 ms. A call
/// that is given the cancel object later returns it too, before it sends anything. Commands that were already
/// sent are not undone. Does not change errno.
///
/// @param cancel may be NULL
/// Thread safety: any thread, any time; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_cancel_trigger(cancel: Option<&zinit_cancel>) {
    let _held_back = sys::hold_back_cancellation();
    catch_panic((), || {
        if let Some(cancel) = cancel {
            cancel.0.trigger();
        }
    });
}

/// Frees a cancel object. No call may use it any more.
///
/// @param cancel may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_cancel_free(cancel: Option<Box<zinit_cancel>>) {
    close(cancel);
}

/// Starts a service and waits until it is up. Up means Running, or Success for a oneshot. A service without a
/// test must be Running for some time: see zinit_options_set_steady_ms(). A state from before the start does
/// not count. After a stop this takes more than 2 s, because the daemon waits that long before it starts a
/// service again (zinit 0.2.14).
///
/// The service's file says whether the service is a oneshot. If the file is not there, is not this user's to
/// read, or is not a service definition, Running counts as up, and Success or Error that lasts for 3 s counts as
/// the end of a oneshot.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param timeout_ms milliseconds; 0: send the command and do not wait; -1: no limit; below -1: invalid
/// @param cancel may be NULL; must live until the call returns
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
///     ZINIT_ERR_SHUTTING_DOWN; ZINIT_ERR_SERVICE_FAILED if the daemon cannot spawn it, or if it is a oneshot
///     and its process failed; ZINIT_ERR_TIMEOUT; ZINIT_ERR_TARGET_CHANGED if somebody else stops it;
///     ZINIT_ERR_FILE_IO if the system cannot read its file, for want of memory, for example;
///     ZINIT_ERR_CANCELLED; an exchange code
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
        blocking::run_cancellable(client, cancel.map(|cancel| &cancel.0), async |io| {
            waits::start_wait(io, &name, timeout).await
        })
    })
}

/// Stops a service and waits until its process has ended, whatever its state is. A service that is forgotten
/// in the meantime counts as stopped. At the timeout, SIGKILL is sent, and again each second, at most ten
/// times. Without a limit, SIGKILL is never sent.
///
/// The daemon reports only the process that it spawned. Children of that process may still be running.
///
/// zinit 0.3 forgets the stop of a service that waits for its next start, or for another service. Such a service
/// is told to stop again when it is started, and counts as stopped when the time of its next start is over
/// (zinit 0.3.9).
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param timeout_ms milliseconds; 0: send the command and do not wait; -1: no limit; below -1: invalid
/// @param cancel may be NULL; must live until the call returns
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE;
///     ZINIT_ERR_TIMEOUT if the process is still running after SIGKILL; ZINIT_ERR_TARGET_CHANGED if somebody
///     else starts it; ZINIT_ERR_CANCELLED; an exchange code
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
        blocking::run_cancellable(client, cancel.map(|cancel| &cancel.0), async |io| {
            waits::stop_wait(io, &name, timeout).await
        })
    })
}

/// Stops a service, waits until its process has ended, starts it, and waits until it is up.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param stop_timeout_ms as for zinit_client_stop_wait(), but 0 means SIGKILL at once
/// @param start_timeout_ms as for zinit_client_start_wait()
/// @param cancel may be NULL; must live until the call returns
/// @param error may be NULL
/// @return ZINIT_OK; the codes of zinit_client_stop_wait() and zinit_client_start_wait(). The message says
///     which step failed
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
        blocking::run_cancellable(client, cancel.map(|cancel| &cancel.0), async |io| {
            waits::restart(io, &name, grace, timeout).await
        })
    })
}

/// Puts a definition in force. If the service is monitored, stops and forgets it. Then writes its file,
/// monitors it, and waits until it is up. First the definition is checked and the new file is prepared. The
/// old file does not change before the service is stopped and forgotten. The file is written as by
/// zinit_client_add_service(): what that keeps is kept, and if it cannot be kept, nothing is stopped.
///
/// If a service is forgotten while it is Blocked, the daemon goes on reporting Blocked after it is monitored
/// again, even though its process is running (zinit 0.2.14). Then this call ends with ZINIT_ERR_TIMEOUT. A
/// restart of the daemon solves this.
///
/// zinit 0.3 can replace only the last service in its list, on which no other one depends: otherwise this call
/// ends with ZINIT_ERR_NOT_SUPPORTED before it sends anything that changes something (zinit 0.3.9).
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param service required; borrowed
/// @param stop_timeout_ms as for zinit_client_stop_wait(), but 0 means SIGKILL at once
/// @param start_timeout_ms as for zinit_client_start_wait()
/// @param cancel may be NULL; must live until the call returns
/// @param error may be NULL
/// @return ZINIT_OK; the codes of zinit_client_stop_wait() and zinit_client_start_wait();
///     ZINIT_ERR_INVALID_SERVICE, ZINIT_ERR_FILE_IO, ZINIT_ERR_NOT_SUPPORTED; ZINIT_ERR_CONFIG_REFUSED if the
///     daemon cannot load the new file; ZINIT_ERR_SERVICE_UP if somebody else starts it, or ZINIT_ERR_ALREADY_MONITORED if somebody
///     else monitors it, in the meantime. The message says which step failed
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
        blocking::run_cancellable(client, cancel.map(|cancel| &cancel.0), async |io| {
            waits::deploy(io, &name, service, grace, timeout).await
        })
    })
}

/// Puts an edited service file in force. First reads and checks the file: if the daemon would refuse it, this
/// call fails before it sends anything. Otherwise, if the service is monitored, stops and forgets it. Then
/// monitors it, and waits until it is up. A service that is stopped, or that the daemon does not know, is
/// started too. The file is not changed.
///
/// If the call ends early, it does not undo what it has done:
/// - after ZINIT_ERR_TIMEOUT of the stop, the target is Down and the process is still running. The daemon has
///   not read the file;
/// - after ZINIT_ERR_TIMEOUT of the start, the file is in force. The daemon goes on with the start;
/// - after ZINIT_ERR_CANCELLED or an exchange code, the service may be at any step: stopping, stopped,
///   forgotten or monitored again. The same call, made again, completes the work.
///
/// For a service that is Blocked, and for zinit 0.3, see zinit_client_deploy(). Since 0.2.0.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param stop_timeout_ms as for zinit_client_stop_wait(), but 0 means SIGKILL at once
/// @param start_timeout_ms as for zinit_client_start_wait()
/// @param cancel may be NULL; must live until the call returns
/// @param error may be NULL
/// @return ZINIT_OK; the codes of zinit_client_stop_wait() and zinit_client_start_wait();
///     ZINIT_ERR_FILE_NOT_FOUND, ZINIT_ERR_FILE_IO, ZINIT_ERR_FILE_SYNTAX or ZINIT_ERR_INVALID_SERVICE if the
///     check fails; ZINIT_ERR_NOT_SUPPORTED; ZINIT_ERR_CONFIG_REFUSED if the daemon cannot load the file all
///     the same;
///     ZINIT_ERR_SERVICE_UP if somebody else starts it, or ZINIT_ERR_ALREADY_MONITORED if somebody else
///     monitors it, in the meantime. The message says which step failed
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_reload(
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
            waits::reload(io, &name, grace, timeout).await
        })
        .0
    })
}
