"""Logs and watches of the client that waits in its thread."""

from __future__ import annotations

import gc
import os
import threading
from typing import Callable

import pytest
from conftest import Daemon, Scripted, accepted

import zinit

Script = Callable[[Callable[[str], "bytes | None"]], Scripted]


def test_the_log_of_a_service(daemon: Daemon, client: zinit.Client) -> None:
    client.deploy("web", zinit.Service("sh -c 'echo one; echo two; exec sleep 1000'"))
    with client.logs("web", follow=True) as log:
        lines = [next(log)]
        while lines[-1].text != "two":
            lines.append(next(log))
    assert list(log) == []
    assert [str(line) for line in lines[-2:]] == ["one", "two"]
    assert {line.service for line in lines} == {"web"}
    assert lines[-1] == zinit.LogLine("web", zinit.LogSource.STDOUT, b"two", False)
    assert [line.text for line in client.logs("web", last=1)] == ["two"]
    assert [line.text for line in client.logs(last=1)] == ["two"]
    assert list(client.logs("web", last=0)) == []


def test_the_log_of_a_service_that_is_not_there(daemon: Daemon, client: zinit.Client) -> None:
    with pytest.raises(zinit.UnknownService):
        next(client.logs("nosuch"))
    with pytest.raises(zinit.InvalidArgument):
        client.logs("web", last=-1)


def test_the_daemon_ends_under_a_log_and_a_watch(daemon: Daemon, client: zinit.Client) -> None:
    client.deploy("web", zinit.Service("sleep 1000"))
    log, watch = client.logs("web", follow=True), client.watch()
    assert next(watch).kind is zinit.ChangeKind.APPEARED
    assert next(log).source is zinit.LogSource.START
    daemon.end()
    with pytest.raises(ConnectionError) as closed:
        list(log)
    assert isinstance(closed.value, zinit.Closed)
    lost = next(watch)
    assert lost == zinit.Change(zinit.ChangeKind.DAEMON_LOST, None, None, None, 0, zinit.Target.UNKNOWN)
    daemon.begin()
    assert next(watch).kind is zinit.ChangeKind.DAEMON_BACK


def test_changes(daemon: Daemon, client: zinit.Client) -> None:
    client.deploy("web", zinit.Service("sleep 1000"))
    with client.watch("web", interval=0.05) as watch:
        appeared = next(watch)
        assert (appeared.kind, appeared.service, appeared.before) == (zinit.ChangeKind.APPEARED, "web", None)
        assert appeared.after == zinit.parse_state("Running")
        assert (appeared.pid, appeared.target) == (client.status("web").pid, zinit.Target.UP)
        thread = threading.Thread(target=client.destroy, args=["web"])
        thread.start()
        for change in watch:
            if change.kind is zinit.ChangeKind.FORGOTTEN:
                assert change.after is None
                break
            assert change.kind is zinit.ChangeKind.STATE
        thread.join()


def test_an_abandoned_stream_is_freed(daemon: Daemon, client: zinit.Client) -> None:
    client.deploy("web", zinit.Service("sleep 1000"))
    gc.collect()
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        for _line in client.logs("web", follow=True):
            break
        for _change in client.watch():
            break
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_lines_of_every_kind(script: Script) -> None:
    long = b"x" * 70000
    kept = [b"[+] web: a\xffb", b"[-] web: to stderr", b"[+] web: " + long, b"[-] zinit: 7 log lines dropped"]
    scripted = script(lambda command: b"\n".join([*kept, b""]) if command.startswith("log") else accepted({}))
    with zinit.Client(scripted.socket) as client:
        not_text, error, cut, *_ = client.logs()
    assert (not_text.data, not_text.text) == (b"a\xffb", "a\N{REPLACEMENT CHARACTER}b")
    assert (error.source, error.text, error.truncated) == (zinit.LogSource.STDERR, "to stderr", False)
    assert long.startswith(cut.data)
    assert 60000 < len(cut.data) <= 65536
    assert cut.truncated


def test_a_state_of_a_newer_daemon(script: Script) -> None:
    with zinit.Client(script(lambda _command: accepted({"web": "Sleeping(soundly)"})).socket) as client:
        state = client.list()["web"]
    assert (state.kind, state.text, state.reason) == (zinit.StateKind.OTHER, "Sleeping(soundly)", "soundly")
    assert str(state.kind) == "Other"
