#!/usr/bin/env python3
"""The ten requests of tests/c/event_loops.c, in one queue under asyncio, through ctypes.

    requests.py LIBRARY SOCKET CONFIG_DIR

The daemon must know the services that SERVICES names. Prints nothing if all is well.
"""
import asyncio
import ctypes
import os
import sys
from ctypes import POINTER, byref, c_char_p, c_int32, c_int64, c_size_t, c_void_p

PENDING = 1
UNKNOWN_SERVICE = -20
SERVICES = ["list", "start", "stop", "restart", "deploy", "a", "b", "c", "d", "e", "f"]

zinit = ctypes.CDLL(sys.argv[1])


def declare(name, result, *arguments):
    """Without this, ctypes takes every pointer for an int of 32 bits."""
    function = getattr(zinit, name)
    function.restype = result
    function.argtypes = arguments


pointer_to_pointer = POINTER(c_void_p)
ends = (pointer_to_pointer, pointer_to_pointer)  # the request and the error that a call fills
names_type = POINTER(c_char_p)
declare("zinit_options_new", c_void_p)
declare("zinit_options_set_socket_path", c_int32, c_void_p, c_char_p, pointer_to_pointer)
declare("zinit_options_set_config_dir", c_int32, c_void_p, c_char_p, pointer_to_pointer)
declare("zinit_options_set_queue", c_int32, c_void_p, c_void_p, pointer_to_pointer)
declare("zinit_options_free", None, c_void_p)
declare("zinit_queue_new", c_int32, *ends)
declare("zinit_queue_fd", c_int32, c_void_p)
declare("zinit_queue_next", c_int32, c_void_p, c_int64, c_void_p, *ends)
declare("zinit_queue_free", None, c_void_p)
declare("zinit_client_with_options", c_int32, c_void_p, *ends)
declare("zinit_client_free", None, c_void_p)
declare("zinit_error_message", c_char_p, c_void_p)
declare("zinit_error_free", None, c_void_p)
declare("zinit_service_new", c_void_p)
declare("zinit_service_set_exec", c_int32, c_void_p, c_char_p, pointer_to_pointer)
declare("zinit_service_free", None, c_void_p)
declare("zinit_client_begin_list", c_int32, c_void_p, *ends)
declare("zinit_client_begin_status", c_int32, c_void_p, c_char_p, *ends)
declare("zinit_client_begin_forget", c_int32, c_void_p, c_char_p, *ends)
declare("zinit_client_begin_kill", c_int32, c_void_p, c_char_p, c_char_p, *ends)
declare("zinit_client_begin_start_wait", c_int32, c_void_p, c_char_p, c_int64, *ends)
declare("zinit_client_begin_stop_wait", c_int32, c_void_p, c_char_p, c_int64, *ends)
declare("zinit_client_begin_restart", c_int32, c_void_p, c_char_p, c_int64, c_int64, *ends)
declare("zinit_client_begin_deploy", c_int32, c_void_p, c_char_p, c_void_p, c_int64, c_int64, *ends)
declare("zinit_client_begin_start_multiple", c_int32, c_void_p, names_type, c_size_t, c_int64, *ends)
declare("zinit_client_begin_destroy_services", c_int32, c_void_p, names_type, c_size_t, c_int64, *ends)
declare("zinit_request_dispatch", c_int32, c_void_p, pointer_to_pointer)
declare("zinit_request_service_list", c_void_p, c_void_p)
declare("zinit_service_list_len", c_size_t, c_void_p)
declare("zinit_request_status", c_void_p, c_void_p)
declare("zinit_status_name", c_char_p, c_void_p)
declare("zinit_request_report", c_void_p, c_void_p)
declare("zinit_report_len", c_size_t, c_void_p)
declare("zinit_request_free", None, c_void_p)


class Failure(Exception):
    def __init__(self, code, error):
        super().__init__((zinit.zinit_error_message(error) or b"").decode())
        self.code = code
        zinit.zinit_error_free(error)


def call(function, *arguments):
    """Calls with an error object; anything but done and pending is raised."""
    error = c_void_p()
    code = function(*arguments, byref(error))
    if code < 0:
        raise Failure(code, error)
    return code


def make(function, *arguments):
    made = c_void_p()
    call(function, *arguments, byref(made))
    return made


class Queue:
    """A queue in the running loop: the futures of its requests, by their addresses."""

    def __init__(self, queue):
        self.queue = queue
        self.futures = {}

    def take(self):
        """What is over, until there is nothing."""
        request = c_void_p()
        while call(zinit.zinit_queue_next, self.queue, 0, None, byref(request)) != PENDING:
            over = self.futures.pop(request.value)
            if over.done():
                continue  # given up; its task has not run since
            try:
                call(zinit.zinit_request_dispatch, request)
                over.set_result(None)
            except Failure as failure:
                over.set_exception(failure)

    async def run(self, result_of, begin, *arguments):
        """Begins a request, awaits its end, and gives what `result_of` makes of it."""
        request = make(begin, *arguments)
        over = self.futures[request.value] = asyncio.get_running_loop().create_future()
        try:
            await over
            return result_of(request)
        finally:
            # It may be given up before it is over; and its address is soon used again.
            if self.futures.get(request.value) is over:
                del self.futures[request.value]
            zinit.zinit_request_free(request)

    async def __aenter__(self):
        asyncio.get_running_loop().add_reader(zinit.zinit_queue_fd(self.queue), self.take)
        return self

    async def __aexit__(self, *_):
        asyncio.get_running_loop().remove_reader(zinit.zinit_queue_fd(self.queue))


def services(request):
    return zinit.zinit_service_list_len(zinit.zinit_request_service_list(request))


def status(request):
    return zinit.zinit_status_name(zinit.zinit_request_status(request))


def report(request):
    return zinit.zinit_report_len(zinit.zinit_request_report(request))


def nothing(_):
    return None


def names(*texts):
    return (c_char_p * len(texts))(*texts), len(texts)


async def ten(client, queue):
    service = c_void_p(zinit.zinit_service_new())
    call(zinit.zinit_service_set_exec, service, b"sleep 2000")
    async with queue:
        results = await asyncio.gather(
            queue.run(services, zinit.zinit_client_begin_list, client),
            queue.run(status, zinit.zinit_client_begin_status, client, b"list"),
            queue.run(report, zinit.zinit_client_begin_start_wait, client, b"start", -1),
            queue.run(report, zinit.zinit_client_begin_stop_wait, client, b"stop", -1),
            queue.run(report, zinit.zinit_client_begin_restart, client, b"restart", -1, -1),
            queue.run(report, zinit.zinit_client_begin_deploy, client, b"deploy", service, -1, -1),
            queue.run(report, zinit.zinit_client_begin_start_multiple, client, *names(b"a", b"b"), -1),
            queue.run(report, zinit.zinit_client_begin_destroy_services, client, *names(b"c", b"d", b"e", b"f"), -1),
            queue.run(nothing, zinit.zinit_client_begin_kill, client, b"list", b"SIGCONT"),
            queue.run(nothing, zinit.zinit_client_begin_forget, client, b"nosuch"),
            return_exceptions=True,
        )
    zinit.zinit_service_free(service)
    return results


async def given_up(client, queue):
    """A task that is cancelled frees its request, whose address another one may get at once."""
    async with queue:
        task = asyncio.create_task(queue.run(report, zinit.zinit_client_begin_stop_wait, client, b"start", -1))
        await asyncio.sleep(0)
        task.cancel()
        others = [queue.run(status, zinit.zinit_client_begin_status, client, b"list") for _ in range(5)]
        assert await asyncio.gather(*others) == [b"list"] * 5
        assert (await asyncio.gather(task, return_exceptions=True))[0].__class__ is asyncio.CancelledError


def main():
    before = len(os.listdir("/proc/self/fd"))
    queue = make(zinit.zinit_queue_new)
    options = c_void_p(zinit.zinit_options_new())
    call(zinit.zinit_options_set_queue, options, queue)
    call(zinit.zinit_options_set_socket_path, options, os.fsencode(sys.argv[2]))
    call(zinit.zinit_options_set_config_dir, options, os.fsencode(sys.argv[3]))
    client = make(zinit.zinit_client_with_options, options)
    zinit.zinit_options_free(options)

    listed, named, *waits, _, unknown = asyncio.run(ten(client, Queue(queue)))
    # Some of the eleven services go and come back meanwhile.
    assert 6 <= listed <= len(SERVICES), listed
    assert named == b"list", named
    assert waits == [1, 1, 1, 1, 2, 4], waits
    assert isinstance(unknown, Failure) and unknown.code == UNKNOWN_SERVICE, unknown
    asyncio.run(given_up(client, Queue(queue)))
    zinit.zinit_client_free(client)
    zinit.zinit_queue_free(queue)
    assert len(os.listdir("/proc/self/fd")) == before


if __name__ == "__main__":
    main()
