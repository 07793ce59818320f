"""Text and times, from Python to the library and back."""

from __future__ import annotations

import datetime
import os
from typing import Any, Union

from zinit._library import ffi

Timeout = Union[float, datetime.timedelta, None]
"""Seconds, or a timedelta; None means no limit, 0 means do not wait."""

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


def encode(text: str) -> bytes:
    """Encodes text; what is not UTF-8 is for the library to refuse."""
    return text.encode("utf-8", "surrogatepass")


def decode(pointer: Any) -> str:
    """Decodes a borrowed text."""
    return ffi.string(pointer).decode("utf-8", "replace")  # type: ignore[no-any-return]


def decode_optional(pointer: Any) -> str | None:
    """Decodes a borrowed text that may be NULL."""
    return decode(pointer) if pointer else None
