'use strict';
// The code in README.md does what it says.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { promisify } = require('node:util');
const { daemonFor } = require('./support/daemon.js');

const daemon = daemonFor({ before, after });
const readme = fs.readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8');
const [program, ...fragments] = [...readme.matchAll(/^```js\n([^]*?)^```$/gm)].map((match) => match[1]);
const connected = () => `new Client(${JSON.stringify({ socket: daemon.socket, configDir: daemon.configDir })})`;

function replace(code, from, to) {
  assert.equal(code.split(from).length, 2, `${from} is there once`);
  return code.replace(from, () => to);
}

// Beside this file, so that it finds the package by its name.
async function run(code) {
  const file = path.join(__dirname, `readme-${process.pid}.mjs`);
  fs.writeFileSync(file, code);
  try {
    return (await promisify(execFile)(process.execPath, [file])).stdout;
  } finally {
    fs.unlinkSync(file);
  }
}

test('the first program deploys a service, shows its log, restarts it and removes it', async () => {
  let code = replace(program, 'new Client()', connected());
  code = replace(code, 'node server.js', 'sh -c "echo listening on $PORT; exec sleep 1000"');
  code = replace(code, '/srv/web', daemon.directory);
  assert.match(await run(code), /^(.*\[start\].*\n)?listening on 8080\nRunning\n$/);
  assert.deepEqual(await daemon.client().list(), []);
});

test('the other programs run on a service that is up', async () => {
  const client = daemon.client();
  assert.equal(fragments.length, 4);
  await client.deploy('web', { exec: 'sh -c "echo hello; exec sleep 1000"' });
  const prelude = `import { Client } from 'zinit-client';\nconst client = ${connected()};\n`;
  const [stop, failure, streams, definition] = fragments;
  assert.match(await run(prelude + streams), /^web (start|stdout) .*\nappeared web Running\n$/);
  assert.equal(await run(prelude + definition), '');
  assert.deepEqual((await client.get('web')).env, { PORT: '8081' });
  assert.equal(await run(prelude + stop), '');
  assert.equal((await client.status('web')).pid, 0);
  await client.deploy('web', { exec: 'sleep 1000', test: 'false' }, { startTimeout: 1 }).catch(() => {});
  assert.match(await run(prelude + replace(failure, '5000', '50')), /^web is not up yet: \w+\n$/);
  await client.destroyServices(['web']);
});
