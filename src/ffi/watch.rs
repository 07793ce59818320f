//! Watch.
//!
//! Threads: any number of threads may call these functions with one client, and may read one watch or
//! change, at the same time. Changing a watch, which zinit_watch_next() does, or freeing it must not
//! overlap another call on it or on its change. Since 0.1.0.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::ptr;
use std::time::Duration;

use super::boundary::{
    TransparentWrapper, borrow, close, get, get_text, give, invalid, lend, names, out, wait_timeout,
};
use super::call::{call, call_with_code};
use super::client::zinit_client;
use super::codes::{ZINIT_END, ZINIT_OK, ZINIT_PENDING, zinit_code};
use super::errors::{zinit_error, zinit_state};
use super::queue::QueuedStream;
use super::requests::zinit_request;
use super::states::{ZINIT_TARGET_UNKNOWN, target_number};
use super::waits::zinit_cancel;
use crate::client::watch::{self, Change, ChangeKind};
use crate::driver::stream::{Next, Stream};

/// Changes of services' states, as they happen.
///
/// zinit does not report changes, so a watch asks for the states again and again: often while something
/// changes, seldom while nothing changes. It does not see a state that comes and goes between two queries. It
/// does not report a change of only the target or the process.
pub struct zinit_watch(pub(super) QueuedStream<Change>);

/// One change. It is borrowed until the next zinit_watch_next() on its watch. Every getter takes NULL.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_change(pub(super) Change);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_change {
    type Inner = Change;
}

/// The service is monitored. A watch begins with such a change for every service that is already monitored.
pub const ZINIT_CHANGE_APPEARED: i32 = 1;
/// The service has another state.
pub const ZINIT_CHANGE_STATE: i32 = 2;
/// The service is not monitored any more.
pub const ZINIT_CHANGE_FORGOTTEN: i32 = 3;
/// The daemon does not answer. The watch goes on, and reports when the daemon answers again.
pub const ZINIT_CHANGE_DAEMON_LOST: i32 = 4;
/// The daemon answers again. The changes that happened in the meantime follow.
pub const ZINIT_CHANGE_DAEMON_BACK: i32 = 5;

/// Begins a watch. Does no I/O itself.
///
/// @param client required
/// @param names the services' names, monitored or not; may be NULL if len is 0, which means all services;
///     copied
/// @param len the number of names
/// @param idle_interval_ms how often to ask while nothing changes, in milliseconds; 0 means 1000
/// @param watch required; receives a watch; free it with zinit_watch_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no file descriptor
///     is available
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_watch(
    client: Option<&zinit_client>,
    names: *const *const c_char,
    len: usize,
    idle_interval_ms: i64,
    watch: Option<&mut MaybeUninit<Option<Box<zinit_watch>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        const DEFAULT_IDLE_INTERVAL: Duration = Duration::from_secs(1);
        let watch = out(watch, "watch")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let names = unsafe { self::names(names, len) }?;
        let idle = match u64::try_from(idle_interval_ms) {
            Ok(0) => DEFAULT_IDLE_INTERVAL,
            Ok(milliseconds) => Duration::from_millis(milliseconds),
            Err(_) => return Err(invalid("idle_interval_ms", format!("{idle_interval_ms} is below 0"))),
        };
        let begun = Stream::begin(client, |task, changes| async move {
            watch::watch(task.io(), &names, idle, &changes).await
        })?;
        *watch = give(zinit_watch(QueuedStream::new(begun, client)?));
        Ok(())
    })
}

/// Returns the watch's file descriptor. It is readable when zinit_watch_next() can go on without waiting. The
/// call may still return ZINIT_PENDING then. The rules for a request's descriptor apply. A watch holds one
/// descriptor more than a request.
///
/// @param watch may be NULL
/// @return the descriptor; it belongs to the watch and must not be closed; -1 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_watch_fd(watch: Option<&zinit_watch>) -> i32 {
    get(watch, -1, |watch| watch.0.stream.descriptor().as_raw_fd())
}

/// Returns the request that stands for the watch in its client's queue. zinit_queue_next() returns it when
/// zinit_watch_next() can go on without waiting. Then call that with timeout 0 until it returns
/// ZINIT_PENDING: only after this the queue can return the request again. The request is good for
/// zinit_request_set_data() and zinit_request_data(). It is freed with the watch. Since 0.2.0.
///
/// @param watch may be NULL
/// @return the request, borrowed from the watch; NULL for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_watch_request(watch: Option<&zinit_watch>) -> *mut zinit_request {
    get(watch, ptr::null_mut(), |watch| watch.0.request())
}

/// Returns the next change, and waits for it if necessary. In an event loop, call it with timeout 0 until it
/// returns ZINIT_PENDING.
///
/// @param watch required
/// @param timeout_ms milliseconds; 0: do not wait; -1: no limit; below -1: invalid
/// @param cancel may be NULL; must live until the call returns
/// @param change required; receives a change, borrowed until the next call of this function on the watch;
///     NULL unless the result is ZINIT_OK
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_PENDING if there is no change within the timeout; ZINIT_ERR_INVALID_ARGUMENT,
///     ZINIT_ERR_CANCELLED; an exchange code, after which the watch is over. A daemon that does not answer is
///     not a failure, but a change: ZINIT_CHANGE_DAEMON_LOST
#[unsafe(no_mangle)]
pub extern "C" fn zinit_watch_next<'a>(
    watch: Option<&'a mut zinit_watch>,
    timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    change: Option<&mut MaybeUninit<Option<&'a zinit_change>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call_with_code(error, || {
        let change = out(change, "change")?;
        let timeout = wait_timeout(timeout_ms, "timeout_ms")?;
        match borrow(watch, "watch")?.0.stream.next(timeout, cancel.map(|cancel| &cancel.0))? {
            Next::Item(next) => {
                *change = Some(lend(next));
                Ok(ZINIT_OK)
            }
            Next::Pending => Ok(ZINIT_PENDING),
            Next::End => Ok(ZINIT_END),
        }
    })
}

/// Returns the kind of a change.
///
/// @param change may be NULL
/// @return a ZINIT_CHANGE_ number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_change_kind(change: Option<&zinit_change>) -> i32 {
    get(change, 0, |change| match change.0.kind {
        ChangeKind::Appeared => ZINIT_CHANGE_APPEARED,
        ChangeKind::State => ZINIT_CHANGE_STATE,
        ChangeKind::Forgotten => ZINIT_CHANGE_FORGOTTEN,
        ChangeKind::DaemonLost => ZINIT_CHANGE_DAEMON_LOST,
        ChangeKind::DaemonBack => ZINIT_CHANGE_DAEMON_BACK,
    })
}

/// Returns the name of the service that changed.
///
/// @param change may be NULL
/// @return the name, borrowed until the next zinit_watch_next(); NULL for a change of the daemon
#[unsafe(no_mangle)]
pub extern "C" fn zinit_change_service(change: Option<&zinit_change>) -> *const c_char {
    get_text(change, |change| change.0.service.as_ref())
}

/// Returns the state before the change.
///
/// @param change may be NULL
/// @return the state, borrowed until the next zinit_watch_next(); NULL for ZINIT_CHANGE_APPEARED and for a
///     change of the daemon
#[unsafe(no_mangle)]
pub extern "C" fn zinit_change_state_before(change: Option<&zinit_change>) -> Option<&zinit_state> {
    get(change, None, |change| change.0.before.as_ref().map(lend))
}

/// Returns the state after the change.
///
/// @param change may be NULL
/// @return the state, borrowed until the next zinit_watch_next(); NULL for ZINIT_CHANGE_FORGOTTEN and for a
///     change of the daemon
#[unsafe(no_mangle)]
pub extern "C" fn zinit_change_state_after(change: Option<&zinit_change>) -> Option<&zinit_state> {
    get(change, None, |change| change.0.after.as_ref().map(lend))
}

/// Returns the process id of the process that the daemon spawned for the service.
///
/// @param change may be NULL
/// @return the process id; 0 if no process is running, for a change of the daemon, and for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_change_pid(change: Option<&zinit_change>) -> i32 {
    get(change, 0, |change| change.0.pid)
}

/// Returns the service's target after the change.
///
/// @param change may be NULL
/// @return a ZINIT_TARGET_ number; ZINIT_TARGET_UNKNOWN for ZINIT_CHANGE_FORGOTTEN, for a change of the
///     daemon, and for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_change_target(change: Option<&zinit_change>) -> i32 {
    get(change, ZINIT_TARGET_UNKNOWN, |change| target_number(change.0.target))
}

/// Frees a watch and all that was borrowed from it.
///
/// @param watch may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_watch_free(watch: Option<Box<zinit_watch>>) {
    close(watch);
}
