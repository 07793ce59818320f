'use strict';
// Service definitions, without a daemon.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Service, checkYAML } = require('zinit-client');

const keys = {
  exec: 'web --port 8080', test: 'curl -sf localhost:8080', dir: '/srv/web', stopSignal: 'SIGINT', oneshot: true, log: 'ring',
  shutdownTimeoutSeconds: 3, after: ['db', 'cache'], env: { LANG: 'C', __proto__x: 'y' },
};

test('each key is set, read and written', () => {
  const service = new Service(keys);
  assert.deepEqual(service.toJSON(), keys);
  assert.deepEqual(Service.fromYAML(service.toYAML()).toJSON(), keys);
});

test('undefined and null remove a key', () => {
  for (const nothing of [undefined, null]) {
    const service = new Service(keys);
    for (const key of Object.keys(keys)) service[key] = nothing;
    assert.deepEqual(service.toJSON(), {});
    assert.deepEqual([service.exec, service.oneshot, service.log, service.after, service.env], [undefined, false, undefined, [], {}]);
  }
});

test('an environment that is set takes the place of the old one', () => {
  const service = new Service({ exec: 'a', env: { A: '1', B: '2' } });
  service.env = { B: '3', C: '4' };
  assert.deepEqual(service.env, { B: '3', C: '4' });
  assert.deepEqual(service.setVariable('B', null).env, { C: '4' });
});

test('a change leaves the other lines of the file as they are', () => {
  const text = '# the shop\nexec: web # ours\nunknown: 1\n';
  const service = Service.fromYAML(text);
  assert.equal(service.toYAML(), text);
  service.exec = 'web2';
  assert.match(service.toYAML(), /^# the shop\nexec: web2\n?.*unknown: 1\n$/s);
  assert.equal(service.keyStatus('unknown'), 'present');
  assert.equal(service.keyStatus('test'), 'absent');
  assert.equal(Service.fromYAML('exec: [a]').keyStatus('exec'), 'notUnderstood');
});

test('what the daemon would refuse is not written, and the error names the key', () => {
  assert.throws(() => new Service().toYAML(), { code: 'ZINIT_ERR_INVALID_SERVICE', message: /exec/ });
  assert.throws(() => Service.fromYAML('a: [') , { code: 'ZINIT_ERR_FILE_SYNTAX' });
  assert.throws(() => Service.fromYAML('exec: "a\0b"'), { code: 'ZINIT_ERR_FILE_SYNTAX' });
  assert.throws(() => new Service({ stopSignal: 'SIGNONE' }), { code: 'ZINIT_ERR_INVALID_SIGNAL' });
  assert.throws(() => new Service({ shutdownTimeoutSeconds: -5 }), { code: 'ZINIT_ERR_INVALID_ARGUMENT' });
  assert.throws(() => new Service({ shutdownTimeoutSeconds: -1 }), { code: 'ZINIT_ERR_INVALID_ARGUMENT' });
});

test('a list with a wrong name changes nothing', () => {
  const service = new Service({ after: ['db'] });
  assert.throws(() => { service.after = ['cache', 'a/b']; }, { code: 'ZINIT_ERR_INVALID_NAME', message: /a\/b/ });
  assert.deepEqual(service.after, ['db']);
});

test('a wrong type or a key that is not known is a TypeError', () => {
  for (const [key, value] of Object.entries({ exec: 1, test: {}, dir: [], stopSignal: 9, oneshot: 'yes', shutdownTimeoutSeconds: '3',
    after: 'db', env: 'A=1' })) {
    assert.throws(() => new Service({ [key]: value }), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: new RegExp(key) });
  }
  assert.throws(() => new Service({ after: [1] }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new Service({ env: { A: 1 } }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new Service({ log: 'file' }), { code: 'ERR_INVALID_ARG_VALUE', message: /'ring', 'stdout', 'none'/ });
  assert.throws(() => new Service({ command: 'a' }), { code: 'ERR_INVALID_ARG_VALUE', message: /"command".*exec, test/ });
  assert.throws(() => new Service({ exec: 'a\0b' }), { code: 'ZINIT_ERR_INVALID_ARGUMENT', message: /exec contains a NUL/ });
});

test('a check tells each problem with its place', () => {
  assert.deepEqual(checkYAML('exec: a\n'), []);
  const problems = checkYAML('exec: a\noneshot: 3\nexce: b\n');
  assert.deepEqual(problems.map(({ severity, line, column, key }) => [severity, line, column, key]),
    [['error', 2, 10, 'oneshot'], ['warning', 3, 1, 'exce']]);
  assert.match(checkYAML('exec: a\0b\n')[0].message, /NUL/);
  assert.throws(() => checkYAML(3), { code: 'ERR_INVALID_ARG_TYPE' });
});
