"""Ten thousand calls need no more memory than a thousand."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from typing import Callable

from conftest import Daemon

import zinit
import zinit.aio

CALLS = 10_000
# What the allocator may keep for itself. One object that is not freed would be there 1,000 times at least,
# and most often.
MARGIN = 600_000


def resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def flat(calls: Callable[[int], None]) -> None:
    """Makes a thousand calls, and then ten thousand, and compares what is held after each. What leaks does so
    each time; what the allocator keeps for itself does not."""
    tracemalloc.start()
    calls(CALLS // 10)
    grown = []
    for _ in range(5):
        traced, held = tracemalloc.get_traced_memory()[0], resident()
        calls(CALLS)
        grown.append((tracemalloc.get_traced_memory()[0] - traced, resident() - held))
        if max(grown[-1]) < MARGIN:
            break
    tracemalloc.stop()
    assert max(grown[-1]) < MARGIN, grown


def test_calls_of_each_kind(daemon: Daemon) -> None:
    with daemon.client() as client:
        client.deploy("web", zinit.Service("sleep 1000"))
        service = zinit.Service("a", env={"A": "b"}, after=["c"])

        def calls(count: int) -> None:
            for number in range(count // 10):
                client.status("web")
                client.list()
                try:
                    client.status("unknown")
                except zinit.UnknownService as error:
                    assert error.daemon_message
                client.start("web")
                client.kill("web", "SIGCONT")
                zinit.Service.from_yaml(service.to_yaml()).env = {"N": str(number)}
                zinit.check("exec: a\nonshot: true\n")
                zinit.parse_state(f"Error(Exited(Pid({number}), 1))")
                next(client.watch())
                try:
                    client.start("a/b")
                except zinit.InvalidName:
                    pass

        flat(calls)


def test_calls_under_asyncio(daemon: Daemon) -> None:
    with daemon.client() as at_first:
        at_first.deploy("web", zinit.Service("sleep 1000"))
    loop = asyncio.new_event_loop()
    # It keeps the stack of every future, under -X dev.
    loop.set_debug(False)
    client = zinit.aio.Client(daemon.socket)

    async def some(count: int) -> None:
        for _ in range(count // 20):
            await asyncio.gather(*(client.status("web") for _ in range(9)), client.list())
            for _ in range(9):
                try:
                    await client.status("unknown")
                except zinit.UnknownService:
                    pass
            given_up = asyncio.create_task(client.status("web"))
            await asyncio.sleep(0)
            given_up.cancel()
            await asyncio.wait([given_up])

    flat(lambda count: loop.run_until_complete(some(count)))
    loop.run_until_complete(client.aclose())
    loop.close()
