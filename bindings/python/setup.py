"""Builds the package; pyproject.toml describes it, and library.py says with which C library."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, str(Path(__file__).resolve().parent))

from library import LIBRARY, WAY


class BuildPython(build_py):
    """Adds the declarations to a package without an extension: they are read at run time."""

    def run(self) -> None:
        super().run()
        if WAY == "abi":
            shutil.copyfile(LIBRARY.cdef, Path(self.build_lib) / "zinit" / "zinit_cdef.h")


setup(
    version=LIBRARY.version(),
    cmdclass={"build_py": BuildPython},
    cffi_modules=[] if WAY == "abi" else ["extension.py:ffi"],
    # One wheel for every Python from 3.9 on.
    options={} if WAY == "abi" else {"bdist_wheel": {"py_limited_api": "cp39"}},
)
