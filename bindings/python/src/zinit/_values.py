"""What calls return: plain values, which never change."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, NamedTuple

from zinit._convert import decode, decode_optional
from zinit._library import ffi, lib


class Number(enum.IntEnum):
    """A number of the library's. One that this version does not know becomes a member without a name of its
    own.
    """

    @classmethod
    def _missing_(cls, value: object) -> Number | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"NUMBER_{value}"
        member._value_ = value
        return member

    def __str__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        # Before Python 3.12 this would be that of the number.
        return format(str(self), spec)


class StateKind(Number):
    """The word of a state, which str() gives, such as "Running"."""

    OTHER = lib.ZINIT_STATE_OTHER
    """A state that this version does not know, from a newer daemon. State.text has it."""
    UNKNOWN = lib.ZINIT_STATE_UNKNOWN
    """The service was just monitored. Nothing is known about it yet."""
    BLOCKED = lib.ZINIT_STATE_BLOCKED
    """The service waits for a service that it starts after."""
    SPAWNED = lib.ZINIT_STATE_SPAWNED
    """The process is running. The test has not passed yet."""
    RUNNING = lib.ZINIT_STATE_RUNNING
    """The process is running. The test, if there is one, has passed."""
    SUCCESS = lib.ZINIT_STATE_SUCCESS
    """The process ended with exit code 0."""
    ERROR = lib.ZINIT_STATE_ERROR
    """The process ended in another way. State.reason says how."""
    FAILURE = lib.ZINIT_STATE_FAILURE
    """The daemon cannot spawn the command."""
    TEST_FAILURE = lib.ZINIT_STATE_TEST_FAILURE
    """The daemon cannot run the test. The state may remain after a stop."""

    def __str__(self) -> str:
        return decode_optional(lib.zinit_state_kind_name(self.value)) or self.name


class Target(Number):
    """The state that the daemon works towards; str() gives "Up" or "Down"."""

    UNKNOWN = lib.ZINIT_TARGET_UNKNOWN
    UP = lib.ZINIT_TARGET_UP
    DOWN = lib.ZINIT_TARGET_DOWN

    def __str__(self) -> str:
        return decode_optional(lib.zinit_target_name(self.value)) or self.name


class Protocol(Number):
    """What is spoken on the daemon's socket."""

    ANY = lib.ZINIT_PROTOCOL_ANY
    """The client learns it from the replies."""
    LINE = lib.ZINIT_PROTOCOL_LINE
    """The line protocol of zinit 0.2.0 to 0.2.14."""
    JSONRPC = lib.ZINIT_PROTOCOL_JSONRPC
    """JSON-RPC, of zinit 0.2.15 to 0.2.28."""
    ZINIT_0_3 = lib.ZINIT_PROTOCOL_ZINIT_0_3
    """JSON-RPC with other methods, of zinit 0.3.6 to 0.3.9."""


class StopOrder(Number):
    """The order in which a group is stopped."""

    ANY = lib.ZINIT_STOP_ORDER_ANY
    """All services side by side."""
    REVERSE = lib.ZINIT_STOP_ORDER_REVERSE
    """A service that runs after another one is stopped before that one."""


class LogType(Number):
    """Where the output of a service goes."""

    UNSET = lib.ZINIT_LOG_UNSET
    """The key is absent: the daemon uses RING."""
    RING = lib.ZINIT_LOG_RING
    """The daemon's ring buffer, which Client.logs reads."""
    STDOUT = lib.ZINIT_LOG_STDOUT
    """The daemon's own output."""
    NONE = lib.ZINIT_LOG_NONE
    """The output is discarded."""


class KeyStatus(Number):
    """Whether a definition has a key."""

    ABSENT = lib.ZINIT_KEY_ABSENT
    PRESENT = lib.ZINIT_KEY_PRESENT
    NOT_UNDERSTOOD = lib.ZINIT_KEY_NOT_UNDERSTOOD
    """It has a value that cannot be understood, which is kept until the key is set."""


class Severity(Number):
    """How bad a problem of a service file is."""

    ERROR = lib.ZINIT_SEVERITY_ERROR
    """The daemon refuses the file."""
    WARNING = lib.ZINIT_SEVERITY_WARNING
    """The daemon loads the file, but it may not be what was meant."""


class Step(Number):
    """What is being done with a service of a group; str() gives a word such as "Stopping"."""

    NONE = lib.ZINIT_STEP_NONE
    """Nothing was done to the service yet."""
    STOPPING = lib.ZINIT_STEP_STOPPING
    """The service was told to stop, and its process has not ended."""
    KILLING = lib.ZINIT_STEP_KILLING
    """SIGKILL is sent to the service, and its process has not ended."""
    STOPPED = lib.ZINIT_STEP_STOPPED
    """The service is stopped, and waits for its next step."""
    FORGETTING = lib.ZINIT_STEP_FORGETTING
    """The daemon is told to forget the service."""
    WRITING = lib.ZINIT_STEP_WRITING
    """The new definition of the service is put in its place."""
    REMOVING = lib.ZINIT_STEP_REMOVING
    """The definition of the service is removed."""
    STARTING = lib.ZINIT_STEP_STARTING
    """The daemon is told to start or to monitor the service, and the service is not up yet."""
    DONE = lib.ZINIT_STEP_DONE
    """The service is where the call was to bring it."""

    def __str__(self) -> str:
        return decode_optional(lib.zinit_step_name(self.value)) or self.name


class ChangeKind(Number):
    """What has changed."""

    APPEARED = lib.ZINIT_CHANGE_APPEARED
    """The service is monitored. A watch begins with such a change for every service that is already
    monitored.
    """
    STATE = lib.ZINIT_CHANGE_STATE
    """The service has another state."""
    FORGOTTEN = lib.ZINIT_CHANGE_FORGOTTEN
    """The service is not monitored any more."""
    DAEMON_LOST = lib.ZINIT_CHANGE_DAEMON_LOST
    """The daemon does not answer. The watch goes on."""
    DAEMON_BACK = lib.ZINIT_CHANGE_DAEMON_BACK
    """The daemon answers again."""


class LogSource(Number):
    """Where a line of the log comes from."""

    STDOUT = lib.ZINIT_LOG_SOURCE_STDOUT
    STDERR = lib.ZINIT_LOG_SOURCE_STDERR
    """Before zinit 0.2.10 these lines come as STDOUT."""
    START = lib.ZINIT_LOG_SOURCE_START
    """zinit's own mark: the daemon has spawned the service."""
    TEST = lib.ZINIT_LOG_SOURCE_TEST
    """The output of the service's test command."""
    DROPPED = lib.ZINIT_LOG_SOURCE_DROPPED
    """Lines of some service were lost."""


@dataclass(frozen=True)
class State:
    """A state of a service. str() gives its text, such as "Error(Exited(Pid(1), 3))"."""

    kind: StateKind
    text: str
    reason: str | None = None
    """What is in parentheses, such as "Exited(Pid(1), 3)"."""
    exit_code: int | None = None
    """The exit code of a process that ended by itself. None for Success, too, whose text does not contain
    it.
    """
    signal: str | None = None
    """The name of the signal that ended the process, such as "SIGSEGV"."""
    exited: bool = False
    """Whether the kind is SUCCESS, ERROR, FAILURE or BLOCKED. This does not say whether a process is
    running.
    """

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Status:
    """A service at one moment."""

    name: str
    pid: int
    """The process that the daemon spawned; 0 if no process is running."""
    state: State
    target: Target
    after: dict[str, State]
    """The services that this service starts after, and their states."""


@dataclass(frozen=True)
class ProcessStats:
    """What one process uses."""

    pid: int
    memory: int
    """In bytes."""
    cpu: float
    """In percent of one processor; above 100 if the process runs on several."""


@dataclass(frozen=True)
class Stats:
    """What the processes of a service use."""

    process: ProcessStats
    """The process that the daemon spawned."""
    children: tuple[ProcessStats, ...]
    """All descendants of that process, in no order."""


class Version(NamedTuple):
    """A version of zinit. It compares with tuples: version >= (0, 2, 15)."""

    major: int
    minor: int
    patch: int
    text: str
    """As the binary printed it, without the leading v."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a service file. str() gives it on one line."""

    severity: Severity
    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    key: str | None
    """Such as "exec" or "env.HOME"; None if the problem is not about a key."""
    message: str
    """What is wrong, and what to write instead. It never has a value of env."""

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{self.line}:{self.column}: {self.severity.name.lower()}: {key}{self.message}"


@dataclass(frozen=True)
class LogLine:
    """One line of the log. str() gives its text."""

    service: str | None
    """None if the line does not belong to a service."""
    source: LogSource
    data: bytes
    """The line without its newline, as the service has printed it."""
    truncated: bool
    """Whether the end of the line is missing."""

    @property
    def text(self) -> str:
        """The line as text; what is not UTF-8 is replaced."""
        return self.data.decode("utf-8", "replace")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Change:
    """A change of a service's state, or of the daemon."""

    kind: ChangeKind
    service: str | None
    """None for a change of the daemon."""
    before: State | None
    """None for APPEARED, and for a change of the daemon."""
    after: State | None
    """None for FORGOTTEN, and for a change of the daemon."""
    pid: int
    """The process that the daemon spawned; 0 if no process is running."""
    target: Target


# A state is a function of its text, and most are always the same few.
_states: dict[bytes, State] = {}
_STATES_MOST = 500

_TARGETS = {int(target): target for target in Target}


def read_target(number: int) -> Target:
    return _TARGETS.get(number) or Target(number)


def read_state(handle: Any) -> State:
    text = ffi.string(lib.zinit_state_text(handle))
    state = _states.get(text)
    if state is None:
        exit_code = lib.zinit_state_exit_code(handle)
        state = State(
            kind=StateKind(lib.zinit_state_kind(handle)),
            text=text.decode("utf-8", "replace"),
            reason=decode_optional(lib.zinit_state_reason(handle)),
            exit_code=exit_code if exit_code >= 0 else None,
            signal=decode_optional(lib.zinit_state_signal(handle)),
            exited=bool(lib.zinit_state_exited(handle)),
        )
        if len(_states) >= _STATES_MOST:
            _states.clear()
        _states[text] = state
    return state


def read_optional_state(handle: Any) -> State | None:
    return read_state(handle) if handle else None


def read_status(handle: Any) -> Status:
    return Status(
        decode(lib.zinit_status_name(handle)),
        lib.zinit_status_pid(handle),
        read_state(lib.zinit_status_state(handle)),
        read_target(lib.zinit_status_target(handle)),
        {
            decode(lib.zinit_status_after_name(handle, i)): read_state(
                lib.zinit_status_after_state(handle, i)
            )
            for i in range(lib.zinit_status_after_len(handle))
        },
    )


def read_statuses(handle: Any) -> tuple[Status, ...]:
    return tuple(
        read_status(lib.zinit_status_list_at(handle, i)) for i in range(lib.zinit_status_list_len(handle))
    )


def read_list(handle: Any) -> dict[str, State]:
    return {
        decode(lib.zinit_service_list_name(handle, i)): read_state(lib.zinit_service_list_state(handle, i))
        for i in range(lib.zinit_service_list_len(handle))
    }


def read_names(handle: Any) -> tuple[str, ...]:
    return tuple(decode(lib.zinit_name_list_at(handle, i)) for i in range(lib.zinit_name_list_len(handle)))


def read_stats(handle: Any) -> Stats:
    process = ProcessStats(
        lib.zinit_stats_pid(handle), lib.zinit_stats_memory(handle), lib.zinit_stats_cpu(handle)
    )
    children = tuple(
        ProcessStats(
            lib.zinit_stats_child_pid(handle, i),
            lib.zinit_stats_child_memory(handle, i),
            lib.zinit_stats_child_cpu(handle, i),
        )
        for i in range(lib.zinit_stats_child_len(handle))
    )
    return Stats(process, children)


def read_version(handle: Any) -> Version:
    return Version(
        lib.zinit_daemon_version_major(handle),
        lib.zinit_daemon_version_minor(handle),
        lib.zinit_daemon_version_patch(handle),
        decode(lib.zinit_daemon_version_text(handle)),
    )


def read_problems(handle: Any) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            Severity(lib.zinit_problem_severity(handle, i)),
            lib.zinit_problem_line(handle, i),
            lib.zinit_problem_column(handle, i),
            decode_optional(lib.zinit_problem_key(handle, i)),
            decode(lib.zinit_problem_message(handle, i)),
        )
        for i in range(lib.zinit_problem_list_len(handle))
    )


def read_line(handle: Any) -> LogLine:
    return LogLine(
        decode_optional(lib.zinit_log_line_service(handle)),
        LogSource(lib.zinit_log_line_source(handle)),
        bytes(ffi.buffer(lib.zinit_log_line_text(handle), lib.zinit_log_line_len(handle))),
        bool(lib.zinit_log_line_truncated(handle)),
    )


def read_change(handle: Any) -> Change:
    return Change(
        ChangeKind(lib.zinit_change_kind(handle)),
        decode_optional(lib.zinit_change_service(handle)),
        read_optional_state(lib.zinit_change_state_before(handle)),
        read_optional_state(lib.zinit_change_state_after(handle)),
        lib.zinit_change_pid(handle),
        read_target(lib.zinit_change_target(handle)),
    )


def signal_name(number: int) -> str | None:
    """Gives zinit's name for the number of a signal."""
    return decode_optional(lib.zinit_signal_name(number)) if 0 < number < 2**31 else None
