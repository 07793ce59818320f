'use strict';
// 1,000 waits that do not end by themselves, and a file that is read meanwhile.

const fs = require('node:fs');
const { Client } = require('zinit-client');

const [socket, configDir] = process.argv.slice(2);
const threads = () => Number(/^Threads:\s*(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);

async function main() {
  await fs.promises.readFile(__filename);
  const before = threads();
  const client = new Client({ socket, configDir });
  const controller = new AbortController();
  const waits = [];
  for (let i = 0; i < 1000; i++) waits.push(client.startWait('blocked', { timeout: Infinity, signal: controller.signal }));
  const settled = Promise.allSettled(waits).then((results) => {
    console.log(`${results.filter(({ reason }) => reason?.name === 'AbortError').length} aborted`);
  });
  await client.list();
  const during = threads();
  await fs.promises.readFile(__filename);
  console.log('file read');
  controller.abort();
  await settled;
  console.log(`threads: ${during - before} more`);
}

main();
