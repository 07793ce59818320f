"""list.py CDEF LIBRARY SOCKET: lists the services through cffi, which reads the declarations as they are."""

import sys

import cffi

cdef, library, socket_path = sys.argv[1:]
ffi = cffi.FFI()
with open(cdef, encoding="ascii") as declarations:
    ffi.cdef(declarations.read())
zinit = ffi.dlopen(library)

client = ffi.new("zinit_client **")
services = ffi.new("zinit_service_list **")
assert zinit.zinit_client_new(socket_path.encode(), client, ffi.NULL) == zinit.ZINIT_OK
assert zinit.zinit_client_list(client[0], services, ffi.NULL) == zinit.ZINIT_OK
for index in range(zinit.zinit_service_list_len(services[0])):
    print(ffi.string(zinit.zinit_service_list_name(services[0], index)).decode())
zinit.zinit_service_list_free(services[0])
assert zinit.zinit_client_list(ffi.NULL, services, ffi.NULL) == zinit.ZINIT_ERR_INVALID_ARGUMENT
zinit.zinit_client_free(client[0])
