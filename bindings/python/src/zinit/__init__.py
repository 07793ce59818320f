"""A client for the zinit process supervisor.

    import zinit

    with zinit.Client() as client:
        client.deploy("web", zinit.Service("web --port 8080"))
        print(client.status("web").state)

zinit.aio has the same client for asyncio.
"""

from zinit._client import Client
from zinit._convert import Timeout
from zinit._errors import (
    AlreadyMonitored,
    Cancelled,
    Closed,
    Code,
    ConfigRefused,
    DaemonRefused,
    Error,
    FileIOError,
    FileNotFoundError,
    FileSyntaxError,
    InternalError,
    InvalidArgument,
    InvalidName,
    InvalidRegex,
    InvalidService,
    InvalidSignal,
    InvalidState,
    IOError,
    NoReply,
    NotRunning,
    NotSupported,
    PermissionError,
    ProtocolError,
    ReplyTooLarge,
    Report,
    ServiceDown,
    ServiceFailed,
    ServiceReport,
    ServiceUp,
    ShuttingDown,
    TargetChanged,
    TimeoutError,
    UnknownService,
    VersionUnknown,
)
from zinit._library import ffi as _ffi
from zinit._library import lib as _lib
from zinit._parse import check, parse_state
from zinit._service import Service
from zinit._streams import LogStream, Watch
from zinit._values import (
    Change,
    ChangeKind,
    KeyStatus,
    LogLine,
    LogSource,
    LogType,
    Problem,
    ProcessStats,
    Protocol,
    Severity,
    State,
    StateKind,
    Stats,
    Status,
    Step,
    StopOrder,
    Target,
    Version,
)

__version__: str = _ffi.string(_lib.zinit_version()).decode()
"""The version of the library, which is that of the package or newer."""

__all__ = [
    "AlreadyMonitored",
    "Cancelled",
    "Change",
    "ChangeKind",
    "Client",
    "Closed",
    "Code",
    "ConfigRefused",
    "DaemonRefused",
    "Error",
    "FileIOError",
    "FileNotFoundError",
    "FileSyntaxError",
    "IOError",
    "InternalError",
    "InvalidArgument",
    "InvalidName",
    "InvalidRegex",
    "InvalidService",
    "InvalidSignal",
    "InvalidState",
    "KeyStatus",
    "LogLine",
    "LogSource",
    "LogStream",
    "LogType",
    "NoReply",
    "NotRunning",
    "NotSupported",
    "PermissionError",
    "Problem",
    "ProcessStats",
    "Protocol",
    "ProtocolError",
    "ReplyTooLarge",
    "Report",
    "Service",
    "ServiceDown",
    "ServiceFailed",
    "ServiceReport",
    "ServiceUp",
    "Severity",
    "ShuttingDown",
    "State",
    "StateKind",
    "Stats",
    "Status",
    "Step",
    "StopOrder",
    "Target",
    "TargetChanged",
    "Timeout",
    "TimeoutError",
    "UnknownService",
    "Version",
    "VersionUnknown",
    "Watch",
    "check",
    "parse_state",
]
