//! Codes.
//!
//! Threads: any thread may call these functions at any time. Since 0.1.0.

use std::ffi::c_char;

use super::boundary::{catch_panic, lend_text};
use crate::error::ErrorKind;
use crate::model::Text;

/// The result of a call. 0 means done. A number below 0 is a failure. A number above 0 is another outcome,
/// which is not a failure and makes no error object. The meaning of a number never changes, and a number is
/// never used for something else.
pub type zinit_code = i32;

/// Done.
pub const ZINIT_OK: zinit_code = 0;
/// There is no result yet. Call again when the file descriptor is readable.
pub const ZINIT_PENDING: zinit_code = 1;
/// All lines of the log have been returned.
pub const ZINIT_END: zinit_code = 2;
/// An argument is not valid: it is NULL, not UTF-8, or out of range. Nothing was sent, opened or changed.
pub const ZINIT_ERR_INVALID_ARGUMENT: zinit_code = -1;
/// A service name is empty, is longer than 250 bytes, or contains a newline or a /. Nothing was sent, opened
/// or changed.
pub const ZINIT_ERR_INVALID_NAME: zinit_code = -2;
/// zinit does not know the signal. Nothing was sent or changed.
pub const ZINIT_ERR_INVALID_SIGNAL: zinit_code = -3;
/// A pattern is not a valid regular expression, or is too large. Nothing was changed.
pub const ZINIT_ERR_INVALID_REGEX: zinit_code = -4;
/// The daemon would refuse the service definition. The message names the key. Nothing was sent or written.
pub const ZINIT_ERR_INVALID_SERVICE: zinit_code = -5;
/// zinit_state_parse() cannot read the text.
pub const ZINIT_ERR_INVALID_STATE: zinit_code = -6;
/// The daemon does not know a service of that name.
pub const ZINIT_ERR_UNKNOWN_SERVICE: zinit_code = -20;
/// The service is already monitored.
pub const ZINIT_ERR_ALREADY_MONITORED: zinit_code = -21;
/// The service must be stopped first.
pub const ZINIT_ERR_SERVICE_UP: zinit_code = -22;
/// The service has no process.
pub const ZINIT_ERR_SERVICE_DOWN: zinit_code = -23;
/// The daemon is shutting down and does not start services any more.
pub const ZINIT_ERR_SHUTTING_DOWN: zinit_code = -24;
/// The daemon could not load the service's file: the file is missing, or a key is invalid.
pub const ZINIT_ERR_CONFIG_REFUSED: zinit_code = -25;
/// This version of the daemon does not support the operation.
pub const ZINIT_ERR_NOT_SUPPORTED: zinit_code = -26;
/// The daemon refused for another reason. zinit_error_daemon_message() returns the daemon's own words.
pub const ZINIT_ERR_DAEMON: zinit_code = -27;
/// The service did not reach the wanted state within the timeout.
pub const ZINIT_ERR_TIMEOUT: zinit_code = -40;
/// The caller triggered the cancel object. Commands that were already sent are not undone.
pub const ZINIT_ERR_CANCELLED: zinit_code = -41;
/// Somebody else stopped or started the service during the wait.
pub const ZINIT_ERR_TARGET_CHANGED: zinit_code = -42;
/// The service failed: it will not reach the wanted state by itself.
pub const ZINIT_ERR_SERVICE_FAILED: zinit_code = -43;
/// There is no socket, or no daemon listens on it.
pub const ZINIT_ERR_NOT_RUNNING: zinit_code = -60;
/// This user may not connect to the daemon's socket, or the process behind /tmp/zinit.sock is another user's:
/// see zinit_options_set_socket_path(). Nothing was sent.
pub const ZINIT_ERR_PERMISSION: zinit_code = -61;
/// A system call failed. zinit_error_os_errno() returns its errno.
pub const ZINIT_ERR_IO: zinit_code = -62;
/// The daemon did not answer within the I/O timeout. It may still have acted.
pub const ZINIT_ERR_NO_REPLY: zinit_code = -63;
/// The daemon closed the connection before its reply was complete. It may still have acted.
pub const ZINIT_ERR_CLOSED: zinit_code = -64;
/// The reply does not follow the daemon's protocol, or the daemon speaks another protocol than the one that
/// zinit_options_set_protocol() has set.
pub const ZINIT_ERR_PROTOCOL: zinit_code = -65;
/// The reply is larger than the client allows.
pub const ZINIT_ERR_REPLY_TOO_LARGE: zinit_code = -66;
/// The service file does not exist.
pub const ZINIT_ERR_FILE_NOT_FOUND: zinit_code = -80;
/// A service file cannot be read, written or removed. zinit_error_os_errno() returns the errno.
pub const ZINIT_ERR_FILE_IO: zinit_code = -81;
/// The content of a service file is not a service definition. The message names the key or the line.
pub const ZINIT_ERR_FILE_SYNTAX: zinit_code = -82;
/// The library could not find out the daemon's version.
pub const ZINIT_ERR_VERSION: zinit_code = -83;
/// This library has a defect.
pub const ZINIT_ERR_INTERNAL: zinit_code = -99;

/// Returns the name of a code, for a program's own messages.
///
/// @param code any number
/// @return text such as "ZINIT_ERR_TIMEOUT"; "ZINIT_UNKNOWN_CODE" if this library has no code of that number;
///     static, never NULL
#[unsafe(no_mangle)]
pub extern "C" fn zinit_code_name(code: zinit_code) -> *const c_char {
    static UNKNOWN: Text = Text::literal("ZINIT_UNKNOWN_CODE\0");
    catch_panic(lend_text(&UNKNOWN), || {
        lend_text(NAMES.iter().find(|(known, _)| *known == code).map_or(&UNKNOWN, |(_, name)| name))
    })
}

macro_rules! names {
    ($($code:ident)*) => {
        &[$(($code, Text::literal(concat!(stringify!($code), "\0")))),*]
    };
}

static NAMES: &[(zinit_code, Text)] = names! {
    ZINIT_OK
    ZINIT_PENDING
    ZINIT_END
    ZINIT_ERR_INVALID_ARGUMENT
    ZINIT_ERR_INVALID_NAME
    ZINIT_ERR_INVALID_SIGNAL
    ZINIT_ERR_INVALID_REGEX
    ZINIT_ERR_INVALID_SERVICE
    ZINIT_ERR_INVALID_STATE
    ZINIT_ERR_UNKNOWN_SERVICE
    ZINIT_ERR_ALREADY_MONITORED
    ZINIT_ERR_SERVICE_UP
    ZINIT_ERR_SERVICE_DOWN
    ZINIT_ERR_SHUTTING_DOWN
    ZINIT_ERR_CONFIG_REFUSED
    ZINIT_ERR_NOT_SUPPORTED
    ZINIT_ERR_DAEMON
    ZINIT_ERR_TIMEOUT
    ZINIT_ERR_CANCELLED
    ZINIT_ERR_TARGET_CHANGED
    ZINIT_ERR_SERVICE_FAILED
    ZINIT_ERR_NOT_RUNNING
    ZINIT_ERR_PERMISSION
    ZINIT_ERR_IO
    ZINIT_ERR_NO_REPLY
    ZINIT_ERR_CLOSED
    ZINIT_ERR_PROTOCOL
    ZINIT_ERR_REPLY_TOO_LARGE
    ZINIT_ERR_FILE_NOT_FOUND
    ZINIT_ERR_FILE_IO
    ZINIT_ERR_FILE_SYNTAX
    ZINIT_ERR_VERSION
    ZINIT_ERR_INTERNAL
};

/// The code of a kind of error: each kind has its own.
pub(super) fn code_of(cause: &ErrorKind) -> zinit_code {
    match cause {
        ErrorKind::InvalidArgument { .. } => ZINIT_ERR_INVALID_ARGUMENT,
        ErrorKind::InvalidName { .. } => ZINIT_ERR_INVALID_NAME,
        ErrorKind::InvalidSignal { .. } => ZINIT_ERR_INVALID_SIGNAL,
        ErrorKind::InvalidRegex { .. } => ZINIT_ERR_INVALID_REGEX,
        ErrorKind::InvalidService { .. } => ZINIT_ERR_INVALID_SERVICE,
        ErrorKind::InvalidState { .. } => ZINIT_ERR_INVALID_STATE,
        ErrorKind::UnknownService { .. } => ZINIT_ERR_UNKNOWN_SERVICE,
        ErrorKind::AlreadyMonitored { .. } => ZINIT_ERR_ALREADY_MONITORED,
        ErrorKind::ServiceUp { .. } => ZINIT_ERR_SERVICE_UP,
        ErrorKind::ServiceDown { .. } => ZINIT_ERR_SERVICE_DOWN,
        ErrorKind::ShuttingDown { .. } => ZINIT_ERR_SHUTTING_DOWN,
        ErrorKind::ConfigRefused { .. } => ZINIT_ERR_CONFIG_REFUSED,
        ErrorKind::NotSupported { .. } => ZINIT_ERR_NOT_SUPPORTED,
        ErrorKind::Daemon { .. } => ZINIT_ERR_DAEMON,
        ErrorKind::Timeout { .. } => ZINIT_ERR_TIMEOUT,
        ErrorKind::Cancelled => ZINIT_ERR_CANCELLED,
        ErrorKind::TargetChanged { .. } => ZINIT_ERR_TARGET_CHANGED,
        ErrorKind::ServiceFailed { .. } => ZINIT_ERR_SERVICE_FAILED,
        ErrorKind::NotRunning { .. } => ZINIT_ERR_NOT_RUNNING,
        ErrorKind::Permission { .. } => ZINIT_ERR_PERMISSION,
        ErrorKind::Io { .. } => ZINIT_ERR_IO,
        ErrorKind::NoReply { .. } => ZINIT_ERR_NO_REPLY,
        ErrorKind::Closed { .. } => ZINIT_ERR_CLOSED,
        ErrorKind::Protocol { .. } => ZINIT_ERR_PROTOCOL,
        ErrorKind::ReplyTooLarge { .. } => ZINIT_ERR_REPLY_TOO_LARGE,
        ErrorKind::FileNotFound { .. } => ZINIT_ERR_FILE_NOT_FOUND,
        ErrorKind::FileIo { .. } => ZINIT_ERR_FILE_IO,
        ErrorKind::FileSyntax { .. } => ZINIT_ERR_FILE_SYNTAX,
        ErrorKind::Version { .. } => ZINIT_ERR_VERSION,
        ErrorKind::Internal { .. } => ZINIT_ERR_INTERNAL,
    }
}
