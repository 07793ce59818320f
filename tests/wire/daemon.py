"""A daemon in a thread, which answers honestly but where a case attacks."""
import json
import os
import shlex
import socket
import threading
import time

END = b"end of the case\n"
RUNNING, ENDED = "Running", "Error(Signaled(Pid(100), SIGTERM, false))"
LINES = ["[-] web: ------------ [start] ------------", "[+] web: ready", "[-] db: a: b", "[+] web/test: tested"]
METHODS = {
    "service_list": "list", "service_status": "status", "service_start": "start", "service_stop": "stop",
    "service_monitor": "monitor", "service_forget": "forget", "service_kill": "kill", "system_reboot": "reboot",
    "system_shutdown": "shutdown", "service_get": "get", "service_create": "create", "service_delete": "delete",
    "service_stats": "stats", "system_start_http_server": "http start", "system_stop_http_server": "http stop",
    "stream_currentLogs": "log snapshot", "stream_subscribeLogs": "log",
}
CODES = {"ServiceNotFound": -32000, "ServiceAlreadyMonitored": -32001, "ServiceIsUp": -32002, "ServiceIsDown": -32003}
LINE_WORDS = {"ServiceNotFound": 'service name "{}" unknown', "ServiceAlreadyMonitored": 'service "{}" already monitored',
              "ServiceIsUp": 'service "{}" is up', "ServiceIsDown": 'service "{}" is down'}


class Refused(Exception):
    """By its code name, of a service."""


class Request:
    """A command, in whatever protocol it came."""

    def __init__(self, wire):
        self.wire = wire
        self.protocol = "json" if wire.startswith(b"{") else "line"
        if self.protocol == "json":
            message = json.loads(wire)
            # A caller that takes this for a zinit 0.3 asks in other words.
            self.verb = METHODS.get(message["method"], message["method"])
            arguments = message.get("params", [])
            self.arguments = list(arguments.values()) if isinstance(arguments, dict) else arguments
        else:
            self.verb, *self.arguments = shlex.split(wire.decode())
            if self.verb == "log" and self.arguments:
                self.verb, self.arguments = "log snapshot", []
        self.name = self.arguments[0] if self.arguments else None


class Services:
    """The services web and db as a good daemon keeps them."""

    def __init__(self):
        self.services = {"db": self.up(), "web": self.up()}
        self.definitions = {"db": {"exec": "sleep 1000"}, "web": {"exec": "sleep 1000"}}
        self.pids = iter(range(200, 10000))

    @staticmethod
    def up(pid=100):
        return {"pid": pid, "state": RUNNING, "target": "Up"}

    def stop(self, name):
        self.services[name] = {"pid": 0, "state": ENDED, "target": "Down"}

    def of(self, name):
        if name not in self.services:
            raise Refused("ServiceNotFound", name)
        return self.services[name]

    def do(self, verb, arguments):
        return getattr(self, "do_" + verb.replace(" ", "_"))(*arguments)

    def do_list(self):
        return {name: service["state"] for name, service in sorted(self.services.items())}

    def do_status(self, name):
        after = {"db": self.services.get("db", {"state": "Unknown"})["state"]} if name == "web" else {}
        return {"name": name, **self.of(name), "after": after}

    def do_start(self, name):
        if self.of(name)["pid"] == 0:
            self.services[name] = self.up(next(self.pids))

    def do_stop(self, name):
        self.of(name)
        self.stop(name)

    def do_monitor(self, name):
        if name in self.services:
            raise Refused("ServiceAlreadyMonitored", name)
        self.services[name] = self.up(next(self.pids))

    def do_forget(self, name):
        if self.of(name)["pid"] != 0:
            raise Refused("ServiceIsUp", name)
        del self.services[name]

    def do_kill(self, name, _signal):
        if self.of(name)["pid"] == 0:
            raise Refused("ServiceIsDown", name)
        if self.of(name)["target"] == "Down":
            self.stop(name)

    def do_get(self, name):
        if name not in self.definitions:
            raise Refused("ServiceNotFound", name)
        return self.definitions[name]

    def do_create(self, name, definition):
        self.definitions[name] = definition
        return f"Service '{name}' created successfully"

    def do_delete(self, name):
        if self.definitions.pop(name, None) is None:
            raise Refused("ServiceNotFound", name)
        return f"Service '{name}' deleted successfully"

    def do_stats(self, name):
        used = {"memory_usage": 1716224, "cpu_usage": 1.5}
        return {"name": name, "pid": self.of(name)["pid"], **used, "children": [{"pid": 12050, **used}]}

    def do_http_start(self, address):
        return f"HTTP/RPC server started at {address}"

    def do_http_stop(self):
        return None

    def do_reboot(self):
        return None

    def do_shutdown(self):
        return None

    def do_log_snapshot(self, *_):
        return LINES

    def do_log(self, *_):
        return 6908280433943439


def written(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def answer(services, speaks, request):
    """The honest reply of a daemon that speaks this protocol."""
    if request.protocol != speaks:
        if speaks == "json":
            return b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}\n'
        return written({"state": "error", "body": "unknown command '{id:1}' or wrong arguments count"})
    if speaks == "json" and request.verb not in METHODS.values():
        error = {"code": -32601, "message": "Method not found"}
        return written({"jsonrpc": "2.0", "id": 1, "error": error}) + b"\n"
    try:
        value = services.do(request.verb, request.arguments)
    except Refused as refused:
        code_name, name = refused.args
        if speaks == "line":
            return written({"state": "error", "body": LINE_WORDS[code_name].format(name)})
        error = {"code": CODES[code_name], "message": f"service '{name}': {code_name}",
                 "data": {"code_name": code_name, "cause_chain": None, "service": name}}
        return written({"jsonrpc": "2.0", "id": 1, "error": error}) + b"\n"
    if speaks == "line":
        if request.verb.startswith("log"):
            return "".join(line + "\n" for line in LINES).encode()
        return written({"state": "ok", "body": value})
    reply = written({"jsonrpc": "2.0", "id": 1, "result": value}) + b"\n"
    if request.verb == "log":
        reply += b"".join(written({"jsonrpc": "2.0", "method": "stream_subscribeLogs",
                                   "params": {"subscription": value, "result": line}}) + b"\n" for line in LINES)
    return reply


class Case:
    """What the daemon does in one case. A function of an attack takes the daemon, a connection, the request and its
    honest reply, and gives what it has sent."""

    def __init__(self, speaks="line", attack=None, at=None):
        self.services = Services()
        self.speaks = speaks
        self.attack = attack
        # At this exchange; None: at each.
        self.at = at
        # (the request, the reply that was sent, whether that was an attack)
        self.exchanges = []

    def speaks_at(self, index):
        return self.speaks if isinstance(self.speaks, str) else self.speaks(index)

    def is_attacked(self, index):
        return self.attack is not None and self.at in (None, index)


class Daemon(threading.Thread):
    """One connection after the other, so that nothing of a case is left when its end is answered."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.case = Case()
        self.kept = []
        self.threads = []
        # How many bytes of a flood have been sent in this case.
        self.flooded = 0
        self.may_rebind = threading.Semaphore(0)
        # As the daemon sees it, and as the cases do.
        self.has_left = self.is_away = False
        self.failure = None
        self.listen()
        self.start()

    def listen(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1000)

    def restart(self):
        """Those that wait for their turn are turned away, as by the system when a daemon ends."""
        self.listener.close()
        os.unlink(self.path)
        self.listen()

    def go_away(self, keeps_file):
        """Nobody listens until the end of the case."""
        self.listener.close()
        if not keeps_file:
            os.unlink(self.path)
        self.has_left = self.is_away = True

    def run(self):
        try:
            while self.serve():
                pass
        except BaseException as failure:  # it must be seen by who runs the cases
            self.failure = failure
            raise

    def serve(self):
        if self.has_left:
            self.may_rebind.acquire()
            if os.path.exists(self.path):
                os.unlink(self.path)
            self.has_left = False
            self.listen()
        connection, _ = self.listener.accept()
        # The beginning is looked at and left there: who closes with bytes that were not read resets.
        begin = connection.recv(1 << 16, socket.MSG_PEEK)
        if begin == END:
            for kept in self.kept:
                kept.close()
            self.kept.clear()
            for thread in self.threads:
                thread.join()
            self.threads.clear()
            connection.recv(1 << 16)
            connection.send(b".")
            connection.close()
        elif begin:
            self.exchange(connection, begin)
        else:
            connection.close()
        return True

    def exchange(self, connection, begin):
        case = self.case
        index = len(case.exchanges)
        request = Request(begin)
        speaks = case.speaks_at(index)
        reply = answer(case.services, speaks, request)
        is_attacked = case.is_attacked(index)
        # Noted before it is sent: the caller may be through with it at once.
        exchange = [request, reply, is_attacked]
        case.exchanges.append(exchange)
        try:
            if is_attacked:
                case.attack(self, connection, exchange)
                return
            connection.recv(1 << 16)
            connection.sendall(reply)
        except (BrokenPipeError, ConnectionResetError):
            connection.close()
            return
        if speaks == "line" and request.verb != "log":
            connection.close()
        else:
            self.kept.append(connection)

    def aside(self, send, connection):
        """Sends what takes long, while other connections are served; then closes."""

        def work():
            try:
                send()
            except OSError:
                pass  # the caller has gone
            connection.close()

        thread = threading.Thread(target=work)
        self.threads.append(thread)
        thread.start()

    def keep(self, connection):
        self.kept.append(connection)

    def end_case(self):
        """Waits until all connections of the case are dealt with, and closes them."""
        while not self.is_ended():
            if self.failure is not None:
                raise self.failure
            # It may be about to go away yet.
            if self.is_away:
                self.is_away = False
                self.may_rebind.release()
            time.sleep(0.0002)

    def is_ended(self):
        """Whether the daemon has come to this connection; otherwise it is about to listen again."""
        with socket.socket(socket.AF_UNIX) as ending:
            try:
                ending.connect(self.path)
                ending.sendall(END)
                # To its end, for only then it has closed this one, too.
                return ending.recv(1) == b"." and ending.recv(1) == b""
            except OSError:
                return False
