//! States and targets.
//!
//! Threads: any number of threads may read one state at the same time. Freeing it must not overlap
//! another call on it. Since 0.1.0.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;

use super::boundary::{catch_panic, free, get, get_text, give, lend_text_option, out, text};
use super::call::call;
use super::codes::zinit_code;
use super::errors::{zinit_error, zinit_state};
use crate::error::ErrorKind;
use crate::model::{ExitStatus, State, StateKind, Target};

/// A state that this library does not know, from a newer daemon. zinit_state_text() returns it.
pub const ZINIT_STATE_OTHER: i32 = 0;
/// The service was just monitored. Nothing is known about it yet.
pub const ZINIT_STATE_UNKNOWN: i32 = 1;
/// The service waits for a service that it starts after.
pub const ZINIT_STATE_BLOCKED: i32 = 2;
/// The process is running. The test has not passed yet.
pub const ZINIT_STATE_SPAWNED: i32 = 3;
/// The process is running. The test, if there is one, has passed. A service keeps this state after a stop for
/// as long as its process does not end.
pub const ZINIT_STATE_RUNNING: i32 = 4;
/// The process ended with exit code 0. This is final for a oneshot. The daemon spawns any other service again
/// after 2 s (zinit 0.2.14), or not at all (zinit 0.3.9).
pub const ZINIT_STATE_SUCCESS: i32 = 5;
/// The process ended in another way. The reason says how. This is final for a oneshot. The daemon spawns any
/// other service again after 2 s (zinit 0.2.14).
pub const ZINIT_STATE_ERROR: i32 = 6;
/// The daemon cannot spawn the command. This is final until the next start.
pub const ZINIT_STATE_FAILURE: i32 = 7;
/// The daemon cannot run the test. The state may remain after a stop (zinit 0.2.14).
pub const ZINIT_STATE_TEST_FAILURE: i32 = 8;
/// A target that this library does not know, from a newer daemon.
pub const ZINIT_TARGET_UNKNOWN: i32 = 0;
/// The daemon keeps the service running.
pub const ZINIT_TARGET_UP: i32 = 1;
/// The daemon keeps the service stopped.
pub const ZINIT_TARGET_DOWN: i32 = 2;

/// Reads the text of a state, such as "Running" or "Error(Exited(Pid(1), 3))". Upper and lower case are the
/// same.
///
/// @param text required; borrowed
/// @param state required; receives a state; free it with zinit_state_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_STATE
/// Thread safety: any thread, any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zinit_state_parse(
    text: *const c_char,
    state: Option<&mut MaybeUninit<Option<Box<zinit_state>>>>,
    error: Option<&mut MaybeUninit<Option<Box<zinit_error>>>>,
) -> zinit_code {
    call(error, || {
        let state = out(state, "state")?;
        // SAFETY: the header: a pointer is NULL or valid.
        let text = unsafe { self::text(text, "text") }?;
        let invalid = || ErrorKind::InvalidState { text: text.to_owned() };
        *state = give(zinit_state(State::parse(text).ok_or_else(invalid)?));
        Ok(())
    })
}

/// Returns the kind of a state.
///
/// @param state may be NULL
/// @return a ZINIT_STATE_ number; ZINIT_STATE_OTHER for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_kind(state: Option<&zinit_state>) -> i32 {
    get(state, ZINIT_STATE_OTHER, |state| kind_number(state.0.kind()))
}

/// Returns whether the kind is Success, Error, Failure or Blocked. This does not say whether a process is
/// running: a service is stopped when its target is Down and its pid is 0, whatever its state is.
///
/// @param state may be NULL
/// @return 1 or 0; 0 for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_exited(state: Option<&zinit_state>) -> i32 {
    get(state, 0, |state| state.0.exited().into())
}

/// Returns the text of a state, as it was received.
///
/// @param state may be NULL
/// @return the text, borrowed until the state's owner is freed; NULL for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_text(state: Option<&zinit_state>) -> *const c_char {
    get_text(state, |state| Some(state.0.text()))
}

/// Returns the part of the text that is in parentheses; of zinit 0.3, why the service is in the state.
///
/// @param state may be NULL
/// @return text such as "Exited(Pid(1), 3)" or "waiting on: db", borrowed until the state's owner is freed; NULL
///     if there is no reason
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_reason(state: Option<&zinit_state>) -> *const c_char {
    get_text(state, |state| state.0.reason())
}

/// Returns the exit code of a process that ended by itself.
///
/// @param state may be NULL
/// @return the exit code; -1 if the daemon does not tell it. For Success the result is -1 before zinit 0.3, whose
///     text for it does not contain the exit code 0
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_exit_code(state: Option<&zinit_state>) -> i32 {
    get(state, -1, |state| match state.0.exit_status() {
        Some(ExitStatus::Exited(code)) => *code,
        _ => -1,
    })
}

/// Returns the name of the signal that ended the process.
///
/// @param state may be NULL
/// @return text such as "SIGSEGV", borrowed until the state's owner is freed; NULL if no signal ended it
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_signal(state: Option<&zinit_state>) -> *const c_char {
    get_text(state, |state| match state.0.exit_status() {
        Some(ExitStatus::Signaled(signal)) => Some(signal),
        _ => None,
    })
}

/// Frees a state that zinit_state_parse() made. All other states are borrowed: they are freed together with
/// their owner.
///
/// @param state may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_free(state: Option<Box<zinit_state>>) {
    free(state);
}

/// Returns zinit's word for a kind of state.
///
/// @param kind a ZINIT_STATE_ number
/// @return text such as "Running"; "Other" for ZINIT_STATE_OTHER; NULL if kind is not a ZINIT_STATE_ number;
///     static
/// Thread safety: any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_kind_name(kind: i32) -> *const c_char {
    catch_panic(ptr::null(), || {
        lend_text_option(StateKind::all().find(|known| kind_number(*known) == kind).and_then(StateKind::word))
    })
}

/// Returns zinit's word for a target.
///
/// @param target a ZINIT_TARGET_ number
/// @return "Up", "Down" or "Unknown"; NULL if target is not a ZINIT_TARGET_ number; static
/// Thread safety: any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_target_name(target: i32) -> *const c_char {
    const ALL: [Target; 3] = [Target::Unknown, Target::Up, Target::Down];
    catch_panic(ptr::null(), || {
        lend_text_option(
            ALL.iter().find(|known| target_number(**known) == target).map(|target| target.name()),
        )
    })
}

pub(super) fn kind_number(kind: StateKind) -> i32 {
    match kind {
        StateKind::Other => ZINIT_STATE_OTHER,
        StateKind::Unknown => ZINIT_STATE_UNKNOWN,
        StateKind::Blocked => ZINIT_STATE_BLOCKED,
        StateKind::Spawned => ZINIT_STATE_SPAWNED,
        StateKind::Running => ZINIT_STATE_RUNNING,
        StateKind::Success => ZINIT_STATE_SUCCESS,
        StateKind::Error => ZINIT_STATE_ERROR,
        StateKind::Failure => ZINIT_STATE_FAILURE,
        StateKind::TestFailure => ZINIT_STATE_TEST_FAILURE,
    }
}

pub(super) fn target_number(target: Target) -> i32 {
    match target {
        Target::Unknown => ZINIT_TARGET_UNKNOWN,
        Target::Up => ZINIT_TARGET_UP,
        Target::Down => ZINIT_TARGET_DOWN,
    }
}
