'use strict';
// 10,000 calls of all kinds to warm up, 10,000 more, and what these leave behind. A hundred bytes a call would show. What is
// left behind is so each time: the heap of JavaScript grows now and then by itself.

const fs = require('node:fs');
const { Client } = require('zinit-client');

const [socket, configDir] = process.argv.slice(2);
const client = new Client({ socket, configDir });

async function each(round) {
  await Promise.all([
    client.status('measured'),
    client.list(),
    client.status('nobody').catch(() => {}),
    client.get('measured'),
    client.status('measured', { signal: new AbortController().signal }),
    abortedCall(),
    closedStream(round),
    client.matches({ exec: 'sleep' }),
  ]);
}

async function abortedCall() {
  const controller = new AbortController();
  const wait = client.startWait('measured', { timeout: Infinity, signal: controller.signal });
  controller.abort();
  await wait.catch(() => {});
}

async function closedStream(round) {
  const stream = round % 2 === 0 ? client.watch(['measured']) : client.logs('measured', { last: 1 });
  await stream.next();
  stream.close();
  // Nobody closes this one.
  if (round % 50 === 0) client.watch();
}

async function calls(rounds) {
  for (let round = 0; round < rounds; round++) await each(round);
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { memory: process.memoryUsage().rss, descriptors: fs.readdirSync('/proc/self/fd').length };
}

async function main() {
  const said = [];
  let before = await calls(1250); // of 8 calls
  for (let attempt = 0; attempt < 5; attempt++) {
    const after = await calls(1250);
    const grown = after.memory - before.memory;
    if (grown < 1024 * 1024 && after.descriptors === before.descriptors) return console.log('flat');
    said.push(`grown by ${grown} bytes, descriptors ${before.descriptors} and ${after.descriptors}`);
    before = after;
  }
  console.log(said.join('\n'));
}

main();
