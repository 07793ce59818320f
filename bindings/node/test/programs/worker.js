'use strict';
// A thread with calls and streams under way.

const { parentPort, workerData } = require('node:worker_threads');
const { Client, Service } = require('zinit-client');

const { socket, configDir, isShort } = workerData;

async function main() {
  const client = new Client({ socket, configDir });
  const services = await client.list();
  if (isShort) return;
  client.startWait('worked', { timeout: Infinity }).catch(() => {});
  client.deploy('never', new Service({ exec: 'sleep 1000', test: 'false' }), { startTimeout: Infinity }).catch(() => {});
  for (let i = 0; i < 20; i++) client.get('worked').catch(() => {});
  client.logs(null, { follow: true }).next().catch(() => {});
  client.watch().next().catch(() => {});
  const { name, state } = services.find(({ name }) => name === 'worked');
  parentPort.postMessage({ name, kind: state.kind });
}

main();
