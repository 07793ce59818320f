"""Finds or builds the C library that the package is made with, for setup.py and extension.py.

ZINIT_CLIENT_BUILD names a way, where the first that works is not wanted:
    static  the library of this clone is built, and becomes a part of the extension
    system  the extension uses the installed library, which pkg-config finds
    abi     there is no extension: the installed library is loaded at run time; for machines without a
    compiler
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import NamedTuple

CLONE = Path(__file__).resolve().parent.parent.parent


class Library(NamedTuple):
    """The headers of the library, and what an extension is linked with."""

    cdef: Path
    header: Path
    archives: list[str]
    flags: list[str]

    def version(self) -> str:
        text = self.header.read_text("ascii")
        found = re.search(r'^#define ZINIT_VERSION_STRING "(.*)"$', text, re.MULTILINE)
        if found is None:
            raise SystemExit(f"zinit-client: {self.header} has no ZINIT_VERSION_STRING")
        return found.group(1)


def way() -> str:
    """Tells how to build."""
    wanted = os.environ.get("ZINIT_CLIENT_BUILD", "")
    if wanted in ("static", "system", "abi"):
        return wanted
    if wanted:
        raise SystemExit(f"zinit-client: ZINIT_CLIENT_BUILD is {wanted!r}: write static, system or abi")
    if not can_compile():
        return "abi"
    return "static" if is_clone() and shutil.which(os.environ.get("CARGO", "cargo")) else "system"


def can_compile() -> bool:
    """Tells whether there is what extensions need: a compiler, and the headers of Python."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    return bool(shutil.which(compiler)) and (Path(sysconfig.get_paths()["include"]) / "Python.h").exists()


def is_clone() -> bool:
    return (CLONE / "Makefile").exists() and (CLONE / "include" / "zinit_cdef.h").exists()


def of_clone() -> Library:
    """Builds the library: one object, which has no global names but those of the header."""
    command = ["make", "--silent", "--no-print-directory", "-C", str(CLONE), "static-library"]
    made = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if made.returncode != 0:
        raise SystemExit(
            f"zinit-client: `make static-library` in {CLONE} failed: see above. It needs Rust, a C compiler "
            "and make. To use an installed library, set ZINIT_CLIENT_BUILD=system"
        )
    archive, *flags = shlex.split(made.stdout.splitlines()[-1])
    return Library(CLONE / "include/zinit_cdef.h", CLONE / "include/zinit.h", [str(CLONE / archive)], flags)


def installed() -> Library:
    """Finds the installed library."""
    header = Path(directory("includedir")) / "zinit.h"
    cdef = Path(directory("prefix")) / "share/zinit-client/zinit_cdef.h"
    return Library(cdef, header, [], shlex.split(pkg_config("--cflags", "--libs")))


def directory(variable: str) -> str:
    """Asks for a directory; some kinds of pkg-config name it below the root, others do not."""
    root, path = os.environ.get("PKG_CONFIG_SYSROOT_DIR", ""), pkg_config(f"--variable={variable}")
    return path if path.startswith(root) else root + path


def pkg_config(*arguments: str) -> str:
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), *arguments, "zinit-client"]
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            f"zinit-client: `{shlex.join(command)}` failed: {error}. Run `make install` in a clone of "
            "libzinit_client, or set PKG_CONFIG_PATH to the lib/pkgconfig of its PREFIX"
        ) from None


def declarations() -> Library:
    """Finds the headers alone."""
    if is_clone():
        return Library(CLONE / "include/zinit_cdef.h", CLONE / "include/zinit.h", [], [])
    return installed()


WAY = way()
LIBRARY = {"static": of_clone, "system": installed, "abi": declarations}[WAY]()
