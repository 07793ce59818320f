"""status.py SOCKET ROUNDS: the CPU time of a status from Python, beside the same call of C and an empty one of cffi.

Prints the ratio, and the times in µs: of the package, of the C function, of a function that does nothing. All are
taken in turn, in one process, and the C function through cffi, from a loop: its own cost is what the empty call costs.
"""

import statistics
import sys
import time

import zinit
from zinit._library import ffi, lib

CALLS = 2000


def package(client):
    for _ in range(CALLS):
        client.status("web")


def of_c(client):
    status, handle = ffi.new("zinit_status **"), client._handle
    for _ in range(CALLS):
        lib.zinit_client_status(handle, b"web", status, ffi.NULL)
        lib.zinit_status_free(status[0])


def empty(_client):
    for _ in range(CALLS):
        lib.zinit_abi_version()


def main():
    socket, rounds = sys.argv[1], int(sys.argv[2])
    functions = (package, of_c, empty)
    times = {function: [] for function in functions}
    with zinit.Client(socket) as client:
        for _ in range(rounds):
            for function in functions:
                begun = time.process_time()
                function(client)
                times[function].append((time.process_time() - begun) / CALLS * 1e6)
    ours, theirs, nothing = (statistics.median(times[function]) for function in functions)
    print(f"{ours / (theirs + nothing):.2f} {ours:.1f} {theirs:.1f} {nothing:.2f}")


main()
