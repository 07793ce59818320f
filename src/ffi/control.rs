//! Control.
//!
//! Threads: any number of threads may call these functions with one client at the same time. Since 0.1.0.

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
use crate::model::{Address, Signal};

/// Sets the service's target to Up and returns. The daemon starts the service as soon as the services that it
/// starts after are up. Has no effect on a service that is up. After a stop, the daemon waits 2 s before it
/// starts the service again (zinit 0.2.14).
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
///     ZINIT_ERR_SHUTTING_DOWN; an exchange code
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

/// Sets the service's target to Down and returns. The daemon sends the stop signal (SIGTERM by default). The
/// process may still be running when this returns. The daemon sends SIGKILL only when it shuts down (zinit
/// 0.2.14). A daemon that speaks JSON-RPC sends SIGKILL half a second after the stop signal, and this returns
/// when the process has ended, after 1 to 2 s (zinit 0.2.28). zinit 0.3 stops the services that run after this
/// one, too, and sends SIGKILL after the shutdown timeout. It may start a service again that waited for another
/// one, or for its next start: see zinit_client_stop_wait() (zinit 0.3.9).
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE; an
///     exchange code
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

/// Tells the daemon to read the service's file and to start the service. The daemon reads a file only here
/// and when it starts: after a change of the file, stop, forget and monitor the service.
///
/// zinit 0.3 reads no such file. If the options set a config directory, the library reads the file there, and
/// gives the definition to the daemon, as zinit_client_add_service() does. Otherwise a service is there as soon
/// as it is added, and this call ends with ZINIT_ERR_ALREADY_MONITORED (zinit 0.3.9).
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_ALREADY_MONITORED,
///     ZINIT_ERR_CONFIG_REFUSED, ZINIT_ERR_SHUTTING_DOWN; ZINIT_ERR_INVALID_SERVICE if zinit 0.3 has no place
///     for one of its keys; an exchange code
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

/// Tells the daemon to forget a service. The service must be stopped. Its file stays.
///
/// zinit 0.3 removes its own file of the service, too. It mixes up its services if one is taken out that is not
/// the last one in its list, and takes out those that depend on it: then this call ends with
/// ZINIT_ERR_NOT_SUPPORTED, and has changed nothing (zinit 0.3.9).
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE;
///     ZINIT_ERR_SERVICE_UP while its target is Up or its process is running; ZINIT_ERR_NOT_SUPPORTED; an
///     exchange code
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

/// Sends a signal to the service's process group. The target does not change: if the process ends, the daemon
/// spawns it again.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param signal required; a name such as "SIGHUP", in upper or lower case; borrowed. zinit_signal_name()
///     returns the name for a number
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
///     ZINIT_ERR_INVALID_SIGNAL, ZINIT_ERR_SERVICE_DOWN; an exchange code
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

/// Returns the name of a signal, as zinit_client_kill() takes it.
///
/// @param number a signal number of signal.h, such as SIGTERM
/// @return text such as "SIGTERM"; NULL if zinit has no name for the number; static
/// Thread safety: any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_signal_name(number: i32) -> *const c_char {
    catch_panic(ptr::null(), || lend_text_option(Signal::from_number(number).map(Signal::name)))
}

/// Tells the daemon to stop all services and to restart the machine. In a container, the daemon ends instead.
/// A daemon before 0.2.9 receives the command shutdown, which restarts the machine in those versions.
///
/// @param client required
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; an exchange code
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

/// Tells the daemon to stop all services and to turn the machine off. In a container, the daemon ends
/// instead. The call asks for the version first. It sends nothing to a daemon before 0.2.9, which would
/// restart the machine. If services start after each other in a circle, the daemon never ends (zinit 0.2.14).
///
/// @param client required
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_NOT_SUPPORTED, ZINIT_ERR_VERSION; an exchange code
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

/// Tells the daemon to serve its JSON-RPC over HTTP, too. The daemon serves anyone who can connect, without any
/// authentication, and does as root what it is told there. An address other than a loopback address, such as
/// 127.0.0.1, gives root to the network; a loopback address gives it to every user of the machine. A server that
/// the daemon has started before is closed, unless this call fails (zinit 0.2.28). zinit before 0.2.15 has no
/// such server. Since 0.2.0.
///
/// @param client required
/// @param address required; an IP address and a port, such as "127.0.0.1:8080" or "[::1]:8080"; host names are
///     refused; borrowed
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_NOT_SUPPORTED; ZINIT_ERR_DAEMON if, among others, the
///     daemon cannot listen at the address; an exchange code
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_start_http_server(
    client: Option<&zinit_client>,
    address: *const c_char,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let address = Address::parse(unsafe { text(address, "address") }?)?;
        blocking::run(client, async |io| control::start_http_server(io, &address).await)
    })
}

/// Tells the daemon to serve its JSON-RPC over HTTP no longer. Since 0.2.0.
///
/// @param client required
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_NOT_SUPPORTED; ZINIT_ERR_DAEMON if, among others, it
///     serves nothing over HTTP; an exchange code
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_stop_http_server(
    client: Option<&zinit_client>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let client = &borrow(client, "client")?.0;
        blocking::run(client, control::stop_http_server)
    })
}
