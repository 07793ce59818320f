"""Text and times, from Python to the library and back."""

from __future__ import annotations

import datetime
import math
import os
from typing import Any, Union

from zinit._library import ffi

Timeout = Union[float, datetime.timedelta, None]
"""Seconds, or a timedelta; None means no limit, 0 means do not wait."""

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]

_MOST = 2**63 - 1


def milliseconds(timeout: Timeout) -> int:
    """Converts a timeout; it never becomes shorter, and one below 0 becomes one that the library refuses."""
    if timeout is None:
        return -1
    seconds = timeout.total_seconds() if isinstance(timeout, datetime.timedelta) else timeout
    if math.isnan(seconds) or seconds < 0:
        return -2
    return _MOST if seconds >= _MOST / 1000 else math.ceil(seconds * 1000)


def encode(text: str) -> bytes:
    """Encodes text; what is not UTF-8 is for the library to refuse."""
    return text.encode("utf-8", "surrogatepass")


def decode(pointer: Any) -> str:
    """Decodes a borrowed text."""
    return ffi.string(pointer).decode("utf-8", "replace")  # type: ignore[no-any-return]


def decode_optional(pointer: Any) -> str | None:
    """Decodes a borrowed text that may be NULL."""
    return decode(pointer) if pointer else None
