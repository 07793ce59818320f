"""Exceptions: one class for each code of the library."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import Any

from zinit._convert import decode, decode_optional
from zinit._library import ffi, lib
from zinit._values import Number, State, Step, Target, read_optional_state, read_target


class Code(Number):
    """The code of an error. str() gives its name in zinit.h, such as "ZINIT_ERR_TIMEOUT"."""

    INVALID_ARGUMENT = lib.ZINIT_ERR_INVALID_ARGUMENT
    INVALID_NAME = lib.ZINIT_ERR_INVALID_NAME
    INVALID_SIGNAL = lib.ZINIT_ERR_INVALID_SIGNAL
    INVALID_REGEX = lib.ZINIT_ERR_INVALID_REGEX
    INVALID_SERVICE = lib.ZINIT_ERR_INVALID_SERVICE
    INVALID_STATE = lib.ZINIT_ERR_INVALID_STATE
    UNKNOWN_SERVICE = lib.ZINIT_ERR_UNKNOWN_SERVICE
    ALREADY_MONITORED = lib.ZINIT_ERR_ALREADY_MONITORED
    SERVICE_UP = lib.ZINIT_ERR_SERVICE_UP
    SERVICE_DOWN = lib.ZINIT_ERR_SERVICE_DOWN
    SHUTTING_DOWN = lib.ZINIT_ERR_SHUTTING_DOWN
    CONFIG_REFUSED = lib.ZINIT_ERR_CONFIG_REFUSED
    NOT_SUPPORTED = lib.ZINIT_ERR_NOT_SUPPORTED
    DAEMON = lib.ZINIT_ERR_DAEMON
    TIMEOUT = lib.ZINIT_ERR_TIMEOUT
    CANCELLED = lib.ZINIT_ERR_CANCELLED
    TARGET_CHANGED = lib.ZINIT_ERR_TARGET_CHANGED
    SERVICE_FAILED = lib.ZINIT_ERR_SERVICE_FAILED
    NOT_RUNNING = lib.ZINIT_ERR_NOT_RUNNING
    PERMISSION = lib.ZINIT_ERR_PERMISSION
    IO = lib.ZINIT_ERR_IO
    NO_REPLY = lib.ZINIT_ERR_NO_REPLY
    CLOSED = lib.ZINIT_ERR_CLOSED
    PROTOCOL = lib.ZINIT_ERR_PROTOCOL
    REPLY_TOO_LARGE = lib.ZINIT_ERR_REPLY_TOO_LARGE
    FILE_NOT_FOUND = lib.ZINIT_ERR_FILE_NOT_FOUND
    FILE_IO = lib.ZINIT_ERR_FILE_IO
    FILE_SYNTAX = lib.ZINIT_ERR_FILE_SYNTAX
    VERSION = lib.ZINIT_ERR_VERSION
    INTERNAL = lib.ZINIT_ERR_INTERNAL

    def __str__(self) -> str:
        return decode(lib.zinit_code_name(self.value))


@dataclass(frozen=True)
class ServiceReport:
    """The result for one service of a call that waits."""

    name: str
    error: Error | None
    """Why the service failed; None if it did not."""
    state: State | None
    """The last state that was seen; None if no state was seen."""
    step: Step
    """The step that the service is at; if it failed: at which it failed."""
    killed: bool
    """Whether SIGKILL was sent to stop it."""
    pid: int
    """The process, as the last reply about the service told it; 0 if there is no process, or if it is not
    known.
    """
    target: Target


Report = tuple[ServiceReport, ...]
"""The result for each service, in the order in which the names were given."""


class Error(Exception):
    """The reason why a call failed. str() gives a message: what was tried, what came back, and what to do."""

    code: Code
    service: str | None
    """The service that the error is about; None if it is not about a service."""
    state: State | None
    """The last state that was seen, for ServiceFailed, TimeoutError and TargetChanged."""
    daemon_message: str | None
    """The daemon's own words; None if it was not the daemon that refused."""
    errno: int | None
    """The errno of the system call that failed; None if the failure did not come from a system call."""
    request_sent: bool
    """Whether a command was sent before the failure. If so, the daemon may have acted on it."""
    report: Report
    """The result for each service, if the call waits for services; otherwise empty."""

    def __init__(
        self,
        message: str,
        code: Code = Code.INTERNAL,
        *,
        service: str | None = None,
        state: State | None = None,
        daemon_message: str | None = None,
        errno: int | None = None,
        request_sent: bool = False,
        report: Report = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.service = service
        self.state = state
        self.daemon_message = daemon_message
        self.errno = errno
        self.request_sent = request_sent
        self.report = report

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        names = ("service", "state", "daemon_message", "errno", "request_sent", "report")
        return _remake, (type(self), self.args[0], self.code, {name: getattr(self, name) for name in names})


def _remake(kind: type[Error], message: str, code: Code, details: dict[str, Any]) -> Error:
    return kind(message, code, **details)


class InvalidArgument(Error, ValueError):
    """An argument is not valid. Nothing was sent, opened or changed."""


class InvalidName(InvalidArgument):
    """A name is empty, is longer than 250 bytes, or contains a NUL, a newline or a /."""


class InvalidSignal(InvalidArgument):
    """zinit does not know the signal."""


class InvalidRegex(InvalidArgument):
    """A pattern is not a valid regular expression, or is too large."""


class InvalidService(InvalidArgument):
    """The daemon would refuse the definition. The message names the key."""


class InvalidState(InvalidArgument):
    """The text of a state cannot be read."""


class UnknownService(Error):
    """The daemon does not know the service."""


class AlreadyMonitored(Error):
    """The service is already monitored."""


class ServiceUp(Error):
    """The service must be stopped first."""


class ServiceDown(Error):
    """The service has no process."""


class ShuttingDown(Error):
    """The daemon is shutting down and does not start services any more."""


class ConfigRefused(Error):
    """The daemon could not load the service's file: the file is missing, or a key is invalid."""


class NotSupported(Error):
    """This version of the daemon does not support the operation."""


class DaemonRefused(Error):
    """The daemon refused for another reason: daemon_message has its own words."""


class TimeoutError(Error, builtins.TimeoutError):
    """The service did not reach the wanted state within the timeout."""


class Cancelled(Error):
    """The client was closed during the call. Commands that were already sent are not undone."""


class TargetChanged(Error):
    """Somebody else stopped or started the service during the wait."""


class ServiceFailed(Error):
    """The service failed: it will not reach the wanted state by itself."""


class NotRunning(Error, ConnectionError):
    """There is no socket, or no daemon listens on it."""


class PermissionError(Error, builtins.PermissionError):
    """This user may not connect to the daemon's socket. Nothing was sent."""


class IOError(Error, OSError):
    """A system call failed: see errno."""


class NoReply(Error, builtins.TimeoutError):
    """The daemon did not answer within the I/O timeout. It may still have acted."""


class Closed(Error, ConnectionError):
    """The daemon closed the connection before its reply was complete. It may still have acted."""


class ProtocolError(Error):
    """The reply does not follow the daemon's protocol, or the daemon speaks another one than the client
    must.
    """


class ReplyTooLarge(Error):
    """The reply is larger than the client allows."""


class FileNotFoundError(Error, builtins.FileNotFoundError):
    """The service file does not exist."""


class FileIOError(Error, OSError):
    """A service file cannot be read, written or removed: see errno."""


class FileSyntaxError(Error, ValueError):
    """The content of a service file is not a service definition. The message names the key or the line."""


class VersionUnknown(Error):
    """The library could not find out the daemon's version."""


class InternalError(Error):
    """The library has a defect."""


CLASSES: dict[int, type[Error]] = {
    Code.INVALID_ARGUMENT: InvalidArgument,
    Code.INVALID_NAME: InvalidName,
    Code.INVALID_SIGNAL: InvalidSignal,
    Code.INVALID_REGEX: InvalidRegex,
    Code.INVALID_SERVICE: InvalidService,
    Code.INVALID_STATE: InvalidState,
    Code.UNKNOWN_SERVICE: UnknownService,
    Code.ALREADY_MONITORED: AlreadyMonitored,
    Code.SERVICE_UP: ServiceUp,
    Code.SERVICE_DOWN: ServiceDown,
    Code.SHUTTING_DOWN: ShuttingDown,
    Code.CONFIG_REFUSED: ConfigRefused,
    Code.NOT_SUPPORTED: NotSupported,
    Code.DAEMON: DaemonRefused,
    Code.TIMEOUT: TimeoutError,
    Code.CANCELLED: Cancelled,
    Code.TARGET_CHANGED: TargetChanged,
    Code.SERVICE_FAILED: ServiceFailed,
    Code.NOT_RUNNING: NotRunning,
    Code.PERMISSION: PermissionError,
    Code.IO: IOError,
    Code.NO_REPLY: NoReply,
    Code.CLOSED: Closed,
    Code.PROTOCOL: ProtocolError,
    Code.REPLY_TOO_LARGE: ReplyTooLarge,
    Code.FILE_NOT_FOUND: FileNotFoundError,
    Code.FILE_IO: FileIOError,
    Code.FILE_SYNTAX: FileSyntaxError,
    Code.VERSION: VersionUnknown,
    Code.INTERNAL: InternalError,
}


def make_error(code: Code, message: str, *, request_sent: bool = False) -> Error:
    """Makes an error that the library does not make."""
    return CLASSES[code](message, code, request_sent=request_sent)


def system_error(what: str, error: OSError) -> Error:
    """Makes an error of a system call that failed on this side."""
    return IOError(f"{what} failed: {error}", Code.IO, errno=error.errno)


def read_error(handle: Any, report: Report = ()) -> Error:
    """Makes an exception of an error object, which stays."""
    code = Code(lib.zinit_error_code(handle))
    return CLASSES.get(code, Error)(
        decode(lib.zinit_error_message(handle)),
        code,
        service=decode_optional(lib.zinit_error_service(handle)),
        state=read_optional_state(lib.zinit_error_state(handle)),
        daemon_message=decode_optional(lib.zinit_error_daemon_message(handle)),
        errno=lib.zinit_error_os_errno(handle) or None,
        request_sent=bool(lib.zinit_error_request_sent(handle)),
        report=report,
    )


def take_error(error: Any, report: Report = ()) -> Error:
    """Makes an exception of what a call has put into its last argument, and frees that."""
    try:
        return read_error(error[0], report)
    finally:
        lib.zinit_error_free(error[0])
        error[0] = ffi.NULL


def call(function: Any, *arguments: Any) -> None:
    """Calls a function that waits for nothing; raises its error."""
    error = ffi.new("zinit_error **")
    if function(*arguments, error):
        raise take_error(error)


def read_report(handle: Any) -> Report:
    return tuple(
        ServiceReport(
            name=decode(lib.zinit_report_name(handle, i)),
            error=read_error(failed) if (failed := lib.zinit_report_error(handle, i)) else None,
            state=read_optional_state(lib.zinit_report_state(handle, i)),
            step=Step(lib.zinit_report_step(handle, i)),
            killed=bool(lib.zinit_report_killed(handle, i)),
            pid=lib.zinit_report_pid(handle, i),
            target=read_target(lib.zinit_report_target(handle, i)),
        )
        for i in range(lib.zinit_report_len(handle))
    )
