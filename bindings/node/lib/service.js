'use strict';

const native = require('./native.js').load();
const { call, typeError, valueError } = require('./errors.js');
const { wordOf, numberOf } = require('./words.js');

const KEYS = ['exec', 'test', 'dir', 'stopSignal', 'oneshot', 'log', 'shutdownTimeoutSeconds', 'after', 'env'];

const exported = {};

// A service definition: the content of a service file. The library keeps its text, so that a change of one key leaves
// the other lines of the file as they are.
class Service {
  #handle = native.serviceNew();

  constructor(keys = {}) {
    this.assign(keys);
  }

  static fromYAML(yaml) {
    return exported.serviceOf(call('serviceFromYAML', yaml));
  }

  // Sets several keys; those that are not named stay as they are.
  assign(keys) {
    for (const key of Object.keys(keys)) {
      if (!KEYS.includes(key)) {
        throw valueError(`A service definition has no key "${key}"; its keys are ${KEYS.join(', ')}`);
      }
      this[key] = keys[key];
    }
    return this;
  }

  toYAML() {
    return call('serviceToYAML', this.#handle);
  }

  keyStatus(key) {
    return wordOf('KEY', call('serviceKeyStatus', this.#handle, key));
  }

  get exec() { return this.#get('exec'); }
  set exec(command) { this.#set('exec', command); }
  get test() { return this.#get('test'); }
  set test(command) { this.#set('test', command); }
  get dir() { return this.#get('dir'); }
  set dir(path) { this.#set('dir', path); }
  get stopSignal() { return this.#get('stopSignal'); }
  set stopSignal(signal) { this.#set('stopSignal', signal); }
  get oneshot() { return this.#get('oneshot'); }
  set oneshot(oneshot) { this.#set('oneshot', oneshot); }
  get log() { return wordOf('LOG', this.#get('log')); }
  set log(log) { this.#set('log', numberOf('LOG', log ?? undefined, 'log')); }
  get shutdownTimeoutSeconds() { return this.#get('shutdownTimeoutSeconds'); }
  set shutdownTimeoutSeconds(seconds) { this.#set('shutdownTimeoutSeconds', seconds); }
  get after() { return this.#get('after'); }
  set after(names) { this.#set('after', names ?? []); }
  get env() { return Object.fromEntries(this.#get('env')); }

  set env(variables) {
    if (typeof (variables ?? {}) !== 'object') throw typeError('env', 'of type Object');
    const wanted = Object.entries(variables ?? {});
    const names = new Set(wanted.map(([name]) => name));
    for (const [name] of this.#get('env')) {
      if (!names.has(name)) this.setVariable(name, undefined);
    }
    for (const [name, value] of wanted) this.setVariable(name, value);
  }

  // Sets one environment variable; undefined or null removes it.
  setVariable(name, value) {
    this.#set('variable', [name, value]);
    return this;
  }

  // The keys that are there, as a plain object.
  toJSON() {
    const isThere = (value) => value !== undefined && value !== false &&
      !(typeof value === 'object' && Object.keys(value).length === 0);
    return Object.fromEntries(KEYS.map((key) => [key, this[key]]).filter(([, value]) => isThere(value)));
  }

  #get(key) {
    return native.serviceGet(this.#handle, key);
  }

  #set(key, value) {
    call('serviceSet', this.#handle, key, value);
  }

  static {
    // For this package alone.
    exported.serviceOf = (handle) => {
      const service = new Service();
      service.#handle = handle;
      return service;
    };
    // Of whatever a call takes as a definition.
    exported.handleOf = (definition) => {
      if (definition === null || typeof definition !== 'object') throw typeError('service', 'a Service or an Object');
      return (definition instanceof Service ? definition : new Service(definition)).#handle;
    };
  }
}

function checkYAML(yaml) {
  return call('checkYAML', yaml).map((problem) => ({ ...problem, severity: wordOf('SEVERITY', problem.severity) }));
}

module.exports = { Service, checkYAML, ...exported };
