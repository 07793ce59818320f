"""What is done to a reply, or in its place. Each attack is a function of the daemon; see daemon.Case."""
import time

import replies

BUSY = b"Too many connections. Please try again later."
# Longer than any call takes here that is answered, and short where no answer comes.
LONG_MS, SHORT_MS = 60000, 40
FLOOD_LIMIT = 1 << 20


def take(connection):
    """Reads the command, which has come."""
    connection.recv(1 << 16)


def answer_with(change, closes=True):
    """Another reply in the place of the honest one, in one piece."""

    def attack(daemon, connection, exchange):
        exchange[1] = change(exchange[0], exchange[1])
        take(connection)
        connection.sendall(exchange[1])
        if closes:
            connection.close()
        else:
            daemon.keep(connection)

    return attack


def mutation(rng, recorded, closes):
    def change(request, reply):
        seeds = recorded.get((request.protocol, request.verb))
        if seeds and rng.random() < 0.5:
            reply = rng.choice(seeds)
        return replies.mutate(rng, reply)

    return answer_with(change, closes)


def cut(at, resets, seed=None):
    """So many bytes of the reply, and then the end, or a reset."""

    def attack(_daemon, connection, exchange):
        reply = exchange[1] if seed is None else seed
        # Without the newline or the bytes behind it, it is whole.
        exchange[1] = reply[:at]
        if not resets:
            take(connection)
        if exchange[1]:
            connection.sendall(exchange[1])
        # What was not read makes it a reset.
        connection.close()

    return attack


def dribble(pause_ms):
    """Byte by byte."""

    def attack(daemon, connection, exchange):
        take(connection)

        def send():
            for byte in exchange[1]:
                connection.sendall(bytes([byte]))
                time.sleep(pause_ms / 1000)
            if exchange[0].protocol == "json" or exchange[0].verb == "log":
                # Until the caller does.
                connection.recv(1)

        daemon.aside(send, connection)

    return attack


def _numbered(begin, member):
    """Endless members, each with a number."""

    def parts():
        yield begin
        number = 0
        while True:
            yield b"".join(member % (number + i) for i in range(1000))
            number += 1000

    return parts


def _same(begin, part):
    block = part * (1 + (64 << 10) // len(part))

    def parts():
        yield begin
        while True:
            yield block

    return parts


FLOODS = {
    "text": _same(b"", b"x"),
    "space": _same(b"", b" \n"),
    "zeros": _same(b"", b"\0"),
    "braces": _same(b"", b"{"),
    "brackets": _same(b'{"state":"ok","body":', b"["),
    "string": _same(b'{"state":"ok","body":"', b"x"),
    "escapes": _same(b'{"jsonrpc":"2.0","id":1,"result":"', b"\\\\"),
    "list": _numbered(b'{"state":"ok","body":{', b'"service%d":"Running",'),
    "result": _numbered(b'{"jsonrpc":"2.0","id":1,"result":{', b'"service%d":"Running",'),
    "after": _numbered(b'{"state":"ok","body":{"name":"web","pid":1,"state":"Running","target":"Up","after":{',
                       b'"service%d":"Running",'),
    "children": _numbered(b'{"jsonrpc":"2.0","id":1,"result":{"pid":1,"memory_usage":1,"cpu_usage":1,"children":[',
                          b'{"pid":%d,"memory_usage":1,"cpu_usage":1},'),
    "strings": _numbered(b'{"jsonrpc":"2.0","id":1,"result":[', b'"[+] web: line %d",'),
    "refusal": _same(b'{"state":"error","body":"', b"no "),
    "keys": _numbered(b"{", b'"key%d":null,'),
    "lines": _numbered(b"", b"[+] web: line %d\n"),
    "line": _same(b"[+] web: ", b"x"),
    "objects": _same(b"", b"{}\n"),
    "notifications": _numbered(b"", b'{"jsonrpc":"2.0","method":"stream_subscribeLogs","params":'
                                    b'{"subscription":1,"result":"[+] web: line %d"}}\n'),
    "notification": _same(b'{"jsonrpc":"2.0","method":"stream_subscribeLogs","params":{"subscription":1,"result":"',
                          b"x"),
}


def flood(name):
    """Bytes without end, until the caller closes the connection."""

    def attack(daemon, connection, exchange):
        take(connection)
        exchange[1] = b""

        def send():
            for part in FLOODS[name]():
                connection.sendall(part)
                daemon.flooded += len(part)

        daemon.aside(send, connection)

    return attack


def mix(rng, recorded):
    """The reply to another command."""
    everything = [reply for key in sorted(recorded) for reply in recorded[key]]

    def change(request, _reply):
        same = [reply for (protocol, verb), seeds in sorted(recorded.items()) for reply in seeds
                if protocol == request.protocol and verb != request.verb]
        return BUSY if rng.random() < 0.05 else rng.choice(same if rng.random() < 0.7 else everything)

    return answer_with(change)


def restart(mode):
    """The daemon ends amid the call, and another one is there at once, or none."""

    def attack(daemon, connection, exchange):
        way, keeps_file = mode.split("+")[0], mode.endswith("+file")
        if way == "answered":
            take(connection)
            connection.sendall(exchange[1])
        elif way == "half":
            take(connection)
            exchange[1] = exchange[1][: len(exchange[1]) // 2]
            connection.sendall(exchange[1])
        else:
            exchange[1] = b""
        if "+back" in mode:
            daemon.restart()
        else:
            daemon.go_away(keeps_file)
        connection.close()

    return attack


RESTARTS = [f"{way}+{then}" for way in ("answered", "half", "unread") for then in ("back", "gone", "file")]


def silent(way):
    """No answer, on a connection that stays."""

    def attack(daemon, connection, exchange):
        if way != "unread":
            take(connection)
        exchange[1] = exchange[1][: len(exchange[1]) // 2] if way == "half" else b""
        if exchange[1]:
            connection.sendall(exchange[1])
        daemon.keep(connection)

    return attack


def other_protocol(rng, way):
    """Which protocol the daemon speaks on each connection."""
    if way in ("line", "json"):
        return way
    if way == "turns":
        return lambda index: ("line", "json")[index % 2]
    choices = [rng.choice(("line", "json")) for _ in range(1000)]
    return lambda index: choices[index % 1000]
