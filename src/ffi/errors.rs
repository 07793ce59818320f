//! Errors.

use std::ffi::c_char;

use super::boundary::{TransparentWrapper, free, get, get_text, lend, lend_text};
use super::codes::{ZINIT_OK, code_of, zinit_code};
use crate::error::Error;
use crate::model::{State, Text};

/// The state of a service, which an error can hold; see the section on states. Every getter takes NULL.
#[cfg_attr(not(cbindgen), repr(transparent))]
pub struct zinit_state(pub(super) State);

// SAFETY: it is transparent.
unsafe impl TransparentWrapper for zinit_state {
    type Inner = State;
}

/// Why a call failed. Owned by the caller, who frees it with zinit_error_free(). Every getter takes NULL.
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

/// Tells the code that the call returned.
///
/// @param error may be NULL
/// @return the code; ZINIT_OK for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_code(error: Option<&zinit_error>) -> zinit_code {
    get(error, ZINIT_OK, zinit_error::code)
}

/// Tells what was tried, on which service, what came back, and what to do, in one line for a person.
///
/// @param error may be NULL
/// @return the message, borrowed until the error is freed; "" for NULL
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_message(error: Option<&zinit_error>) -> *const c_char {
    static NONE: Text = Text::literal("\0");
    get(error, lend_text(&NONE), |error| lend_text(&error.message))
}

/// Tells the service that it happened to.
///
/// @param error may be NULL
/// @return the name, borrowed until the error is freed; NULL where it concerns none
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_service(error: Option<&zinit_error>) -> *const c_char {
    get_text(error, |error| error.service.as_ref())
}

/// Tells the daemon's own words, as received.
///
/// @param error may be NULL
/// @return the words, borrowed until the error is freed; NULL where the daemon did not refuse
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_daemon_message(error: Option<&zinit_error>) -> *const c_char {
    get_text(error, |error| error.daemon_message.as_ref())
}

/// Tells the last state that was seen of the service, for ZINIT_ERR_SERVICE_FAILED, ZINIT_ERR_TIMEOUT and
/// ZINIT_ERR_TARGET_CHANGED.
///
/// @param error may be NULL
/// @return the state, borrowed until the error is freed; NULL where none was seen
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_state(error: Option<&zinit_error>) -> Option<&zinit_state> {
    get(error, None, |error| error.error.state().map(lend))
}

/// Tells the number of the system's error behind it, as errno has it.
///
/// @param error may be NULL
/// @return the number; 0 where the system reported none
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_os_errno(error: Option<&zinit_error>) -> i32 {
    get(error, 0, |error| error.error.kind().os_errno())
}

/// Tells whether a command went out before it failed: then the daemon may have acted on it.
///
/// @param error may be NULL
/// @return 1 if so, 0 if nothing was sent
/// Thread safety: many readers of one object at a time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_request_sent(error: Option<&zinit_error>) -> i32 {
    get(error, 0, |error| error.error.request_sent().into())
}

/// Frees an error and all that was borrowed from it.
///
/// @param error may be NULL
/// Thread safety: must not overlap another call on the same object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn zinit_error_free(error: Option<Box<zinit_error>>) {
    free(error);
}
