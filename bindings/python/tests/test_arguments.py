"""Arguments of a wrong type or out of range: they are refused, never taken for something else."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path, PurePath
from typing import Any, Callable

import pytest

import zinit


@pytest.fixture
def nobody(directory: Path) -> Iterator[zinit.Client]:
    """A client without a daemon: what it sends is NotRunning."""
    with zinit.Client(directory / "nosuch", config_dir=directory) as client:
        yield client


def _given(name: Any) -> Any:
    """For an argument that may be None."""
    return 5.0 if name is None else name


NAMES: dict[str, Callable[[zinit.Client, Any], object]] = {
    "status": lambda client, name: client.status(name),
    "start_multiple": lambda client, name: client.start_multiple(name),
    "watch": lambda client, name: client.watch(name),
    "logs": lambda client, name: client.logs(_given(name)),
    "matches": lambda client, name: client.matches(glob=_given(name)),
    "parse_state": lambda _client, name: zinit.parse_state(name),
    "start_http_server": lambda client, name: client.start_http_server(name),
}


@pytest.mark.parametrize("call", NAMES)
@pytest.mark.parametrize("name", [None, b"web", 5, ["web"]])
def test_a_name_must_be_a_str(nobody: zinit.Client, call: str, name: object) -> None:
    with pytest.raises(TypeError, match="must be a str, not "):
        NAMES[call](nobody, name)


@pytest.mark.parametrize("key", ["exec", "test", "dir", "stop_signal"])
@pytest.mark.parametrize("value", [5, True, b"sleep", ["sleep", "1000"]])
def test_a_key_does_not_take_what_is_not_text(key: str, value: object) -> None:
    service = zinit.Service("a")
    with pytest.raises(TypeError, match=f"^{key} must be a str, not "):
        setattr(service, key, value)
    assert service.to_yaml() == "exec: a\n"


def test_a_directory_may_be_a_path() -> None:
    assert zinit.Service("a", dir=PurePath("/srv")).dir == "/srv"


def test_one_name_is_not_several() -> None:
    service: Any = zinit.Service("a", after=["first"])
    with pytest.raises(TypeError, match="after must be several names"):
        service.after = "db"
    assert service.after == ("first",)


def test_a_variable_that_is_not_text_is_named_without_its_value() -> None:
    variables: Any = {"PORT": 8080}
    with pytest.raises(TypeError, match=r"^env\.PORT must be a str, not int$"):
        zinit.Service("a", env=variables)


@pytest.mark.parametrize("definition", [None, "exec: a", {"exec": "a"}, zinit.Service])
def test_a_definition_must_be_a_service(nobody: zinit.Client, definition: Any) -> None:
    for call in (nobody.deploy, nobody.add_service):
        with pytest.raises(TypeError, match=r"must be a zinit\.Service, not "):
            call("web", definition)


TIMES: dict[str, Callable[[zinit.Client, Any], object]] = {
    "start": lambda client, time: client.start("web", wait=time),
    "restart": lambda client, time: client.restart("web", start_timeout=time),
    "destroy": lambda client, time: client.destroy("web", timeout=time),
    "watch": lambda client, time: client.watch(interval=time),
    "io_timeout": lambda _client, time: zinit.Client(io_timeout=time),
    "steady": lambda _client, time: zinit.Client(steady=time),
}


@pytest.mark.parametrize("call", TIMES)
@pytest.mark.parametrize("time", [True, False, "5"])
def test_a_timeout_must_be_a_number(nobody: zinit.Client, call: str, time: object) -> None:
    with pytest.raises(TypeError):
        TIMES[call](nobody, time)


@pytest.mark.parametrize("call", TIMES)
@pytest.mark.parametrize("time", [-1, math.nan, -math.inf, -(10**400), timedelta.min])
def test_a_timeout_below_zero_is_told_as_it_was_given(nobody: zinit.Client, call: str, time: object) -> None:
    with pytest.raises(zinit.InvalidArgument) as refused:
        TIMES[call](nobody, time)
    assert str(refused.value).startswith(f"invalid timeout {time!r}: ")


def test_a_timeout_may_be_larger_than_any_float(nobody: zinit.Client) -> None:
    with pytest.raises(zinit.NotRunning):
        nobody.start("web", wait=10**400)


COUNTS: dict[str, Callable[[zinit.Client, Any], object]] = {
    "last": lambda client, number: client.logs("web", last=number),
    "max_reply_bytes": lambda _client, number: zinit.Client(max_reply_bytes=number),
    "shutdown_timeout": lambda _client, number: zinit.Service("a", shutdown_timeout=number),
}


@pytest.mark.parametrize("what", COUNTS)
def test_a_count_is_an_int_from_zero_on(nobody: zinit.Client, what: str) -> None:
    for number in (-1, 2**63, -(2**70)):
        with pytest.raises(zinit.InvalidArgument, match=f"`{what}`: {number} is not in 0 to "):
            COUNTS[what](nobody, number)
    for other in (True, 1.5, "1"):
        with pytest.raises(TypeError):
            COUNTS[what](nobody, other)


@pytest.mark.parametrize("signal", [True, None, 1.0, b"SIGHUP"])
def test_a_signal_must_be_a_str_or_an_int(nobody: zinit.Client, signal: Any) -> None:
    with pytest.raises(TypeError, match="must be a str or an int, not "):
        nobody.kill("web", signal)
