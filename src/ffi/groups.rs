//! Groups.
//!
//! Threads: any number of threads may call these functions with one client, and may read one report, at
//! the same time. Freeing a report must not overlap another call on it. Since 0.1.0.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;

use super::boundary::{
    borrow, catch_panic, free, get, get_text, give, lend, lend_text_option, names, out, timeout,
};
use super::call::call;
use super::client::zinit_client;
use super::codes::{ZINIT_ERR_INVALID_ARGUMENT, ZINIT_OK, ZINIT_PENDING, zinit_code};
use super::errors::{zinit_error, zinit_state};
use super::states::{ZINIT_TARGET_UNKNOWN, target_number};
use super::waits::zinit_cancel;
use crate::client::{Outcome, Report, Step, groups};
use crate::driver::blocking;
use crate::model::{State, Target, Text};

/// Nothing was done to the service yet. Its definition may be read, and the daemon may be asked for it;
/// or it waits for its turn in a group. Since 0.2.0.
pub const ZINIT_STEP_NONE: i32 = 0;
/// The service was told to stop, by this call or before it, and its process has not ended. Since 0.2.0.
pub const ZINIT_STEP_STOPPING: i32 = 1;
/// SIGKILL is sent to the service, and its process has not ended. Since 0.2.0.
pub const ZINIT_STEP_KILLING: i32 = 2;
/// The service is stopped. It waits for its next step: for its file to be read, or for other services of
/// its group to stop. Since 0.2.0.
pub const ZINIT_STEP_STOPPED: i32 = 3;
/// The daemon is told to forget the service. Since 0.2.0.
pub const ZINIT_STEP_FORGETTING: i32 = 4;
/// The new definition of the service is put in its place. Since 0.2.0.
pub const ZINIT_STEP_WRITING: i32 = 5;
/// The definition of the service is removed. Since 0.2.0.
pub const ZINIT_STEP_REMOVING: i32 = 6;
/// The daemon is told to start or to monitor the service, and the service is not up yet. Since 0.2.0.
pub const ZINIT_STEP_STARTING: i32 = 7;
/// The service is where the call was to bring it: its code is ZINIT_OK. Since 0.2.0.
pub const ZINIT_STEP_DONE: i32 = 8;

/// The result for each service, in the order in which the names were given. Every getter takes NULL.
pub struct zinit_report(Vec<Row>);

struct Row {
    name: Text,
    code: zinit_code,
    error: Option<zinit_error>,
    state: Option<State>,
    pid: i32,
    target: Target,
    killed: bool,
    step: Step,
}

impl From<Report> for zinit_report {
    fn from(report: Report) -> Self {
        let row = |row: crate::client::Row| {
            let step = row.step();
            let (code, error) = match row.outcome {
                Outcome::Pending => (ZINIT_PENDING, None),
                Outcome::Done => (ZINIT_OK, None),
                Outcome::Failed(error) => {
                    let error = zinit_error::new(error);
                    (error.code(), Some(error))
                }
            };
            Row {
                name: row.name.into_text(),
                code,
                error,
                state: row.state,
                pid: row.pid,
                target: row.target,
                killed: row.killed,
                step,
            }
        };
        Self(report.into_rows().map(row).collect())
    }
}

/// Monitors and starts services, and waits until all are up. Goes on if a service fails. The daemon reads the
/// file of each service first. If the file is gone, the service fails with ZINIT_ERR_CONFIG_REFUSED, even
/// while its process is running; the process goes on.
///
/// @param client required
/// @param names the services' names; may be NULL if len is 0; borrowed; cast argv: (const char *const *)argv
/// @param len the number of names; 0 is valid and gives an empty report
/// @param timeout_ms the timeout for all services together; as for zinit_client_start_wait()
/// @param cancel may be NULL; must live until the call returns
/// @param report required; receives a report, on failure too, unless an argument is invalid; free it with
///     zinit_report_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; ZINIT_ERR_CANCELLED; an exchange
///     code. If services fail: the code of the first one, with a message that names each. These are the codes
///     of zinit_client_monitor(), without ZINIT_ERR_ALREADY_MONITORED, and of zinit_client_start_wait()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_start_multiple(
    client: Option<&zinit_client>,
    names: *const *const c_char,
    len: usize,
    timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    report: Option<&mut MaybeUninit<Option<Box<zinit_report>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let report = out(report, "report")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let names = unsafe { self::names(names, len) }?;
        let timeout = timeout(timeout_ms, "timeout_ms")?;
        let (result, rows) = blocking::run_with_report(client, cancel.map(|cancel| &cancel.0), async |io| {
            groups::start_multiple(io, &names, timeout).await
        });
        *report = give(zinit_report::from(rows));
        result
    })
}

/// Stops services and waits until their processes have ended. Goes on if a service fails. A service that
/// is not monitored counts as stopped. For the order, see zinit_options_set_stop_order().
///
/// @param client required
/// @param names the services' names; may be NULL if len is 0; borrowed; cast argv: (const char *const *)argv
/// @param len the number of names; 0 is valid and gives an empty report
/// @param timeout_ms the timeout for all services together; as for zinit_client_stop_wait()
/// @param cancel may be NULL; must live until the call returns
/// @param report required; receives a report, on failure too, unless an argument is invalid; free it with
///     zinit_report_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; ZINIT_ERR_CANCELLED; an exchange
///     code. If services fail: the code of the first one, with a message that names each. These are the codes
///     of zinit_client_stop_wait(), without ZINIT_ERR_UNKNOWN_SERVICE
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_stop_multiple(
    client: Option<&zinit_client>,
    names: *const *const c_char,
    len: usize,
    timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    report: Option<&mut MaybeUninit<Option<Box<zinit_report>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let report = out(report, "report")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let names = unsafe { self::names(names, len) }?;
        let timeout = timeout(timeout_ms, "timeout_ms")?;
        let (result, rows) = blocking::run_with_report(client, cancel.map(|cancel| &cancel.0), async |io| {
            groups::stop_multiple(io, &names, timeout).await
        });
        *report = give(zinit_report::from(rows));
        result
    })
}

/// Restarts services: stops all of them side by side, then starts them again, and waits until all are up.
/// No service is started before all of them are stopped or have failed. Goes on if a service fails. A
/// service that cannot be stopped is not started, and one that is not monitored fails with
/// ZINIT_ERR_UNKNOWN_SERVICE. A service that was stopped before is started. The daemon starts a service
/// after those that its file names in `after`. For another order of the stops, see
/// zinit_options_set_stop_order(). Since 0.2.0.
///
/// @param client required
/// @param names the services' names; may be NULL if len is 0; borrowed; cast argv: (const char *const *)argv
/// @param len the number of names; 0 is valid and gives an empty report
/// @param stop_timeout_ms the timeout for all services together; as for zinit_client_restart()
/// @param start_timeout_ms the timeout for all services together, from the end of the last stop on; as for
///     zinit_client_restart()
/// @param cancel may be NULL; must live until the call returns
/// @param report required; receives a report, on failure too, unless an argument is invalid; free it with
///     zinit_report_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; ZINIT_ERR_CANCELLED; an exchange
///     code. If services fail: the code of the first one, with a message that names each. These are the codes
///     of zinit_client_restart()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_restart_multiple(
    client: Option<&zinit_client>,
    names: *const *const c_char,
    len: usize,
    stop_timeout_ms: i64,
    start_timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    report: Option<&mut MaybeUninit<Option<Box<zinit_report>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let report = out(report, "report")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let names = unsafe { self::names(names, len) }?;
        let grace = timeout(stop_timeout_ms, "stop_timeout_ms")?;
        let timeout = timeout(start_timeout_ms, "start_timeout_ms")?;
        let (result, rows) = blocking::run_with_report(client, cancel.map(|cancel| &cancel.0), async |io| {
            groups::restart_multiple(io, &names, grace, timeout).await
        });
        *report = give(zinit_report::from(rows));
        result
    })
}

/// Stops services, forgets them and removes their files. Goes on if a service fails: the file of that
/// service stays. If a service is not monitored, only its file is removed. For the order of the stops,
/// see zinit_options_set_stop_order().
///
/// @param client required
/// @param names the services' names; may be NULL if len is 0; borrowed; cast argv: (const char *const *)argv
/// @param len the number of names; 0 is valid and gives an empty report
/// @param timeout_ms the timeout for all services together; as for zinit_client_stop_wait(), but 0 means
///     SIGKILL at once
/// @param cancel may be NULL; must live until the call returns
/// @param report required; receives a report, on failure too, unless an argument is invalid; free it with
///     zinit_report_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; ZINIT_ERR_CANCELLED; an exchange
///     code. If services fail: the code of the first one, with a message that names each. These are the codes
///     of zinit_client_stop_multiple(), zinit_client_forget() and zinit_client_remove_service()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_client_destroy_services(
    client: Option<&zinit_client>,
    names: *const *const c_char,
    len: usize,
    timeout_ms: i64,
    cancel: Option<&zinit_cancel>,
    report: Option<&mut MaybeUninit<Option<Box<zinit_report>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let report = out(report, "report")?;
        let client = &borrow(client, "client")?.0;
        // SAFETY: the header: a pointer is NULL or valid.
        let names = unsafe { self::names(names, len) }?;
        let timeout = timeout(timeout_ms, "timeout_ms")?;
        let (result, rows) = blocking::run_with_report(client, cancel.map(|cancel| &cancel.0), async |io| {
            groups::destroy_services(io, &names, timeout).await
        });
        *report = give(zinit_report::from(rows));
        result
    })
}

/// Returns how many services the report has.
///
/// @param report may be NULL
/// @return the number; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_report_len(report: Option<&zinit_report>) -> usize {
    get(report, 0, |report| report.0.len())
}

/// Returns the name of a service.
///
/// @param report may be NULL
/// @param index from 0
/// @return the name, borrowed until the report is freed; NULL if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_report_name(report: Option<&zinit_report>, index: usize) -> *const c_char {
    get_text(report, |report| report.0.get(index).map(|row| &row.name))
}

/// Returns the result for a service.
///
/// @param report may be NULL
/// @param index from 0
/// @return ZINIT_OK; ZINIT_PENDING while the operation is under way; the code of its failure;
///     ZINIT_ERR_INVALID_ARGUMENT if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_report_code(report: Option<&zinit_report>, index: usize) -> zinit_code {
    get(report, ZINIT_ERR_INVALID_ARGUMENT, |report| {
        report.0.get(index).map_or(ZINIT_ERR_INVALID_ARGUMENT, |row| row.code)
    })
}

/// Returns the last state that was seen of a service.
///
/// @param report may be NULL
/// @param index from 0
/// @return the state, borrowed until the report is freed; NULL if no state was seen, or if the index is out
///     of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_report_state(report: Option<&zinit_report>, index: usize) -> Option<&zinit_state> {
    get(report, None, |report| report.0.get(index)?.state.as_ref().map(lend))
}

/// Returns the error of a service that failed.
///
/// @param report may be NULL
/// @param index from 0
/// @return the error, borrowed until the report is freed; do not free it. NULL if the service has not failed,
///     or if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_report_error(report: Option<&zinit_report>, index: usize) -> Option<&zinit_error> {
    get(report, None, |report| report.0.get(index)?.error.as_ref())
}

/// Returns whether SIGKILL was sent to stop a service.
///
/// @param report may be NULL
/// @param index from 0
/// @return 1 or 0; 0 if the index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_report_killed(report: Option<&zinit_report>, index: usize) -> i32 {
    get(report, 0, |report| report.0.get(index).map_or(0, |row| row.killed.into()))
}

/// Returns the step that a service is at. Since 0.2.0.
///
/// @param report may be NULL
/// @param index from 0
/// @return a ZINIT_STEP_ number. For a service that failed: the step at which it failed. ZINIT_STEP_NONE if the
///     index is out of range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_report_step(report: Option<&zinit_report>, index: usize) -> i32 {
    get(report, ZINIT_STEP_NONE, |report| {
        report.0.get(index).map_or(ZINIT_STEP_NONE, |row| step_number(row.step))
    })
}

/// Returns the process of a service, as the last reply about the service told it. Since 0.2.0.
///
/// @param report may be NULL
/// @param index from 0
/// @return the process id; 0 if the service has no process, if the process is not known, or if the index is out
///     of range. A list of all services tells no process: while a call waits for more than 8 services, or next to
///     many other calls, the process is known only at times
#[unsafe(no_mangle)]
pub extern "C" fn zinit_report_pid(report: Option<&zinit_report>, index: usize) -> i32 {
    get(report, 0, |report| report.0.get(index).map_or(0, |row| row.pid))
}

/// Returns the target of a service, as the last reply told it that tells of the target. Since 0.2.0.
///
/// @param report may be NULL
/// @param index from 0
/// @return a ZINIT_TARGET_ number; ZINIT_TARGET_UNKNOWN if the target is not known, or if the index is out of
///     range
#[unsafe(no_mangle)]
pub extern "C" fn zinit_report_target(report: Option<&zinit_report>, index: usize) -> i32 {
    get(report, ZINIT_TARGET_UNKNOWN, |report| {
        report.0.get(index).map_or(ZINIT_TARGET_UNKNOWN, |row| target_number(row.target))
    })
}

/// Returns the word for a step. Since 0.2.0.
///
/// @param step a ZINIT_STEP_ number
/// @return text such as "Stopping"; NULL if step is not a ZINIT_STEP_ number; static
/// Thread safety: any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_step_name(step: i32) -> *const c_char {
    catch_panic(ptr::null(), || {
        let known = Step::all().find(|(known, _)| step_number(*known) == step);
        lend_text_option(known.map(|(_, word)| word))
    })
}

/// Frees a report and all that was borrowed from it.
///
/// @param report may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_report_free(report: Option<Box<zinit_report>>) {
    free(report);
}

fn step_number(step: Step) -> i32 {
    match step {
        Step::None => ZINIT_STEP_NONE,
        Step::Stopping => ZINIT_STEP_STOPPING,
        Step::Killing => ZINIT_STEP_KILLING,
        Step::Stopped => ZINIT_STEP_STOPPED,
        Step::Forgetting => ZINIT_STEP_FORGETTING,
        Step::Writing => ZINIT_STEP_WRITING,
        Step::Removing => ZINIT_STEP_REMOVING,
        Step::Starting => ZINIT_STEP_STARTING,
        Step::Done => ZINIT_STEP_DONE,
    }
}
