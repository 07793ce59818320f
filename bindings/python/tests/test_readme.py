"""What README shows works."""

from __future__ import annotations

import asyncio
import doctest
import functools
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Daemon

import zinit
import zinit.aio

README = Path(__file__).resolve().parent.parent / "README.md"


def test_each_program(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (zinit, zinit.aio):
        client = functools.partial(module.Client, daemon.socket, config_dir=daemon.config_dir)
        monkeypatch.setattr(module, "Client", client)
    programs = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    assert len(programs) > 3
    names: dict[str, Any] = {"__name__": "__main__"}
    for program in programs:
        if ">>>" in program:
            test = doctest.DocTestParser().get_doctest(program, names, "README.md", "README.md", 0)
            said: list[str] = []
            failed = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(
                test, out=said.append, clear_globs=False
            )
            assert failed.failed == 0, "".join(said)
            names.update(test.globs)
        else:
            exec(compile(program, "README.md", "exec"), names)
    assert "ready\n" in capsys.readouterr().out
    assert asyncio.run(left(daemon)) == {}


async def left(daemon: Daemon) -> dict[str, zinit.State]:
    async with zinit.aio.Client() as client:
        return await client.list()


def test_each_exception_is_in_the_table() -> None:
    table = README.read_text().partition("| Exception |")[2]
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\|\s*`?(\w*)`?\s*\|$", table, re.MULTILINE))
    errors = {
        name
        for name, kind in vars(zinit).items()
        if isinstance(kind, type) and issubclass(kind, zinit.Error) and kind is not zinit.Error
    }
    assert rows.keys() == errors
    for name, also in rows.items():
        others = {base.__name__ for base in getattr(zinit, name).__bases__} - {"Error"}
        assert others == ({also} if also else set()), name
