"""Checks arguments, and converts them to what the library takes."""

from __future__ import annotations

import datetime
import math
import operator

from zinit._convert import Timeout, encode
from zinit._errors import Code, make_error

_MOST = 2**63 - 1


def milliseconds(timeout: Timeout) -> int:
    """Converts a timeout, which never becomes shorter."""
    if timeout is None:
        return -1
    if isinstance(timeout, bool):
        # True would be one second, which nobody means.
        raise TypeError(f"a timeout must be seconds, a timedelta or None, not {timeout}")
    seconds = timeout.total_seconds() if isinstance(timeout, datetime.timedelta) else timeout
    # A number that is not a number is not equal to itself.
    if seconds != seconds or seconds < 0:
        message = f"invalid timeout {timeout!r}: give seconds from 0 on, a timedelta, or None for no limit"
        raise make_error(Code.INVALID_ARGUMENT, message)
    return _MOST if seconds >= _MOST / 1000 else math.ceil(seconds * 1000)


def count_argument(number: int, what: str) -> int:
    """Checks an argument that counts something."""
    if isinstance(number, bool):
        raise TypeError(f"{what} must be an int, not {number}")
    given = operator.index(number)
    if not 0 <= given <= _MOST:
        raise make_error(Code.INVALID_ARGUMENT, f"invalid argument `{what}`: {given} is not in 0 to {_MOST}")
    return given


def text_argument(given: str, what: str) -> bytes:
    """Encodes an argument. A NUL would end it in C."""
    data = _encode(given, what)
    if b"\0" in data:
        raise make_error(Code.INVALID_ARGUMENT, f"invalid argument `{what}`: it contains a NUL")
    return data


def name_argument(given: str) -> bytes:
    """Encodes the name of a service."""
    data = _encode(given, "the name of a service")
    if b"\0" in data:
        raise make_error(Code.INVALID_NAME, f"invalid service name {given!r}: it contains a NUL")
    return data


def _encode(given: str, what: str) -> bytes:
    # Without the value, which can be a secret of env.
    if not isinstance(given, str):
        raise TypeError(f"{what} must be a str, not {type(given).__name__}")
    return encode(given)
