//! Codes.

use std::ffi::c_char;

use super::boundary::{catch_panic, lend_text};
use crate::error::ErrorKind;
use crate::model::Text;

/// The result of a call: 0 is done, below 0 a failure, above 0 an outcome that is no failure and makes no error object.
/// Numbers are never changed or used again.
pub type zinit_code = i32;

/// Done.
pub const ZINIT_OK: zinit_code = 0;
/// Nothing yet: dispatch or ask again when the descriptor is readable.
pub const ZINIT_PENDING: zinit_code = 1;
/// The snapshot is over.
pub const ZINIT_END: zinit_code = 2;
/// An argument that no call can use: NULL, not UTF-8, out of range. Nothing was sent, opened or
/// changed.
pub const ZINIT_ERR_INVALID_ARGUMENT: zinit_code = -1;
/// A service name that is empty, longer than 250 bytes, or has a newline or a / inside. Nothing was
/// sent, opened or changed.
pub const ZINIT_ERR_INVALID_NAME: zinit_code = -2;
/// A signal that zinit does not know. Nothing was sent or changed.
pub const ZINIT_ERR_INVALID_SIGNAL: zinit_code = -3;
/// A pattern that is no regular expression. Nothing was changed.
pub const ZINIT_ERR_INVALID_REGEX: zinit_code = -4;
/// A definition that the daemon would refuse; the message names the key. Nothing was sent or
/// written.
pub const ZINIT_ERR_INVALID_SERVICE: zinit_code = -5;
/// Text that zinit_state_parse() cannot read.
pub const ZINIT_ERR_INVALID_STATE: zinit_code = -6;
/// The daemon has no service of that name.
pub const ZINIT_ERR_UNKNOWN_SERVICE: zinit_code = -20;
/// The service is monitored already.
pub const ZINIT_ERR_ALREADY_MONITORED: zinit_code = -21;
/// The service must be stopped first.
pub const ZINIT_ERR_SERVICE_UP: zinit_code = -22;
/// The service has no process.
pub const ZINIT_ERR_SERVICE_DOWN: zinit_code = -23;
/// The daemon is shutting down and starts nothing any more.
pub const ZINIT_ERR_SHUTTING_DOWN: zinit_code = -24;
/// The daemon could not load the service's file: it is missing, or a key is invalid.
pub const ZINIT_ERR_CONFIG_REFUSED: zinit_code = -25;
/// The daemon's version cannot do it.
pub const ZINIT_ERR_NOT_SUPPORTED: zinit_code = -26;
/// Any other refusal; zinit_error_daemon_message() has the daemon's words.
pub const ZINIT_ERR_DAEMON: zinit_code = -27;
/// The service is not there yet.
pub const ZINIT_ERR_TIMEOUT: zinit_code = -40;
/// The caller's cancel was triggered. What was sent before is not undone.
pub const ZINIT_ERR_CANCELLED: zinit_code = -41;
/// Somebody else stopped or started the service during the wait.
pub const ZINIT_ERR_TARGET_CHANGED: zinit_code = -42;
/// The service will not get there by itself.
pub const ZINIT_ERR_SERVICE_FAILED: zinit_code = -43;
/// No socket, or nobody behind it.
pub const ZINIT_ERR_NOT_RUNNING: zinit_code = -60;
/// The socket belongs to somebody else.
pub const ZINIT_ERR_PERMISSION: zinit_code = -61;
/// A system call failed; zinit_error_os_errno() tells which way.
pub const ZINIT_ERR_IO: zinit_code = -62;
/// The daemon did not answer within the I/O timeout. It may have acted all the same.
pub const ZINIT_ERR_NO_REPLY: zinit_code = -63;
/// The daemon closed the connection before its reply was whole. It may have acted all the same.
pub const ZINIT_ERR_CLOSED: zinit_code = -64;
/// The reply is none of the line protocol of zinit 0.2.0 to 0.2.14.
pub const ZINIT_ERR_PROTOCOL: zinit_code = -65;
/// The reply is larger than the client allows.
pub const ZINIT_ERR_REPLY_TOO_LARGE: zinit_code = -66;
/// There is no such service file.
pub const ZINIT_ERR_FILE_NOT_FOUND: zinit_code = -80;
/// A service file that cannot be read, written or removed; zinit_error_os_errno() tells why.
pub const ZINIT_ERR_FILE_IO: zinit_code = -81;
/// A service file whose content is no service definition; the message names the key or the line.
pub const ZINIT_ERR_FILE_SYNTAX: zinit_code = -82;
/// The daemon's version cannot be found out.
pub const ZINIT_ERR_VERSION: zinit_code = -83;
/// A defect of this library.
pub const ZINIT_ERR_INTERNAL: zinit_code = -99;

/// Tells the name of a code, for a program's own messages.
///
/// @param code any number
/// @return such as "ZINIT_ERR_TIMEOUT"; "ZINIT_UNKNOWN_CODE" for a number that is none; static, never NULL
/// Thread safety: any thread, any time.
/// Since 0.1.0.
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

/// The code of a cause: each has its own.
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
