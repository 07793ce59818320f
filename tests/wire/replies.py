"""Replies that real daemons have sent, and what becomes of them on a bad wire."""
import json
import os
import re

from reading import Bad, Members, load

TABLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tables")


def recorded():
    """Lists of replies by (protocol, verb)."""
    replies = {}
    for protocol, verb, reply in [*_rows("line_replies.txt", _line_row), *_rows("jsonrpc_replies.txt", _json_row)]:
        replies.setdefault((protocol, verb), []).append(reply)
    return replies


def _rows(table, read):
    with open(os.path.join(TABLES, table), encoding="utf-8") as file:
        rows = [read(row.rstrip("\n").split("\t")) for row in file if not row.startswith("#")]
    return [row for row in rows if row]


def _line_row(columns):
    _, request, reply = columns
    return "line", request.split(" ")[0], reply.encode()


def _json_row(columns):
    _, protocol, request, reply, _ = columns
    verb = request.split(" ")[0].replace("log-snapshot", "log snapshot")
    verb = verb.replace("http-start", "http start").replace("http-stop", "http stop")
    reply = reply.replace("⏎", "\n").removesuffix("EOF")
    # The library gives each request the number 1.
    reply = re.sub(r'"id":\d+', '"id":1', reply)
    return ("line" if protocol == "line" else "json", verb, reply.encode()) if reply else None


class Raw(str):
    """JSON that is written as it stands."""


def dump(value):
    """Members and all, with what no writer of JSON would write."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Members):
        return "{" + ",".join(f"{dump(name)}:{dump(part)}" for name, part in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


NUMBERS = ["-1", "0", "-0", "1", "1.0", "1e0", "1e2", "0.5", "2147483647", "2147483648", "-2147483648", "4294967296",
           "4294967297", "9223372036854775807", "9223372036854775808", "18446744073709551615",
           "18446744073709551616", "1e308", "1e309", "-1e309", "1e-400", "01", "+1", "0x1", "1_0", "NaN", "Infinity",
           "-Infinity", "-", "1.", ".5", "1e", "9" * 400, "0." + "0" * 400 + "1"]
STRINGS = ['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u00e9"', '"\\/"',
           '"\\x41"', '"\\"', '"\t"', '"\n"', '"\x7f"', '"\u2028"', '"\ufeff"', '""', '" "', '"' + "x" * 5000 + '"',
           '"ok"', '"error"', '"Running"', '"running"', '"RUNNING"', '"Down"', '"up"', '"web"', '"db"', '"Success"',
           '"Error(Exited(Pid(1), 3))"', '"Error(Exited(Pid(1), 99999999999))"', '"Error("', '"Error()"',
           '"Error(Signaled(Pid(1), SIGKILL, false))"', '"Paused"', '"Run ning"', '"../../etc/passwd"', '"\'ok\'"',
           '"service name \\"web\\" unknown"', '"service \\"web\\" is down"', '"zinit is shutting down"',
           '"failed to load service config"', '"ServiceNotFound"', '"ServiceIsDown"', '"InternalError"']
OTHERS = ["null", "true", "false", "[]", "{}", "[[]]", '[""]', '{"":""}', "[null]", '{"a":{"a":{"a":{}}}}',
          "[" * 50 + "]" * 50, "[" * 127 + "]" * 127, "[" * 5000 + "]" * 5000, '{"a":' * 200 + "1" + "}" * 200,
          "nul", "True", "undefined", "", "/**/null", "'a'"]
BYTES = [b"\0", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", b"\xef\xbb\xbf", b"\x7f", b"\n",
         b"\r\n", b"\t", b" ", b"\f", b"\\", b'"', b"{", b"}", b"[", b"]", b":", b",", b"\\u0000", b"\\ud800", b"1",
         b"null", b"//", b"\x1b[31m"]


def mutate(rng, reply):
    """The reply with something wrong in it, mostly."""
    changes = [_bytes] if rng.random() < 0.4 else [_tree]
    if rng.random() < 0.2:
        changes.append(rng.choice([_bytes, _tree, _ends]))
    for change in changes:
        reply = change(rng, reply)
    return reply


def _bytes(rng, reply):
    reply = bytearray(reply)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.randrange(len(reply) + 1)
        end = min(at + rng.choice([1, 1, 2, 8, 40]), len(reply))
        change = rng.randrange(7)
        if change == 0 and at < len(reply):
            reply[at] ^= 1 << rng.randrange(8)
        elif change == 1 and at < len(reply):
            reply[at] = rng.randrange(256)
        elif change == 2:
            del reply[at:end]
        elif change == 3:
            reply[at:at] = reply[at:end]
        elif change == 4:
            to = rng.randrange(len(reply) + 1)
            reply[to:to] = reply[at:end]
        else:
            reply[at:at] = rng.choice(BYTES)
    return bytes(reply)


def _ends(rng, reply):
    change = rng.randrange(5)
    if change == 0:
        return reply + reply
    if change == 1:
        return reply[: rng.randrange(len(reply) + 1)]
    if change == 2:
        return rng.choice(BYTES) + reply
    if change == 3:
        return reply + rng.choice(BYTES)
    return reply + b"\n" + reply


def _tree(rng, reply):
    try:
        root, _ = load(reply)
    except Bad:
        return _bytes(rng, reply)
    for _ in range(rng.choice([1, 1, 1, 2])):
        places = list(_places(root))
        if not places:
            return _bytes(rng, reply)
        _change(rng, *rng.choice(places))
    return dump(root).encode("utf-8", "surrogatepass")


def _places(value):
    """Each container and index."""
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield value, index
            yield from _places(part[1] if isinstance(value, Members) else part)


def _change(rng, container, index):
    is_object = isinstance(container, Members)
    name, value = container[index] if is_object else (None, container[index])
    change = rng.randrange(9)
    if change == 0:
        del container[index]
    elif change == 1:
        container.insert(rng.randrange(len(container) + 1), container[index])
    elif change == 2 and is_object:
        # The key again, with another value.
        container.insert(rng.randrange(len(container) + 1), (name, _other(rng)))
    elif change == 3 and is_object:
        container[index] = (Raw(rng.choice(STRINGS)), value)
    elif change == 4:
        container.insert(index, (Raw(rng.choice(STRINGS)), _other(rng)) if is_object else _other(rng))
    elif change == 5:
        rng.shuffle(container)
    elif type(value) in (int, float) or change == 6:
        container[index] = (name, Raw(rng.choice(NUMBERS))) if is_object else Raw(rng.choice(NUMBERS))
    elif isinstance(value, str) or change == 7:
        container[index] = (name, Raw(rng.choice(STRINGS))) if is_object else Raw(rng.choice(STRINGS))
    else:
        container[index] = (name, _other(rng)) if is_object else _other(rng)


def _other(rng):
    return Raw(rng.choice(rng.choice([NUMBERS, STRINGS, OTHERS])))
