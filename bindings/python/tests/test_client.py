"""Each call of the client on a daemon."""

from __future__ import annotations

import datetime
import signal
import socket
import time
from pathlib import Path

import pytest
from conftest import Daemon

import zinit


def test_a_service_from_its_deployment_to_its_end(daemon: Daemon, client: zinit.Client) -> None:
    assert client.list() == {}
    client.deploy("web", zinit.Service("sleep 1000"))
    status = client.status("web")
    assert status.name == "web"
    assert status.pid > 0
    assert status.state.kind is zinit.StateKind.RUNNING
    assert str(status.state) == "Running"
    assert status.target is zinit.Target.UP
    assert status.after == {}
    assert client.list() == {"web": status.state}
    client.restart("web")
    assert client.status("web").pid not in (0, status.pid)
    (destroyed,) = client.destroy("web")
    assert (destroyed.name, destroyed.error, destroyed.step) == ("web", None, zinit.Step.DONE)
    assert client.list() == {}
    assert not list(daemon.config_dir.iterdir())


def test_each_step_by_itself(daemon: Daemon, client: zinit.Client) -> None:
    client.add_service("web", zinit.Service("sleep 1000", after=["db"]))
    client.add_service("db", zinit.Service("sleep 1000"))
    assert not client.exists("web")
    client.monitor("web")
    assert client.exists("web")
    assert client.status("web").state.kind is zinit.StateKind.BLOCKED
    client.monitor("db")
    client.start("web", wait=None)
    assert client.status("web").after == {"db": client.status("db").state}
    assert [status.name for status in client.statuses()] == ["db", "web"]
    client.stop("web", wait=20)
    status = client.status("web")
    assert (status.pid, status.target) == (0, zinit.Target.DOWN)
    client.start("web")
    assert client.status("web").target is zinit.Target.UP
    client.stop("web")
    assert client.status("web").target is zinit.Target.DOWN
    client.stop("web", wait=datetime.timedelta(seconds=20))
    client.forget("web")
    client.remove_service("web")
    with pytest.raises(zinit.UnknownService):
        client.status("web")


def test_a_state_tells_how_a_process_ended(daemon: Daemon, client: zinit.Client) -> None:
    with pytest.raises(zinit.ServiceFailed) as failed:
        client.deploy("once", zinit.Service("sh -c 'exit 3'", oneshot=True))
    state = failed.value.state
    assert state is not None
    assert (state.kind, state.exit_code, state.signal, state.exited) == (zinit.StateKind.ERROR, 3, None, True)
    assert failed.value.service == "once"
    (report,) = failed.value.report
    assert (report.name, report.step, report.state) == ("once", zinit.Step.STARTING, state)
    assert str(report.step) == "Starting"


def test_a_signal_by_its_name_and_by_its_number(
    daemon: Daemon, client: zinit.Client, directory: Path
) -> None:
    said = directory / "said"
    script = f"trap 'echo hup >> {said}' HUP; trap 'echo usr1 >> {said}' USR1; echo up >> {said}; "
    client.deploy(
        "web", zinit.Service(f'sh -c "{script} while true; do sleep 0.02; done"', log=zinit.LogType.NONE)
    )
    wait_for(said, "up\n")
    client.kill("web", "SIGHUP")
    wait_for(said, "up\nhup\n")
    client.kill("web", signal.SIGUSR1)
    wait_for(said, "up\nhup\nusr1\n")


def wait_for(file: Path, content: str) -> None:
    while not file.exists() or file.read_text() != content:
        time.sleep(0.01)


def test_a_definition_from_the_daemon(daemon: Daemon, client: zinit.Client) -> None:
    daemon.add("web", "# why\nexec: sleep 1000\nown: key\n")
    with pytest.raises(zinit.UnknownService):
        client.get("web")
    client.monitor("web")
    service = client.get("web")
    assert service.to_yaml() == "# why\nexec: sleep 1000\nown: key\n"
    service.test = "true"
    client.deploy("web", service)
    assert (daemon.config_dir / "web.yaml").read_text() == '# why\nexec: sleep 1000\nown: key\ntest: "true"\n'
    assert client.load_service("web").test == "true"
    daemon.add("web", "exec: sleep 2000\n")
    client.reload("web")
    assert Path(f"/proc/{client.status('web').pid}/cmdline").read_bytes() == b"sleep\0002000\0"
    daemon.add("broken", "exec: a\nlog: file\n")
    broken = client.load_service("broken")
    assert broken.key_status("log") is zinit.KeyStatus.NOT_UNDERSTOOD


def test_groups_and_their_report(daemon: Daemon, client: zinit.Client) -> None:
    for name in ("a", "b"):
        daemon.add(name, "exec: sleep 1000\n")
    report = client.start_multiple("a", "b")
    assert [(one.name, one.error, one.state and one.state.kind) for one in report] == [
        ("a", None, zinit.StateKind.RUNNING),
        ("b", None, zinit.StateKind.RUNNING),
    ]
    with pytest.raises(zinit.ConfigRefused) as refused:
        client.start_multiple("a", "nosuch", timeout=20)
    a, nosuch = refused.value.report
    assert (a.error, a.step) == (None, zinit.Step.DONE)
    assert isinstance(nosuch.error, zinit.ConfigRefused)
    assert "nosuch" in str(refused.value)
    before = [client.status(name).pid for name in ("a", "b")]
    client.restart_multiple("a", "b")
    assert not {client.status(name).pid for name in ("a", "b")} & {0, *before}
    stopped = client.stop_multiple("a", "b", "nosuch")
    assert [one.error for one in stopped] == [None] * 3
    assert client.start_multiple() == ()
    assert [one.name for one in client.destroy("b", "a")] == ["b", "a"]
    assert client.list() == {}


def test_a_service_that_ignores_the_stop_is_killed(daemon: Daemon, client: zinit.Client) -> None:
    client.deploy("web", zinit.Service("sh -c \"trap '' TERM; while true; do sleep 0.02; done\""))
    (killed,) = client.destroy("web", timeout=0)
    assert killed.killed


def test_matches(daemon: Daemon, client: zinit.Client) -> None:
    for name in ("web-1", "web-2", "db"):
        daemon.add(name, f"exec: sleep 1000 {name[-1]}\n".replace(" b", " 3"))
    client.start_multiple("web-1", "web-2", "db")
    assert client.matches(glob="web-*") == ("web-1", "web-2")
    assert client.matches(name="db") == ("db",)
    assert client.matches(exec="sleep") == ("db", "web-1", "web-2")
    assert client.matches(exec="sleep", glob="w*", exec_regex="2$") == ("web-2",)
    with pytest.raises(zinit.InvalidRegex):
        client.matches(exec_regex="(")
    with pytest.raises(zinit.InvalidArgument):
        client.matches(glob="[")
    with pytest.raises(zinit.InvalidArgument):
        client.matches()


def test_the_daemon_itself(daemon: Daemon, client: zinit.Client) -> None:
    with zinit.Client(daemon.socket, zinit_binary=daemon.program) as by_program:
        version = by_program.version()
    assert (version >= (0, 2, 15)) == daemon.speaks_json_rpc
    assert str(version) == version.text
    expected = zinit.Protocol.JSONRPC if daemon.speaks_json_rpc else zinit.Protocol.LINE
    assert client.protocol() is expected
    other = zinit.Protocol.LINE if daemon.speaks_json_rpc else zinit.Protocol.JSONRPC
    with zinit.Client(daemon.socket, protocol=other) as wrong, pytest.raises(zinit.ProtocolError):
        wrong.list()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_what_only_a_daemon_that_speaks_json_rpc_can(daemon: Daemon, client: zinit.Client) -> None:
    client.deploy("web", zinit.Service("sleep 1000"))
    address = f"127.0.0.1:{free_port()}"
    if not daemon.speaks_json_rpc:
        for call in (lambda: client.stats("web"), client.stop_http_server):
            with pytest.raises(zinit.NotSupported):
                call()
        with pytest.raises(zinit.NotSupported):
            client.start_http_server(address)
        return
    stats = client.stats("web")
    assert stats.process.pid == client.status("web").pid
    assert stats.process.memory > 0
    assert stats.process.cpu >= 0
    assert stats.children == ()
    client.start_http_server(address)
    client.stop_http_server()
    with pytest.raises(zinit.DaemonRefused):
        client.stop_http_server()


@pytest.mark.parametrize("end", ["reboot", "shutdown"])
def test_the_end_of_the_daemon(daemon: Daemon, end: str) -> None:
    with zinit.Client(daemon.socket, zinit_binary=daemon.program) as client:
        getattr(client, end)()
    assert daemon.process is not None
    daemon.process.wait()


def test_a_closed_client_is_an_error(daemon: Daemon) -> None:
    client = daemon.client()
    client.close()
    client.close()
    for call in (client.list, client.logs, client.watch):
        with pytest.raises(zinit.InvalidArgument, match="the client is closed"):
            call()
