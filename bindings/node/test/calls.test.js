'use strict';
// Each call, on a daemon.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { Service } = require('zinit-client');
const { Daemon, daemonFor, speaksJSONRPC, patch } = require('./support/daemon.js');

const daemon = daemonFor({ before, after });
const sleeper = { exec: 'sleep 1000' };

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a life: deploy, status, restart, destroy', async () => {
  const client = daemon.client();
  await client.deploy('life', { ...sleeper, env: { A: '1' } });
  const status = await client.status('life');
  assert.deepEqual([status.name, status.state.kind, status.target, status.after], ['life', 'Running', 'Up', []]);
  assert.ok(status.pid > 0);
  await client.restart('life', { stopTimeout: 5000, startTimeout: 20_000 });
  assert.notEqual((await client.status('life')).pid, status.pid);
  const report = await client.destroyServices(['life']);
  assert.deepEqual(report.map(({ name, code, step, error }) => [name, code, step, error]), [['life', 'ZINIT_OK', 'Done', null]]);
  assert.equal(await client.exists('life'), false);
});

test('step by step: add, monitor, stop, start, kill, forget, remove', async () => {
  const client = daemon.client();
  await client.addService('steps', new Service(sleeper));
  await client.monitor('steps');
  assert.equal(await client.exists('steps'), true);
  await client.startWait('steps');
  await client.kill('steps', 'SIGSTOP');
  await client.kill('steps', 18);
  await client.stop('steps');
  await client.stopWait('steps');
  await client.start('steps');
  await client.stopWait('steps', { timeout: 60_000 });
  await client.forget('steps');
  await client.removeService('steps');
  await assert.rejects(client.loadService('steps'), { code: 'ZINIT_ERR_FILE_NOT_FOUND' });
});

test('groups: start, restart, stop, with a result for each', async () => {
  const client = daemon.client({ stopOrder: 'reverse' });
  daemon.write('one', 'exec: sleep 1000\n');
  daemon.write('two', 'exec: sleep 1000\nafter: [one]\n');
  const names = ['one', 'two'];
  for (const report of [await client.startMultiple(names), await client.restartMultiple(names), await client.stopMultiple(names)]) {
    assert.deepEqual(report.map(({ name, code, step }) => [name, code, step]), names.map((name) => [name, 'ZINIT_OK', 'Done']));
  }
  assert.deepEqual((await client.status('two')).after.map(({ name }) => name), ['one']);
  await client.destroyServices(names);
});

test('a group that fails rejects with the result of each', async () => {
  const client = daemon.client();
  daemon.write('good', 'exec: sleep 1000\n');
  const error = await client.startMultiple(['good', 'missing']).then(assert.fail, (error) => error);
  assert.deepEqual([error.name, error.code], ['ZinitError', 'ZINIT_ERR_CONFIG_REFUSED']);
  assert.deepEqual(error.report.map(({ name, code }) => [name, code]),
    [['good', 'ZINIT_OK'], ['missing', 'ZINIT_ERR_CONFIG_REFUSED']]);
  assert.deepEqual([error.report[1].error.name, error.report[1].error.service], ['ZinitError', 'missing']);
  await client.destroyServices(['good']);
});

test('queries: list, statuses, matches, protocol, version', async () => {
  const client = daemon.client();
  for (const name of ['query-a', 'query-b']) await client.deploy(name, sleeper);
  const listed = (await client.list()).filter(({ name }) => name.startsWith('query'));
  assert.deepEqual(listed.map(({ name, state }) => [name, state.kind]), [['query-a', 'Running'], ['query-b', 'Running']]);
  const statuses = (await client.statuses()).filter(({ name }) => name.startsWith('query'));
  assert.deepEqual(statuses.map(({ name, target }) => [name, target]), [['query-a', 'Up'], ['query-b', 'Up']]);
  assert.deepEqual(await client.matches({ glob: 'query-*', exec: 'sleep' }), ['query-a', 'query-b']);
  assert.deepEqual(await client.matches({ glob: 'query-*', execRegex: '^nothing' }), []);
  assert.deepEqual(await client.matches({ name: 'query-a' }), ['query-a']);
  await assert.rejects(client.matches({ execRegex: '(' }), { code: 'ZINIT_ERR_INVALID_REGEX' });
  await assert.rejects(client.matches({}), { code: 'ZINIT_ERR_INVALID_ARGUMENT', message: /filter/ });
  assert.equal(await client.protocol(), speaksJSONRPC ? 'jsonrpc' : 'line');
  assert.equal((await client.version()).patch, patch);
  await client.destroyServices(['query-a', 'query-b']);
});

test('a definition that is read keeps its comments when it is deployed again', async () => {
  const client = daemon.client();
  daemon.write('kept', '# mine\nexec: sleep 1000\n');
  await client.startMultiple(['kept']);
  const service = await client.get('kept');
  assert.equal(service.exec, 'sleep 1000');
  service.oneshot = false;
  service.env = { A: '1' };
  await client.deploy('kept', service);
  assert.match(fs.readFileSync(path.join(daemon.configDir, 'kept.yaml'), 'utf8'), /^# mine\nexec: sleep 1000\nenv:/);
  assert.deepEqual((await client.loadService('kept')).env, { A: '1' });
  daemon.write('kept', '# edited\nexec: sleep 2000\n');
  await client.reload('kept');
  assert.equal((await client.get('kept')).exec, 'sleep 2000');
  await client.destroyServices(['kept']);
});

test('stats and the HTTP server, where the daemon has them', async () => {
  const client = daemon.client();
  await client.deploy('used', sleeper);
  if (speaksJSONRPC) {
    const stats = await client.stats('used');
    assert.equal(stats.pid, (await client.status('used')).pid);
    assert.ok(stats.memory > 0);
    assert.ok(stats.cpu >= 0);
    assert.deepEqual(stats.children, []);
    const port = await freePort();
    await client.startHttpServer(`127.0.0.1:${port}`);
    await client.stopHttpServer();
  } else {
    await assert.rejects(client.stats('used'), { code: 'ZINIT_ERR_NOT_SUPPORTED' });
    await assert.rejects(client.startHttpServer('127.0.0.1:8080'), { code: 'ZINIT_ERR_NOT_SUPPORTED' });
    await assert.rejects(client.stopHttpServer(), { code: 'ZINIT_ERR_NOT_SUPPORTED' });
  }
  await client.destroyServices(['used']);
});

test('reboot and shutdown end the daemon of a container', async () => {
  for (const command of ['reboot', 'shutdown']) {
    const other = await new Daemon().start();
    const ended = new Promise((resolve) => other.process.once('exit', resolve));
    await other.client()[command]();
    await ended;
    await other.stop();
  }
});
