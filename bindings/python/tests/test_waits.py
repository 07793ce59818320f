"""Waits, and what ends them: Ctrl-C, signals, other threads, forks, a limit of descriptors."""

from __future__ import annotations

import contextlib
import functools
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Callable

import pytest
from conftest import Daemon, Scripted, accepted, few_descriptors, in_child, refusal

import zinit

Script = Callable[[Callable[[str], "bytes | None"]], Scripted]

# A service that is never up: its test never passes.
NEVER_UP = "exec: sleep 1000\ntest: 'false'\n"

WAITS: dict[str, Callable[[zinit.Client], object]] = {
    "start": lambda client: client.start("web", wait=None),
    "stop": lambda client: client.stop("stubborn", wait=None),
    "restart": lambda client: client.restart("web", start_timeout=None),
    "deploy": lambda client: client.deploy("web", zinit.Service.from_yaml(NEVER_UP), start_timeout=None),
    "reload": lambda client: client.reload("web", start_timeout=None),
    "start_multiple": lambda client: client.start_multiple("web", timeout=None),
    "stop_multiple": lambda client: client.stop_multiple("stubborn", timeout=None),
    "restart_multiple": lambda client: client.restart_multiple("web", start_timeout=None),
    "destroy": lambda client: client.destroy("stubborn", timeout=None),
    "logs": lambda client: list(client.logs("web", follow=True)),
    "watch": lambda client: list(client.watch()),
}


@pytest.fixture
def waiting(daemon: Daemon, client: zinit.Client) -> zinit.Client:
    """A client of a daemon whose service web is never up, and whose service stubborn never ends."""
    daemon.add("web", NEVER_UP)
    client.monitor("web")
    if daemon.speaks_json_rpc:
        # The daemon itself kills a process that ignores the stop, so it is the start that does not end.
        daemon.add("stubborn", NEVER_UP)
    else:
        # It ignores the stop from its first moment on; a handler could come too late.
        daemon.add("stubborn", "exec: sleep 1000\nsignal: {stop: SIGCONT}\n")
    client.monitor("stubborn")
    for name in ("web", "stubborn"):
        while client.status(name).pid == 0:
            time.sleep(0.01)
    return client


@contextlib.contextmanager
def interrupted_soon(
    number: int = signal.SIGINT, once: Callable[[], object] = lambda: True
) -> Iterator[None]:
    """Has a signal sent to this process, as Ctrl-C does: after 0.3 seconds, and once the condition holds."""

    def interrupt() -> None:
        time.sleep(0.3)
        while not once():
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    interrupter = threading.Thread(target=interrupt, daemon=True)
    interrupter.start()
    try:
        yield
    finally:
        interrupter.join()


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_a_wait_without_a_limit(daemon: Daemon, waiting: zinit.Client, wait: str) -> None:
    if daemon.speaks_json_rpc and wait in ("stop", "stop_multiple", "destroy"):
        pytest.skip("a daemon that speaks JSON-RPC kills what ignores the stop")
    descriptors = len(os.listdir("/proc/self/fd"))
    with pytest.raises(KeyboardInterrupt), interrupted_soon():
        WAITS[wait](waiting)
    # The client has kept the two with which another thread can end its waits.
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 2
    assert waiting.exists("web")


def test_ctrl_c_ends_a_short_call_to_a_daemon_that_hangs(script: Script) -> None:
    hanging = script(lambda _command: None)
    with zinit.Client(hanging.socket, io_timeout=1000) as client:
        for call in (
            client.list,
            lambda: client.status("web"),
            client.statuses,
            lambda: client.kill("web", "SIGHUP"),
        ):
            with pytest.raises(KeyboardInterrupt), interrupted_soon():
                call()


def test_a_handler_that_returns_lets_the_wait_go_on(daemon: Daemon, waiting: zinit.Client) -> None:
    handled = []
    before = signal.signal(signal.SIGUSR1, lambda number, _frame: handled.append(number))
    try:
        with interrupted_soon(signal.SIGUSR1), pytest.raises(zinit.TimeoutError):
            waiting.start("web", wait=1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert handled == [signal.SIGUSR1]


def test_a_handler_may_use_the_client(daemon: Daemon, waiting: zinit.Client) -> None:
    seen: list[str] = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.extend(waiting.list()))
    try:
        with interrupted_soon(signal.SIGUSR1), pytest.raises(zinit.TimeoutError):
            waiting.start("web", wait=1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen == ["stubborn", "web"]


def test_a_handler_may_close_the_client(daemon: Daemon, waiting: zinit.Client) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: waiting.close())
    try:
        with (
            interrupted_soon(signal.SIGUSR1, lambda: waiting._waker._waits > 0),
            pytest.raises(zinit.Cancelled),
        ):
            waiting.start("web", wait=None)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_client_is_closed_under_the_waits_of_threads(daemon: Daemon, waiting: zinit.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(waiting.start, "web", wait=None) for _ in range(8)]
        while waiting._waker._waits < 8:
            time.sleep(0.01)
        waiting.close()
        for call in calls:
            cancelled = call.exception()
            assert isinstance(cancelled, zinit.Cancelled)
            assert cancelled.request_sent
            assert cancelled.code is zinit.Code.CANCELLED


def test_a_stream_is_closed_under_an_iteration(daemon: Daemon, waiting: zinit.Client) -> None:
    with ThreadPoolExecutor(2) as pool:
        for stream in (waiting.logs("web", follow=True), waiting.watch("nosuch")):
            iteration = pool.submit(list, stream)
            while stream._waker._waits == 0:
                time.sleep(0.01)
            stream.close()
            assert isinstance(iteration.result(), list)
            assert list(stream) == []


def test_other_threads_go_on_during_a_wait(daemon: Daemon, waiting: zinit.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        call = pool.submit(waiting.start, "web", wait=None)
        for _ in range(200):
            assert waiting.status("web").name == "web"
        for names in pool.map(lambda _: set(waiting.list()), range(200)):
            assert names == {"web", "stubborn"}
        assert not call.done()
        waiting.close()


def test_a_timeout_is_an_error_with_the_last_state(daemon: Daemon, waiting: zinit.Client) -> None:
    # Long enough for a busy daemon to tell the state.
    for wait in (1, timedelta(seconds=1)):
        with pytest.raises(TimeoutError) as over:
            waiting.start("web", wait=wait)
        assert isinstance(over.value, zinit.TimeoutError)
        assert over.value.state is not None
        assert over.value.state.kind is zinit.StateKind.SPAWNED
        assert over.value.service == "web"
        assert over.value.request_sent


@pytest.mark.parametrize("timeout", [-1, -0.0001, math.nan, timedelta(microseconds=-1), -math.inf])
def test_a_time_below_zero_is_refused(timeout: float, script: Script) -> None:
    refusing = script(lambda _command: refusal("no"))
    with zinit.Client(refusing.socket) as client, pytest.raises(zinit.InvalidArgument):
        client.start("web", wait=timeout)
    assert refusing.commands == []


def test_a_wait_for_ever_has_no_limit(daemon: Daemon, waiting: zinit.Client) -> None:
    for timeout in (math.inf, 1e300, timedelta.max):
        with pytest.raises(KeyboardInterrupt), interrupted_soon():
            waiting.start("web", wait=timeout)


# Python 3.12 warns of a fork in a process that has threads; the daemons of these tests have none.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_uses_the_client_of_its_parent(daemon: Daemon, waiting: zinit.Client) -> None:
    with pytest.raises(zinit.TimeoutError):
        waiting.start("web", wait=0.1)
    assert in_child(lambda: sorted(waiting.list())) == "['stubborn', 'web']"
    assert in_child(lambda: waiting.start("web", wait=0.1)).startswith("TimeoutError: ")
    assert in_child(waiting.close) == "None"
    assert in_child(lambda: waiting.add_service("new", zinit.Service("a"))) == "None"
    assert sorted(waiting.list()) == ["stubborn", "web"]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_cannot_use_what_waits_in_its_parent(daemon: Daemon, waiting: zinit.Client) -> None:
    logs, watch = waiting.logs("web", follow=True), waiting.watch()
    assert next(watch).kind is zinit.ChangeKind.APPEARED
    for stream in (logs, watch):
        assert in_child(functools.partial(next, stream)).startswith(
            "InvalidArgument: this process was forked"
        )
        assert in_child(stream.close) == "None"
    assert next(watch).service == "web"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_handler_forks_during_a_wait(daemon: Daemon, waiting: zinit.Client) -> None:
    """The child leaves the call of its parent alone, and may use the client."""
    said: list[str] = []

    def fork(*_: object) -> None:
        said.append(in_child(lambda: sorted(waiting.list())))

    before = signal.signal(signal.SIGUSR1, fork)
    try:
        with interrupted_soon(signal.SIGUSR1), pytest.raises(zinit.TimeoutError):
            waiting.start("web", wait=1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert said == ["['stubborn', 'web']"]


def test_the_end_of_a_child_does_not_end_the_waits_of_its_parent(
    daemon: Daemon, waiting: zinit.Client
) -> None:
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(waiting.start, "web", wait=None)
        while waiting._waker._waits == 0:
            time.sleep(0.01)
        subprocess.run([sys.executable, "-c", ""], check=True)
        assert not call.done()
        # And a child that lives on does not keep the parent from ending them.
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE):
            waiting.close()
            assert isinstance(call.exception(), zinit.Cancelled)


def test_a_wait_without_a_descriptor_left(daemon: Daemon, waiting: zinit.Client) -> None:
    """However many are left: the wait is an error of the library's, and none of them is lost."""
    codes = []
    with few_descriptors() as taken:
        for _ in range(8):
            with daemon.client() as client, pytest.raises(zinit.Error) as over:
                client.start("web", wait=0.5)
            codes.append(over.value.code)
            assert isinstance(over.value, OSError)
            os.close(taken.pop())
    assert set(codes) <= {zinit.Code.FILE_IO, zinit.Code.IO, zinit.Code.TIMEOUT}
    assert codes[0] is not zinit.Code.TIMEOUT
    assert codes[-1] is zinit.Code.TIMEOUT


def test_what_is_sent_is_told(script: Script, directory: Path) -> None:
    hanging = script(lambda _command: None)
    with zinit.Client(hanging.socket, io_timeout=0.05) as client, pytest.raises(zinit.NoReply) as over:
        client.start("web")
    assert over.value.request_sent
    with zinit.Client(directory / "nosuch") as client, pytest.raises(zinit.NotRunning) as missing:
        client.start("web")
    assert not missing.value.request_sent


def test_the_statuses_of_a_scripted_daemon(script: Script) -> None:
    def answer(command: str) -> bytes:
        if command == "list":
            return accepted({"web": "Running"})
        return accepted(
            {"name": "web", "pid": 7, "state": "Running", "target": "Down", "after": {"db": "Blocked"}}
        )

    with zinit.Client(script(answer).socket) as client:
        blocked = zinit.parse_state("Blocked")
        expected = zinit.Status("web", 7, zinit.parse_state("Running"), zinit.Target.DOWN, {"db": blocked})
        assert client.statuses() == (expected,)
        assert client.status("web") == expected
