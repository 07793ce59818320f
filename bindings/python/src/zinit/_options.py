"""The settings of a client."""

from __future__ import annotations

import os
from typing import Any

from zinit._arguments import count_argument, milliseconds
from zinit._convert import Path, Timeout
from zinit._errors import Code, call, make_error
from zinit._library import ffi, lib
from zinit._values import Protocol, StopOrder


class Options:
    """Settings of a client; what is None has its default. The clients' constructors explain them."""

    def __init__(
        self,
        socket: Path | None,
        config_dir: Path | None,
        zinit_binary: Path | None,
        io_timeout: Timeout,
        max_reply_bytes: int | None,
        steady: Timeout,
        protocol: Protocol,
        stop_order: StopOrder,
    ) -> None:
        self._options = ffi.gc(lib.zinit_options_new(), lib.zinit_options_free)
        paths = (
            (lib.zinit_options_set_socket_path, socket, "socket"),
            (lib.zinit_options_set_config_dir, config_dir, "config_dir"),
            (lib.zinit_options_set_zinit_binary, zinit_binary, "zinit_binary"),
        )
        for set_path, path, name in paths:
            if path is not None:
                call(set_path, self._options, _path_argument(path, name))
        if io_timeout is not None:
            call(lib.zinit_options_set_io_timeout_ms, self._options, milliseconds(io_timeout))
        if max_reply_bytes is not None:
            most = count_argument(max_reply_bytes, "max_reply_bytes")
            call(lib.zinit_options_set_max_reply_bytes, self._options, most)
        if steady is not None:
            call(lib.zinit_options_set_steady_ms, self._options, milliseconds(steady))
        call(lib.zinit_options_set_protocol, self._options, protocol)
        call(lib.zinit_options_set_stop_order, self._options, stop_order)

    def set_queue(self, queue: Any) -> None:
        call(lib.zinit_options_set_queue, self._options, queue)

    def make_client(self) -> Any:
        """Makes a client, which is freed when nobody refers to it any more."""
        client = ffi.new("zinit_client **")
        call(lib.zinit_client_with_options, self._options, client)
        return ffi.gc(client[0], lib.zinit_client_free)


def _path_argument(path: Path, name: str) -> bytes:
    data = os.fsencode(path)
    if b"\0" in data:
        raise make_error(Code.INVALID_ARGUMENT, f"invalid argument `{name}`: it contains a NUL")
    return data
