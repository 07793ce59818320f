-- Lists all services, and starts one and waits until it is up. For LuaJIT, whose ffi reads zinit_cdef.h as it is.
--
--     luajit zinit.lua NAME [SOCKET]
--
-- ZINIT_CDEF is the path of zinit_cdef.h, if it is not /usr/local/share/zinit-client/zinit_cdef.h.
local ffi = require("ffi")

local cdef = assert(io.open(os.getenv("ZINIT_CDEF") or "/usr/local/share/zinit-client/zinit_cdef.h"))
ffi.cdef(cdef:read("*a"))
cdef:close()
local zinit = ffi.load("libzinit_client.so.0")

local function text(pointer)
    return pointer ~= nil and ffi.string(pointer) or nil
end

-- Calls a function that has an error as its last parameter. A failure is raised as a table.
local function check(call, ...)
    local receiver = ffi.new("zinit_error *[1]")
    local arguments = { ... }
    local count = select("#", ...)
    arguments[count + 1] = receiver
    if call(unpack(arguments, 1, count + 1)) >= 0 then
        return
    end
    local failure = {
        code = text(zinit.zinit_code_name(zinit.zinit_error_code(receiver[0]))),
        message = text(zinit.zinit_error_message(receiver[0])),
        service = text(zinit.zinit_error_service(receiver[0])),
    }
    zinit.zinit_error_free(receiver[0])
    error(failure)
end

-- Calls a function that makes an object. Lua frees the object when nobody uses it any more.
local function make(type, free, call, ...)
    local receiver = ffi.new(type .. " *[1]")
    local arguments = { ... }
    local count = select("#", ...)
    arguments[count + 1] = receiver
    check(call, unpack(arguments, 1, count + 1))
    return ffi.gc(receiver[0], free)
end

local name, socket_path = arg[1], arg[2]
if not name then
    io.stderr:write("usage: luajit zinit.lua NAME [SOCKET]\n")
    os.exit(2)
end

local ok, failure = pcall(function()
    local client = make("zinit_client", zinit.zinit_client_free, zinit.zinit_client_new, socket_path)
    local list = make("zinit_service_list", zinit.zinit_service_list_free, zinit.zinit_client_list, client)
    for i = 0, tonumber(zinit.zinit_service_list_len(list)) - 1 do
        -- What a getter returns lives as long as the list: it is copied at once.
        local state = zinit.zinit_service_list_state(list, i)
        print(text(zinit.zinit_service_list_name(list, i)) .. ": " .. text(zinit.zinit_state_text(state)))
    end
    -- A wait of at most 20 s. It holds this thread; see docs/performance.md for waits in an event loop.
    check(zinit.zinit_client_start_wait, client, name, 20000, nil)
    print(name .. " is up")
end)
if not ok then
    io.stderr:write(type(failure) == "table" and failure.code .. ": " .. failure.message or failure, "\n")
    os.exit(1)
end
