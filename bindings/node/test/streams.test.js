'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { test, before, after } = require('node:test');
const { Daemon, daemonFor, patch } = require('./support/daemon.js');

const daemon = daemonFor({ before, after });
// Prints a line whenever the test asks for it, and never by itself.
const printer = (name) => ({ exec: `sh -c "while read line; do echo $line; done < ${daemon.directory}/${name}"` });

// What the service prints, without the mark of its start. All lines, for one that is printed just after the call can still
// count as kept; and without repetition, for a daemon of the line protocol can send such a line twice.
async function* printedBy(lines) {
  let before;
  for await (const line of lines) {
    if (line.source !== 'start' && String(line.text) !== before) yield line;
    before = String(line.text);
  }
}

async function deployPrinter(client, name) {
  const fifo = `${daemon.directory}/${name}`;
  execFileSync('mkfifo', [fifo]);
  await client.deploy(name, printer(name));
  return fs.createWriteStream(fifo);
}

test('a log is followed from the call on, and leaving the loop closes it', async () => {
  const client = daemon.client();
  const pipe = await deployPrinter(client, 'followed');
  const lines = client.logs('followed', { follow: true });
  pipe.write('one\ntwo\nthree\n');
  const texts = [];
  for await (const line of printedBy(lines)) {
    assert.deepEqual([line.service, line.source, line.truncated], ['followed', 'stdout', false]);
    texts.push(line.text);
    if (texts.length === 3) break;
  }
  assert.deepEqual(texts, ['one', 'two', 'three']);
  assert.deepEqual(await lines.next(), { value: undefined, done: true });
  pipe.end();
  await client.destroyServices(['followed']);
});

test('the lines that are kept end', async () => {
  const client = daemon.client();
  await client.deploy('kept', { exec: 'sh -c "for i in 1 2 3 4; do echo line $i; done; echo error >&2; exec sleep 1000"' });
  // They are kept once the last one is read.
  for await (const line of client.logs('kept', { follow: true })) {
    if (line.text === 'error') break;
  }
  const kept = [];
  for await (const line of client.logs('kept')) kept.push(line);
  assert.deepEqual(kept.filter(({ text }) => text.startsWith('line')).map(({ text }) => text), ['line 1', 'line 2', 'line 3', 'line 4']);
  if (patch >= 10) assert.equal(kept.find(({ text }) => text === 'error').source, 'stderr');
  const last = [];
  for await (const line of client.logs('kept', { last: 1 })) last.push(line.text);
  assert.deepEqual(last, [kept.at(-1).text]);
  await client.destroyServices(['kept']);
});

test('the text of a line comes as bytes, if asked for', async () => {
  const client = daemon.client();
  const pipe = await deployPrinter(client, 'bytes');
  const lines = client.logs('bytes', { follow: true, encoding: 'buffer' });
  pipe.write('caf\u00e9\n');
  const { value } = await printedBy(lines).next();
  assert.ok(Buffer.isBuffer(value.text));
  assert.deepEqual([...value.text], [0x63, 0x61, 0x66, 0xc3, 0xa9]);
  lines.close();
  pipe.end();
  await client.destroyServices(['bytes']);
});

test('a log of many lines is complete and in order, new and kept', async () => {
  const client = daemon.client();
  const pipe = await deployPrinter(client, 'long');
  const lines = client.logs('long', { follow: true });
  const expected = Array.from({ length: 1000 }, (_, i) => String(i));
  const texts = [];
  // In parts, for the daemon drops lines for a reader that is slower than the service.
  const writePart = () => pipe.write(expected.slice(texts.length, texts.length + 40).map((text) => `${text}\n`).join(''));
  writePart();
  for await (const { text } of printedBy(lines)) {
    texts.push(text);
    if (texts.length === expected.length) break;
    if (texts.length % 40 === 0) writePart();
  }
  assert.deepEqual(texts, expected);
  const kept = [];
  for await (const { text } of printedBy(client.logs('long'))) kept.push(text);
  assert.deepEqual(kept, expected);
  pipe.end();
  await client.destroyServices(['long']);
});

test('several readers of one stream get one entry each, in their order', async () => {
  const client = daemon.client();
  const names = ['shared-a', 'shared-b', 'shared-c'];
  for (const name of names) daemon.write(name, 'exec: sleep 1000\n');
  await client.startMultiple(names);
  const changes = client.watch(names);
  const read = [changes.next(), changes.next(), changes.next()];
  assert.deepEqual((await Promise.all(read)).map(({ value }) => value.service), names);
  const waiting = changes.next();
  assert.deepEqual(await changes.return(), { value: undefined, done: true });
  assert.deepEqual(await waiting, { value: undefined, done: true });
  await client.destroyServices(names);
});

test('an aborted signal ends a stream with an AbortError, and after that it is over', async () => {
  for (const open of [(options) => daemon.client().watch([], options), (options) => daemon.client().logs(null, { follow: true, ...options })]) {
    const controller = new AbortController();
    const stream = open({ signal: controller.signal });
    const reading = (async () => { for await (const entry of stream) assert.ok(entry); })();
    controller.abort('enough');
    await assert.rejects(reading, { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' });
    assert.deepEqual(await stream.next(), { value: undefined, done: true });
  }
});

test('an aborted signal drops the lines that were read ahead', async () => {
  const client = daemon.client();
  await client.deploy('ahead', { exec: 'sh -c "for i in 1 2 3; do echo $i; done; exec sleep 1000"' });
  for await (const line of client.logs('ahead', { follow: true })) {
    if (line.text === '3') break;
  }
  const controller = new AbortController();
  const lines = client.logs('ahead', { signal: controller.signal });
  assert.equal((await lines.next()).done, false);
  controller.abort();
  await assert.rejects(lines.next(), { name: 'AbortError' });
  assert.deepEqual(await lines.next(), { value: undefined, done: true });
  await client.destroyServices(['ahead']);
});

test('a log of a service that the daemon does not know', async () => {
  await assert.rejects(daemon.client().logs('nobody').next(), { code: 'ZINIT_ERR_UNKNOWN_SERVICE', service: 'nobody' });
});

test('a watch tells the changes of a service', async () => {
  const client = daemon.client();
  await client.deploy('watched', { exec: 'sleep 1000' });
  const seen = [];
  for await (const change of client.watch(['watched'], { interval: 100 })) {
    seen.push(change);
    if (change.kind === 'appeared') client.destroyServices(['watched']);
    if (change.kind === 'forgotten') break;
  }
  assert.deepEqual([seen[0].kind, seen[0].service, seen[0].stateBefore, seen[0].stateAfter.kind, seen[0].target],
    ['appeared', 'watched', null, 'Running', 'Up']);
  assert.ok(seen[0].pid > 0);
  assert.deepEqual([seen.at(-1).kind, seen.at(-1).stateAfter, seen.at(-1).target], ['forgotten', null, 'Unknown']);
});

test('when the daemon ends, a log that is followed ends with an error, and a watch tells it', async () => {
  const other = await new Daemon().start();
  const client = other.client();
  await client.deploy('talks', { exec: 'sh -c "while :; do echo a line; sleep 0.05; done"' });
  const log = client.logs('talks', { follow: true });
  // Both are under way once something has come.
  assert.ok((await log.next()).value);
  const logEnd = (async () => { for await (const line of log) assert.ok(line); })();
  logEnd.catch(() => {});
  const watch = client.watch(['talks'], { interval: 50 });
  assert.equal((await watch.next()).value.kind, 'appeared');
  const change = watch.next();
  await other.kill();
  await assert.rejects(logEnd, { name: 'ZinitError', code: 'ZINIT_ERR_CLOSED' });
  assert.deepEqual([(await change).value.kind, (await change).value.service], ['daemonLost', null]);
  watch.close();
  await other.stop();
});
