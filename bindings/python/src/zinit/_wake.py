"""Waits for a descriptor, which another thread can end."""

from __future__ import annotations

import os
import select
import threading

from zinit import _fork
from zinit._errors import system_error


class Waker:
    """Ends the waits of other threads. Once set, it stays set.

    It has no descriptor until the first wait, and two from then on.
    """

    def __init__(self) -> None:
        self.is_set = False
        # A signal handler may set it, in the thread that holds the lock.
        self._lock = threading.RLock()
        self._reader = self._writer = -1
        self._waits = 0
        _fork.register(self)

    def wait(self, descriptor: int) -> None:
        """Waits until the descriptor is readable or the waker is set.

        Signals are handled meanwhile; what their handlers raise ends the wait.
        """
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        with self._lock:
            if self.is_set:
                return
            if self._reader < 0:
                try:
                    self._reader, self._writer = os.pipe()
                except OSError as error:
                    raise system_error("making a pipe to wait for the daemon", error) from None
            # It reports the end of the other side, whatever is asked for.
            poll.register(self._reader, 0)
            self._waits += 1
        generation = _fork.generation
        try:
            poll.poll()
        finally:
            if generation == _fork.generation:
                with self._lock:
                    self._waits -= 1
                    self._close_reader_after_last()

    def set(self) -> None:
        with self._lock:
            self.is_set = True
            if self._writer >= 0:
                os.close(self._writer)
                self._writer = -1
            self._close_reader_after_last()

    def _close_reader_after_last(self) -> None:
        if self.is_set and self._waits == 0 and self._reader >= 0:
            os.close(self._reader)
            self._reader = -1

    def _after_fork(self) -> None:
        # Both processes have both sides: while the child has one, the parent could not end a wait.
        for descriptor in (self._reader, self._writer):
            if descriptor >= 0:
                os.close(descriptor)
        self._lock = threading.RLock()
        self._reader = self._writer = -1
        self._waits = 0

    def __del__(self) -> None:
        self.set()
