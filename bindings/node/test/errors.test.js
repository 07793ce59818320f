'use strict';

const assert = require('node:assert/strict');
const net = require('node:net');
const { test, before, after } = require('node:test');
const { Client, ZinitError, AbortError } = require('zinit-client');
const { daemonFor } = require('./support/daemon.js');

const daemon = daemonFor({ before, after });

test('an error has the code, the service, the state and the daemon\'s words', async () => {
  const client = daemon.client();
  const unknown = await client.status('nobody').then(assert.fail, (error) => error);
  assert.ok(unknown instanceof ZinitError && unknown instanceof Error);
  assert.deepEqual([unknown.name, unknown.code, unknown.service], ['ZinitError', 'ZINIT_ERR_UNKNOWN_SERVICE', 'nobody']);
  assert.equal(unknown.requestSent, true);
  assert.match(unknown.daemonMessage, /nobody/);
  assert.match(String(unknown), /^ZinitError: cannot get the status of "nobody"/);
  assert.equal('state' in unknown, false);

  const failed = await client.deploy('failing', { exec: 'sh -c "exit 3"', oneshot: true }).then(assert.fail, (error) => error);
  assert.equal(failed.code, 'ZINIT_ERR_SERVICE_FAILED');
  assert.deepEqual([failed.state.kind, failed.state.exitCode], ['Error', 3]);

  const late = await client.deploy('late', { exec: 'sleep 1000', test: 'false' }, { startTimeout: 300 })
    .then(assert.fail, (error) => error);
  assert.deepEqual([late.code, late.service], ['ZINIT_ERR_TIMEOUT', 'late']);
  await client.destroyServices(['failing', 'late']);
});

test('the stack of an error leads to the caller', async () => {
  async function theCaller() {
    await daemon.client().status('nobody');
  }
  const error = await theCaller().then(assert.fail, (error) => error);
  assert.match(error.stack, /async theCaller/);
});

test('a daemon that is not there', async () => {
  const client = new Client({ socket: '/nonexistent/zinit.sock' });
  await assert.rejects(client.list(), { code: 'ZINIT_ERR_NOT_RUNNING', errno: 2, requestSent: false });
});

test('names that no service can have', async () => {
  const client = daemon.client();
  for (const name of ['', 'a/b', 'a\nb', 'a\0b', 'x'.repeat(251)]) {
    await assert.rejects(client.status(name), { name: 'ZinitError', code: 'ZINIT_ERR_INVALID_NAME' });
    await assert.rejects(client.startMultiple([name]), { code: 'ZINIT_ERR_INVALID_NAME' });
    assert.throws(() => client.logs(name), { code: 'ZINIT_ERR_INVALID_NAME' });
    assert.throws(() => client.watch([name]), { code: 'ZINIT_ERR_INVALID_NAME' });
  }
});

test('an argument of a wrong type is a TypeError that names it', async () => {
  const client = daemon.client();
  const wrong = {
    name: () => client.status(5),
    names: () => client.startMultiple('web'),
    service: () => client.deploy('web', 'exec: a'),
    signal: () => client.kill('web', {}),
    filter: () => client.matches('web'),
    timeout: () => client.stopWait('web', { timeout: '5' }),
    stopTimeout: () => client.restart('web', { stopTimeout: NaN }),
    startTimeout: () => client.restart('web', { startTimeout: {} }),
    options: () => client.list(5),
    'options.signal': () => client.list({ signal: 'SIGINT' }),
    address: () => client.startHttpServer(8080),
  };
  for (const [what, call] of Object.entries(wrong)) {
    await assert.rejects(call(), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: new RegExp(`"${what}"`) }, what);
  }
  assert.throws(() => client.logs('web', { last: '3' }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => client.logs('web', { encoding: 'latin1' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => client.watch('web'), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('an argument out of range is the library\'s error, and names the argument', async () => {
  const client = daemon.client();
  // -1 is what is left of a time that is over by a millisecond. It is not the word of C for no limit.
  for (const timeout of [-1, -2, -0.5, -Infinity]) {
    await assert.rejects(client.stopWait('web', { timeout }), { code: 'ZINIT_ERR_INVALID_ARGUMENT', message: /timeout.* below 0/ });
  }
  for (const last of [-1, -Infinity]) {
    assert.throws(() => client.logs('web', { last }), { code: 'ZINIT_ERR_INVALID_ARGUMENT', message: /last.* below 0/ });
  }
  assert.throws(() => client.watch([], { interval: Infinity }), { code: 'ZINIT_ERR_INVALID_ARGUMENT', message: /interval.* too large/ });
  await assert.rejects(client.kill('web', 'SIGNONE'), { code: 'ZINIT_ERR_INVALID_SIGNAL' });
  for (const options of [{ ioTimeout: 0 }, { steady: -1 }, { maxReplyBytes: 0 }, { socket: 'x'.repeat(200) }]) {
    assert.throws(() => new Client(options), { name: 'ZinitError', code: 'ZINIT_ERR_INVALID_ARGUMENT' });
  }
  for (const options of [{ protocol: 'http' }, { stopOrder: 'random' }]) {
    assert.throws(() => new Client(options), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  }
  for (const options of [{ socket: 5 }, { ioTimeout: '5' }, { configDir: {} }, null, 5]) {
    assert.throws(() => new Client(options), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
});

test('a getter of an argument may close the client, and what it throws is thrown', async () => {
  const open = net.createServer();
  const connected = [];
  open.on('connection', (connection) => connected.push(connection.destroy()));
  const socket = `${daemon.directory}/counted.sock`;
  await new Promise((resolve) => open.listen(socket, resolve));
  const closing = (client) => ({ get: () => { client.close(); return 'web'; } });
  const calls = [
    (client) => client.startMultiple(Object.defineProperty([], 0, closing(client))),
    (client) => client.matches(Object.defineProperty({}, 'name', closing(client))),
    async (client) => client.watch(Object.defineProperty([], 0, closing(client))),
  ];
  for (const call of calls) {
    await assert.rejects(call(new Client({ socket })), { code: 'ZINIT_ERR_INVALID_ARGUMENT', message: 'the client is closed' });
  }
  const thrown = new Error('of the caller');
  const throwing = { name: 'web', get glob() { throw thrown; } };
  await assert.rejects(new Client({ socket }).matches(throwing), (error) => error === thrown);
  // One that is seen: those before it would be, too.
  await assert.rejects(new Client({ socket }).list(), { name: 'ZinitError' });
  assert.equal(connected.length, 1);
  await new Promise((resolve) => open.close(resolve));
});

test('what is not quite a signal is a TypeError before anything is begun', async () => {
  const unhandled = [];
  const note = (reason) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  await assert.rejects(daemon.client().status('nobody', { signal: { aborted: false } }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => daemon.client().watch([], { signal: { aborted: false } }), { code: 'ERR_INVALID_ARG_TYPE' });
  // What was begun would have failed before this.
  await assert.rejects(daemon.client().status('nobody'), { code: 'ZINIT_ERR_UNKNOWN_SERVICE' });
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
});

test('after close a call is refused, and what was begun goes on', async () => {
  const client = daemon.client();
  const begun = client.list();
  client.close();
  client.close();
  assert.ok(Array.isArray(await begun));
  await assert.rejects(client.list(), { name: 'ZinitError', code: 'ZINIT_ERR_INVALID_ARGUMENT', message: 'the client is closed' });
  assert.throws(() => client.watch(), { code: 'ZINIT_ERR_INVALID_ARGUMENT' });
  const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
  assert.equal(daemon.client()[dispose](), undefined);
});

test('an aborted signal ends a wait, and nothing is undone', async () => {
  const client = daemon.client();
  const controller = new AbortController();
  await assert.rejects(client.startWait('nobody', { signal: controller.signal }), { code: 'ZINIT_ERR_UNKNOWN_SERVICE' });
  const starts = client.deploy('never', { exec: 'sleep 1000', test: 'false' },
    { startTimeout: Infinity, signal: controller.signal });
  for await (const change of client.watch(['never'])) {
    if (change.service === 'never') break;
  }
  controller.abort(new Error('enough'));
  const error = await starts.then(assert.fail, (error) => error);
  assert.ok(error instanceof AbortError);
  assert.deepEqual([error.name, error.code, error.cause.message, error.service], ['AbortError', 'ABORT_ERR', 'enough', 'never']);
  assert.equal((await client.status('never')).target, 'Up');
  await assert.rejects(client.list({ signal: controller.signal }), { name: 'AbortError' });
  assert.throws(() => client.watch([], { signal: controller.signal }), { name: 'AbortError' });
  assert.throws(() => client.logs(null, { signal: controller.signal }), { name: 'AbortError' });
  await client.destroyServices(['never']);
  // Of a daemon that never answers: another one could be quicker than the signal, or slower, and start a service after all.
  const socket = `${daemon.directory}/mute.sock`;
  const mute = net.createServer((connection) => connection.resume());
  await new Promise((resolve) => mute.listen(socket, resolve));
  await assert.rejects(new Client({ socket, ioTimeout: 3_600_000 }).list({ signal: AbortSignal.timeout(0) }),
    (error) => error.name === 'AbortError' && error.cause.name === 'TimeoutError');
  mute.close();
});

test('a signal that is aborted after the end of its call does nothing', async () => {
  const controller = new AbortController();
  const listed = await daemon.client().list({ signal: controller.signal });
  controller.abort();
  assert.ok(Array.isArray(listed));
});
