-- list.lua CDEF LIBRARY SOCKET: lists the services through LuaJIT's ffi, which reads the declarations as they are.
local ffi = require("ffi")
local cdef, library, socket_path = arg[1], arg[2], arg[3]
local file = assert(io.open(cdef))
ffi.cdef(file:read("*a"))
file:close()
local zinit = ffi.load(library)

local client = ffi.new("zinit_client *[1]")
local services = ffi.new("zinit_service_list *[1]")
assert(zinit.zinit_client_new(socket_path, client, nil) == zinit.ZINIT_OK)
assert(zinit.zinit_client_list(client[0], services, nil) == zinit.ZINIT_OK)
for index = 0, tonumber(zinit.zinit_service_list_len(services[0])) - 1 do
    print(ffi.string(zinit.zinit_service_list_name(services[0], index)))
end
zinit.zinit_service_list_free(services[0])
assert(zinit.zinit_client_list(nil, services, nil) == zinit.ZINIT_ERR_INVALID_ARGUMENT)
zinit.zinit_client_free(client[0])
