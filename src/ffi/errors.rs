//! Errors.
//!
//! Threads: any number of threads may read one error at the same time. Freeing it must not overlap
//! another call on it. Since 0.1.0.

use std::ffi::c_char;

use super::boundary::{TransparentWrapper, free, get, get_text, lend, lend_text};
use super::codes::{ZINIT_OK, code_of, zinit_code};
use crate::error::Error;
use crate::model::{State, Text};

/// The state of a service. An error can hold one. See the section "States and targets". Every getter takes
/// NULL.
///
/// zinit 0.3 has states of its own, and zinit_state_text() returns its words. Their kinds are: inactive:
/// ZINIT_STATE_UNKNOWN; blocked: ZINIT_STATE_BLOCKED; starting: ZINIT_STATE_SPAWNED; running and stopping:
/// ZINIT_STATE_RUNNING; exited: ZINIT_STATE_SUCCESS with exit code 0, or else ZINIT_STATE_ERROR; failed:
/// ZINIT_STATE_ERROR, ZINIT_STATE_FAILURE if it was not spawned, or ZINIT_STATE_TEST_FAILURE. The exit code, the
/// signal and the reason are what the daemon tells beside the word (zinit 0.3.9).
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_state(pub(super) State);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_state {
    type Inner = State;
}

/// The reason why a call failed. The caller owns it and frees it with zinit_error_free(). Every getter takes
/// NULL.
pub struct zinit_error {
    error: Error,
    // Its texts, ready to be lent.
    message: Text,
    service: Option<Text>,
    daemon_message: Option<Text>,
}

impl zinit_error {
    pub(super) fn new(error: Error) -> Self {
        Self {
            message: Text::one_line(&error.to_string()),
            service: error.service().map(Text::lossy),
            daemon_message: error.kind().daemon_message().map(Text::lossy),
            error,
        }
    }

    pub(super) fn code(&self) -> zinit_code {
        code_of(self.error.kind())
    }
}

/// Returns the code that the call returned.
///
/// @param error may be NULL
/// @return the code; ZINIT_OK for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_code(error: Option<&zinit_error>) -> zinit_code {
    get(error, ZINIT_OK, zinit_error::code)
}

/// Returns a message for people, on one line: what was tried, on which service, what came back, and what to
/// do.
///
/// @param error may be NULL
/// @return the message, borrowed until the error is freed; "" for NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_message(error: Option<&zinit_error>) -> *const c_char {
    static NONE: Text = Text::literal("\0");
    get(error, lend_text(&NONE), |error| lend_text(&error.message))
}

/// Returns the name of the service that the error is about.
///
/// @param error may be NULL
/// @return the name, borrowed until the error is freed; NULL if the error is not about a service
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_service(error: Option<&zinit_error>) -> *const c_char {
    get_text(error, |error| error.service.as_ref())
}

/// Returns the daemon's own words, as they were received.
///
/// @param error may be NULL
/// @return the words, borrowed until the error is freed; NULL if it was not the daemon that refused
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_daemon_message(error: Option<&zinit_error>) -> *const c_char {
    get_text(error, |error| error.daemon_message.as_ref())
}

/// Returns the last state that was seen of the service, for ZINIT_ERR_SERVICE_FAILED, ZINIT_ERR_TIMEOUT and
/// ZINIT_ERR_TARGET_CHANGED.
///
/// @param error may be NULL
/// @return the state, borrowed until the error is freed; NULL if no state was seen
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_state(error: Option<&zinit_error>) -> Option<&zinit_state> {
    get(error, None, |error| error.error.state().map(lend))
}

/// Returns the errno of the system call that failed.
///
/// @param error may be NULL
/// @return the errno; 0 if the failure did not come from a system call
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_os_errno(error: Option<&zinit_error>) -> i32 {
    get(error, 0, |error| error.error.kind().os_errno())
}

/// Returns whether a command was sent before the failure. If so, the daemon may have acted on it.
///
/// @param error may be NULL
/// @return 1 if a command was sent; 0 if nothing was sent
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_request_sent(error: Option<&zinit_error>) -> i32 {
    get(error, 0, |error| error.error.request_sent().into())
}

/// Frees an error and all that was borrowed from it.
///
/// @param error may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_free(error: Option<Box<zinit_error>>) {
    free(error);
}
