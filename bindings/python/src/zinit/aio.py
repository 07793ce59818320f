"""The client for asyncio: the calls of zinit.Client, as coroutines on the running loop.

    async with zinit.aio.Client() as client:
        await client.start("web", wait=20)

All calls, logs and watches of a client wait at one file descriptor. A call ends with its task: what was
already sent is not undone.
"""

from __future__ import annotations

import asyncio
import weakref
from types import TracebackType
from typing import Any, Callable, Generic, TypeVar

import zinit._client
from zinit import _fork, _operations, _parse
from zinit._client import cancelled, closed, failure
from zinit._convert import Path, Timeout
from zinit._errors import Error, Report, call, take_error
from zinit._library import ffi, lib
from zinit._operations import Operation
from zinit._options import Options
from zinit._service import Service
from zinit._streams import LOGS, WATCH, Kind, Taker, begin_logs, begin_watch, forget, forked
from zinit._values import Change, LogLine, Problem, Protocol, State, Stats, Status, StopOrder, Version

__all__ = ["Client", "LogStream", "Watch"]

T = TypeVar("T")
S = TypeVar("S", bound="_Stream[Any]")
F = TypeVar("F", bound=Callable[..., Any])


def _as_there(method: F) -> F:
    """Gives a method the words of its twin."""
    method.__doc__ = getattr(zinit._client.Client, method.__name__).__doc__
    return method


def _address(pointer: Any) -> int:
    return int(ffi.cast("uintptr_t", pointer))


class _Call:
    """A request in the queue."""

    def __init__(self, handle: Any, loop: asyncio.AbstractEventLoop, queue: Any) -> None:
        self.handle = handle
        self._generation = _fork.generation
        # It lives as long as a thread may work on a request of it.
        self._queue = queue
        self.over: asyncio.Future[int] = loop.create_future()
        self.in_thread: asyncio.Future[int] | None = None
        self._has_news = False
        self._is_given_back = False

    def news(self) -> None:
        """Goes on. The queue says that it is over, or that its next step reads or writes files."""
        if self.in_thread is not None:
            self._has_news = True
        elif lib.zinit_request_is_before_file(self.handle):
            # It may wait for the disk.
            loop = self.over.get_loop()
            try:
                self.in_thread = loop.run_in_executor(None, self._dispatch)
            except RuntimeError as error:
                self.end(error)
            else:
                self.in_thread.add_done_callback(self._after_thread)
        else:
            self._end_with(self._dispatch())

    def _dispatch(self) -> int:
        return int(lib.zinit_request_dispatch(self.handle, ffi.NULL))

    def _after_thread(self, done: asyncio.Future[int]) -> None:
        self.in_thread = None
        if self._is_given_back:
            self._free()
            return
        self._end_with(done.result())
        if self._has_news and not self.over.done():
            self._has_news = False
            self.news()

    def _end_with(self, code: int) -> None:
        if code != lib.ZINIT_PENDING and not self.over.done():
            self.over.set_result(code)

    def end(self, error: Exception) -> None:
        if not self.over.done():
            self.over.set_exception(error)

    def give_back(self) -> None:
        """Frees the request, as soon as no thread works on it."""
        self._is_given_back = True
        if self.in_thread is None:
            self._free()

    def _free(self) -> None:
        if self._generation == _fork.generation:
            lib.zinit_request_free(self.handle)
        self.handle = ffi.NULL

    def __del__(self) -> None:
        # A loop that was closed meanwhile does not tell that the thread is done.
        self._free()


class _Stream(Generic[T]):
    """An asynchronous iterator, and a context manager that closes it. One task at a time iterates."""

    def __init__(self, client: Client, kind: Kind, handle: Any) -> None:
        self._client = client
        self._taker: Taker[T] | None = Taker(kind, handle)
        self._waiter: asyncio.Future[None] | None = None
        client._in_queue[_address(kind.request(handle))] = self
        _fork.register(self)

    def __aiter__(self: S) -> S:
        return self

    async def __anext__(self) -> T:
        if self._waiter is not None:
            raise RuntimeError("another task waits for the next item already")
        while self._taker is not None:
            loop = self._client._bind()
            try:
                taken = self._taker.take()
            except StopIteration:
                break
            if taken is not None:
                return taken
            self._waiter = loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Ends the stream. An iteration in another task ends, too."""
        self._close()

    def _close(self) -> None:
        # Freed when nobody takes from it any more.
        self._taker = None
        self.news()

    def news(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def end(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def _after_fork(self) -> None:
        if self._taker is not None:
            forget(self._taker.handle)

    async def __aenter__(self: S) -> S:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


class LogStream(_Stream[LogLine]):
    """Lines of the log, from Client.logs. Iterate over it with async for.

    It ends after the kept lines; one that follows ends only when it is closed. If the daemon ends, it raises
    Closed.
    """

    def __init__(self, client: Client, handle: Any) -> None:
        super().__init__(client, LOGS, handle)


class Watch(_Stream[Change]):
    """Changes of services' states, from Client.watch. Iterate over it with async for; it ends when it is
    closed.
    """

    def __init__(self, client: Client, handle: Any) -> None:
        super().__init__(client, WATCH, handle)


class Client:
    """A client for one daemon, for the event loop that runs when it is first used.

    Close it when it is not needed any more, or use it with `async with`.
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
        """Makes a client, without any I/O. The arguments are those of zinit.Client."""
        options = Options(
            socket, config_dir, zinit_binary, io_timeout, max_reply_bytes, steady, protocol, stop_order
        )
        queue = ffi.new("zinit_queue **")
        call(lib.zinit_queue_new, queue)
        self._queue = ffi.gc(queue[0], lib.zinit_queue_free)
        # What reads or writes files is for a thread.
        lib.zinit_queue_set_leaves_files(self._queue, 1)
        options.set_queue(self._queue)
        self._handle: Any = options.make_client()
        self._loop: asyncio.AbstractEventLoop | None = None
        # By the addresses of their requests. A log that nobody iterates over any more is not kept alive by
        # it.
        self._in_queue: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._generation = _fork.generation
        _fork.register(self)

    async def aclose(self) -> None:
        """Closes the client. Calls in other tasks end with Cancelled; logs and watches end."""
        if self._handle is None:
            return
        self._handle = None
        if self._generation != _fork.generation:
            return
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(lib.zinit_queue_fd(self._queue))
        left = list(self._in_queue.values())
        for one in left:
            if isinstance(one, _Stream):
                one._close()
            else:
                one.end(cancelled())
        # The queue must live until no thread works on a request of it.
        threads = [one.in_thread for one in left if isinstance(one, _Call) and one.in_thread is not None]
        if threads:
            await asyncio.wait(threads)

    async def __aenter__(self) -> Client:
        self._bind()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _after_fork(self) -> None:
        forget(self._queue)
        if self._handle is not None:
            forget(self._handle)

    def _bind(self) -> asyncio.AbstractEventLoop:
        """Waits in the running loop from now on."""
        if self._generation != _fork.generation:
            raise forked()
        if self._handle is None:
            raise closed()
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            if self._loop is not None and not self._loop.is_closed():
                raise RuntimeError("this client belongs to another event loop: make one for each loop")
            loop.add_reader(lib.zinit_queue_fd(self._queue), self._take)
            self._loop = loop
        return loop

    def _take(self) -> None:
        """Takes from the queue all requests for which there is something to do."""
        request, error = ffi.new("zinit_request **"), ffi.new("zinit_error **")
        while True:
            code = lib.zinit_queue_next(self._queue, 0, ffi.NULL, request, error)
            if code == lib.ZINIT_PENDING:
                return
            if code != lib.ZINIT_OK:
                failed: Error = take_error(error)
                for one in list(self._in_queue.values()):
                    one.end(failed)
                return
            # One that was given back meanwhile is not known any more.
            one = self._in_queue.get(_address(request[0]))
            if one is not None:
                one.news()

    async def _run(self, operation: Operation[T]) -> T:
        loop = self._bind()
        request, error = ffi.new("zinit_request **"), ffi.new("zinit_error **")
        if operation.begin(self._handle, *operation.arguments, request, error):
            raise take_error(error)
        call, address = _Call(request[0], loop, self._queue), _address(request[0])
        self._in_queue[address] = call
        try:
            if await call.over:
                raise failure(call.handle)
            return operation.read(call.handle)
        finally:
            # Before it is freed: the next one may have its address.
            # The garbage collector may have taken it out already, with the task.
            self._in_queue.pop(address, None)
            call.give_back()

    def _client_in_loop(self) -> Any:
        self._bind()
        return self._handle

    @_as_there
    async def list(self) -> dict[str, State]:
        return await self._run(_operations.list_services())

    @_as_there
    async def status(self, name: str) -> Status:
        return await self._run(_operations.status(name))

    @_as_there
    async def statuses(self) -> tuple[Status, ...]:
        return await self._run(_operations.statuses())

    @_as_there
    async def stats(self, name: str) -> Stats:
        return await self._run(_operations.stats(name))

    @_as_there
    async def exists(self, name: str) -> bool:
        return await self._run(_operations.exists(name))

    @_as_there
    async def version(self) -> Version:
        return await self._run(_operations.version())

    @_as_there
    async def protocol(self) -> Protocol:
        return await self._run(_operations.protocol())

    @_as_there
    async def get(self, name: str) -> Service:
        return await self._run(_operations.get(name))

    @_as_there
    async def load_service(self, name: str) -> Service:
        return await self._run(_operations.load_service(name))

    @_as_there
    async def add_service(self, name: str, service: Service) -> None:
        return await self._run(_operations.add_service(name, service))

    @_as_there
    async def remove_service(self, name: str) -> None:
        return await self._run(_operations.remove_service(name))

    @_as_there
    async def start(self, name: str, *, wait: Timeout = 0) -> None:
        return await self._run(_operations.start(name, wait))

    @_as_there
    async def stop(self, name: str, *, wait: Timeout = 0) -> None:
        return await self._run(_operations.stop(name, wait))

    @_as_there
    async def monitor(self, name: str) -> None:
        return await self._run(_operations.monitor(name))

    @_as_there
    async def forget(self, name: str) -> None:
        return await self._run(_operations.forget(name))

    @_as_there
    async def kill(self, name: str, signal: str | int) -> None:
        return await self._run(_operations.kill(name, signal))

    @_as_there
    async def restart(self, name: str, *, stop_timeout: Timeout = 10, start_timeout: Timeout = 20) -> None:
        return await self._run(_operations.restart(name, stop_timeout, start_timeout))

    @_as_there
    async def deploy(
        self, name: str, service: Service, *, stop_timeout: Timeout = 10, start_timeout: Timeout = 20
    ) -> None:
        return await self._run(_operations.deploy(name, service, stop_timeout, start_timeout))

    @_as_there
    async def reload(self, name: str, *, stop_timeout: Timeout = 10, start_timeout: Timeout = 20) -> None:
        return await self._run(_operations.reload(name, stop_timeout, start_timeout))

    @_as_there
    async def start_multiple(self, *names: str, timeout: Timeout = 20) -> Report:
        return await self._run(_operations.start_multiple(names, timeout))

    @_as_there
    async def stop_multiple(self, *names: str, timeout: Timeout = 10) -> Report:
        return await self._run(_operations.stop_multiple(names, timeout))

    @_as_there
    async def restart_multiple(
        self, *names: str, stop_timeout: Timeout = 10, start_timeout: Timeout = 20
    ) -> Report:
        return await self._run(_operations.restart_multiple(names, stop_timeout, start_timeout))

    @_as_there
    async def destroy(self, *names: str, timeout: Timeout = 10) -> Report:
        return await self._run(_operations.destroy_services(names, timeout))

    @_as_there
    async def matches(
        self,
        *,
        name: str | None = None,
        glob: str | None = None,
        exec: str | None = None,
        exec_regex: str | None = None,
    ) -> tuple[str, ...]:
        return await self._run(_operations.matches(name, glob, exec, exec_regex))

    @_as_there
    def logs(self, name: str | None = None, *, last: int | None = None, follow: bool = False) -> LogStream:
        return LogStream(self, begin_logs(self._client_in_loop(), name, last, follow))

    @_as_there
    def watch(self, *names: str, interval: Timeout = 1) -> Watch:
        return Watch(self, begin_watch(self._client_in_loop(), names, interval))

    @_as_there
    async def check(self, yaml: str | bytes) -> tuple[Problem, ...]:
        return _parse.check(yaml)

    @_as_there
    async def reboot(self) -> None:
        return await self._run(_operations.reboot())

    @_as_there
    async def shutdown(self) -> None:
        return await self._run(_operations.shutdown())

    @_as_there
    async def start_http_server(self, address: str) -> None:
        return await self._run(_operations.start_http_server(address))

    @_as_there
    async def stop_http_server(self) -> None:
        return await self._run(_operations.stop_http_server())
