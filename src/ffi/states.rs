//! States and targets.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;

use super::boundary::{catch_panic, free, get, get_text, give, lend_text_option, out, text};
use super::call::call;
use super::codes::zinit_code;
use super::errors::{zinit_error, zinit_state};
use crate::error::ErrorKind;
use crate::model::{ExitStatus, State, StateKind, Target};

/// A word from a newer daemon: see the text.
pub const ZINIT_STATE_OTHER: i32 = 0;
/// Just monitored: nothing is known yet.
pub const ZINIT_STATE_UNKNOWN: i32 = 1;
/// Waits for a service that it runs after.
pub const ZINIT_STATE_BLOCKED: i32 = 2;
/// Its process lives; its test has not passed yet.
pub const ZINIT_STATE_SPAWNED: i32 = 3;
/// Its process lives, and its test, if it has one, has passed. A stopped service whose process does not end stays so.
pub const ZINIT_STATE_RUNNING: i32 = 4;
/// Its process ended with exit code 0. Final for a oneshot; another service is spawned again after 2 s (zinit 0.2.14).
pub const ZINIT_STATE_SUCCESS: i32 = 5;
/// Its process ended otherwise; the reason tells how. Final for a oneshot, as above.
pub const ZINIT_STATE_ERROR: i32 = 6;
/// Its command cannot be spawned. Final until the next start.
pub const ZINIT_STATE_FAILURE: i32 = 7;
/// Its test cannot be run. It may stay so after a stop (zinit 0.2.14).
pub const ZINIT_STATE_TEST_FAILURE: i32 = 8;
/// A word from a newer daemon.
pub const ZINIT_TARGET_UNKNOWN: i32 = 0;
/// The daemon works towards a running service.
pub const ZINIT_TARGET_UP: i32 = 1;
/// The daemon works towards a stopped service.
pub const ZINIT_TARGET_DOWN: i32 = 2;

/// Reads the text of a state, such as "Running" or "Error(Exited(Pid(1), 3))". Case does not matter.
///
/// @param text required; borrowed
/// @param state required; receives a state to be freed with zinit_state_free()
/// @param error may be NULL
/// @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_STATE
/// Thread safety: any thread, any time.
/// Since 0.1.0.
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

/// Tells which of the known words it is.
///
/// @param state may be NULL
/// @return a ZINIT_STATE_ number; ZINIT_STATE_OTHER for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_kind(state: Option<&zinit_state>) -> i32 {
    get(state, ZINIT_STATE_OTHER, |state| kind_number(state.0.kind()))
}

/// Tells whether the word is Success, Error, Failure or Blocked. It says nothing of a process: a service is stopped when
/// its target is Down and its pid is 0, whatever its state.
///
/// @param state may be NULL
/// @return 1 or 0; 0 for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_exited(state: Option<&zinit_state>) -> i32 {
    get(state, 0, |state| state.0.exited().into())
}

/// Tells the state as it was received.
///
/// @param state may be NULL
/// @return the text, borrowed until the state's owner is freed; NULL for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_text(state: Option<&zinit_state>) -> *const c_char {
    get_text(state, |state| Some(state.0.text()))
}

/// Tells what stands in the parentheses behind the word.
///
/// @param state may be NULL
/// @return such as "Exited(Pid(1), 3)", borrowed until the state's owner is freed; NULL where there is none
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_reason(state: Option<&zinit_state>) -> *const c_char {
    get_text(state, |state| state.0.reason())
}

/// Tells the exit code of a process that ended by itself.
///
/// @param state may be NULL
/// @return the code; -1 where the state tells none. Success is exit code 0, but its text does not tell: -1
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_exit_code(state: Option<&zinit_state>) -> i32 {
    get(state, -1, |state| match state.0.exit_status() {
        Some(ExitStatus::Exited(code)) => *code,
        _ => -1,
    })
}

/// Tells the signal that ended the process.
///
/// @param state may be NULL
/// @return such as "SIGSEGV", borrowed until the state's owner is freed; NULL where there is none
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_signal(state: Option<&zinit_state>) -> *const c_char {
    get_text(state, |state| match state.0.exit_status() {
        Some(ExitStatus::Signaled(signal)) => Some(signal),
        _ => None,
    })
}

/// Frees a state that zinit_state_parse() gave. All others are borrowed, and go with their owner.
///
/// @param state may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_free(state: Option<Box<zinit_state>>) {
    free(state);
}

/// Tells zinit's word for a kind of state.
///
/// @param kind a ZINIT_STATE_ number
/// @return such as "Running"; "Other" for ZINIT_STATE_OTHER; NULL for a number that is none; static
/// Thread safety: any thread, any time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_state_kind_name(kind: i32) -> *const c_char {
    catch_panic(ptr::null(), || {
        lend_text_option(StateKind::all().find(|known| kind_number(*known) == kind).and_then(StateKind::word))
    })
}

/// Tells zinit's word for a target.
///
/// @param target a ZINIT_TARGET_ number
/// @return "Up", "Down" or "Unknown"; NULL for a number that is none; static
/// Thread safety: any thread, any time.
/// Since 0.1.0.
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
