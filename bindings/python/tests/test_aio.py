"""The client for asyncio."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any, Callable

import pytest
from conftest import Daemon, Scripted, accepted, in_child
from test_waits import NEVER_UP, interrupted_soon

import zinit
import zinit.aio

Script = Callable[[Callable[[str], "bytes | None"]], Scripted]


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main, debug=True)


def client_of(daemon: Daemon) -> zinit.aio.Client:
    return zinit.aio.Client(daemon.socket, config_dir=daemon.config_dir)


def test_each_call(daemon: Daemon) -> None:
    async def main() -> None:
        async with client_of(daemon) as client:
            assert await client.list() == {}
            await client.deploy("web", zinit.Service("sh -c 'echo hello; exec sleep 1000'"))
            assert (await client.status("web")).state.kind is zinit.StateKind.RUNNING
            assert [status.name for status in await client.statuses()] == ["web"]
            assert await client.exists("web")
            assert (await client.get("web")).exec == "sh -c 'echo hello; exec sleep 1000'"
            assert await client.matches(exec="sh", glob="w*") == ("web",)
            assert (await client.protocol()) is not zinit.Protocol.ANY
            await client.kill("web", signal.SIGCONT)
            await client.restart("web")
            await client.stop("web", wait=20)
            await client.start("web", wait=20)
            await client.reload("web")
            await client.stop("web")
            await client.start("web")
            await client.add_service("db", zinit.Service("sleep 1000"))
            assert [one.name for one in await client.start_multiple("web", "db")] == ["web", "db"]
            await client.restart_multiple("web", "db")
            await client.stop_multiple("web", "db")
            await client.forget("db")
            await client.monitor("db")
            assert [one.error for one in await client.destroy("web", "db")] == [None, None]
            await client.add_service("db", zinit.Service("a"))
            assert (await client.load_service("db")).exec == "a"
            await client.remove_service("db")
            assert await client.check("exec: a\n") == ()
            for refused in (client.status("web"), client.start("web", wait=1), client.restart("web")):
                with pytest.raises(zinit.UnknownService):
                    await refused

    run(main())


def test_the_daemon_itself(daemon: Daemon) -> None:
    async def main() -> None:
        async with zinit.aio.Client(daemon.socket, zinit_binary=daemon.program) as client:
            assert (await client.version() >= (0, 2, 15)) == daemon.speaks_json_rpc
            with pytest.raises(zinit.UnknownService if daemon.speaks_json_rpc else zinit.NotSupported):
                await client.stats("web")
            with pytest.raises(zinit.DaemonRefused if daemon.speaks_json_rpc else zinit.NotSupported):
                await client.stop_http_server()
            with pytest.raises(zinit.InvalidArgument):
                await client.start_http_server("nowhere")
            await client.shutdown()
        assert daemon.process is not None
        daemon.process.wait()
        async with zinit.aio.Client(daemon.socket) as client:
            with pytest.raises(zinit.NotRunning):
                await client.reboot()

    run(main())


def test_many_calls_wait_at_one_descriptor(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        daemon.add("web", NEVER_UP)
        async with client_of(daemon) as client:
            await client.monitor("web")
            descriptors = len(os.listdir("/proc/self/fd"))
            loop = asyncio.get_running_loop()
            added: list[object] = []
            monkeypatch.setattr(loop, "add_reader", lambda descriptor, *_: added.append(descriptor))
            waits = [asyncio.create_task(client.start("web", wait=None)) for _ in range(100)]
            assert len(await asyncio.gather(*(client.status("web") for _ in range(100)))) == 100
            assert added == []
            for wait in waits:
                wait.cancel()
            ended = await asyncio.gather(*waits, return_exceptions=True)
            assert {type(one) for one in ended} == {asyncio.CancelledError}
            assert len(os.listdir("/proc/self/fd")) <= descriptors

    run(main())


def test_a_cancelled_task_ends_its_call_and_no_other(daemon: Daemon) -> None:
    async def main() -> None:
        daemon.add("web", NEVER_UP)
        async with client_of(daemon) as client:
            await client.monitor("web")
            other = asyncio.create_task(client.start("web", wait=None))
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.start("web", wait=None), 0.2)
            # Its address is soon used again.
            assert len(await asyncio.gather(*(client.status("web") for _ in range(20)))) == 20
            # Each has a name of its own: what one had sent may be taken in while the next one is under way.
            names = [f"other{moment}" for moment in range(20)]
            for moment, name in enumerate(names):
                given_up = asyncio.create_task(
                    client.deploy(name, zinit.Service.from_yaml(NEVER_UP), start_timeout=None)
                )
                await asyncio.sleep(moment / 1000)
                given_up.cancel()
                assert isinstance(
                    (await asyncio.gather(given_up, return_exceptions=True))[0], asyncio.CancelledError
                )
            assert not other.done()
            other.cancel()
            # What a deployment had prepared is gone.
            files = {f"{name}.yaml" for name in ["web", *names]}
            while {path.name for path in daemon.config_dir.iterdir()} - files:
                await asyncio.sleep(0.01)

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with Python 3.11")
def test_asyncio_timeout(daemon: Daemon) -> None:
    async def main() -> None:
        daemon.add("web", NEVER_UP)
        async with client_of(daemon) as client:
            await client.monitor("web")
            with pytest.raises(TimeoutError) as over:
                async with asyncio.timeout(0.2):  # type: ignore[attr-defined, unused-ignore]
                    await client.start("web", wait=None)
            assert not isinstance(over.value, zinit.Error)
            with pytest.raises(zinit.TimeoutError):
                await client.start("web", wait=0.2)

    run(main())


def test_ctrl_c(daemon: Daemon) -> None:
    waits = threading.Event()

    async def main() -> None:
        daemon.add("web", NEVER_UP)
        async with client_of(daemon) as client:
            await client.monitor("web")
            waits.set()
            await client.start("web", wait=None)

    with pytest.raises(KeyboardInterrupt), interrupted_soon(once=waits.is_set):
        run(main())


def test_the_log_of_a_service(daemon: Daemon) -> None:
    async def main() -> None:
        async with client_of(daemon) as client:
            await client.deploy("web", zinit.Service("sh -c 'echo one; echo two; exec sleep 1000'"))
            texts: list[str] = []
            async with client.logs("web", follow=True) as log:
                async for line in log:
                    texts.append(line.text)
                    if line.text == "two":
                        break
            assert texts[-2:] == ["one", "two"]
            assert [line.text async for line in client.logs("web", last=1)] == ["two"]
            with pytest.raises(zinit.UnknownService):
                async for _ in client.logs("nosuch"):
                    pass
            with pytest.raises(zinit.InvalidArgument):
                client.logs("web", last=-1)

    run(main())


def test_changes(daemon: Daemon) -> None:
    async def main() -> None:
        async with client_of(daemon) as client:
            await client.deploy("web", zinit.Service("sleep 1000"))
            watch = client.watch()
            appeared = await watch.__anext__()
            assert (appeared.kind, appeared.service, appeared.before) == (
                zinit.ChangeKind.APPEARED,
                "web",
                None,
            )
            assert appeared.after == zinit.parse_state("Running")
            assert appeared.pid > 0
            assert appeared.target is zinit.Target.UP
            destroyed = asyncio.create_task(client.destroy("web"))
            kinds = []
            async for change in watch:
                kinds.append(change.kind)
                if change.kind is zinit.ChangeKind.FORGOTTEN:
                    break
            # A state that comes and goes between two looks is not seen.
            assert set(kinds[:-1]) <= {zinit.ChangeKind.STATE}
            await destroyed
            await watch.aclose()
            assert [change async for change in watch] == []

    run(main())


def test_a_stream_goes_on_after_a_cancelled_task(daemon: Daemon) -> None:
    async def main() -> None:
        async with client_of(daemon) as client:
            watch = client.watch("web")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(watch.__anext__(), 0.1)
            deployed = asyncio.create_task(client.deploy("web", zinit.Service("sleep 1000")))
            assert (await watch.__anext__()).kind is zinit.ChangeKind.APPEARED
            await deployed
            waiting = asyncio.create_task(anext_of(client.watch("nosuch")))
            log = client.logs("web", follow=True)
            while (await log.__anext__()).source is not zinit.LogSource.START:
                pass
            second = asyncio.create_task(anext_of(log))
            await asyncio.sleep(0.05)
            with pytest.raises(RuntimeError, match="another task"):
                await log.__anext__()
            await log.aclose()
            assert await second is None
        assert await waiting is None

    run(main())


async def anext_of(stream: AsyncIterator[object]) -> object:
    async for item in stream:
        return item
    return None


def test_a_log_that_nobody_reads_is_freed(daemon: Daemon) -> None:
    async def main() -> None:
        async with client_of(daemon) as client:
            await client.deploy("web", zinit.Service("sleep 1000"))
            descriptors = len(os.listdir("/proc/self/fd"))
            for _ in range(50):
                async for _line in client.logs("web", follow=True):
                    break
            gc.collect()
            assert len(os.listdir("/proc/self/fd")) <= descriptors
            assert await client.exists("web")

    run(main())


def test_a_client_is_closed_under_its_calls(daemon: Daemon) -> None:
    async def main() -> None:
        daemon.add("web", NEVER_UP)
        client = client_of(daemon)
        await client.monitor("web")
        calls = [asyncio.create_task(client.start("web", wait=None)) for _ in range(5)]
        await asyncio.sleep(0.05)
        await client.aclose()
        await client.aclose()
        for call in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(call, zinit.Cancelled)
        with pytest.raises(zinit.InvalidArgument, match="the client is closed"):
            await client.list()
        with pytest.raises(zinit.InvalidArgument, match="the client is closed"):
            client.watch()

    run(main())


def test_a_client_is_freed_with_its_descriptors(daemon: Daemon) -> None:
    gc.collect()
    descriptors = len(os.listdir("/proc/self/fd"))
    freed: list[weakref.ref[zinit.aio.Client]] = []

    async def main() -> None:
        async with client_of(daemon) as client:
            assert await client.list() == {}
            freed.append(weakref.ref(client))

    run(main())
    gc.collect()
    assert freed[0]() is None
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_a_call_whose_loop_was_closed_is_freed(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """The garbage collector finds the task, and clears the weak reference to its call first."""
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda seen: unraisable.append(seen.exc_value))
    hanging = script(lambda _command: None)
    client = zinit.aio.Client(hanging.socket, io_timeout=1000)
    loop = asyncio.new_event_loop()
    # It tells that the task is pending when it is freed.
    loop.set_exception_handler(lambda *_: None)
    loop.run_until_complete(client.__aenter__())
    gc.collect()
    descriptors = len(os.listdir("/proc/self/fd"))
    call = loop.create_task(client.list())
    loop.run_until_complete(loop.run_in_executor(None, hanging.wait_until_asked))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    del call, loop
    gc.collect()
    assert unraisable == []
    # The request's connection, at this end and at the daemon's; the loop has closed three of its own.
    assert len(os.listdir("/proc/self/fd")) == descriptors - 3 + 1
    run(client.aclose())


def test_a_call_whose_loop_was_closed_while_a_thread_wrote_is_freed(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (directory / "services").mkdir()
    gc.collect()
    descriptors = len(os.listdir("/proc/self/fd"))
    writes, go_on, done = threading.Event(), threading.Event(), threading.Event()
    dispatch = zinit.aio._Call._dispatch

    def dispatch_later(call: Any) -> int:
        writes.set()
        go_on.wait(60)
        code = dispatch(call)
        done.set()
        return code

    monkeypatch.setattr(zinit.aio._Call, "_dispatch", dispatch_later)
    client = zinit.aio.Client(directory / "nosuch", config_dir=directory / "services")
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)
    call = loop.create_task(client.add_service("web", zinit.Service("a")))
    while not writes.is_set():
        loop.run_until_complete(asyncio.sleep(0))
    # It does not wait for the thread.
    loop.close()
    del call, loop, client
    gc.collect()
    go_on.set()
    assert done.wait(60)
    while len(os.listdir("/proc/self/fd")) > descriptors:
        gc.collect()
    assert (directory / "services" / "web.yaml").read_text() == "exec: a\n"


def test_one_loop_after_the_other(daemon: Daemon) -> None:
    client = client_of(daemon)

    async def main() -> None:
        assert await client.list() == {}

    run(main())
    run(main())

    async def elsewhere() -> None:
        await main()
        refused: list[BaseException] = []

        def other_loop() -> None:
            try:
                run(main())
            except RuntimeError as error:
                refused.append(error)

        thread = threading.Thread(target=other_loop)
        thread.start()
        while thread.is_alive():
            await asyncio.sleep(0.01)
        assert "another event loop" in str(refused[0])
        await client.aclose()

    run(elsewhere())
    with pytest.raises(RuntimeError):
        client_of(daemon).list().send(None)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_cannot_use_the_client_of_its_parent(daemon: Daemon) -> None:
    async def main() -> None:
        async with client_of(daemon) as client:
            watch = client.watch()
            call = asyncio.create_task(client.list())
            await asyncio.sleep(0)
            coroutine = client.list()
            assert in_child(lambda: coroutine.send(None)).startswith(
                "InvalidArgument: this process was forked"
            )
            coroutine.close()
            await call
            assert await client.list() == {}
            await watch.aclose()

    run(main())


def test_the_disk_does_not_hold_the_loop_up(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads files is done in another thread."""

    async def main() -> None:
        daemon.add("web", "exec: sleep 1000\n")
        async with client_of(daemon) as client:
            await client.monitor("web")
            loop = asyncio.get_running_loop()
            used: list[object] = []
            in_executor = loop.run_in_executor

            def spy(executor: Any, function: Any, *arguments: Any) -> Any:
                used.append(function)
                return in_executor(executor, function, *arguments)

            monkeypatch.setattr(loop, "run_in_executor", spy)
            await client.status("web")
            assert used == []
            assert await client.matches(exec="sleep") == ("web",)
            assert len(used) > 0

    run(main())


def test_a_reply_that_comes_with_others(script: Script) -> None:
    """Each call gets its own answer."""
    replies = {f"s{number}": number for number in range(200)}

    def answer(command: str) -> bytes:
        name = command.split()[1]
        body = {"name": name, "pid": replies[name], "state": "Running", "target": "Up", "after": {}}
        return accepted(body)

    scripted = script(answer)

    async def main() -> None:
        async with zinit.aio.Client(scripted.socket) as client:
            statuses = await asyncio.gather(*(client.status(name) for name in replies))
            assert [status.pid for status in statuses] == list(replies.values())

    run(main())


def test_anyio_on_asyncio_and_on_trio(daemon: Daemon, directory: Path) -> None:
    anyio = pytest.importorskip("anyio")
    trio = pytest.importorskip("trio")

    async def native() -> None:
        async with client_of(daemon) as client:
            await client.deploy("web", zinit.Service("sleep 1000"))
            with anyio.move_on_after(0.1) as scope:
                await client.stop("web", wait=None)
                async for _ in client.watch():
                    pass
            assert scope.cancelled_caught

    anyio.run(native, backend="asyncio")

    async def in_threads() -> None:
        with daemon.client() as client:
            assert "web" in await anyio.to_thread.run_sync(client.list)
            client.add_service("late", zinit.Service.from_yaml(NEVER_UP))
            with anyio.move_on_after(0.2) as scope:
                await anyio.to_thread.run_sync(
                    lambda: client.start_multiple("late", timeout=None), abandon_on_cancel=True
                )
            assert scope.cancelled_caught

    for backend in ("trio", "asyncio"):
        anyio.run(in_threads, backend=backend)
    with pytest.raises(RuntimeError, match="no running event loop"):
        trio.run(native)
