"""Logs and watches: what goes on until it is closed."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Callable, Generic, NamedTuple, TypeVar

from zinit import _fork
from zinit._arguments import count_argument, milliseconds, name_argument
from zinit._convert import Timeout
from zinit._errors import Code, call, make_error, take_error
from zinit._library import ffi, lib
from zinit._operations import Names
from zinit._values import Change, LogLine, read_change, read_line
from zinit._wake import Waker

T = TypeVar("T")
S = TypeVar("S", bound="_Stream[Any]")


class Kind(NamedTuple):
    """The functions of one kind of stream."""

    item: str
    next: Callable[..., int]
    descriptor: Callable[[Any], int]
    request: Callable[[Any], Any]
    free: Any
    read: Callable[[Any], Any]


LOGS = Kind(
    "const zinit_log_line **",
    lib.zinit_log_stream_next,
    lib.zinit_log_stream_fd,
    lib.zinit_log_stream_request,
    lib.zinit_log_stream_free,
    read_line,
)
WATCH = Kind(
    "const zinit_change **",
    lib.zinit_watch_next,
    lib.zinit_watch_fd,
    lib.zinit_watch_request,
    lib.zinit_watch_free,
    read_change,
)


def begin_logs(client: Any, name: str | None, last: int | None, follow: bool) -> Any:
    stream = ffi.new("zinit_log_stream **")
    given = ffi.NULL if name is None else name_argument(name)
    # -1 is the library's word for all.
    count = -1 if last is None else count_argument(last, "last")
    call(lib.zinit_client_logs, client, given, count, bool(follow), stream)
    return ffi.gc(stream[0], LOGS.free)


def begin_watch(client: Any, names: tuple[str, ...], interval: Timeout) -> Any:
    watch, given = ffi.new("zinit_watch **"), Names(names)
    call(lib.zinit_client_watch, client, given.array, given.length, milliseconds(interval), watch)
    return ffi.gc(watch[0], WATCH.free)


def forget(handle: Any) -> None:
    """Lets a handle go without a call, in a child that must not free it."""
    ffi.gc(handle, None)


def forked() -> Exception:
    return make_error(
        Code.INVALID_ARGUMENT, "this process was forked: logs, watches and calls stay with its parent"
    )


class Taker(Generic[T]):
    """Takes what a stream has, for the streams of either client."""

    def __init__(self, kind: Kind, handle: Any) -> None:
        self.kind = kind
        self.handle = handle

    def take(self) -> T | None:
        """What is there; None if there is nothing yet. Raises StopIteration at the end."""
        item, error = ffi.new(self.kind.item), ffi.new("zinit_error **")
        code = self.kind.next(self.handle, 0, ffi.NULL, item, error)
        if code == lib.ZINIT_OK:
            return self.kind.read(item[0])  # type: ignore[no-any-return]
        if code == lib.ZINIT_PENDING:
            return None
        if code == lib.ZINIT_END:
            raise StopIteration
        raise take_error(error)


class _Stream(Generic[T]):
    """An iterator, and a context manager that closes it. Any thread may close it; then the iteration ends."""

    def __init__(self, kind: Kind, handle: Any) -> None:
        self._taker: Taker[T] | None = Taker(kind, handle)
        self._is_forked = False
        self._lock = threading.RLock()
        self._waker = Waker()
        _fork.register(self)

    def __iter__(self: S) -> S:
        return self

    def __next__(self) -> T:
        with self._lock:
            while True:
                # It lives until this call is over, even if it is closed meanwhile.
                taker = self._taker
                if self._is_forked:
                    raise forked()
                if taker is None:
                    raise StopIteration
                taken = taker.take()
                if taken is not None:
                    return taken
                self._waker.wait(taker.kind.descriptor(taker.handle))

    def close(self) -> None:
        """Ends the stream. An iteration in another thread ends, too."""
        self._taker = None
        self._waker.set()

    def _after_fork(self) -> None:
        if self._taker is not None:
            forget(self._taker.handle)
            self._taker = None
            self._is_forked = True
        self._lock = threading.RLock()

    def __enter__(self: S) -> S:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class LogStream(_Stream[LogLine]):
    """Lines of the log, from Client.logs. Iterate over it.

    It ends after the kept lines; one that follows ends only when it is closed. If the daemon ends, it raises
    Closed.
    """

    def __init__(self, handle: Any) -> None:
        super().__init__(LOGS, handle)


class Watch(_Stream[Change]):
    """Changes of services' states, from Client.watch. Iterate over it; it ends when it is closed."""

    def __init__(self, handle: Any) -> None:
        super().__init__(WATCH, handle)
