'use strict';
// What the package does to its process: threads, descriptors, memory, the event loop and its end.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { promisify } = require('node:util');
const { Worker } = require('node:worker_threads');
const { daemonFor } = require('./support/daemon.js');

const daemon = daemonFor({ before, after });

// Runs a program of test/programs in a process of its own, which has nothing to warn of; what it prints.
async function run(program, env = {}, flags = []) {
  const file = path.join(__dirname, 'programs', program);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, file, daemon.socket, daemon.configDir],
    { env: { ...process.env, ...env } });
  assert.equal(stderr, '');
  return stdout;
}

const descriptors = () => fs.readdirSync('/proc/self/fd').length;

// Until the condition holds; a test that never gets there is ended by the suite.
async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('1,000 waits take no thread of the pool: a file is read beside them', async () => {
  daemon.write('blocked', 'exec: sleep 1000\nafter: [nobody]\n');
  await daemon.client().monitor('blocked');
  // The pool has one thread. If a wait took it, the read would never end.
  const printed = await run('waits.js', { UV_THREADPOOL_SIZE: '1' });
  assert.deepEqual(printed.trim().split('\n'), ['file read', '1000 aborted', 'threads: 0 more']);
  await daemon.client().destroyServices(['blocked']);
});

test('a process ends when nothing is waited for, and not before', async () => {
  assert.equal(await run('ends.js'), 'status\nwatch\n');
});

test('process.exit() ends a process in the middle of calls', async () => {
  daemon.write('exiting', 'exec: sleep 1000\nafter: [nobody]\n');
  await daemon.client().monitor('exiting');
  assert.equal(await run('exits.js'), 'exit\n');
  await daemon.client().destroyServices(['exiting']);
});

test('memory and descriptors stay the same over 10,000 calls', async () => {
  await daemon.client().deploy('measured', { exec: 'sleep 1000' });
  // The heap of JavaScript is to have no room to grow into.
  const flags = ['--expose-gc', '--max-semi-space-size=1', '--single-threaded-gc'];
  assert.equal(await run('memory.js', { MALLOC_ARENA_MAX: '1' }, flags), 'flat\n');
  await daemon.client().destroyServices(['measured']);
});

test('a worker has its own calls, and may be ended in the middle of them', async () => {
  const client = daemon.client();
  await client.deploy('worked', { exec: 'sleep 1000' });
  const file = path.join(__dirname, 'programs', 'worker.js');
  let before;
  for (let round = 0; round < 10; round++) {
    const worker = new Worker(file, { workerData: { socket: daemon.socket, configDir: daemon.configDir } });
    const [message] = await new Promise((resolve, reject) => {
      worker.once('message', (...message) => resolve(message));
      worker.once('error', reject);
    });
    assert.deepEqual(message, { name: 'worked', kind: 'Running' });
    await worker.terminate();
    if (round === 1) before = descriptors();
  }
  await until(() => descriptors() <= before);
  assert.equal((await client.status('worked')).state.kind, 'Running');
  await client.destroyServices(['worked']);
});

test('a worker that has nothing to wait for ends by itself', async () => {
  const worker = new Worker(path.join(__dirname, 'programs', 'worker.js'),
    { workerData: { socket: daemon.socket, configDir: daemon.configDir, isShort: true } });
  assert.equal(await new Promise((resolve) => worker.once('exit', resolve)), 0);
});
