"""What the bytes of a reply mean, read by Python's own JSON reader and not by the library's.

A reading is one of:
  ("answer", value)    the reply says this; the library must say the same
  ("refusal", words)   the daemon has refused
  ("unclear", value)   not quite a reply of the protocol: the library may refuse it, or must say the same
  ("bad", why)         not a reply: the library must not take it for one
"""
import json
import re

UNKNOWN = object()  # a value that this reader cannot tell
STATE = re.compile(r"[A-Za-z0-9_]+(\([^\n\0]+\))?", re.S)
KINDS = ["other", "unknown", "blocked", "spawned", "running", "success", "error", "failure", "testfailure"]


class Bad(Exception):
    """Not what was asked for."""


class Members(list):
    """An object, as its pairs in the order of the reply."""

    def get(self, key, default=None):
        """The last value of a key, which counts."""
        for name, value in reversed(self):
            if name == key:
                return value
        return default

    def has(self, key):
        return any(name == key for name, _ in self)

    def check_once(self, *keys):
        """A key that the protocol knows stands there once: of two values, none is meant."""
        for key in keys:
            if sum(name == key for name, _ in self) > 1:
                raise Bad(f"two values of {key}")


def _refuse_constant(word):
    raise Bad(f"{word} is not JSON")


def has_surrogate(value):
    """Whether text has half a character, which is not Unicode text. Python reads it, and JSON's grammar has it."""
    if isinstance(value, str):
        return any(0xD800 <= ord(character) <= 0xDFFF for character in value)
    if isinstance(value, Members):
        return any(has_surrogate(name) or has_surrogate(part) for name, part in value)
    return isinstance(value, list) and any(has_surrogate(part) for part in value)


def load(reply):
    """The JSON value, and whether it is one by the letter."""
    try:
        text = reply.decode()
    except UnicodeDecodeError as error:
        raise Bad("not UTF-8") from error
    stripped = text.strip(" \t\n\r\f")
    try:
        value = json.loads(stripped, object_pairs_hook=Members, parse_constant=_refuse_constant)
        is_text = not has_surrogate(value)
    except RecursionError:
        # Before Python 3.12 it is json that goes no deeper.
        return UNKNOWN, False
    except ValueError as error:
        raise Bad(str(error)) from error
    return value, text.strip(" \t\n\r") == stripped and is_text


def text(value):
    if not isinstance(value, str) or "\0" in value or has_surrogate(value):
        raise Bad("not text")
    return value


def number(value, most):
    if type(value) is not int or not 0 <= value <= most:
        raise Bad("not a number in range")
    return value


def process_id(value):
    return number(value, 2**31 - 1)


def percentage(value):
    if type(value) not in (int, float) or abs(value) > 1.7976931348623157e308:
        raise Bad("not a finite number")
    return float(value)


def members(value):
    if not isinstance(value, Members):
        raise Bad("not an object")
    return value


def state(value):
    value = text(value)
    if not STATE.fullmatch(value):
        raise Bad("not a state")
    return value


def services(value):
    return [(text(name), state(word)) for name, word in members(value)]


def target(value):
    if not isinstance(value, str) or has_surrogate(value):
        raise Bad("not text")
    return {"up": 1, "down": 2}.get(value.lower(), 0)


def read_status(value):
    value = members(value)
    value.check_once("name", "pid", "state", "target", "after")
    after = value.get("after")
    return {"name": text(value.get("name")), "pid": process_id(value.get("pid")), "state": state(value.get("state")),
            "target": target(value.get("target")), "after": [] if after is None else services(after)}


def read_list(value):
    """Sorted by the bytes of the names, and of two states of a name the last one."""
    return sorted(dict(services(value)).items(), key=lambda pair: pair[0].encode())


def read_process(value):
    value = members(value)
    value.check_once("pid", "memory_usage", "cpu_usage")
    return (process_id(value.get("pid")), number(value.get("memory_usage"), 2**64 - 1),
            percentage(value.get("cpu_usage")))


def read_stats(value):
    value = members(value)
    value.check_once("children")
    children = value.get("children")
    if not isinstance(children, list) or isinstance(children, Members):
        raise Bad("not a list of children")
    return [read_process(value), *(read_process(child) for child in children)]


def read_lines(value):
    if not isinstance(value, list) or isinstance(value, Members):
        raise Bad("not a list of lines")
    for line in value:
        if not isinstance(line, str) or has_surrogate(line):
            raise Bad("not a line")
    return list(value)


def read_definition(_):
    """A file can have any YAML, and the daemon gives what it has."""
    return UNKNOWN


READERS = {"status": read_status, "list": read_list, "stats": read_stats, "get": read_definition,
           "log snapshot": read_lines}


def read_value(verb, value):
    return READERS[verb](value) if verb in READERS else None


def depth(reply):
    deepest = open_ = 0
    for byte in reply:
        if byte in b"[{":
            open_ += 1
            deepest = max(deepest, open_)
        elif byte in b"]}":
            open_ -= 1
    return deepest


def read(protocol, verb, reply):
    """What the reply to a request means."""
    try:
        value, is_exact = load(reply)
        if value is UNKNOWN:
            return "unclear", UNKNOWN
        reading = (line if protocol == "line" else json_rpc)(verb, members(value))
    except Bad as error:
        return "bad", str(error)
    except RecursionError:
        return "unclear", UNKNOWN
    is_clear = is_exact and b"-0" not in reply and depth(reply) < 100
    if reading[0] == "answer" and not is_clear:
        return "unclear", reading[1]
    return reading


def line(verb, reply):
    reply.check_once("state", "body")
    word = reply.get("state")
    if word == "error":
        return "refusal", text(reply.get("body"))
    if word != "ok":
        raise Bad("neither ok nor error")
    if not reply.has("body"):
        raise Bad("without a body")
    return "answer", read_value(verb, reply.get("body"))


def json_rpc(verb, reply):
    reply.check_once("id", "result", "error")
    error = reply.get("error")
    if error is not None:
        if reply.has("result"):
            raise Bad("both a result and an error")
        error = members(error)
        if type(error.get("code")) is not int:
            raise Bad("a refusal without a code")
        return "refusal", text(error.get("message"))
    if not reply.has("result") or type(reply.get("id")) is not int or reply.get("id") != 1:
        raise Bad("not a result of this request")
    value = read_value(verb, reply.get("result"))
    if [part for name, part in reply if name == "jsonrpc"] != ["2.0"]:
        return "unclear", value
    return "answer", value


def kind_of(word):
    """The number of the kind of a state."""
    word = word.split("(")[0].lower()
    return KINDS.index(word) if word in KINDS else 0
