'use strict';

const native = require('./native.js').load();

class ZinitError extends Error {
  constructor(failure) {
    super(failure.message);
    this.code = failure.code;
    for (const key of ['service', 'state', 'daemonMessage', 'errno']) {
      if (failure[key] !== undefined) this[key] = failure[key];
    }
    this.requestSent = failure.requestSent;
    if (failure.report !== undefined) this.report = reportOf(failure.report);
  }
}

class AbortError extends Error {
  constructor(signal, service) {
    super('The operation was aborted', { cause: signal.reason });
    this.code = 'ABORT_ERR';
    if (service !== undefined) this.service = service;
  }
}

// As the errors of the language have it.
for (const type of [ZinitError, AbortError]) {
  Object.defineProperty(type.prototype, 'name', { value: type.name, configurable: true, writable: true });
}

// The add-on throws a failure of the library as a plain object, and a mistake of the caller as a TypeError.
function errorOf(thrown) {
  return thrown instanceof Error ? thrown : new ZinitError(thrown);
}

// A function of the add-on that throws what it throws as errors.
function call(method, ...args) {
  try {
    return native[method](...args);
  } catch (thrown) {
    throw errorOf(thrown);
  }
}

// The result for each service of a group.
function reportOf(rows) {
  for (const row of rows) {
    if (row.error !== null) row.error = new ZinitError(row.error);
  }
  return rows;
}

function typeError(what, type) {
  return Object.assign(new TypeError(`The "${what}" argument must be ${type}`), { code: 'ERR_INVALID_ARG_TYPE' });
}

function valueError(message) {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
}

module.exports = { ZinitError, AbortError, errorOf, call, reportOf, typeError, valueError };
