'use strict';
// Asks for the status of a service, one time after the other.
//
//     node status.js SOCKET NAME COUNT

const { Client } = require('../bindings/node');

const [socket, name, count] = process.argv.slice(2);

async function main() {
  const client = new Client({ socket });
  for (let i = 0; i < count; i++) await client.status(name);
}

main();
