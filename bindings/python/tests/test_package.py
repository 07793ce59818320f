"""The package has all that the library has, and says so in types."""

from __future__ import annotations

import ctypes
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zinit
import zinit.aio
from zinit import _operations, _streams
from zinit._library import check_version, ffi, lib

ENUMS = {
    "STATE": zinit.StateKind,
    "TARGET": zinit.Target,
    "PROTOCOL": zinit.Protocol,
    "STOP_ORDER": zinit.StopOrder,
    "LOG_SOURCE": zinit.LogSource,
    "LOG": zinit.LogType,
    "KEY": zinit.KeyStatus,
    "SEVERITY": zinit.Severity,
    "STEP": zinit.Step,
    "CHANGE": zinit.ChangeKind,
    "ERR": zinit.Code,
}
NOT_IN_AN_ENUM = {"OK", "PENDING", "END", "ABI_VERSION", "VERSION_MAJOR", "VERSION_MINOR", "VERSION_PATCH"}


def test_each_number_of_the_header_is_a_member() -> None:
    left = {name[len("ZINIT_") :] for name in dir(lib) if name.startswith("ZINIT_")} - NOT_IN_AN_ENUM
    for prefix, members in ENUMS.items():
        names = {name for name in left if name.startswith(f"{prefix}_")}
        assert {f"{prefix}_{member.name}" for member in members} == names
        for member in members:
            assert member == getattr(lib, f"ZINIT_{prefix}_{member.name}")
        left -= names
    assert left == set()


def test_a_number_of_a_newer_library_has_a_member() -> None:
    for kind in ENUMS.values():
        member = kind(12345)
        assert (member, member.value, member.name) == (12345, 12345, "NUMBER_12345")
        assert kind(12345) == member
        with pytest.raises(ValueError):
            kind("12345")  # type: ignore[arg-type]
    assert str(zinit.Code(12345)) == "ZINIT_UNKNOWN_CODE"
    assert (
        f"{zinit.Step(12345)} {zinit.LogSource.START} {zinit.StateKind.TEST_FAILURE}"
        == "NUMBER_12345 START TestFailure"
    )


def public(kind: type) -> dict[str, Any]:
    return {
        name: member for name, member in vars(kind).items() if not name.startswith("_") and callable(member)
    }


def test_both_clients_have_the_same_calls() -> None:
    calls, coroutines = public(zinit.Client), public(zinit.aio.Client)
    assert calls.pop("close")
    assert coroutines.pop("aclose")
    assert calls.keys() == coroutines.keys()
    for name, call in calls.items():
        assert inspect.signature(call) == inspect.signature(coroutines[name]), name
        assert call.__doc__ == coroutines[name].__doc__, name
        assert call.__doc__.strip(), name
        assert inspect.iscoroutinefunction(coroutines[name]) == (name not in ("logs", "watch")), name
    assert inspect.signature(zinit.Client) == inspect.signature(zinit.aio.Client)


# The functions of the library that no module names, and why.
UNUSED = {
    # Requests take their place: a signal cannot end these.
    "zinit_client_new",
    "zinit_queue_add",
    "zinit_request_set_data",
    "zinit_request_data",
    # They are for calls without a request.
    "zinit_cancel_new",
    "zinit_cancel_trigger",
    "zinit_cancel_free",
    # A report's error has it.
    "zinit_report_code",
    # Borrowed from requests.
    "zinit_service_list_free",
    "zinit_status_free",
    "zinit_status_list_free",
    "zinit_stats_free",
    "zinit_daemon_version_free",
    "zinit_name_list_free",
    "zinit_report_free",
}


def test_each_function_of_the_library_is_used() -> None:
    functions = {name for name in dir(lib) if name.startswith("zinit_")}
    begins = {name for name in functions if name.startswith("zinit_client_begin_")}
    waits = {name.replace("begin_", "") for name in begins}
    assert len(begins) >= 30
    used = set()
    for module in Path(zinit.__file__).parent.glob("*.py"):
        used |= set(re.findall(r"\blib\.(zinit_\w+)", module.read_text()))
    assert begins <= used
    assert used | UNUSED | waits == functions
    assert not used & (UNUSED | waits)


def test_each_operation_is_a_call_of_both_clients() -> None:
    names = {
        name
        for name, function in inspect.getmembers(_operations, inspect.isfunction)
        if function.__module__ == _operations.__name__ and not name.startswith("_")
    }
    renamed = {"list_services": "list", "destroy_services": "destroy"}
    calls = {renamed.get(name, name) for name in names} | {"logs", "watch", "check"}
    assert calls == public(zinit.Client).keys() - {"close"}
    assert {name for name in dir(_streams) if name.startswith("begin_")} == {"begin_logs", "begin_watch"}


def test_what_is_exported() -> None:
    for name in zinit.__all__:
        assert getattr(zinit, name) is not None
    errors = {
        name
        for name, value in vars(zinit).items()
        if isinstance(value, type) and issubclass(value, zinit.Error)
    }
    assert errors <= set(zinit.__all__)
    assert Path(zinit.__file__).with_name("py.typed").exists()
    assert re.fullmatch(r"\d+\.\d+\.\d+", zinit.__version__)


class Older:
    """A library that is not the one that the package was built for."""

    def __init__(self, version: str, abi: int) -> None:
        self._version, self._abi = ffi.new("char[]", version.encode()), abi
        self.ZINIT_VERSION_MAJOR, self.ZINIT_VERSION_MINOR, self.ZINIT_VERSION_PATCH = 1, 10, 0
        self.ZINIT_ABI_VERSION = 1

    def zinit_version(self) -> Any:
        return self._version

    def zinit_abi_version(self) -> int:
        return self._abi


@pytest.mark.parametrize(("version", "abi"), [("1.9.9", 1), ("0.11.0", 1), ("1.10.0", 0), ("2.0.0", 2)])
def test_another_library_is_an_import_error(version: str, abi: int) -> None:
    with pytest.raises(
        ImportError, match=f"built for version 1.10.0 of libzinit_client, but version {version} is loaded"
    ):
        check_version(ffi, Older(version, abi))


@pytest.mark.parametrize("version", ["1.10.0", "1.10.1", "1.11.0", "2.0.0"])
def test_a_newer_library_of_the_same_abi_is_taken(version: str) -> None:
    check_version(ffi, Older(version, 1))


def test_an_extension_that_carries_the_library_exports_nothing_of_it() -> None:
    """So that another copy of the library may stand beside it."""
    try:
        from zinit import _zinit
    except ImportError:
        pytest.skip("the package has no extension")
    extension = ctypes.CDLL(_zinit.__file__)
    needed = subprocess.run(["ldd", _zinit.__file__], capture_output=True, text=True, check=True).stdout
    if "libzinit_client.so" in needed:
        pytest.skip("the package uses the installed library")
    with pytest.raises(AttributeError):
        extension.zinit_version  # noqa: B018
    assert _zinit.__file__.endswith(".abi3.so")


def test_the_import_says_nothing_and_starts_nothing() -> None:
    code = (
        "import threading, zinit; assert threading.active_count() == 1; assert not hasattr(zinit, 'asyncio')"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
