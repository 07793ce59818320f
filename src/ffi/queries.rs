//! Queries.

use std::ffi::c_char;

use super::boundary::{
    Handle, borrow, borrow_option, call, free, give, lend_option, lend_text_option, name, out,
};
use super::client::zinit_client;
use super::codes::zinit_code;
use super::errors::{zinit_error, zinit_state};
use super::states::{ZINIT_TARGET_UNKNOWN, target_number};
use crate::client::queries;
use crate::driver::blocking;
use crate::model::{DaemonVersion, ServiceList, Status};

/// All monitored services at one moment, sorted by name. Every getter takes NULL.
pub struct zinit_service_list {
    _opaque: [u8; 0],
}

impl Handle for zinit_service_list {
    type Inner = ServiceList;
}

/// One service at one moment. Every getter takes NULL.
pub struct zinit_status {
    _opaque: [u8; 0],
}

impl Handle for zinit_status {
    type Inner = Status;
}

/// The version of a daemon. Every getter takes NULL.
pub struct zinit_daemon_version {
    _opaque: [u8; 0],
}

impl Handle for zinit_daemon_version {
    type Inner = DaemonVersion;
}

/// Gets all monitored services with their states.
///
/// @param client required
/// @param list required; receives a list to be freed with zinit_service_list_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_UNKNOWN_SERVICE if services are forgotten all the time; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_list(
    client: *const zinit_client,
    list: *mut *mut zinit_service_list,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let list = out(list, "list")?;
            let client = borrow(client, "client")?;
            *list = give(blocking::run(client, queries::list)?);
            Ok(())
        })
    }
}

/// Tells how many services there are.
///
/// @param list may be NULL
/// @return the number; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_list_len(list: *const zinit_service_list) -> usize {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe { borrow_option(list) }.map_or(0, |list| list.services().len())
}

/// Tells the name of a service.
///
/// @param list may be NULL
/// @param index from 0
/// @return the name, borrowed until the list is freed; NULL out of range
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_list_name(
    list: *const zinit_service_list,
    index: usize,
) -> *const c_char {
    // SAFETY: the header: a pointer is NULL or valid.
    lend_text_option(
        unsafe { borrow_option(list) }.and_then(|list| list.services().get(index)).map(|(name, _)| name),
    )
}

/// Tells the state of a service.
///
/// @param list may be NULL
/// @param index from 0
/// @return the state, borrowed until the list is freed; NULL out of range
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_list_state(
    list: *const zinit_service_list,
    index: usize,
) -> *const zinit_state {
    // SAFETY: the header: a pointer is NULL or valid.
    lend_option(
        unsafe { borrow_option(list) }.and_then(|list| list.services().get(index)).map(|(_, state)| state),
    )
}

/// Frees a list and all that was borrowed from it.
///
/// @param list may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_service_list_free(list: *mut zinit_service_list) {
    // SAFETY: the header: a pointer is NULL or valid, and freed once.
    unsafe { free(list) }
}

/// Gets one service in detail.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param status required; receives a status to be freed with zinit_status_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_status(
    client: *const zinit_client,
    name: *const c_char,
    status: *mut *mut zinit_status,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let status = out(status, "status")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            *status = give(blocking::run(client, async |io| queries::status(io, &name).await)?);
            Ok(())
        })
    }
}

/// Tells the service's name.
///
/// @param status may be NULL
/// @return the name, borrowed until the status is freed; NULL for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_status_name(status: *const zinit_status) -> *const c_char {
    // SAFETY: the header: a pointer is NULL or valid.
    lend_text_option(unsafe { borrow_option(status) }.map(|status| &status.name))
}

/// Tells the service's process.
///
/// @param status may be NULL
/// @return its id; 0 whenever no process lives, and for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_status_pid(status: *const zinit_status) -> i32 {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe { borrow_option(status) }.map_or(0, |status| status.pid)
}

/// Tells the service's state.
///
/// @param status may be NULL
/// @return the state, borrowed until the status is freed; NULL for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_status_state(status: *const zinit_status) -> *const zinit_state {
    // SAFETY: the header: a pointer is NULL or valid.
    lend_option(unsafe { borrow_option(status) }.map(|status| &status.state))
}

/// Tells what the daemon works towards.
///
/// @param status may be NULL
/// @return a ZINIT_TARGET_ number; ZINIT_TARGET_UNKNOWN for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_status_target(status: *const zinit_status) -> i32 {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe { borrow_option(status) }.map_or(ZINIT_TARGET_UNKNOWN, |status| target_number(status.target))
}

/// Tells how many services it runs after.
///
/// @param status may be NULL
/// @return the number; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_status_after_len(status: *const zinit_status) -> usize {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe { borrow_option(status) }.map_or(0, |status| status.after.len())
}

/// Tells the name of a service that it runs after.
///
/// @param status may be NULL
/// @param index from 0
/// @return the name, borrowed until the status is freed; NULL out of range
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_status_after_name(status: *const zinit_status, index: usize) -> *const c_char {
    // SAFETY: the header: a pointer is NULL or valid.
    lend_text_option(
        unsafe { borrow_option(status) }.and_then(|status| status.after.get(index)).map(|(name, _)| name),
    )
}

/// Tells the state of a service that it runs after. One that is not monitored is Unknown (zinit 0.2.14).
///
/// @param status may be NULL
/// @param index from 0
/// @return the state, borrowed until the status is freed; NULL out of range
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_status_after_state(
    status: *const zinit_status,
    index: usize,
) -> *const zinit_state {
    // SAFETY: the header: a pointer is NULL or valid.
    lend_option(
        unsafe { borrow_option(status) }.and_then(|status| status.after.get(index)).map(|(_, state)| state),
    )
}

/// Frees a status and all that was borrowed from it.
///
/// @param status may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_status_free(status: *mut zinit_status) {
    // SAFETY: the header: a pointer is NULL or valid, and freed once.
    unsafe { free(status) }
}

/// Tells whether a service is monitored. A service file alone does not count.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param exists required; receives 1 or 0
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; an exchange code
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_exists(
    client: *const zinit_client,
    name: *const c_char,
    exists: *mut i32,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let exists = out(exists, "exists")?;
            let client = borrow(client, "client")?;
            let name = self::name(name)?;
            *exists = blocking::run(client, async |io| queries::exists(io, &name).await)?.into();
            Ok(())
        })
    }
}

/// Asks the zinit binary for its version (zinit -V), for the daemon does not tell. A daemon that was started before the
/// binary was replaced is older than this says. Takes at most the I/O timeout, and a second more for a child that hangs.
///
/// @param client required
/// @param version required; receives a version to be freed with zinit_daemon_version_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_VERSION, ZINIT_ERR_INTERNAL
/// Thread safety: any number of threads with one client.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_version(
    client: *const zinit_client,
    version: *mut *mut zinit_daemon_version,
    error: *mut *mut zinit_error,
) -> zinit_code {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe {
        call(error, || {
            let version = out(version, "version")?;
            let client = borrow(client, "client")?;
            *version = give(blocking::run(client, queries::version)?);
            Ok(())
        })
    }
}

/// Tells the major number.
///
/// @param version may be NULL
/// @return the number; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_daemon_version_major(version: *const zinit_daemon_version) -> u64 {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe { borrow_option(version) }.map_or(0, |version| version.numbers.0)
}

/// Tells the minor number.
///
/// @param version may be NULL
/// @return the number; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_daemon_version_minor(version: *const zinit_daemon_version) -> u64 {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe { borrow_option(version) }.map_or(0, |version| version.numbers.1)
}

/// Tells the patch number.
///
/// @param version may be NULL
/// @return the number; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_daemon_version_patch(version: *const zinit_daemon_version) -> u64 {
    // SAFETY: the header: a pointer is NULL or valid.
    unsafe { borrow_option(version) }.map_or(0, |version| version.numbers.2)
}

/// Tells the version as the binary printed it, without the leading v.
///
/// @param version may be NULL
/// @return such as "0.2.14", borrowed until the version is freed; NULL for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_daemon_version_text(version: *const zinit_daemon_version) -> *const c_char {
    // SAFETY: the header: a pointer is NULL or valid.
    lend_text_option(unsafe { borrow_option(version) }.map(|version| &version.text))
}

/// Frees a version and all that was borrowed from it.
///
/// @param version may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_daemon_version_free(version: *mut zinit_daemon_version) {
    // SAFETY: the header: a pointer is NULL or valid, and freed once.
    unsafe { free(version) }
}
