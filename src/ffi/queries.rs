//! Queries.
//!
//! Threads: any number of threads may call these functions with one client, and may read one list, status,
//! stats or version, at the same time. Freeing an object must not overlap another call on it. Since 0.1.0.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::boundary::{TransparentWrapper, borrow, free, get, get_text, give, lend, name, out};
use super::call::call;
use super::client::{protocol_number, zinit_client};
use super::codes::zinit_code;
use super::errors::{zinit_error, zinit_state};
use super::states::{ZINIT_TARGET_UNKNOWN, target_number};
use crate::client::queries;
use crate::driver::blocking;
use crate::model::{DaemonVersion, ProcessStats, ServiceList, Stats, Status};

/// All monitored services at one moment, sorted by name. Every getter takes NULL.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_service_list(pub(super) ServiceList);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_service_list {
    type Inner = ServiceList;
}

/// One service at one moment. Every getter takes NULL.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_status(pub(super) Status);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_status {
    type Inner = Status;
}

/// What the processes of one service use. Every getter takes NULL. Since 0.2.0.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_stats(pub(super) Stats);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_stats {
    type Inner = Stats;
}

/// The version of a daemon. Every getter takes NULL.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_daemon_version(pub(super) DaemonVersion);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_daemon_version {
    type Inner = DaemonVersion;
}

/// Gets all monitored services and their states.
///
/// @param client required
/// @param list required; receives a list; free it with zinit_service_list_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; ZINIT_ERR_UNKNOWN_SERVICE if services are forgotten again
///     and again during the call; an exchange code
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_list(
    client: Option<&zinit_client>,
    list: Option<&mut MaybeUninit<Option<Box<zinit_service_list>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let list = out(list, "list")?;
        let client = &borrow(client, "client")?.0;
        *list = give(zinit_service_list(blocking::run(client, queries::list)?));
        Ok(())
    })
}

/// Returns how many services there are.
///
/// @param list may be NULL
/// @return the number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_list_len(list: Option<&zinit_service_list>) -> usize {
    get(list, 0, |list| list.0.services().len())
}

/// Returns the name of a service.
///
/// @param list may be NULL
/// @param index from 0
/// @return the name, borrowed until the list is freed; NULL if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_list_name(list: Option<&zinit_service_list>, index: usize) -> *const c_char {
    get_text(list, |list| list.0.services().get(index).map(|(name, _)| name))
}

/// Returns the state of a service.
///
/// @param list may be NULL
/// @param index from 0
/// @return the state, borrowed until the list is freed; NULL if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_list_state(
    list: Option<&zinit_service_list>,
    index: usize,
) -> Option<&zinit_state> {
    get(list, None, |list| list.0.services().get(index).map(|(_, state)| lend(state)))
}

/// Frees a list and all that was borrowed from it.
///
/// @param list may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_service_list_free(list: Option<Box<zinit_service_list>>) {
    free(list);
}

/// Gets the status of one service.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param status required; receives a status; free it with zinit_status_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE; an
///     exchange code
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_status(
    client: Option<&zinit_client>,
    name: *const c_char,
    status: Option<&mut MaybeUninit<Option<Box<zinit_status>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let status = out(status, "status")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        *status = give(zinit_status(blocking::run(client, async |io| queries::status(io, &name).await)?));
        Ok(())
    })
}

/// Returns the service's name.
///
/// @param status may be NULL
/// @return the name, borrowed until the status is freed; NULL for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_name(status: Option<&zinit_status>) -> *const c_char {
    get_text(status, |status| Some(&status.0.name))
}

/// Returns the process id of the process that the daemon spawned for the service.
///
/// @param status may be NULL
/// @return the process id; 0 if no process is running, and for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_pid(status: Option<&zinit_status>) -> i32 {
    get(status, 0, |status| status.0.pid)
}

/// Returns the service's state.
///
/// @param status may be NULL
/// @return the state, borrowed until the status is freed; NULL for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_state(status: Option<&zinit_status>) -> Option<&zinit_state> {
    get(status, None, |status| Some(lend(&status.0.state)))
}

/// Returns the service's target: the state that the daemon works towards.
///
/// @param status may be NULL
/// @return a ZINIT_TARGET_ number; ZINIT_TARGET_UNKNOWN for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_target(status: Option<&zinit_status>) -> i32 {
    get(status, ZINIT_TARGET_UNKNOWN, |status| target_number(status.0.target))
}

/// Returns how many services this service starts after.
///
/// @param status may be NULL
/// @return the number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_after_len(status: Option<&zinit_status>) -> usize {
    get(status, 0, |status| status.0.after.len())
}

/// Returns the name of a service that this service starts after.
///
/// @param status may be NULL
/// @param index from 0
/// @return the name, borrowed until the status is freed; NULL if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_after_name(status: Option<&zinit_status>, index: usize) -> *const c_char {
    get_text(status, |status| status.0.after.get(index).map(|(name, _)| name))
}

/// Returns the state of a service that this service starts after. A service that is not monitored has the
/// state Unknown (zinit 0.2.14).
///
/// @param status may be NULL
/// @param index from 0
/// @return the state, borrowed until the status is freed; NULL if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_after_state(
    status: Option<&zinit_status>,
    index: usize,
) -> Option<&zinit_state> {
    get(status, None, |status| status.0.after.get(index).map(|(_, state)| lend(state)))
}

/// Frees a status and all that was borrowed from it.
///
/// @param status may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_status_free(status: Option<Box<zinit_status>>) {
    free(status);
}

/// Gets what the processes of one service use: memory and processor time. The daemon measures for 1 to 2 s
/// (zinit 0.2.28), so the I/O timeout must be longer. zinit 0.3 does not measure processor time: it is 0
/// (zinit 0.3.9). zinit before 0.2.15 does not tell it: such a daemon is asked
/// only which protocol it speaks, and the call ends with ZINIT_ERR_NOT_SUPPORTED. Since 0.2.0.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param stats required; receives stats; free them with zinit_stats_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE;
///     ZINIT_ERR_SERVICE_DOWN if the service has no process; ZINIT_ERR_NOT_SUPPORTED; an exchange code
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_stats(
    client: Option<&zinit_client>,
    name: *const c_char,
    stats: Option<&mut MaybeUninit<Option<Box<zinit_stats>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let stats = out(stats, "stats")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        *stats = give(zinit_stats(blocking::run(client, async |io| queries::stats(io, &name).await)?));
        Ok(())
    })
}

/// Returns the process id of the process that the daemon spawned for the service. Since 0.2.0.
///
/// @param stats may be NULL
/// @return the process id; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_stats_pid(stats: Option<&zinit_stats>) -> i32 {
    get(stats, 0, |stats| stats.0.process.pid)
}

/// Returns how much memory that process uses. Its children are not counted. Since 0.2.0.
///
/// @param stats may be NULL
/// @return the memory in bytes; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_stats_memory(stats: Option<&zinit_stats>) -> u64 {
    get(stats, 0, |stats| stats.0.process.memory)
}

/// Returns how much processor time that process uses, while the daemon measures. Its children are not counted.
/// Since 0.2.0.
///
/// @param stats may be NULL
/// @return the percentage of one processor, a finite number; above 100 if the process runs on several; 0 for
///     NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_stats_cpu(stats: Option<&zinit_stats>) -> f64 {
    get(stats, 0.0, |stats| stats.0.process.cpu)
}

/// Returns how many children there are: all descendants of the process, in no order. Since 0.2.0.
///
/// @param stats may be NULL
/// @return the number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_stats_child_len(stats: Option<&zinit_stats>) -> usize {
    get(stats, 0, |stats| stats.0.children.len())
}

/// Returns the process id of a child. Since 0.2.0.
///
/// @param stats may be NULL
/// @param index from 0
/// @return the process id; 0 if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_stats_child_pid(stats: Option<&zinit_stats>, index: usize) -> i32 {
    get(child(stats, index), 0, |child| child.pid)
}

/// Returns how much memory a child uses. Since 0.2.0.
///
/// @param stats may be NULL
/// @param index from 0
/// @return the memory in bytes; 0 if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_stats_child_memory(stats: Option<&zinit_stats>, index: usize) -> u64 {
    get(child(stats, index), 0, |child| child.memory)
}

/// Returns how much processor time a child uses, while the daemon measures. Since 0.2.0.
///
/// @param stats may be NULL
/// @param index from 0
/// @return the percentage of one processor, as for zinit_stats_cpu(); 0 if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_stats_child_cpu(stats: Option<&zinit_stats>, index: usize) -> f64 {
    get(child(stats, index), 0.0, |child| child.cpu)
}

fn child(stats: Option<&zinit_stats>, index: usize) -> Option<&ProcessStats> {
    stats?.0.children.get(index)
}

/// Frees stats. Since 0.2.0.
///
/// @param stats may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_stats_free(stats: Option<Box<zinit_stats>>) {
    free(stats);
}

/// Finds out whether a service is monitored. A service file alone does not count.
///
/// @param client required
/// @param name required; the service's name; borrowed
/// @param exists required; receives 1 or 0
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; an exchange code
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_exists(
    client: Option<&zinit_client>,
    name: *const c_char,
    exists: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let exists = out(exists, "exists")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let name = unsafe { self::name(name) }?;
        *exists = blocking::run(client, async |io| queries::exists(io, &name).await)?.into();
        Ok(())
    })
}

/// Gets the version of the zinit binary, as zinit -V prints it. The daemon itself does not report its
/// version: if the binary was replaced after the daemon started, the daemon is older than the result. If this
/// client has learned which protocol the daemon speaks, and zinit of that version speaks another one, the
/// call returns ZINIT_ERR_VERSION, and its message says so. The call takes at most the I/O timeout, plus one
/// second if the child process hangs.
///
/// zinit 0.3 tells its version itself, and is asked if the client has learned that it is there: by any call before,
/// such as zinit_client_protocol(). Then this call can also end as that one does (zinit 0.3.9).
///
/// @param client required
/// @param version required; receives a version; free it with zinit_daemon_version_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_VERSION, ZINIT_ERR_IO, ZINIT_ERR_INTERNAL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_version(
    client: Option<&zinit_client>,
    version: Option<&mut MaybeUninit<Option<Box<zinit_daemon_version>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let version = out(version, "version")?;
        let client = &borrow(client, "client")?.0;
        *version = give(zinit_daemon_version(blocking::run(client, queries::version)?));
        Ok(())
    })
}

/// Finds out which protocol the daemon speaks at this moment. The daemon is asked in one exchange, or two if it
/// is zinit 0.3, which change nothing. The answer does not depend on what the client has learned before, nor on what
/// zinit_options_set_protocol() has set. Since 0.2.0.
///
/// @param client required
/// @param protocol required; receives ZINIT_PROTOCOL_LINE, ZINIT_PROTOCOL_JSONRPC or ZINIT_PROTOCOL_ZINIT_0_3
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; an exchange code
#[unsafe(no_mangle)]
pub extern "C" fn zinit_client_protocol(
    client: Option<&zinit_client>,
    protocol: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let protocol = out(protocol, "protocol")?;
        let client = &borrow(client, "client")?.0;
        *protocol = protocol_number(blocking::run(client, queries::protocol)?);
        Ok(())
    })
}

/// Returns the major number.
///
/// @param version may be NULL
/// @return the number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_daemon_version_major(version: Option<&zinit_daemon_version>) -> u64 {
    get(version, 0, |version| version.0.numbers.0)
}

/// Returns the minor number.
///
/// @param version may be NULL
/// @return the number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_daemon_version_minor(version: Option<&zinit_daemon_version>) -> u64 {
    get(version, 0, |version| version.0.numbers.1)
}

/// Returns the patch number.
///
/// @param version may be NULL
/// @return the number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_daemon_version_patch(version: Option<&zinit_daemon_version>) -> u64 {
    get(version, 0, |version| version.0.numbers.2)
}

/// Returns the version as the binary printed it, without the leading v.
///
/// @param version may be NULL
/// @return text such as "0.2.14", borrowed until the version is freed; NULL for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_daemon_version_text(version: Option<&zinit_daemon_version>) -> *const c_char {
    get_text(version, |version| Some(&version.0.text))
}

/// Frees a version and all that was borrowed from it.
///
/// @param version may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_daemon_version_free(version: Option<Box<zinit_daemon_version>>) {
    free(version);
}
