"""Every function of the header that talks to the daemon, and how it is called here."""
import select
import time
from ctypes import byref, c_char_p, c_int32, c_int64, c_void_p

import reading

# What each asks of the daemon, if that is one question; None: it asks several.
OPERATIONS = {
    "list": "list", "status": "status", "exists": "status", "stats": "stats", "statuses": None, "protocol": None,
    "get": None, "load_service": None, "add_service": None, "remove_service": None, "start": "start", "stop": "stop",
    "monitor": "monitor", "forget": "forget", "kill": "kill", "reboot": "reboot", "shutdown": "shutdown",
    "start_http_server": "http start", "stop_http_server": "http stop", "start_wait": None, "stop_wait": None,
    "restart": None, "deploy": None, "reload": None, "start_multiple": None, "stop_multiple": None,
    "restart_multiple": None, "destroy_services": None, "matches": "list",
}
STREAMS = {"watch": "watch_next", "logs": "log_stream_next"}
# Functions of a client that ask the daemon nothing.
OTHERS = {"version": "it runs the binary", "free": "it frees the client"}
# Not over the line protocol.
JSON_ALONE = {"stats", "start_http_server", "stop_http_server"}
# The daemon may end before it has replied.
ENDS = {"reboot", "shutdown"}

START_TIMEOUT_MS = 300
# By name, where the type alone does not tell.
ARGUMENTS = {
    "name": b"web", "signal": b"SIGTERM", "address": b"127.0.0.1:1", "timeout_ms": START_TIMEOUT_MS,
    "stop_timeout_ms": 300, "start_timeout_ms": START_TIMEOUT_MS, "len": 2, "cancel": None, "idle_interval_ms": 1,
    "last": -1, "follow": 0,
}
ANSWERS = {"list": "service_list", "status": "status", "statuses": "status_list", "stats": "stats",
           "exists": "exists", "protocol": "protocol", "get": "service", "load_service": "service",
           "matches": "name_list"}


def missing(header):
    """What the table lacks of the header, or has beyond it."""
    problems = []
    known = {*OPERATIONS, *STREAMS, *OTHERS}
    of_client = {name.removeprefix("zinit_client_"): function for name, function in header.functions.items()
                 if function.is_of_client()}
    for name, function in of_client.items():
        if name.removeprefix("begin_") not in known:
            problems.append(f"{function.name} takes a client, and tests/wire/operations.py does not name it")
        if name in OTHERS and function.talks():
            problems.append(f"{function.name} talks to the daemon, and is called one that does not")
    problems += [f"the header has no zinit_client_{name}" for name in known if name not in of_client]
    talking = {name.removeprefix("zinit_") for name, function in header.functions.items()
               if function.talks() and not function.is_of_client()}
    for name in talking - {*STREAMS.values(), "request_dispatch", "request_wait"}:
        problems.append(f"zinit_{name} talks to the daemon, and tests/wire/operations.py does not name it")
    for name in OPERATIONS:
        if not header.functions[f"zinit_client_{name}"].talks():
            problems.append(f"the comment of zinit_client_{name} names no code of an exchange")
        if f"begin_{name}" not in of_client:
            problems.append(f"zinit_client_{name} has no form as a request")
    return problems


class Failed(AssertionError):
    """What a case has shown to be wrong."""


class Outcome:
    """How a call has ended."""

    def __init__(self, code, value=None, code_name=None, message=None):
        self.code = code
        self.value = value
        self.name = code_name
        self.message = message


class Caller:
    """Makes the calls through the library."""

    def __init__(self, library, header):
        self.library = library
        self.header = header
        self.codes = {name: header.codes(f"zinit_client_{name}") for name in OPERATIONS}
        self.codes |= {name: header.codes(f"zinit_{next_}") for name, next_ in STREAMS.items()}
        self.names = (c_char_p * 2)(b"web", b"db")
        self.service = c_void_p(library.service_new())
        library.need("service_set_exec", self.service, b"sleep 2000")
        self.filter = c_void_p(library.filter_new())
        library.need("filter_with_glob", self.filter, b"w*")

    # Arguments and results

    def arguments(self, function, outs):
        """Those of a call, all but the client; `outs` receives what is to be filled, as (type, variable)."""
        arguments = []
        for type_, name in function.parameters[1:]:
            if type_ == "zinit_service *":
                arguments.append(self.service)
            elif type_ == "zinit_filter *":
                arguments.append(self.filter)
            elif type_ == "char **":
                arguments.append(self.names)
            elif type_.endswith("**") or type_ == "int32_t *":
                # Something else than NULL or 0, so that it is seen whether it is set.
                out = c_int32(77) if type_ == "int32_t *" else c_void_p(1)
                outs.append((type_, out))
                arguments.append(byref(out))
            elif name in ARGUMENTS:
                arguments.append(ARGUMENTS[name])
            else:
                raise AssertionError(f"{function.name}: no argument is known for `{name}`; see tests/wire/operations.py")
        return arguments

    def text(self, text):
        """As UTF-8, which all text is."""
        return None if text is None else text.decode()

    def state(self, state):
        if state is None:
            raise Failed("a state is NULL")
        word = self.text(self.library.state_text(state))
        if self.library.state_kind(state) != reading.kind_of(word):
            raise Failed(f"the state {word!r} is of kind {self.library.state_kind(state)}")
        return word

    def read(self, type_, made):
        """What an object says."""
        return getattr(self, "read_" + type_.removeprefix("zinit_").removesuffix(" **"))(made)

    def read_service_list(self, made):
        lib = self.library
        return [(self.text(lib.service_list_name(made, i)), self.state(lib.service_list_state(made, i)))
                for i in range(lib.service_list_len(made))]

    def read_status(self, made):
        lib = self.library
        after = [(self.text(lib.status_after_name(made, i)), self.state(lib.status_after_state(made, i)))
                 for i in range(lib.status_after_len(made))]
        return {"name": self.text(lib.status_name(made)), "pid": lib.status_pid(made),
                "state": self.state(lib.status_state(made)), "target": lib.status_target(made), "after": after}

    def read_status_list(self, made):
        lib = self.library
        return [self.read_status(lib.status_list_at(made, i)) for i in range(lib.status_list_len(made))]

    def read_stats(self, made):
        lib = self.library
        children = [(lib.stats_child_pid(made, i), lib.stats_child_memory(made, i), lib.stats_child_cpu(made, i))
                    for i in range(lib.stats_child_len(made))]
        return [(lib.stats_pid(made), lib.stats_memory(made), lib.stats_cpu(made)), *children]

    def read_name_list(self, made):
        return [self.text(self.library.name_list_at(made, i)) for i in range(self.library.name_list_len(made))]

    def read_service(self, made):
        return self.text(self.library.service_exec(made))

    def read_report(self, made):
        lib = self.library
        rows = []
        for i in range(lib.report_len(made)):
            code, error = lib.report_code(made, i), lib.report_error(made, i)
            if lib.error_code(error) != min(code, 0):
                raise Failed(f"a row of the report has {code}, and an error with {lib.error_code(error)}")
            state = lib.report_state(made, i)
            rows.append((self.text(lib.report_name(made, i)), code, state and self.state(state)))
        return rows

    def code_name(self, code):
        return self.text(self.library.code_name(code))

    def finished(self, operation, code, error, allowed, value=None):
        """Looks at the code and at the error of a call that is over."""
        lib = self.library
        name, message = self.code_name(code), None
        try:
            if name not in allowed:
                raise Failed(f"returned {name} ({self.text(lib.error_message(error))}), which the header does not name "
                             f"for {operation}")
            if (code < 0) != bool(error) or lib.error_code(error) != min(code, 0):
                raise Failed(f"returned {name}, and an error with {self.code_name(lib.error_code(error))}")
            if error:
                message = self.text(lib.error_message(error))
                if not message or any(character in message for character in "\r\n"):
                    raise Failed(f"the message of {name} is not one line: {message!r}")
                self.text(lib.error_daemon_message(error))
                self.text(lib.error_service(error))
                if lib.error_state(error):
                    self.state(lib.error_state(error))
        finally:
            lib.error_free(error)
        return Outcome(code, value, name, message)

    # Forms

    def call(self, client, operation):
        """In one blocking call."""
        function = self.header.functions[f"zinit_client_{operation}"]
        outs = []
        arguments = self.arguments(function, outs)
        code = getattr(self.library, f"client_{operation}")(client, *arguments)
        error = outs.pop()[1]
        value = None
        try:
            for type_, out in outs:
                if type_ == "int32_t *":
                    if code != 0 and out.value != 0:
                        raise Failed(f"the call failed, and has set its result to {out.value}")
                    value = out.value
                elif type_ == "zinit_report **":
                    value = self.read_report(out)
                elif bool(out) != (code == 0):
                    raise Failed(f"the call returned {self.code_name(code)}, and its result is {out.value}")
                elif code == 0:
                    value = self.read(type_, out)
        finally:
            for type_, out in outs:
                if type_ != "int32_t *" and out.value != 1:
                    getattr(self.library, type_.removeprefix("zinit_").removesuffix(" **") + "_free")(out)
        return self.finished(operation, code, error, self.codes[operation], value)

    def request(self, client, operation, way):
        """As a request, in one of three ways."""
        lib = self.library
        function = self.header.functions[f"zinit_client_begin_{operation}"]
        outs = []
        arguments = self.arguments(function, outs)
        code = getattr(lib, f"client_begin_{operation}")(client, *arguments)
        request, error = outs[0][1], outs[1][1]
        if code != 0:
            return self.finished(operation, code, error, self.header.codes(function.name))
        try:
            code, error = getattr(self, way)(request)
            value = self.read_answer(operation, request, code)
            return self.finished(operation, code, error, self.codes[operation], value)
        finally:
            lib.request_free(request)

    def read_answer(self, operation, request, code):
        lib = self.library
        report = lib.request_report(request)
        if operation not in ANSWERS:
            return self.read_report(report) if report else None
        answer = getattr(lib, f"request_{ANSWERS[operation]}")(request)
        if operation in ("exists", "protocol"):
            if code != 0 and answer != 0:
                raise Failed(f"the request failed, and its result is {answer}")
            return answer
        if bool(answer) != (code == 0):
            raise Failed(f"the request ended with {self.code_name(code)}, and its result is {answer}")
        return self.read(f"zinit_{ANSWERS[operation]} **", answer) if answer else None

    def waited(self, request):
        error = c_void_p()
        return self.library.request_wait(request, c_int64(-1), byref(error)), error

    def dispatched(self, request):
        poll = select.poll()
        poll.register(self.library.request_fd(request), select.POLLIN)
        while True:
            poll.poll()
            error = c_void_p()
            code = self.library.request_dispatch(request, byref(error))
            if code != self.header.numbers["ZINIT_PENDING"]:
                return code, error

    def queued(self, request):
        queue, ended, error = self.library.make("queue_new"), c_void_p(), c_void_p()
        self.library.need("queue_add", queue, request)
        code = self.library.queue_next(queue, -1, None, byref(ended), byref(error))
        if code != 0 or ended.value != request.value:
            raise Failed(f"the queue returned {self.code_name(code)} and another request")
        code = self.library.request_dispatch(request, byref(error))
        self.library.queue_free(queue)
        return code, error

    # Streams

    def watch(self, client, _):
        """The changes of a short time. Gives the last code, and the changes."""
        watch = self.library.make("client_watch", client, None, 0, 1)
        until = time.monotonic() + 0.03
        changes = []
        try:
            while True:
                change, error = c_void_p(1), c_void_p()
                left = max(0, int((until - time.monotonic()) * 1000))
                code = self.library.watch_next(watch, left, None, byref(change), byref(error))
                if code != 0:
                    return self.finished("watch", code, error, self.codes["watch"], changes)
                changes.append(self.read_change(change))
        finally:
            self.library.watch_free(watch)

    def read_change(self, change):
        lib = self.library
        before, after = lib.change_state_before(change), lib.change_state_after(change)
        return (lib.change_kind(change), self.text(lib.change_service(change)), before and self.state(before),
                after and self.state(after), lib.change_pid(change), lib.change_target(change))

    def logs(self, client, follow, goes_on, most_ms):
        """The lines of a short time; and on, as long as `goes_on` says so."""
        stream = self.library.make("client_logs", client, None, -1 if follow != "new" else 0, int(bool(follow)))
        until = time.monotonic() + most_ms / 1000
        lines = []
        try:
            while True:
                line, error = c_void_p(1), c_void_p()
                left = max(0, int((until - time.monotonic()) * 1000))
                code = self.library.log_stream_next(stream, left, None, byref(line), byref(error))
                if code == self.header.numbers["ZINIT_PENDING"] and goes_on():
                    until += 0.03
                    continue
                if code != 0:
                    return self.finished("logs", code, error, self.codes["logs"], lines)
                if len(lines) < 1000:
                    lines.append(self.read_line(line))
                elif left == 0 and not goes_on():
                    return Outcome(0, lines, "ZINIT_OK")
        finally:
            self.library.log_stream_free(stream)

    def read_line(self, line):
        lib = self.library
        text, length = lib.log_line_text(line), lib.log_line_len(line)
        if length != len(text):
            text = None  # there is a NUL in it
        return (lib.log_line_source(line), self.text(lib.log_line_service(line)), text)
