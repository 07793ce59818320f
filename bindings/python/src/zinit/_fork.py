"""What becomes of objects in a child process.

After a fork, a child may use clients and definitions. It may not use, nor free, what waits: requests, logs,
watches and queues share their kernel objects with the parent.
"""

from __future__ import annotations

import os
import weakref
from typing import Any, Protocol


class Forked(Protocol):
    def _after_fork(self) -> None: ...


_registered: weakref.WeakSet[Any] = weakref.WeakSet()

generation = 0
"""How many forks lie between the first process and this one."""


def register(forked: Forked) -> None:
    """Has a method of an object called in every child of this process."""
    _registered.add(forked)


def _in_child() -> None:
    global generation
    generation += 1
    for forked in list(_registered):
        forked._after_fork()


os.register_at_fork(after_in_child=_in_child)
