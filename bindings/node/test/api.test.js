'use strict';
// The package beside zinit.h: each call, code and word is there.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const zinit = require('zinit-client');
const { words } = require('../lib/words.js');
const native = require('../lib/native.js').load();

const header = fs.readFileSync(path.join(__dirname, '..', '..', '..', 'include', 'zinit.h'), 'utf8');
const declarations = fs.readFileSync(path.join(__dirname, '..', 'index.d.ts'), 'utf8');

const matchesOf = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);
const numbersOf = (prefix) => [...header.matchAll(new RegExp(`^#define ZINIT_${prefix}_(\\w+) (\\d+)$`, 'gm'))];
const camelCase = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

test('each request of the header is a call of the client', () => {
  const begun = matchesOf(header, /^zinit_code zinit_client_begin_(\w+)\(/gm);
  assert.ok(begun.length >= 30);
  assert.deepEqual(Object.keys(native.operations), begun);
  for (const name of begun) assert.equal(typeof zinit.Client.prototype[camelCase(name)], 'function', name);
});

test('each code of the header is in the declarations', () => {
  const codes = matchesOf(header, /^#define (ZINIT_ERR_\w+) /gm);
  assert.ok(codes.length >= 30);
  const type = declarations.match(/export type ErrorCode =([^;]*);/)[1];
  assert.deepEqual(matchesOf(type, /'(\w+)'/g), codes);
});

test('each number of the header that has a word has it in the package', () => {
  const kinds = { PROTOCOL: 4, STOP_ORDER: 2, LOG: 4, KEY: 3, SEVERITY: 2, LOG_SOURCE: 5, CHANGE: 5 };
  assert.deepEqual(Object.keys(words), Object.keys(kinds));
  for (const [kind, count] of Object.entries(kinds)) {
    const numbers = numbersOf(kind).filter(([, name]) => kind !== 'LOG' || !name.startsWith('SOURCE_'));
    assert.equal(numbers.length, count, kind);
    for (const [, name, number] of numbers) {
      const word = words[kind][number];
      if (name !== 'UNSET') assert.equal(word.toLowerCase(), name.replaceAll('_', '').toLowerCase());
    }
    assert.equal(words[kind].filter((word) => word !== undefined).length, kind === 'LOG' ? count - 1 : count);
  }
});

test('each member of the classes is declared, and each declared one is there', () => {
  for (const type of ['Client', 'Service']) {
    const body = declarations.match(new RegExp(`export class ${type} \\{([^]*?)\\n\\}`))[1];
    const declared = matchesOf(body, /^  (?:get )?(\w+)\(/gm).filter((name) => name !== 'set');
    const there = Object.getOwnPropertyNames(zinit[type].prototype);
    assert.deepEqual([...new Set(declared)].sort(), there.sort());
  }
});

test('import and require give the same classes', async () => {
  const imported = await import('zinit-client');
  assert.deepEqual(Object.keys(imported).filter((name) => !['default', 'module.exports'].includes(name)).sort(),
    Object.keys(zinit).sort());
  for (const name of Object.keys(zinit)) assert.equal(imported[name], zinit[name]);
});

test('the version of the package is that of the library', () => {
  assert.equal(zinit.version, require('zinit-client/package.json').version);
});

test('under Bun the package says that it does not work there', () => {
  const asBun = `Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1.4.5' } });
    try { require('zinit-client'); } catch (error) { console.log(error.message); }`;
  const said = execFileSync(process.execPath, ['-e', asBun], { cwd: path.join(__dirname, '..'), encoding: 'utf8' });
  assert.match(said, /^zinit-client: Bun cannot watch a file descriptor .*; run this program with Node\.js\n$/);
});

test('a state is parsed, and a signal has its name', () => {
  assert.deepEqual(zinit.parseState('Error(Exited(Pid(1), 3))'), {
    kind: 'Error', text: 'Error(Exited(Pid(1), 3))', reason: 'Exited(Pid(1), 3)', exitCode: 3, signal: null, exited: true,
  });
  assert.throws(() => zinit.parseState('((('), { name: 'ZinitError', code: 'ZINIT_ERR_INVALID_STATE' });
  assert.equal(zinit.signalName(15), 'SIGTERM');
  for (const number of [0, -1, 1e9, 0.5]) assert.throws(() => zinit.signalName(number), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => zinit.signalName('15'), { code: 'ERR_INVALID_ARG_TYPE' });
});
