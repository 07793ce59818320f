#!/usr/bin/env python3
"""Attacks every function that talks to the daemon over the wire, in one process that plays the daemon and calls.

    attack.py LIBRARY HEADER [CASE]

SEED is the seed. LONG=1 tries many times as many, from a seed of its own. CASE repeats one case. Prints the figures as
lines `figure NAME NUMBER`, and each case that fails with what repeats it.
"""
import collections
import faulthandler
import mmap
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from ctypes import c_void_p

import attacks
import reading
import replies
from daemon import Case, Daemon, Services
from header import Header, Library
from operations import ENDS, JSON_ALONE, OPERATIONS, Caller, Failed, missing

IS_LONG = os.environ.get("LONG") == "1"
FORMS = ["call", "waited", "dispatched", "queued"]
STREAM_FORMS = {"watch": ["watch"], "logs": ["kept", "follow", "new"]}
# What a client is told of the protocol, and what the daemon speaks.
WIRES = {"line": (1, "line"), "json": (2, "json"), "any-line": (0, "line"), "any-json": (0, "json")}
# A call that takes so much longer than its deadline hangs.
PATIENCE_S = 30
WORKERS = 16
MIB = 1 << 20
# So much of a flood a log must take without keeping it.
SHORT_FLOOD, LONG_FLOOD = (4 * MIB, 256 * MIB) if IS_LONG else (MIB // 4, 64 * MIB)
LONG_FLOODS = {("string", "line"), ("notifications", "json")}

Key = collections.namedtuple("Key", "kind operation form wire at number")


def key_of(text):
    kind, operation, form, wire, at, number = text.split(":")
    return Key(kind, operation, form, wire, None if at == "all" else int(at), number)


def text_of(key):
    return ":".join([*key[:4], "all" if key.at is None else str(key.at), str(key.number)])


def prepare(services, operation):
    """The state in which an honest daemon does what it is told."""
    if operation in ("start", "start_wait", "forget"):
        services.stop("web")
    elif operation == "monitor":
        del services.services["web"]
    elif operation == "start_multiple":
        services.stop("web")
        services.stop("db")


class Worker:
    """A daemon, and clients of it."""

    def __init__(self, suite, index):
        self.suite = suite
        self.index = index
        self.directory = os.path.join(suite.directory, str(index))
        os.mkdir(self.directory)
        self.files = os.path.join(self.directory, "files")
        os.mkdir(self.files)
        self.daemon = Daemon(os.path.join(self.directory, "s"))
        self.deadline = None

    def client(self, wire, io_timeout_ms, max_reply_bytes):
        library = self.suite.library
        options = c_void_p(library.options_new())
        library.need("options_set_socket_path", options, self.daemon.path.encode())
        # Over JSON-RPC alone the definitions are the daemon's, too.
        if wire != "json":
            library.need("options_set_config_dir", options, self.files.encode())
        library.need("options_set_zinit_binary", options, self.suite.binary.encode())
        library.need("options_set_io_timeout_ms", options, io_timeout_ms)
        library.need("options_set_max_reply_bytes", options, max_reply_bytes)
        library.need("options_set_steady_ms", options, 0)
        library.need("options_set_protocol", options, WIRES[wire][0])
        if wire.startswith("any"):
            library.need("options_set_stop_order", options, self.suite.header.numbers["ZINIT_STOP_ORDER_REVERSE"])
        client = library.make("client_with_options", options)
        library.options_free(options)
        return client

    def run(self, key):
        """One case. Gives the outcome, and the case with what was exchanged."""
        suite = self.suite
        rng = random.Random(f"{suite.seed}:{text_of(key)}")
        case, io_timeout_ms, max_reply_bytes = suite.make_case(key, rng)
        prepare(case.services, key.operation)
        self.write_files()
        self.daemon.case = case
        self.daemon.flooded = 0
        client = self.client(key.wire, io_timeout_ms, max_reply_bytes)
        self.note(text_of(key))
        begin = time.monotonic()
        self.deadline = begin + (io_timeout_ms if io_timeout_ms < attacks.LONG_MS else 0) / 1000 + PATIENCE_S
        try:
            outcome = self.call(client, key)
        finally:
            self.deadline = None
            suite.library.client_free(client)
            self.daemon.end_case()
        suite.count("calls")
        return outcome, case, time.monotonic() - begin

    def call(self, client, key):
        caller = self.suite.caller
        if key.form == "call":
            return caller.call(client, key.operation)
        if key.form == "watch":
            return caller.watch(client, key.operation)
        if key.operation == "logs":
            is_long = (key.number, key.wire) in LONG_FLOODS and key.form != "kept"
            most = LONG_FLOOD if is_long else SHORT_FLOOD
            return caller.logs(client, {"kept": 0, "follow": 1, "new": "new"}[key.form],
                               lambda: 0 < self.daemon.flooded < most,
                               300 if key.form == "kept" and key.kind != "flooded" else 30)
        return caller.request(client, key.operation, key.form)

    def write_files(self):
        """The definitions that a case before may have removed."""
        for name in ("web", "db"):
            path = os.path.join(self.files, f"{name}.yaml")
            if not os.path.exists(path):
                with open(path, "w", encoding="utf-8") as file:
                    file.write("exec: sleep 1000\n")

    def note(self, text):
        """Where it is seen when the process has died."""
        self.suite.notes[self.index * 200:self.index * 200 + 200] = text.encode()[:200].ljust(200, b"\0")


class Suite:
    """All cases."""

    def __init__(self, library, header, seed, notes):
        self.header = header
        self.library = Library(library, self.header)
        self.caller = Caller(self.library, self.header)
        self.seed = seed
        self.notes = notes
        self.recorded = replies.recorded()
        self.figures = collections.Counter()
        self.failures = []
        self.lock = threading.Lock()
        self.is_single = False
        self.directory = tempfile.mkdtemp(prefix="zinit-wire.")
        self.binary = os.path.join(self.directory, "zinit")
        with open(self.binary, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho zinit v0.2.14\n")
        os.chmod(self.binary, 0o755)
        self.workers = [Worker(self, index) for index in range(WORKERS)]
        threading.Thread(target=self.watch_for_hangs, daemon=True).start()

    def count(self, what, number=1):
        with self.lock:
            self.figures[what] += number

    def watch_for_hangs(self):
        while True:
            time.sleep(0.5)
            for worker in self.workers:
                deadline = worker.deadline
                if deadline is not None and time.monotonic() > deadline:
                    case = self.notes[worker.index * 200:worker.index * 200 + 200].rstrip(b"\0").decode()
                    self.say_failed(case, f"the call hangs: it was not over {PATIENCE_S} s behind its deadline")
                    os._exit(1)

    def say_failed(self, case, why):
        print(f"FAILED: {case}: {why}\n  again: SEED={self.seed} CASE={case} make test SUITES=wire", flush=True)

    # Cases

    def make_case(self, key, rng):
        """The case, and the limits of its client."""
        speaks = WIRES[key.wire][1]
        io_timeout_ms, max_reply_bytes, attack = attacks.LONG_MS, 64 * MIB, None
        if key.kind == "mutated":
            stays = rng.random() < 0.01
            io_timeout_ms = attacks.SHORT_MS if stays else io_timeout_ms
            attack = attacks.mutation(rng, self.recorded, not stays)
        elif key.kind == "cut":
            position, way, seed = key.number.split("-")
            seed = None if seed == "honest" else self.seeds(key.operation, speaks)[int(seed)]
            attack = attacks.cut(int(position), way == "reset", seed)
        elif key.kind == "dribbled":
            is_late = key.number == "late"
            io_timeout_ms = attacks.SHORT_MS if is_late else io_timeout_ms
            attack = attacks.dribble(3 if is_late else 0)
        elif key.kind == "flooded":
            max_reply_bytes = 64 * MIB if key.number.endswith("+default") else attacks.FLOOD_LIMIT
            attack = attacks.flood(key.number.split("+")[0])
        elif key.kind == "mixed":
            io_timeout_ms = 500
            attack = attacks.mix(rng, self.recorded)
        elif key.kind == "restarted":
            attack = attacks.restart(key.number)
        elif key.kind == "silent":
            io_timeout_ms = attacks.SHORT_MS
            attack = attacks.silent(key.number)
        elif key.kind == "foreign":
            io_timeout_ms = 500
            speaks = attacks.other_protocol(rng, key.number.split("-")[0])
        return Case(speaks, attack, key.at), io_timeout_ms, max_reply_bytes

    def seeds(self, operation, protocol):
        """What real daemons have replied to the one command of an operation."""
        # No daemon was seen to refuse to end.
        verbs = (OPERATIONS.get(operation), *(("start",) if operation in ENDS else ()))
        return [reply for verb in verbs for reply in self.recorded.get((protocol, verb), [])]

    def forms(self, operation):
        return FORMS if operation in OPERATIONS else STREAM_FORMS[operation]

    def wires(self, operation, every=True):
        wires = [wire for wire in WIRES if every or not wire.startswith("any")]
        return [wire for wire in wires if not (operation in JSON_ALONE and wire.endswith("line"))]

    def everything(self, every_wire=True, every_form=True):
        """(operation, form, wire) of all."""
        for operation in [*OPERATIONS, *STREAM_FORMS]:
            forms = self.forms(operation)
            if not every_form and operation in OPERATIONS:
                forms = forms[:1]
            for wire in self.wires(operation, every_wire):
                for form in forms:
                    yield operation, form, wire

    def length(self, operation, form, wire):
        """How many exchanges an honest daemon has, and how long each reply is."""
        return self.lengths[operation, "call" if form in FORMS else form, wire]

    def measure(self):
        """Makes each call of an honest daemon, which must succeed."""
        self.lengths = {}
        for operation, form, wire in self.everything():
            key = Key("honest", operation, form, wire, None, "0")
            found = self.check(self.workers[0], key)
            if found is not None and form not in FORMS[1:]:
                self.lengths[operation, form, wire] = [(request.verb, len(reply)) for request, reply, _ in found[:12]]

    # Judgement

    def check(self, worker, key):
        """Runs a case and judges it. Gives what was exchanged; None: it has failed."""
        try:
            outcome, case, took = worker.run(key)
            self.judge(key, outcome, case.exchanges)
            return case.exchanges
        except (Failed, UnicodeDecodeError) as failure:
            with self.lock:
                self.failures.append(text_of(key))
            self.say_failed(text_of(key), str(failure))
            for request, reply, is_attacked in worker.daemon.case.exchanges[-3:] if len(self.failures) < 20 else []:
                print(f"    {request.wire!r}\n    {'attack' if is_attacked else 'reply'}: {reply[:500]!r}")
            return None

    def judge(self, key, outcome, exchanges):
        if key.kind == "honest":
            if outcome.code not in (0, 1, 2):
                raise Failed(f"an honest daemon gets {outcome.name}: {outcome.message}")
            if key.operation in OPERATIONS and not exchanges and key.wire == "json":
                raise Failed("nothing was asked")
        if key.kind == "dribbled" and key.number == "patient" and outcome.code < 0:
            raise Failed(f"{outcome.name} ({outcome.message}) of an honest daemon that is slow")
        if key.kind in ("dribbled", "silent", "flooded", "foreign", "restarted"):
            self.judge_way(key, outcome, exchanges)
            if key.kind != "restarted":
                return
        if key.operation not in OPERATIONS:
            if key.operation == "logs":
                self.judge_lines(outcome, exchanges)
            return
        readings = [reading.read(request.protocol, request.verb, reply) for request, reply, _ in exchanges]
        self.judge_bad(key, outcome, exchanges, readings)
        if key.wire in ("line", "json"):
            self.judge_meaning(key, outcome, exchanges, readings)

    def judge_bad(self, key, outcome, exchanges, readings):
        """What is not a reply is not taken for one."""
        if outcome.code != 0 or key.operation in ENDS:
            return
        if key.operation == "protocol":
            self.judge_protocol(outcome.value, exchanges[-1][1])
            return
        for index, ((request, reply, is_attacked), (kind, what)) in enumerate(zip(exchanges, readings)):
            # A stop that is not confirmed at once is told by the target; see zinit_client_stop().
            if request.verb == "stop" and request.protocol == "json" and key.operation != "stop":
                continue
            # Meanwhile the service is looked at. What comes of that does not count if the stop is confirmed first.
            if is_look_beside_a_stop(exchanges, index):
                continue
            # Then the daemon is asked again.
            if attacks.BUSY in reply or key.wire.startswith("any") and (b'"jsonrpc"' in reply or b'"state"' in reply):
                continue
            if is_attacked and kind == "bad":
                raise Failed(f"OK, though the reply to {request.verb} is not one: {what}")

    def judge_protocol(self, protocol, reply):
        """What a reply to a request of JSON-RPC shows."""
        is_line = b'"state"' in reply and reading.load(reply)[0] is not None
        kind, what = reading.read("json", "list", reply)
        if protocol == 1 and not is_line or protocol == 2 and kind == "bad":
            raise Failed(f"OK, with the protocol {protocol}: {what}")

    def judge_meaning(self, key, outcome, exchanges, readings):
        """The answer is what the bytes say."""
        verb = OPERATIONS[key.operation]
        if key.operation == "statuses":
            self.judge_statuses(outcome, exchanges, readings)
        if verb is None or not exchanges or exchanges[-1][0].verb != verb:
            return
        kind, value = readings[-1]
        if key.operation == "matches" and kind == "answer" and has_long_name(value):
            if outcome.name != "ZINIT_ERR_PROTOCOL":
                raise Failed(f"{outcome.name}, though no file can have the name of a service: {value}")
            return
        if kind == "answer" and outcome.code != 0:
            raise Failed(f"{outcome.name} ({outcome.message}), though the reply says {value}")
        if outcome.code != 0 or kind in ("bad",):
            if outcome.code == 0:
                self.judge_end(exchanges[-1][1])
            return
        if kind == "refusal":
            self.judge_accepted_refusal(key.operation, outcome, value)
        elif value is not reading.UNKNOWN:
            self.compare(key.operation, outcome.value, value)

    def judge_end(self, reply):
        """A daemon that ends may close amid its reply, but not amid a refusal."""
        if b'"error"' in reply:
            raise Failed("OK, though the daemon has begun to refuse")

    def judge_accepted_refusal(self, operation, outcome, words):
        is_told = operation == "exists" and outcome.value == 0 or operation == "stop" and (
            "down" in words or "ESRCH" in words)
        if not is_told:
            raise Failed(f"OK, though the daemon has refused: {words}")

    def compare(self, operation, got, expected):
        if operation == "matches":
            expected = [name for name, _ in expected if name.startswith("w")]
        elif operation == "exists":
            expected = 1
        elif operation not in ("list", "status", "stats"):
            return
        if got != expected:
            raise Failed(f"the library says {got}, the reply {expected}")

    def judge_statuses(self, outcome, exchanges, readings):
        if outcome.code != 0:
            return
        expected = []
        for (request, _, _), (kind, value) in zip(exchanges, readings):
            if request.verb == "status":
                if kind not in ("answer", "refusal", "unclear") or value is reading.UNKNOWN:
                    return
                if kind != "refusal":
                    expected.append(value)
        names = {name for kind, value in readings[:1] if kind == "answer" for name, _ in value}
        asked = {request.name for request, _, _ in exchanges if request.verb == "status"}
        got = [status for status in outcome.value if status["name"] in asked or status in expected]
        if sorted(map(str, got)) != sorted(map(str, expected)):
            raise Failed(f"the library says {got}, the replies {expected}")
        if names and not all(any(status["name"] == name for status in outcome.value) for name in names - asked):
            raise Failed(f"of {names}, the library leaves out some that were not asked for")

    def judge_lines(self, outcome, exchanges):
        """No text of a log is invented."""
        sent = b"".join(reply for _, reply, _ in exchanges)
        if b"\\" in sent:
            return
        for _, service, text in outcome.value or []:
            if text is not None and (text not in sent or service is not None and service.encode() not in sent):
                raise Failed(f"a line that was not sent: {service}: {text}")

    def judge_way(self, key, outcome, exchanges):
        """What the attack has done to a call of one exchange has its code."""
        verb = OPERATIONS.get(key.operation)
        if key.wire.startswith("any") or verb is None:
            return
        expected = None
        if key.kind == "silent" or key.kind == "dribbled" and key.number == "late":
            expected = "ZINIT_ERR_NO_REPLY"
        elif key.kind == "dribbled":
            expected = "ZINIT_OK"
        elif key.kind == "flooded":
            expected = ("ZINIT_ERR_REPLY_TOO_LARGE", "ZINIT_ERR_PROTOCOL")
        elif key.kind == "restarted" and not key.number.startswith("answered") and key.operation not in ENDS:
            expected = "ZINIT_ERR_CLOSED"
        if expected is not None and outcome.name not in (expected if isinstance(expected, tuple) else (expected,)):
            raise Failed(f"{outcome.name} ({outcome.message}), expected {expected}")

    # Runs

    def run_in_turn(self, what, keys):
        """One after the other. After each, no descriptor is left."""
        lowest = lowest_free()
        for key in keys:
            self.check(self.workers[0], key)
            self.count(what)
            if lowest_free() > lowest:
                self.check_descriptors(text_of(key))

    def run_side_by_side(self, what, keys):
        """Many at a time, for they wait."""
        keys = iter(list(keys))

        def work(worker):
            while True:
                with self.lock:
                    key = next(keys, None)
                if key is None:
                    return
                self.check(worker, key)
                self.count(what)

        threads = [threading.Thread(target=work, args=(worker,)) for worker in self.workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.check_descriptors(f"one of the cases {what}")

    def run_both(self, what, keys):
        """Those that wait side by side, the others in turn."""
        waiting = []

        def quick():
            for key in keys:
                if OPERATIONS.get(key.operation) and key.form in ("call", "waited"):
                    yield key
                else:
                    waiting.append(key)

        self.run_in_turn(what, quick())
        self.run_side_by_side(what, waiting)

    def check_descriptors(self, case):
        """That of the daemon's last connection may be closed a moment later."""
        until = time.monotonic() + 5
        while (left := count_descriptors() - self.descriptors) > 0 and time.monotonic() < until:
            time.sleep(0.001)
        if left > 0:
            self.failures.append(case)
            self.say_failed(case, f"{left} descriptors are left")
            self.count("descriptors left", left)
            self.descriptors += left

    def run_floods(self, keys):
        """One after the other, and each takes no more memory than a reply may."""
        for key in keys:
            reset_peak()
            before = peak()
            self.run_in_turn("flooded", [key])
            limit = 64 * MIB if key.number.endswith("+default") else attacks.FLOOD_LIMIT
            taken = peak() - before
            self.figures["most memory of a flood, in kB"] = max(
                self.figures["most memory of a flood, in kB"], taken // 1024 if limit < 64 * MIB else 0)
            # What was read of a reply takes more than its bytes; a log has buffers of its own.
            if taken > 8 * limit + 16 * MIB:
                self.failures.append(text_of(key))
                self.say_failed(text_of(key), f"it took {taken // MIB} MiB, where {limit // MIB} MiB are allowed")

    def run(self):
        self.measure()
        self.descriptors = count_descriptors()
        if self.failures:
            return
        begun = time.monotonic()
        for what, run in [("mutated", lambda: self.run_both("mutated replies", self.mutated())),
                          ("cut", lambda: self.run_both("cut replies", self.cuts())),
                          ("mixed", lambda: self.run_both("mixed", self.mixed())),
                          ("flooded", lambda: self.run_floods(self.floods())),
                          ("foreign", lambda: self.run_side_by_side("other protocol", self.foreign())),
                          ("dribbled", lambda: self.run_side_by_side("dribbled", self.dribbles())),
                          ("silent", lambda: self.run_side_by_side("silent", self.silences())),
                          ("restarted", lambda: self.run_side_by_side("restarts", self.restarts()))]:
            calls, before = self.figures["calls"], time.monotonic()
            run()
            took = time.monotonic() - before
            print(f"# {what}: {self.figures['calls'] - calls} calls in {took:.1f} s", flush=True)
        print(f"# {self.figures['calls'] / (time.monotonic() - begun):.0f} calls a second")

    def places(self, every_wire=True, every_form=True):
        for operation, form, wire in self.everything(every_wire, every_form):
            for at in range(len(self.length(operation, form, wire))):
                yield operation, form, wire, at

    def mutated(self):
        for operation, form, wire, at in self.places():
            several = 30 if OPERATIONS.get(operation) and form == "call" else 4
            if operation == "shutdown" and wire.endswith("line"):
                several = 2  # each runs a program
            for number in range(several * (50 if IS_LONG else 1)):
                yield Key("mutated", operation, form, wire, at, str(number))

    def cuts(self):
        rng = random.Random(self.seed)
        for operation, form, wire, at in self.places():
            verb, length = self.length(operation, form, wire)[at]
            verb = OPERATIONS.get(operation)
            cuts = [(position, way, "honest") for position in range(length + 1) for way in ("closed", "reset")]
            seeds = self.seeds(operation, WIRES[wire][1])
            cuts += [(position, "closed", str(index)) for index, seed in enumerate(seeds)
                     for position in range(len(seed) + 1)]
            # Each byte, by the blocking form in the protocol that is known; elsewhere some.
            if not IS_LONG and not (verb and form == "call" and not wire.startswith("any")):
                cuts = rng.sample(cuts, min(len(cuts), 4))
            elif not IS_LONG:
                cuts = cuts[: length * 2 + 2] + rng.sample(cuts, min(len(cuts), 20))
            for position, way, seed in cuts:
                yield Key("cut", operation, form, wire, at, f"{position}-{way}-{seed}")

    def mixed(self):
        for operation, form, wire, at in self.places(every_form=False):
            for number in range(200 if IS_LONG else 4):
                yield Key("mixed", operation, form, wire, at, str(number))

    def floods(self):
        rng = random.Random(self.seed)
        readers = {"list", "status", "stats", "watch", "logs"}
        for operation, form, wire in self.everything(every_wire=False, every_form=False):
            names = list(attacks.FLOODS)
            if not IS_LONG and operation not in readers:
                names = rng.sample(names, 2)
            for name in names:
                for at in range(self.flooded_places(operation, form, wire)):
                    yield Key("flooded", operation, form, wire, at, name)
        for operation, name in [("list", "list"), ("status", "string"), ("list", "keys")] if IS_LONG else []:
            yield Key("flooded", operation, "call", "line", 0, f"{name}+default")

    def flooded_places(self, operation, form, wire):
        """So many exchanges are flooded: all of a log, and the first list and status of a watch."""
        places = len(self.length(operation, form, wire))
        return places if IS_LONG or operation == "logs" else min(places, 2 if operation == "watch" else 1)

    def foreign(self):
        for operation, form, wire in self.everything(every_form=False):
            for way in ("line", "json", "turns", *(f"random-{i}" for i in range(100 if IS_LONG else 3))):
                yield Key("foreign", operation, form, wire, None, way)

    def dribbles(self):
        for operation, form, wire, at in self.places(every_form=IS_LONG):
            for way in ("late", "patient"):
                yield Key("dribbled", operation, form, wire, at, way)

    def silences(self):
        for operation, form, wire, at in self.places(every_form=IS_LONG):
            for way in ("unread", "read", "half"):
                yield Key("silent", operation, form, wire, at, way)

    def restarts(self):
        for operation, form, wire, at in self.places(every_form=IS_LONG):
            for mode in attacks.RESTARTS:
                yield Key("restarted", operation, form, wire, at, mode)


def lowest_free():
    """The lowest descriptor that is free: a descriptor that is left takes its place."""
    lowest = os.dup(0)
    os.close(lowest)
    return lowest


def count_descriptors():
    return len(os.listdir("/proc/self/fd"))


def reset_peak():
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def peak():
    """The most memory that the process has had since, in bytes."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))


def has_long_name(services):
    """Whether the name of a service is longer than that of any file, which is not searched."""
    return services is not reading.UNKNOWN and any(len(name.encode()) > 250 for name, _ in services)


def is_look_beside_a_stop(exchanges, index):
    """Whether it is a status behind a stop over JSON-RPC, and the service is looked at again later."""
    request, before = exchanges[index][0], exchanges[index - 1][0] if index > 0 else None
    if request.verb != "status" or before is None or (before.verb, before.protocol) != ("stop", "json"):
        return False
    later = [exchange[0] for exchange in exchanges[index + 1:]]
    return request.name == before.name and any((it.verb, it.name) == ("status", request.name) for it in later)


def end_with(failure):
    """The end of a thread: others would wait for it for ever."""
    threading.__excepthook__(failure)
    print(f"FAILED: the thread {failure.thread.name} of the suite itself", flush=True)
    os._exit(1)


def run_all(library, header, seed, case, notes):
    faulthandler.enable()
    suite = Suite(library, header, seed, notes)
    try:
        if case:
            suite.is_single = True
            suite.descriptors = count_descriptors()
            key = key_of(case)
            print(f"# {case}")
            if key.kind == "flooded":
                suite.run_floods([key])
            else:
                suite.run_in_turn("calls", [key])
            for request, reply, is_attacked in suite.workers[0].daemon.case.exchanges:
                print(f"# {request.wire!r}\n#   {'attack' if is_attacked else 'reply'}: {reply[:1000]!r}")
        else:
            suite.run()
            suite.figures["descriptors left"] += 0
            for name, number in suite.figures.items():
                print(f"figure {name}\t{number}")
    except BaseException:
        traceback.print_exc()
        suite.failures.append("the suite")
    shutil.rmtree(suite.directory)
    print(f"{len(suite.failures)} cases failed")
    sys.stdout.flush()
    os._exit(1 if suite.failures else 0)


def main():
    library, header, *case = sys.argv[1:]
    case = case[0] if case else os.environ.get("CASE")
    header = Header(header)
    problems = missing(header)
    for problem in problems:
        print(f"FAILED: {problem}")
    if problems:
        sys.exit(1)
    seed = os.environ.get("SEED") or (str(int.from_bytes(os.urandom(4), "big")) if IS_LONG else "1")
    print(f"# seed {seed}", flush=True)
    notes = mmap.mmap(-1, WORKERS * 200)
    child = os.fork()
    if child == 0:
        threading.excepthook = end_with
        run_all(library, header, seed, case, notes)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        print(f"FAILED: ended by {signal.Signals(os.WTERMSIG(status)).name} in one of these:")
        for index in range(WORKERS):
            note = notes[index * 200:index * 200 + 200].rstrip(b"\0").decode()
            if note:
                print(f"  SEED={seed} CASE={note} make test SUITES=wire")
        sys.exit(1)
    sys.exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main()
