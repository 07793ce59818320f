"""The client whose calls wait in the thread that makes them."""

from __future__ import annotations

from types import TracebackType
from typing import Any, TypeVar

from zinit import _fork, _operations, _parse
from zinit._convert import Path, Timeout
from zinit._errors import Code, Error, Report, make_error, read_report, take_error
from zinit._library import ffi, lib
from zinit._operations import Operation
from zinit._options import Options
from zinit._service import Service
from zinit._streams import LogStream, Watch, begin_logs, begin_watch, forked
from zinit._values import Problem, Protocol, State, Stats, Status, StopOrder, Version
from zinit._wake import Waker

T = TypeVar("T")

# How long a call waits inside the library before it waits for its descriptor. Most end in that time, which
# costs less: the descriptor need not be made. No signal is handled meanwhile.
_MOMENT_MS = 20

_OK, _PENDING = lib.ZINIT_OK, lib.ZINIT_PENDING
_wait, _free = lib.zinit_request_wait, lib.zinit_request_free
_REQUEST, _ERROR = ffi.typeof("zinit_request **"), ffi.typeof("zinit_error **")


def closed() -> Error:
    return make_error(Code.INVALID_ARGUMENT, "the client is closed")


def cancelled() -> Error:
    message = (
        "cancelled: the client was closed during the call; commands that were sent before are not undone"
    )
    return make_error(Code.CANCELLED, message, request_sent=True)


def failure(request: Any) -> Error:
    """The error of a request that is over."""
    error = ffi.new(_ERROR)
    lib.zinit_request_dispatch(request, error)
    report = lib.zinit_request_report(request)
    return take_error(error, read_report(report) if report else ())


class Client:
    """A client for one daemon. It holds no connection: each call opens its own.

    Any number of threads may use one client, and so may a child after a fork. Ctrl-C and other signals end
    or interrupt a call as they do in any function of Python's.
    """

    def __init__(
        self,
        socket: Path | None = None,
        *,
        config_dir: Path | None = None,
        zinit_binary: Path | None = None,
        io_timeout: Timeout = None,
        max_reply_bytes: int | None = None,
        steady: Timeout = None,
        protocol: Protocol = Protocol.ANY,
        stop_order: StopOrder = StopOrder.ANY,
    ) -> None:
        """Makes a client, without any I/O.

        socket: the path of the daemon's socket. Default: /var/run/zinit.sock, and if nothing is there,
            /tmp/zinit.sock, if the process behind it is root's or the caller's own.
        config_dir: the directory of the daemon's service files, as this program sees it. Default: /etc/zinit.
        zinit_binary: the program that version and shutdown ask for the version. Default: zinit, looked up in
            PATH.
        io_timeout: how long one exchange with the daemon may take. Default: 10 s.
        max_reply_bytes: how large one reply of the daemon may be. Default: 64 MiB.
        steady: how long a process must be Running before its service counts as up, if the service has no
            test. Default: 250 ms.
        protocol: the protocol that the daemon must speak.
        stop_order: the order in which stop_multiple, restart_multiple and destroy stop their services.
        """
        options = Options(
            socket, config_dir, zinit_binary, io_timeout, max_reply_bytes, steady, protocol, stop_order
        )
        # Freed when the last call that uses it is over.
        self._handle: Any = options.make_client()
        self._waker = Waker()

    def close(self) -> None:
        """Closes the client. Calls that wait in other threads end with Cancelled; logs and watches go on."""
        self._handle = None
        self._waker.set()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _use(self) -> Any:
        handle = self._handle
        if handle is None:
            raise closed()
        return handle

    def _run(self, operation: Operation[T]) -> T:
        client = self._use()
        request, error = ffi.new(_REQUEST), ffi.new(_ERROR)
        generation = _fork.generation
        try:
            if operation.begin(client, *operation.arguments, request, error):
                raise take_error(error)
            handle = request[0]
            code = _wait(handle, _MOMENT_MS, ffi.NULL)
            if code == _PENDING:
                code = self._wait(handle, generation)
            if code:
                raise failure(handle)
            return operation.read(handle)
        finally:
            if generation == _fork.generation:
                _free(request[0])

    def _wait(self, request: Any, generation: int) -> int:
        """Waits for the end of a request, and handles signals meanwhile."""
        descriptor = lib.zinit_request_fd(request)
        if descriptor < 0:
            raise make_error(
                Code.IO, "waiting for the daemon failed: no file descriptor is left", request_sent=True
            )
        code: int = _PENDING
        while code == _PENDING:
            self._waker.wait(descriptor)
            if generation != _fork.generation:
                raise forked()
            if self._waker.is_set:
                raise cancelled()
            code = _wait(request, 0, ffi.NULL)
        return code

    def list(self) -> dict[str, State]:
        """Gets all monitored services and their states, sorted by name."""
        return self._run(_operations.list_services())

    def status(self, name: str) -> Status:
        """Gets the status of one service."""
        return self._run(_operations.status(name))

    def statuses(self) -> tuple[Status, ...]:
        """Gets the status of each monitored service, sorted by name.

        Each status is of its own moment. A service that is forgotten in the meantime is left out.
        """
        return self._run(_operations.statuses())

    def stats(self, name: str) -> Stats:
        """Gets what the processes of one service use. The daemon measures for 1 to 2 s.

        Before zinit 0.2.15: raises NotSupported.
        """
        return self._run(_operations.stats(name))

    def exists(self, name: str) -> bool:
        """Finds out whether a service is monitored. A service file alone does not count."""
        return self._run(_operations.exists(name))

    def version(self) -> Version:
        """Gets the version of the zinit binary, as zinit -V prints it."""
        return self._run(_operations.version())

    def protocol(self) -> Protocol:
        """Finds out which protocol the daemon speaks at this moment."""
        return self._run(_operations.protocol())

    def get(self, name: str) -> Service:
        """Reads the definition of a monitored service."""
        return self._run(_operations.get(name))

    def load_service(self, name: str) -> Service:
        """Reads the definition of a service from its file, whether it is monitored or not."""
        return self._run(_operations.load_service(name))

    def add_service(self, name: str, service: Service) -> None:
        """Writes a service's file, and replaces an existing one. The daemon reads it at monitor."""
        return self._run(_operations.add_service(name, service))

    def remove_service(self, name: str) -> None:
        """Removes a service's file. It is not a failure if the file does not exist."""
        return self._run(_operations.remove_service(name))

    def start(self, name: str, *, wait: Timeout = 0) -> None:
        """Starts a service, and waits until it is up, at most as long as `wait` says: by default, not at all.

        Up means Running, or Success for a oneshot.
        """
        return self._run(_operations.start(name, wait))

    def stop(self, name: str, *, wait: Timeout = 0) -> None:
        """Stops a service, and waits until its process has ended: by default, not at all.

        When the time is over, SIGKILL is sent. With None it is never sent.
        """
        return self._run(_operations.stop(name, wait))

    def monitor(self, name: str) -> None:
        """Tells the daemon to read the service's file and to start the service."""
        return self._run(_operations.monitor(name))

    def forget(self, name: str) -> None:
        """Tells the daemon to forget a service, which must be stopped. Its file stays."""
        return self._run(_operations.forget(name))

    def kill(self, name: str, signal: str | int) -> None:
        """Sends a signal, such as "SIGHUP" or signal.SIGHUP, to the service's process group. The target
        stays.
        """
        return self._run(_operations.kill(name, signal))

    def restart(self, name: str, *, stop_timeout: Timeout = 10, start_timeout: Timeout = 20) -> None:
        """Stops a service, waits until its process has ended, starts it, and waits until it is up.

        When the time to stop is over, SIGKILL is sent; at once, if it is 0.
        """
        return self._run(_operations.restart(name, stop_timeout, start_timeout))

    def deploy(
        self, name: str, service: Service, *, stop_timeout: Timeout = 10, start_timeout: Timeout = 20
    ) -> None:
        """Puts a definition in force: stops and forgets the service, writes its file, monitors it, waits
        until it is up.

        The definition is checked before anything is stopped. With a start_timeout of 0 the call does not
        wait until the service is up.
        """
        return self._run(_operations.deploy(name, service, stop_timeout, start_timeout))

    def reload(self, name: str, *, stop_timeout: Timeout = 10, start_timeout: Timeout = 20) -> None:
        """Puts an edited service file in force, as deploy, and does not write it."""
        return self._run(_operations.reload(name, stop_timeout, start_timeout))

    def start_multiple(self, *names: str, timeout: Timeout = 20) -> Report:
        """Monitors and starts services, and waits until all are up.

        Goes on if a service fails; then the error's report has the result for each service. The timeout is
        for all services together.
        """
        return self._run(_operations.start_multiple(names, timeout))

    def stop_multiple(self, *names: str, timeout: Timeout = 10) -> Report:
        """Stops services, and waits until their processes have ended. At the timeout, SIGKILL is sent.

        Goes on if a service fails. A service that is not monitored counts as stopped.
        """
        return self._run(_operations.stop_multiple(names, timeout))

    def restart_multiple(
        self, *names: str, stop_timeout: Timeout = 10, start_timeout: Timeout = 20
    ) -> Report:
        """Stops all services, starts them again when all are stopped, and waits until all are up.

        Goes on if a service fails. Each timeout is for all services together.
        """
        return self._run(_operations.restart_multiple(names, stop_timeout, start_timeout))

    def destroy(self, *names: str, timeout: Timeout = 10) -> Report:
        """Stops services, forgets them and removes their files. At the timeout, SIGKILL is sent; at once, if
        it is 0.

        Goes on if a service fails: the file of that service stays.
        """
        return self._run(_operations.destroy_services(names, timeout))

    def matches(
        self,
        *,
        name: str | None = None,
        glob: str | None = None,
        exec: str | None = None,
        exec_regex: str | None = None,
    ) -> tuple[str, ...]:
        """Finds the monitored services for which all conditions hold; there must be one.

        name: the whole name.
        glob: a shell pattern for the whole name, such as "web-*".
        exec: the program that the command runs, in any directory, such as "sshd".
        exec_regex: a regular expression that matches some part of the command.
        """
        return self._run(_operations.matches(name, glob, exec, exec_regex))

    def logs(self, name: str | None = None, *, last: int | None = None, follow: bool = False) -> LogStream:
        """Reads the log of a service, or of all services.

        last: how many of the last lines that the daemon has kept; None: all.
        follow: whether to go on with new lines. Every line that is printed after this call comes.
        """
        return LogStream(begin_logs(self._use(), name, last, follow))

    def watch(self, *names: str, interval: Timeout = 1) -> Watch:
        """Watches services, or all services: returns each change of a state.

        It begins with a change for every service that is already monitored. interval: how often to ask while
        nothing changes. zinit does not report changes: a state that comes and goes in between is not seen.
        """
        return Watch(begin_watch(self._use(), names, interval))

    def check(self, yaml: str | bytes) -> tuple[Problem, ...]:
        """Finds what is wrong with the content of a service file: see zinit.check."""
        return _parse.check(yaml)

    def reboot(self) -> None:
        """Tells the daemon to stop all services and to restart the machine. In a container, the daemon
        ends.
        """
        return self._run(_operations.reboot())

    def shutdown(self) -> None:
        """Tells the daemon to stop all services and to turn the machine off. In a container, the daemon
        ends.
        """
        return self._run(_operations.shutdown())

    def start_http_server(self, address: str) -> None:
        """Tells the daemon to serve its JSON-RPC over HTTP, too, at an address such as "127.0.0.1:8080".

        The daemon asks nobody who he is, and does as root what it is told there. Before zinit 0.2.15:
        NotSupported.
        """
        return self._run(_operations.start_http_server(address))

    def stop_http_server(self) -> None:
        """Tells the daemon to serve its JSON-RPC over HTTP no longer."""
        return self._run(_operations.stop_http_server())
