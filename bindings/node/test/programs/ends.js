'use strict';
// Nothing is closed here: the process ends all the same.

const { Client } = require('zinit-client');

const [socket, configDir] = process.argv.slice(2);

async function main() {
  const client = new Client({ socket, configDir });
  await client.list();
  console.log('status');
  // Nobody reads it any more after the first change, which may take as long as it likes.
  const watch = client.watch();
  client.logs(null, { follow: true });
  setTimeout(() => new Client({ socket, configDir }).deploy('watched', { exec: 'sleep 1000' }), 50).unref();
  await watch.next();
  console.log('watch');
}

main();
