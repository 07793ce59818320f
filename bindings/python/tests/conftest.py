"""A daemon for each test, the one of ZINIT_BIN, with a socket and a directory of its own."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

import zinit

MARK = "ZINIT_TEST_DAEMON"
"""In the environment of every process that a test's daemon has started."""


class Daemon:
    """A daemon in a directory."""

    def __init__(self, program: str, directory: Path) -> None:
        self.program = program
        self.directory = directory
        self.socket = directory / "zinit.sock"
        self.config_dir = directory / "services"
        self.config_dir.mkdir()
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        arguments = [self.program, "-s", str(self.socket), "init", "-c", str(self.config_dir), "--container"]
        with (self.directory / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, MARK: str(self.directory)},
            )
        for _ in range(2400):
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(self.socket))
                return
            assert self.process.poll() is None, (self.directory / "daemon.log").read_text()
            time.sleep(0.025)
        raise AssertionError("the daemon does not listen: " + (self.directory / "daemon.log").read_text())

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for environment in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if f"{MARK}={self.directory}".encode() in environment.read_bytes().split(b"\0"):
                    os.kill(int(environment.parent.name), signal.SIGKILL)

    @property
    def speaks_json_rpc(self) -> bool:
        version = subprocess.run([self.program, "-V"], capture_output=True, text=True, check=True).stdout
        return int(version.split()[1].split("-")[0].split(".")[2]) >= 15

    def add(self, name: str, yaml: str) -> None:
        (self.config_dir / f"{name}.yaml").write_text(yaml)

    def client(self) -> zinit.Client:
        return zinit.Client(self.socket, config_dir=self.config_dir)


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory with a short path, because a socket's may have 107 bytes."""
    made = Path(tempfile.mkdtemp(prefix="zinit-python."))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def daemon(directory: Path) -> Iterator[Daemon]:
    program = os.environ.get("ZINIT_BIN")
    if not program:
        pytest.fail("ZINIT_BIN is not set: the daemon to test with, such as build/zinit-testbed")
    made = Daemon(program, directory)
    try:
        made.begin()
        yield made
    finally:
        made.end()


@pytest.fixture
def client(daemon: Daemon) -> Iterator[zinit.Client]:
    with daemon.client() as made:
        yield made


class Scripted:
    """A daemon of the line protocol that answers as a function of the test's does."""

    def __init__(self, path: Path, answer: Callable[[str], bytes | None]) -> None:
        self.socket = path
        self.commands: list[str] = []
        self.asked = threading.Semaphore(0)
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(512)
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection.makefile("rb") as stream:
                line = stream.readline()
            command = line.decode("utf-8", "surrogateescape").rstrip("\n")
            self.commands.append(command)
            answer = self._answer(command)
            if answer is None:
                # It hangs.
                self._open.append(connection)
            else:
                with contextlib.suppress(OSError):
                    connection.sendall(answer)
                connection.close()
            self.asked.release()

    def wait_until_asked(self) -> None:
        assert self.asked.acquire(timeout=60)

    def close(self) -> None:
        # Closing alone does not end accept in another thread.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection in self._open:
            connection.close()


@pytest.fixture
def script(directory: Path) -> Iterator[Callable[[Callable[[str], bytes | None]], Scripted]]:
    made: list[Scripted] = []

    def start(answer: Callable[[str], bytes | None]) -> Scripted:
        made.append(Scripted(directory / f"scripted-{len(made)}", answer))
        return made[-1]

    yield start
    for scripted in made:
        scripted.close()


def refusal(message: str) -> bytes:
    return json.dumps({"state": "error", "body": message}).encode()


def accepted(body: object) -> bytes:
    return json.dumps({"state": "ok", "body": body}).encode()


def in_child(call: Callable[[], object]) -> str:
    """What a call comes to in a child of this process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = repr(call())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as said_by_child:
        text = said_by_child.read().decode()
    assert os.waitpid(child, 0)[1] == 0
    return text


@contextlib.contextmanager
def few_descriptors() -> Iterator[list[int]]:
    """Leaves no file descriptor; those that the test closes, and takes out of the list, are left again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 100), hard))
    taken: list[int] = []
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.open("/dev/null", os.O_RDONLY))
        yield taken
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
