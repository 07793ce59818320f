'use strict';
// Ends while calls wait for the daemon and for the disk, and while streams are read.

const { Client } = require('zinit-client');

const [socket, configDir] = process.argv.slice(2);

async function main() {
  const client = new Client({ socket, configDir });
  await client.list();
  client.startWait('exiting', { timeout: Infinity });
  for (let i = 0; i < 50; i++) client.get('exiting');
  client.logs(null, { follow: true }).next();
  client.watch().next();
  console.log('exit');
  // Once a step on the disk is under way.
  setImmediate(() => process.exit());
}

main();
