"""Exceptions: one for each code, and what each tells."""

from __future__ import annotations

import asyncio
import builtins
import os
import pickle
import re
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest
from conftest import Scripted, accepted, few_descriptors, in_child, refusal

import zinit
import zinit.aio
from zinit._errors import CLASSES
from zinit._library import lib

Script = Callable[[Callable[[str], "bytes | None"]], Scripted]
RUNNING = {"name": "web", "pid": 7, "state": "Running", "target": "Up", "after": {}}


def refusing(message: str) -> Callable[[str], bytes]:
    return lambda _command: refusal(message)


def ends_differently(state: str, target: str = "Up") -> Callable[[str], bytes]:
    """A daemon that takes every command, and whose service then is in that state."""

    def answer(command: str) -> bytes:
        if command.startswith("status"):
            return accepted({"name": "web", "pid": 0, "state": state, "target": target, "after": {}})
        return accepted({"web": state} if command == "list" else None)

    return answer


class Row(NamedTuple):
    """What a daemon answers, a call, and what comes of it."""

    answer: Callable[[str], bytes | None]
    call: Callable[[Any], Any]
    kinds: tuple[type[BaseException], ...]
    service: str | None = "web"
    state: zinit.StateKind | None = None
    daemon_message: str | None = None
    request_sent: bool = True


UNUSED = refusing("not to be asked")

ROWS: dict[str, Row] = {
    "INVALID_ARGUMENT": Row(
        UNUSED, lambda c: c.start("a\udcffb"), (zinit.InvalidArgument, ValueError), None, request_sent=False
    ),
    "INVALID_NAME": Row(
        UNUSED,
        lambda c: c.start("a/b"),
        (zinit.InvalidName, zinit.InvalidArgument, ValueError),
        None,
        request_sent=False,
    ),
    "INVALID_SIGNAL": Row(
        UNUSED, lambda c: c.kill("web", "NOPE"), (zinit.InvalidSignal, ValueError), None, request_sent=False
    ),
    "INVALID_REGEX": Row(
        UNUSED,
        lambda c: c.matches(exec_regex="("),
        (zinit.InvalidRegex, ValueError),
        None,
        request_sent=False,
    ),
    "INVALID_SERVICE": Row(
        UNUSED,
        lambda c: c.add_service("web", zinit.Service()),
        (zinit.InvalidService, ValueError),
        request_sent=False,
    ),
    "INVALID_STATE": Row(
        UNUSED, lambda _: zinit.parse_state("("), (zinit.InvalidState, ValueError), None, request_sent=False
    ),
    "UNKNOWN_SERVICE": Row(
        refusing('service name "web" unknown'),
        lambda c: c.status("web"),
        (zinit.UnknownService,),
        daemon_message='service name "web" unknown',
    ),
    "ALREADY_MONITORED": Row(
        refusing('service "web" already monitored'),
        lambda c: c.monitor("web"),
        (zinit.AlreadyMonitored,),
        daemon_message='service "web" already monitored',
    ),
    "SERVICE_UP": Row(
        refusing('service "web" is up'),
        lambda c: c.forget("web"),
        (zinit.ServiceUp,),
        daemon_message='service "web" is up',
    ),
    "SERVICE_DOWN": Row(
        refusing('service "web" is down'),
        lambda c: c.kill("web", "SIGHUP"),
        (zinit.ServiceDown,),
        daemon_message='service "web" is down',
    ),
    "SHUTTING_DOWN": Row(
        refusing("zinit is shutting down"),
        lambda c: c.start("web"),
        (zinit.ShuttingDown,),
        daemon_message="zinit is shutting down",
    ),
    "CONFIG_REFUSED": Row(
        refusing("failed to load service config"),
        lambda c: c.monitor("web"),
        (zinit.ConfigRefused,),
        daemon_message="failed to load service config",
    ),
    "NOT_SUPPORTED": Row(lambda _: accepted({}), lambda c: c.stats("web"), (zinit.NotSupported,)),
    "DAEMON": Row(refusing("no"), lambda c: c.start("web"), (zinit.DaemonRefused,), daemon_message="no"),
    "TIMEOUT": Row(
        ends_differently("Spawned"),
        # Long enough for the state to be told.
        lambda c: c.start("web", wait=1),
        (zinit.TimeoutError, builtins.TimeoutError, OSError),
        state=zinit.StateKind.SPAWNED,
    ),
    "TARGET_CHANGED": Row(
        ends_differently("Blocked", "Down"),
        lambda c: c.start("web", wait=20),
        (zinit.TargetChanged,),
        state=zinit.StateKind.BLOCKED,
    ),
    "SERVICE_FAILED": Row(
        ends_differently("Failure"),
        lambda c: c.start("web", wait=20),
        (zinit.ServiceFailed,),
        state=zinit.StateKind.FAILURE,
    ),
    "NO_REPLY": Row(lambda _: None, lambda c: c.start("web"), (zinit.NoReply, builtins.TimeoutError)),
    "CLOSED": Row(lambda _: b"", lambda c: c.start("web"), (zinit.Closed, ConnectionError)),
    "PROTOCOL": Row(lambda _: b'{"state":"weird"}', lambda c: c.start("web"), (zinit.ProtocolError,)),
    "REPLY_TOO_LARGE": Row(lambda _: accepted("x" * 5000), lambda c: c.start("web"), (zinit.ReplyTooLarge,)),
    "FILE_NOT_FOUND": Row(
        lambda _: accepted(RUNNING),
        lambda c: c.get("web"),
        (zinit.FileNotFoundError, builtins.FileNotFoundError, OSError),
    ),
    "FILE_SYNTAX": Row(
        lambda _: accepted(RUNNING),
        lambda c: c.load_service("broken"),
        (zinit.FileSyntaxError, ValueError),
        "broken",
        request_sent=False,
    ),
    "FILE_IO": Row(
        UNUSED,
        lambda c: c.load_service("directory"),
        (zinit.FileIOError, OSError),
        "directory",
        request_sent=False,
    ),
    "VERSION": Row(UNUSED, lambda c: c.version(), (zinit.VersionUnknown,), None, request_sent=False),
}

# What the next tests bring about in another way: no daemon, its socket, a descriptor, a closed client, a
# defect.
OTHERS = {"NOT_RUNNING", "PERMISSION", "IO", "CANCELLED", "INTERNAL"}


def options(directory: Path, code: str) -> dict[str, Any]:
    (directory / "broken.yaml").write_text("exec: [")
    (directory / "directory.yaml").mkdir()
    return {
        "config_dir": directory,
        # Whatever answers is waited for, also on a busy machine.
        "io_timeout": 0.5 if code == "NO_REPLY" else 60,
        "max_reply_bytes": 4096,
        "zinit_binary": directory / "nosuch",
        "protocol": zinit.Protocol.ANY,
    }


def check(row: Row, code: str, error: zinit.Error) -> None:
    assert error.code is zinit.Code[code]
    assert str(error.code) == f"ZINIT_ERR_{code}"
    for kind in row.kinds:
        assert isinstance(error, kind)
    assert type(error) is row.kinds[0] is CLASSES[error.code]
    assert error.service == row.service
    assert (error.state and error.state.kind) == row.state
    assert error.daemon_message == row.daemon_message
    assert error.request_sent is row.request_sent
    # The message is the library's, on one line, and not what OSError makes of an errno.
    assert re.fullmatch(r"[^\n\[][^\n]{10,}", str(error)), str(error)


@pytest.mark.parametrize("code", ROWS)
def test_a_code_is_an_exception(code: str, script: Script, directory: Path) -> None:
    row = ROWS[code]
    scripted = script(row.answer)
    with (
        zinit.Client(scripted.socket, **options(directory, code)) as client,
        pytest.raises(zinit.Error) as failed,
    ):
        row.call(client)
    check(row, code, failed.value)
    if not row.request_sent:
        assert scripted.commands == [] or code == "FILE_SYNTAX"


@pytest.mark.parametrize("code", sorted(ROWS.keys() - {"INVALID_STATE"}))
def test_a_code_is_the_same_exception_under_asyncio(code: str, script: Script, directory: Path) -> None:
    row = ROWS[code]

    async def main() -> None:
        async with zinit.aio.Client(script(row.answer).socket, **options(directory, code)) as client:
            await row.call(client)

    with pytest.raises(zinit.Error) as failed:
        asyncio.run(main())
    check(row, code, failed.value)


def test_each_code_of_the_header_has_a_class_and_a_test() -> None:
    names = {name[len("ZINIT_ERR_") :] for name in dir(lib) if name.startswith("ZINIT_ERR_")}
    assert {code.name for code in zinit.Code} == names == ROWS.keys() | OTHERS
    for name in names:
        code = getattr(lib, f"ZINIT_ERR_{name}")
        assert zinit.Code[name] == code
        assert getattr(zinit, CLASSES[code].__name__) is CLASSES[code]
        assert CLASSES[code].__doc__
    assert len(set(CLASSES.values())) == len(names) == len(CLASSES)
    assert CLASSES[zinit.Code.INTERNAL] is zinit.InternalError


def test_no_daemon(directory: Path) -> None:
    with zinit.Client(directory / "nosuch") as client, pytest.raises(ConnectionError) as missing:
        client.list()
    assert isinstance(missing.value, zinit.NotRunning)
    assert (missing.value.code, missing.value.errno) == (zinit.Code.NOT_RUNNING, 2)
    assert str(missing.value).startswith("cannot list the services: no zinit daemon answers at ")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_socket_that_this_user_may_not_use(script: Script, directory: Path) -> None:
    scripted = script(UNUSED)
    scripted.socket.chmod(0)
    directory.chmod(0o711)

    def use() -> zinit.Error:
        if os.geteuid() == 0:
            os.setuid(65534)
        with zinit.Client(scripted.socket) as client, pytest.raises(PermissionError) as refused:
            client.list()
        assert isinstance(refused.value, zinit.PermissionError)
        assert (refused.value.code, refused.value.errno) == (zinit.Code.PERMISSION, 13)
        assert not refused.value.request_sent
        return refused.value

    assert in_child(use).startswith("PermissionError(")


def test_an_error_of_the_system(script: Script) -> None:
    scripted = script(UNUSED)
    with zinit.Client(scripted.socket) as client, few_descriptors(), pytest.raises(OSError) as failed:
        client.list()
    assert isinstance(failed.value, zinit.IOError)
    assert (failed.value.code, failed.value.errno) == (zinit.Code.IO, 24)


def test_an_exception_can_be_sent_to_another_process(script: Script) -> None:
    with (
        zinit.Client(script(ends_differently("Failure")).socket) as client,
        pytest.raises(zinit.Error) as failed,
    ):
        client.start_multiple("web")
    error = failed.value
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    for name in ("code", "service", "state", "daemon_message", "errno", "request_sent"):
        assert getattr(again, name) == getattr(error, name)
    assert str(again) == str(error)
    assert [one.name for one in again.report] == ["web"]


def test_arguments_are_refused_before_anything_is_sent(script: Script) -> None:
    scripted = script(UNUSED)
    with zinit.Client(scripted.socket) as client:
        calls: list[Callable[[str], Any]] = [
            client.status,
            client.stats,
            client.exists,
            client.get,
            client.load_service,
            client.remove_service,
            client.start,
            client.stop,
            client.monitor,
            client.forget,
            client.restart,
            client.reload,
            client.start_multiple,
            client.stop_multiple,
            client.restart_multiple,
            client.destroy,
            client.watch,
            lambda name: client.start(name, wait=1),
            lambda name: client.stop(name, wait=1),
            lambda name: client.kill(name, "SIGHUP"),
            lambda name: client.add_service(name, zinit.Service("a")),
            lambda name: client.deploy(name, zinit.Service("a")),
            lambda name: client.logs(name),
            lambda name: client.matches(name=name),
            lambda name: setattr(zinit.Service(), "after", [name]),
        ]
        for call in calls:
            for name in ("", "a/b", "a\nb", "a\0b", "\0", "x" * 251):
                with pytest.raises(zinit.InvalidName):
                    call(name)
        for signal in ("", "NOPE", "SIG\0HUP", 0, -1, 1000, 2**40):
            with pytest.raises(zinit.InvalidSignal):
                client.kill("web", signal)
        with pytest.raises(zinit.InvalidArgument):
            client.matches(glob="a\0b")
        with pytest.raises(zinit.InvalidArgument):
            client.start_http_server("a\0b")
    for settings in (
        {"io_timeout": 0},
        {"io_timeout": -1},
        {"max_reply_bytes": 0},
        {"max_reply_bytes": -1},
        {"steady": -1},
        {"protocol": 17},
        {"stop_order": 17},
        {"config_dir": "a\0b"},
        {"socket": "x" * 200},
    ):
        for kind in (zinit.Client, zinit.aio.Client):
            with pytest.raises(zinit.InvalidArgument):
                kind(**settings)
    assert scripted.commands == []
