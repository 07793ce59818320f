"""The C library: in the extension, or the installed one where there is no extension."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def _load() -> tuple[Any, Any]:
    try:
        from zinit._zinit import ffi, lib
    except ModuleNotFoundError:
        return _load_installed()
    return ffi, lib


def _load_installed() -> tuple[Any, Any]:
    import cffi

    declarations = Path(__file__).with_name("zinit_cdef.h")
    if not declarations.exists():
        raise ImportError(
            f"zinit: {declarations.parent} has neither the extension nor zinit_cdef.h; install it anew"
        )
    ffi: Any = cffi.FFI()
    ffi.cdef(declarations.read_text("ascii"))
    # The constants need no library.
    name = f"libzinit_client.so.{ffi.dlopen(None).ZINIT_ABI_VERSION}"
    try:
        return ffi, ffi.dlopen(name)
    except OSError as error:
        reason = str(error).partition(".  Additionally")[0]
        raise ImportError(
            f"zinit: {reason}. This package was built without a C compiler, and so it needs the "
            "installed library: run `make install` and `ldconfig` in a clone of libzinit_client, or set "
            "LD_LIBRARY_PATH to its directory"
        ) from None


def check_version(ffi: Any, lib: Any) -> None:
    """Raises ImportError if the library is older than the declarations, or another one."""
    needed = f"{lib.ZINIT_VERSION_MAJOR}.{lib.ZINIT_VERSION_MINOR}.{lib.ZINIT_VERSION_PATCH}"
    loaded = ffi.string(lib.zinit_version()).decode()
    if lib.zinit_abi_version() != lib.ZINIT_ABI_VERSION or _numbers(loaded) < _numbers(needed):
        raise ImportError(
            f"zinit: this package was built for version {needed} of libzinit_client, but version {loaded} "
            "is loaded; install the library that belongs to the package, or build the package again"
        )


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


ffi, lib = _load()
check_version(ffi, lib)
