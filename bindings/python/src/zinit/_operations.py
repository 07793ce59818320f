"""What can be asked of the daemon: how each request is begun, and what is read from it when it is over.

One function for each operation; the clients run what it returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, Generic, TypeVar

from zinit._arguments import milliseconds, name_argument, text_argument
from zinit._convert import Timeout
from zinit._errors import Code, Report, call, make_error, read_report
from zinit._library import ffi, lib
from zinit._service import Service
from zinit._values import (
    Protocol,
    State,
    Stats,
    Status,
    Version,
    read_list,
    read_names,
    read_stats,
    read_status,
    read_statuses,
    read_version,
    signal_name,
)

T = TypeVar("T")


class Operation(Generic[T]):
    """A request that is not begun yet."""

    __slots__ = ("arguments", "begin", "read")

    def __init__(
        self, begin: Callable[..., int], arguments: tuple[Any, ...], read: Callable[[Any], T]
    ) -> None:
        self.begin = begin
        """Takes the client, the arguments, and where to put the request and the error."""
        self.arguments = arguments
        self.read = read
        """Makes the result of a request that is over."""


def _nothing(_request: Any) -> None:
    return None


def list_services() -> Operation[dict[str, State]]:
    return Operation(
        lib.zinit_client_begin_list, (), lambda request: read_list(lib.zinit_request_service_list(request))
    )


def _status(request: Any) -> Status:
    return read_status(lib.zinit_request_status(request))


def status(name: str) -> Operation[Status]:
    return Operation(lib.zinit_client_begin_status, (name_argument(name),), _status)


def statuses() -> Operation[tuple[Status, ...]]:
    return Operation(
        lib.zinit_client_begin_statuses,
        (),
        lambda request: read_statuses(lib.zinit_request_status_list(request)),
    )


def stats(name: str) -> Operation[Stats]:
    return Operation(
        lib.zinit_client_begin_stats,
        (name_argument(name),),
        lambda request: read_stats(lib.zinit_request_stats(request)),
    )


def exists(name: str) -> Operation[bool]:
    return Operation(
        lib.zinit_client_begin_exists,
        (name_argument(name),),
        lambda request: bool(lib.zinit_request_exists(request)),
    )


def version() -> Operation[Version]:
    return Operation(
        lib.zinit_client_begin_version,
        (),
        lambda request: read_version(lib.zinit_request_daemon_version(request)),
    )


def protocol() -> Operation[Protocol]:
    return Operation(
        lib.zinit_client_begin_protocol, (), lambda request: Protocol(lib.zinit_request_protocol(request))
    )


def _service(request: Any) -> Service:
    return Service._made(lib.zinit_service_copy(lib.zinit_request_service(request)))


def get(name: str) -> Operation[Service]:
    return Operation(lib.zinit_client_begin_get, (name_argument(name),), _service)


def load_service(name: str) -> Operation[Service]:
    return Operation(lib.zinit_client_begin_load_service, (name_argument(name),), _service)


def _with(service: Service, begin: Callable[..., int]) -> Callable[..., int]:
    """Nobody may change the definition while the library copies it."""
    if not isinstance(service, Service):
        raise TypeError(f"a definition must be a zinit.Service, not {type(service).__name__}")

    def begin_locked(*arguments: Any) -> int:
        with service._lock:
            return begin(*arguments)

    return begin_locked


def add_service(name: str, service: Service) -> Operation[None]:
    begin = _with(service, lib.zinit_client_begin_add_service)
    return Operation(begin, (name_argument(name), service._handle), _nothing)


def remove_service(name: str) -> Operation[None]:
    return Operation(lib.zinit_client_begin_remove_service, (name_argument(name),), _nothing)


def start(name: str, wait: Timeout) -> Operation[None]:
    timeout = milliseconds(wait)
    if timeout == 0:
        return Operation(lib.zinit_client_begin_start, (name_argument(name),), _nothing)
    return Operation(lib.zinit_client_begin_start_wait, (name_argument(name), timeout), _nothing)


def stop(name: str, wait: Timeout) -> Operation[None]:
    timeout = milliseconds(wait)
    if timeout == 0:
        return Operation(lib.zinit_client_begin_stop, (name_argument(name),), _nothing)
    return Operation(lib.zinit_client_begin_stop_wait, (name_argument(name), timeout), _nothing)


def monitor(name: str) -> Operation[None]:
    return Operation(lib.zinit_client_begin_monitor, (name_argument(name),), _nothing)


def forget(name: str) -> Operation[None]:
    return Operation(lib.zinit_client_begin_forget, (name_argument(name),), _nothing)


def kill(name: str, signal: str | int) -> Operation[None]:
    if isinstance(signal, bool) or not isinstance(signal, (str, int)):
        raise TypeError(f"a signal must be a str or an int, not {type(signal).__name__}")
    word = signal_name(signal) if isinstance(signal, int) else signal
    if word is None or "\0" in word:
        raise make_error(Code.INVALID_SIGNAL, f"invalid signal {signal!r}: give a name such as SIGTERM")
    return Operation(
        lib.zinit_client_begin_kill, (name_argument(name), word.encode("utf-8", "surrogatepass")), _nothing
    )


def reboot() -> Operation[None]:
    return Operation(lib.zinit_client_begin_reboot, (), _nothing)


def shutdown() -> Operation[None]:
    return Operation(lib.zinit_client_begin_shutdown, (), _nothing)


def start_http_server(address: str) -> Operation[None]:
    return Operation(lib.zinit_client_begin_start_http_server, (text_argument(address, "address"),), _nothing)


def stop_http_server() -> Operation[None]:
    return Operation(lib.zinit_client_begin_stop_http_server, (), _nothing)


def restart(name: str, stop_timeout: Timeout, start_timeout: Timeout) -> Operation[None]:
    arguments = (name_argument(name), milliseconds(stop_timeout), milliseconds(start_timeout))
    return Operation(lib.zinit_client_begin_restart, arguments, _nothing)


def deploy(name: str, service: Service, stop_timeout: Timeout, start_timeout: Timeout) -> Operation[None]:
    begin = _with(service, lib.zinit_client_begin_deploy)
    timeouts = (milliseconds(stop_timeout), milliseconds(start_timeout))
    return Operation(begin, (name_argument(name), service._handle, *timeouts), _nothing)


def reload(name: str, stop_timeout: Timeout, start_timeout: Timeout) -> Operation[None]:
    arguments = (name_argument(name), milliseconds(stop_timeout), milliseconds(start_timeout))
    return Operation(lib.zinit_client_begin_reload, arguments, _nothing)


class Names:
    """Names of services as the library takes them. They live as long as this object."""

    def __init__(self, names: Sequence[str]) -> None:
        self._texts = [ffi.new("char[]", name_argument(name)) for name in names]
        self.array = ffi.new("const char *[]", self._texts)
        self.length = len(names)


def _of_group(begin: Callable[..., int], names: Sequence[str], *timeouts: Timeout) -> Operation[Report]:
    given, limits = Names(names), [milliseconds(timeout) for timeout in timeouts]

    def begin_group(client: Any, *results: Any) -> int:
        return begin(client, given.array, given.length, *limits, *results)

    return Operation(begin_group, (), lambda request: read_report(lib.zinit_request_report(request)))


def start_multiple(names: Sequence[str], timeout: Timeout) -> Operation[Report]:
    return _of_group(lib.zinit_client_begin_start_multiple, names, timeout)


def stop_multiple(names: Sequence[str], timeout: Timeout) -> Operation[Report]:
    return _of_group(lib.zinit_client_begin_stop_multiple, names, timeout)


def restart_multiple(
    names: Sequence[str], stop_timeout: Timeout, start_timeout: Timeout
) -> Operation[Report]:
    return _of_group(lib.zinit_client_begin_restart_multiple, names, stop_timeout, start_timeout)


def destroy_services(names: Sequence[str], timeout: Timeout) -> Operation[Report]:
    return _of_group(lib.zinit_client_begin_destroy_services, names, timeout)


def matches(
    name: str | None, glob: str | None, exec: str | None, exec_regex: str | None
) -> Operation[tuple[str, ...]]:
    conditions = ffi.gc(lib.zinit_filter_new(), lib.zinit_filter_free)
    if name is not None:
        call(lib.zinit_filter_with_name, conditions, name_argument(name))
    if glob is not None:
        call(lib.zinit_filter_with_glob, conditions, text_argument(glob, "glob"))
    if exec is not None:
        call(lib.zinit_filter_with_exec, conditions, text_argument(exec, "exec"))
    if exec_regex is not None:
        call(lib.zinit_filter_with_exec_regex, conditions, text_argument(exec_regex, "exec_regex"))
    return Operation(
        lib.zinit_client_begin_matches,
        (conditions,),
        lambda request: read_names(lib.zinit_request_name_list(request)),
    )
