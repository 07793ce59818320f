"""Service definitions."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Union

from zinit import _fork
from zinit._arguments import count_argument, name_argument, text_argument
from zinit._convert import decode, decode_optional, encode
from zinit._errors import call
from zinit._library import ffi, lib
from zinit._values import KeyStatus, LogType


def _optional(text: str | PurePath | None, what: str) -> Any:
    if isinstance(text, PurePath):
        text = str(text)
    return ffi.NULL if text is None else text_argument(text, what)


class Service:
    """A service definition: the content of a service file.

    A definition that was read and not changed is written byte for byte. A change changes only the lines of
    its key: comments, order and unknown keys stay. Any number of threads may use one definition.
    """

    def __init__(
        self,
        exec: str | None = None,
        *,
        test: str | None = None,
        dir: str | PurePath | None = None,
        oneshot: bool = False,
        after: Iterable[str] = (),
        env: Mapping[str, str] | None = None,
        log: LogType = LogType.UNSET,
        stop_signal: str | None = None,
        shutdown_timeout: int | None = None,
    ) -> None:
        self._own(lib.zinit_service_new())
        if exec is not None:
            self.exec = exec
        if test is not None:
            self.test = test
        if dir is not None:
            self.dir = dir
        if oneshot:
            self.oneshot = oneshot
        self.after = after
        if env:
            self.env = env
        if log != LogType.UNSET:
            self.log = log
        if stop_signal is not None:
            self.stop_signal = stop_signal
        if shutdown_timeout is not None:
            self.shutdown_timeout = shutdown_timeout

    def _own(self, handle: Any) -> None:
        # The interpreter may run other threads during a call, and the library wants one writer at a time.
        self._lock = threading.RLock()
        self._handle = ffi.gc(handle, lib.zinit_service_free)
        _fork.register(self)

    def _after_fork(self) -> None:
        # A thread that is not there any more may have held it.
        self._lock = threading.RLock()

    @classmethod
    def from_yaml(cls, yaml: str | bytes) -> Service:
        """Reads the content of a service file. check() tells what the daemon would refuse."""
        data = encode(yaml) if isinstance(yaml, str) else yaml
        handle = ffi.new("zinit_service **")
        call(lib.zinit_service_from_yaml, data, len(data), handle)
        return cls._made(handle[0])

    @classmethod
    def _made(cls, handle: Any) -> Service:
        service = cls.__new__(cls)
        service._own(handle)
        return service

    def to_yaml(self) -> str:
        """Writes the content of a service file. Raises InvalidService for what the daemon would refuse."""
        text = ffi.new("char **")
        with self._lock:
            call(lib.zinit_service_to_yaml, self._handle, text)
        try:
            return decode(text[0])
        finally:
            lib.zinit_string_free(text[0])

    def key_status(self, key: str) -> KeyStatus:
        """Tells whether the definition has a key, be it known to the library or not."""
        with self._lock:
            return KeyStatus(lib.zinit_service_key_status(self._handle, text_argument(key, "key")))

    @property
    def exec(self) -> str | None:
        """The command that the service runs. None if the key is absent, or cannot be understood: see
        key_status.
        """
        return self._text(lib.zinit_service_exec)

    @exec.setter
    def exec(self, command: str | None) -> None:
        self._set(lib.zinit_service_set_exec, _optional(command, "exec"))

    @property
    def test(self) -> str | None:
        """The test command. Its exit code shows whether the service is up."""
        return self._text(lib.zinit_service_test)

    @test.setter
    def test(self, command: str | None) -> None:
        self._set(lib.zinit_service_set_test, _optional(command, "test"))

    @property
    def dir(self) -> str | None:
        """The directory that the service runs in."""
        return self._text(lib.zinit_service_dir)

    @dir.setter
    def dir(self, path: Union[str, PurePath, None]) -> None:  # noqa: UP007
        self._set(lib.zinit_service_set_dir, _optional(path, "dir"))

    @property
    def stop_signal(self) -> str | None:
        """The name of the signal that stops the service. None: the daemon sends SIGTERM."""
        return self._text(lib.zinit_service_stop_signal)

    @stop_signal.setter
    def stop_signal(self, signal: str | None) -> None:
        self._set(lib.zinit_service_set_stop_signal, _optional(signal, "stop_signal"))

    @property
    def oneshot(self) -> bool:
        """Whether the service runs once. Otherwise the daemon keeps it running."""
        with self._lock:
            return bool(lib.zinit_service_oneshot(self._handle))

    @oneshot.setter
    def oneshot(self, oneshot: bool) -> None:
        self._set(lib.zinit_service_set_oneshot, bool(oneshot))

    @property
    def log(self) -> LogType:
        """Where the output of the service goes."""
        with self._lock:
            return LogType(lib.zinit_service_log(self._handle))

    @log.setter
    def log(self, log: LogType) -> None:
        self._set(lib.zinit_service_set_log, log)

    @property
    def shutdown_timeout(self) -> int | None:
        """How many seconds the service has to stop when the daemon shuts down. None: the daemon uses 10."""
        with self._lock:
            seconds = lib.zinit_service_shutdown_timeout_s(self._handle)
        return seconds if seconds >= 0 else None

    @shutdown_timeout.setter
    def shutdown_timeout(self, seconds: int | None) -> None:
        # -1 is the library's word for None.
        number = -1 if seconds is None else count_argument(seconds, "shutdown_timeout")
        self._set(lib.zinit_service_set_shutdown_timeout_s, number)

    @property
    def after(self) -> tuple[str, ...]:
        """The services that must be up before this service is started. To change them, assign all of them."""
        with self._lock:
            count = lib.zinit_service_after_len(self._handle)
            return tuple(decode(lib.zinit_service_after_at(self._handle, i)) for i in range(count))

    @after.setter
    def after(self, names: Iterable[str]) -> None:
        if isinstance(names, str):
            # Its characters are not names.
            raise TypeError(f"after must be several names, not a str: write ({names!r},)")
        given = [name_argument(name) for name in names]
        # The library would refuse a name only after those before it have been replaced.
        probe = ffi.gc(lib.zinit_service_new(), lib.zinit_service_free)
        for name in given:
            call(lib.zinit_service_after_push, probe, name)
        with self._lock:
            if given or lib.zinit_service_after_len(self._handle):
                lib.zinit_service_after_clear(self._handle)
            for name in given:
                call(lib.zinit_service_after_push, self._handle, name)

    @property
    def env(self) -> Mapping[str, str | None]:
        """The environment variables. To change them, assign all of them. A value that is not text is None."""
        with self._lock:
            count = lib.zinit_service_env_len(self._handle)
            return MappingProxyType(
                {
                    decode(lib.zinit_service_env_key(self._handle, i)): decode_optional(
                        lib.zinit_service_env_value(self._handle, i)
                    )
                    for i in range(count)
                }
            )

    @env.setter
    def env(self, variables: Mapping[str, str]) -> None:
        given = {
            text_argument(key, "env"): text_argument(value, f"env.{key}") for key, value in variables.items()
        }
        with self._lock:
            for key in self.env:
                if encode(key) not in given:
                    self._set(lib.zinit_service_env_set, encode(key), ffi.NULL)
            for name, value in given.items():
                self._set(lib.zinit_service_env_set, name, value)

    def _text(self, getter: Any) -> str | None:
        with self._lock:
            return decode_optional(getter(self._handle))

    def _set(self, setter: Any, *values: Any) -> None:
        with self._lock:
            call(setter, self._handle, *values)

    def __repr__(self) -> str:
        # Not the environment, whose values can be secret.
        return f"<zinit.Service exec={self.exec!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Service.from_yaml, (self.to_yaml(),)
