"""The extension, for cffi."""

from cffi import FFI
from library import LIBRARY

ffi = FFI()
ffi.cdef(LIBRARY.cdef.read_text("ascii"))
ffi.set_source(
    "zinit._zinit",
    "#include <zinit.h>",
    include_dirs=[str(LIBRARY.header.parent)],
    extra_objects=LIBRARY.archives,
    extra_link_args=LIBRARY.flags,
)
