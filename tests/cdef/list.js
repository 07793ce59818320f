// list.js CDEF LIBRARY SOCKET: lists the services through koffi. It reads one declaration at a time, and each is on one
// line. It does not know typedef and enum.
const assert = require('assert');
const fs = require('fs');
const koffi = require('koffi');

const [cdef, library, socketPath] = process.argv.slice(2);
const lib = koffi.load(library);
const zinit = {};
for (const line of fs.readFileSync(cdef, 'ascii').split('\n')) {
    const [, number, value] = line.match(/^ *(ZINIT_\w+) = (-?\d+),$/) ?? [];
    const [, type] = line.match(/^typedef struct (\w+) \w+;$/) ?? [];
    const [, integer, alias] = line.match(/^typedef (\w+) (\w+);$/) ?? [];
    const [, name] = line.match(/(zinit_\w+)\(/) ?? [];
    if (number) zinit[number] = Number(value);
    else if (type) koffi.opaque(type);
    else if (alias) koffi.alias(alias, integer);
    // Only koffi asks which pointers receive something.
    else if (name) zinit[name] = lib.func(line.replace(/(?<!const )zinit_\w+ \*\*/g, '_Out_ $&'));
}

const client = [null];
const services = [null];
assert.equal(zinit.zinit_client_new(socketPath, client, null), zinit.ZINIT_OK);
assert.equal(zinit.zinit_client_list(client[0], services, null), zinit.ZINIT_OK);
const count = Number(zinit.zinit_service_list_len(services[0]));
for (let index = 0; index < count; index++) console.log(zinit.zinit_service_list_name(services[0], index));
zinit.zinit_service_list_free(services[0]);
assert.equal(zinit.zinit_client_list(null, services, null), zinit.ZINIT_ERR_INVALID_ARGUMENT);
zinit.zinit_client_free(client[0]);
