"""Definitions, and what is wrong with them."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path

import pytest

import zinit


def test_each_key_in_and_out() -> None:
    service = zinit.Service(
        "web --port 80",
        test="curl -f localhost",
        dir=Path("/srv"),
        oneshot=True,
        after=["db", "net"],
        env={"B": "yes", "A": ""},
        log=zinit.LogType.STDOUT,
        stop_signal="sigint",
        shutdown_timeout=0,
    )
    for definition in (
        service,
        zinit.Service.from_yaml(service.to_yaml()),
        pickle.loads(pickle.dumps(service)),
    ):
        assert definition.exec == "web --port 80"
        assert definition.test == "curl -f localhost"
        assert definition.dir == "/srv"
        assert definition.oneshot is True
        assert definition.after == ("db", "net")
        assert dict(definition.env) == {"A": "", "B": "yes"}
        assert definition.log is zinit.LogType.STDOUT
        assert definition.stop_signal == "SIGINT"
        assert definition.shutdown_timeout == 0
        assert definition.key_status("exec") is zinit.KeyStatus.PRESENT
        assert definition.key_status("nosuch") is zinit.KeyStatus.ABSENT


def test_each_key_is_absent_at_first_and_when_it_is_taken_out() -> None:
    service = zinit.Service(
        "a", test="b", dir="/c", after=["d"], env={"E": "f"}, stop_signal="SIGHUP", shutdown_timeout=1
    )
    service.exec = service.test = service.dir = service.stop_signal = service.shutdown_timeout = None
    service.after = ()
    service.env = {}
    for definition in (service, zinit.Service()):
        assert definition.exec is definition.test is definition.dir is definition.stop_signal is None
        assert definition.shutdown_timeout is None
        assert definition.oneshot is False
        assert definition.log is zinit.LogType.UNSET
        assert definition.after == ()
        assert definition.env == {}


def test_what_was_not_changed_stays_as_it_is() -> None:
    text = "# why\nexec:   a # as it is\nown: {key: 1}\nafter: [b]\n"
    service = zinit.Service.from_yaml(text)
    assert service.to_yaml() == text
    service.after = ("b", "c")
    assert service.to_yaml().startswith("# why\nexec:   a # as it is\nown: {key: 1}\n")
    assert zinit.Service.from_yaml(text.encode()).to_yaml() == text


def test_a_change_that_is_refused_changes_nothing() -> None:
    service = zinit.Service("a", after=["b"], env={"C": "d"}, stop_signal="SIGHUP")
    text = service.to_yaml()
    with pytest.raises(zinit.InvalidName):
        service.after = ("c", "a/b")
    with pytest.raises(zinit.InvalidSignal):
        service.stop_signal = "NOPE"
    with pytest.raises(zinit.InvalidArgument):
        service.shutdown_timeout = -1
    with pytest.raises(zinit.InvalidArgument):
        service.log = zinit.LogType(17)
    with pytest.raises(zinit.InvalidArgument):
        service.exec = "a\0b"
    with pytest.raises(zinit.InvalidArgument) as refused:
        service.env = {"A": "secret\0"}
    assert "secret" not in str(refused.value)
    assert service.to_yaml() == text


def test_what_the_daemon_would_refuse_is_not_written() -> None:
    with pytest.raises(zinit.InvalidService, match="exec"):
        zinit.Service().to_yaml()
    with pytest.raises(zinit.FileSyntaxError):
        zinit.Service.from_yaml("exec: [")


def test_what_is_shown_of_a_definition_has_no_secret() -> None:
    assert repr(zinit.Service("web", env={"TOKEN": "secret"})) == "<zinit.Service exec='web'>"


def test_problems_have_their_place_and_their_key() -> None:
    assert zinit.check("exec: a\n") == ()
    refused, meant = zinit.check("exec: a\nafter: b\nonshot: true\n")
    assert (refused.severity, refused.line, refused.column, refused.key) == (
        zinit.Severity.ERROR,
        2,
        8,
        "after",
    )
    assert str(refused).startswith("2:8: error: after: ")
    assert (meant.severity, meant.key) == (zinit.Severity.WARNING, "onshot")
    assert zinit.check(b"exec: \xff")[0].severity is zinit.Severity.ERROR


def test_states_are_read_from_text() -> None:
    state = zinit.parse_state("Error(Signaled(Pid(1), SIGSEGV, true))")
    assert (state.kind, state.signal, state.exit_code, state.exited) == (
        zinit.StateKind.ERROR,
        "SIGSEGV",
        None,
        True,
    )
    assert state.reason == "Signaled(Pid(1), SIGSEGV, true)"
    assert zinit.parse_state("Running") == zinit.State(zinit.StateKind.RUNNING, "Running")
    with pytest.raises(zinit.InvalidState):
        zinit.parse_state("Run ning")


def test_threads_may_share_a_definition() -> None:
    service = zinit.Service("a")
    failures: list[BaseException] = []

    def change() -> None:
        try:
            for number in range(200):
                service.env = {"N": str(number)}
                service.after = [f"s{number}"]
                assert len(service.after) <= 1
                zinit.Service.from_yaml(service.to_yaml())
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
