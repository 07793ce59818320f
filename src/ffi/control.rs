//! Control.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;

use super::boundary::{borrow, catch_panic, lend_text_option, name, text};
use super::call::call;
use super::client::zinit_client;
use super::codes::zinit_code;
use super::errors::zinit_error;
use crate::client::control;
use crate::driver::blocking;
use crate::model::Signal;

/// Sets the service's target Up, and returns: the service is started as soon as the services that it runs after are there.
/// Has no effect on one that is up. After a stop the daemon waits 2 s before it starts the service again (zinit 0.2.14).
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_SHUTTING_DOWN; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_start(
    client: Option<&zinit_client>,
    name: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        blocking::run(client, async |io| control::start(io, &name).await)
    })
}

/// Sets the service's target Down, has its stop signal sent (SIGTERM by default), and returns: the process may live on.
/// The daemon never sends SIGKILL by itself, other than in a shutdown (zinit 0.2.14).
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_stop(
    client: Option<&zinit_client>,
    name: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        blocking::run(client, async |io| control::stop(io, &name).await)
    })
}

/// Has the daemon read the service's file, and start the service.
/// The daemon reads the file here and at its own start only: after a change of the file, stop, forget and monitor it.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_ALREADY_MONITORED, ZINIT_ERR_CONFIG_REFUSED,
///     ZINIT_ERR_SHUTTING_DOWN; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_monitor(
    client: Option<&zinit_client>,
    name: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        blocking::run(client, async |io| control::monitor(io, &name).await)
    })
}

/// Has the daemon drop a service, which must be stopped. Its file stays.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
///     ZINIT_ERR_SERVICE_UP while its target is Up or its process lives; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_forget(
    client: Option<&zinit_client>,
    name: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        blocking::run(client, async |io| control::forget(io, &name).await)
    })
}

/// Sends a signal to the service's process group. Its target stays: a service that ends of it is spawned again.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param signal required; such as "SIGHUP", in any case; zinit_signal_name() gives it for a number; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
///     ZINIT_ERR_INVALID_SIGNAL, ZINIT_ERR_SERVICE_DOWN; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_kill(
    client: Option<&zinit_client>,
    name: *const c_char,
    signal: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        // SAFETY: the header: a pointer is NULL or valid.
        let signal = Signal::parse(unsafe { text(signal, "signal") }?)?;
        blocking::run(client, async |io| control::kill(io, &name, signal).await)
    })
}

/// Tells the name of a signal, as zinit_client_kill() takes it.
///
/// @param number such as SIGTERM of signal.h
/// @return such as "SIGTERM"; NULL for a number that zinit knows no name of; static
/// Thread safety: any thread, any time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_signal_name(number: i32) -> *const c_char {
    catch_panic(ptr::null(), || lend_text_option(Signal::from_number(number).map(Signal::name)))
}

/// Has the daemon stop all services and restart the machine; in a container, end itself.
/// A daemon before 0.2.9 is sent shutdown, which meant just that.
///
/// @param client required
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_reboot(
    client: Option<&zinit_client>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        blocking::run(client, control::reboot)
    })
}

/// Has the daemon stop all services and turn the machine off; in a container, end itself.
/// The version is asked for first: nothing is sent to a daemon before 0.2.9, which would restart the machine instead.
/// With services that run after each other in a circle, the daemon never ends (zinit 0.2.14).
///
/// @param client required
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_NOT_SUPPORTED, ZINIT_ERR_VERSION; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_shutdown(
    client: Option<&zinit_client>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        blocking::run(client, control::shutdown)
    })
}
