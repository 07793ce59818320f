'use strict';

const native = require('./native.js').load();
const { addTask, removeTask } = require('./abort.js');
const { AbortError, call, errorOf, reportOf, typeError, valueError } = require('./errors.js');
const { handleOf, serviceOf } = require('./service.js');
const { Stream } = require('./stream.js');
const { wordOf, numberOf } = require('./words.js');

const { operations } = native;
const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

// Those of zinitctl, too.
const STOP_TIMEOUT = 10_000;
const START_TIMEOUT = 20_000;

function checkOptions(options) {
  if (options === null || typeof options !== 'object') throw typeError('options', 'of type Object');
  const { signal } = options;
  if (signal === undefined) return options;
  const isSignal = signal !== null && typeof signal === 'object' && 'aborted' in signal &&
    typeof signal.addEventListener === 'function';
  if (!isSignal) throw typeError('options.signal', 'an instance of AbortSignal');
  return options;
}

const stopTimeout = (options) => options.timeout ?? STOP_TIMEOUT;
const startTimeout = (options) => options.timeout ?? START_TIMEOUT;
const bothTimeouts = (options) => [options.stopTimeout ?? STOP_TIMEOUT, options.startTimeout ?? START_TIMEOUT];

// A daemon to talk to. It holds no connection.
class Client {
  #handle;

  constructor(options = {}) {
    checkOptions(options);
    this.#handle = call('newClient', {
      ...options,
      protocol: numberOf('PROTOCOL', options.protocol ?? 'any', 'protocol'),
      stopOrder: numberOf('STOP_ORDER', options.stopOrder ?? 'any', 'stopOrder'),
    });
  }

  list(options) { return this.#call(operations.list, options); }
  status(name, options) { return this.#call(operations.status, options, name); }
  statuses(options) { return this.#call(operations.statuses, options); }
  stats(name, options) { return this.#call(operations.stats, options, name); }
  exists(name, options) { return this.#call(operations.exists, options, name); }
  version(options) { return this.#call(operations.version, options); }
  async protocol(options) { return wordOf('PROTOCOL', await this.#call(operations.protocol, options)); }
  matches(filter, options) { return this.#call(operations.matches, options, filter); }

  async get(name, options) { return serviceOf(await this.#call(operations.get, options, name)); }
  async loadService(name, options) { return serviceOf(await this.#call(operations.load_service, options, name)); }
  async addService(name, service, options) { return this.#call(operations.add_service, options, name, handleOf(service)); }
  removeService(name, options) { return this.#call(operations.remove_service, options, name); }

  start(name, options) { return this.#call(operations.start, options, name); }
  stop(name, options) { return this.#call(operations.stop, options, name); }
  monitor(name, options) { return this.#call(operations.monitor, options, name); }
  forget(name, options) { return this.#call(operations.forget, options, name); }
  reboot(options) { return this.#call(operations.reboot, options); }
  shutdown(options) { return this.#call(operations.shutdown, options); }
  startHttpServer(address, options) { return this.#call(operations.start_http_server, options, address); }
  stopHttpServer(options) { return this.#call(operations.stop_http_server, options); }

  // The signal is a name or a number, as for process.kill.
  async kill(name, signal, options) {
    return this.#call(operations.kill, options, name, typeof signal === 'number' ? signalName(signal) : signal);
  }

  async startWait(name, options = {}) {
    return this.#call(operations.start_wait, options, name, startTimeout(checkOptions(options)));
  }

  async stopWait(name, options = {}) {
    return this.#call(operations.stop_wait, options, name, stopTimeout(checkOptions(options)));
  }

  async restart(name, options = {}) {
    return this.#call(operations.restart, options, name, ...bothTimeouts(checkOptions(options)));
  }

  async deploy(name, service, options = {}) {
    return this.#call(operations.deploy, options, name, handleOf(service), ...bothTimeouts(checkOptions(options)));
  }

  async reload(name, options = {}) {
    return this.#call(operations.reload, options, name, ...bothTimeouts(checkOptions(options)));
  }

  async startMultiple(names, options = {}) {
    return reportOf(await this.#call(operations.start_multiple, options, names, startTimeout(checkOptions(options))));
  }

  async stopMultiple(names, options = {}) {
    return reportOf(await this.#call(operations.stop_multiple, options, names, stopTimeout(checkOptions(options))));
  }

  async restartMultiple(names, options = {}) {
    return reportOf(await this.#call(operations.restart_multiple, options, names, ...bothTimeouts(checkOptions(options))));
  }

  async destroyServices(names, options = {}) {
    return reportOf(await this.#call(operations.destroy_services, options, names, stopTimeout(checkOptions(options))));
  }

  // Begins at once: every line that is printed after this call comes.
  logs(name = null, options = {}) {
    const { last = Infinity, follow = false, encoding = 'utf8', signal } = checkOptions(options);
    if (encoding !== 'utf8' && encoding !== 'buffer') throw valueError(`The "encoding" argument must be 'utf8' or 'buffer'`);
    if (signal?.aborted) throw new AbortError(signal);
    const handle = call('openLog', this.#handle, name, last, follow, encoding === 'buffer');
    return new Stream(handle, signal, (line) => {
      line.source = wordOf('LOG_SOURCE', line.source);
      return line;
    });
  }

  // Of all services if no names are given.
  watch(names = [], options = {}) {
    const { interval = 0, signal } = checkOptions(options);
    if (signal?.aborted) throw new AbortError(signal);
    return new Stream(call('openWatch', this.#handle, names, interval), signal, (change) => {
      change.kind = wordOf('CHANGE', change.kind);
      return change;
    });
  }

  // What is under way goes on.
  close() {
    native.closeClient(this.#handle);
  }

  [dispose]() {
    this.close();
  }

  // In an async function, so that the stack of an error leads to the caller.
  async #call(operation, options, first, second, third, fourth) {
    const signal = options === undefined ? undefined : checkOptions(options).signal;
    if (signal !== undefined) return this.#abortable(signal, operation, first, second, third, fourth);
    try {
      return await native.begin(this.#handle, operation, false, first, second, third, fourth);
    } catch (thrown) {
      throw errorOf(thrown);
    }
  }

  async #abortable(signal, operation, ...args) {
    if (signal.aborted) throw new AbortError(signal);
    let abort;
    try {
      const [promise, handle] = native.begin(this.#handle, operation, true, ...args);
      abort = () => native.abort(handle);
      addTask(signal, abort);
      return await promise;
    } catch (thrown) {
      // What an abort rejects with.
      throw thrown === undefined ? new AbortError(signal, typeof args[0] === 'string' ? args[0] : undefined) : errorOf(thrown);
    } finally {
      if (abort) removeTask(signal, abort);
    }
  }
}

function signalName(number) {
  const name = call('signalName', number);
  if (name === null) throw valueError(`zinit has no name for the signal ${number}`);
  return name;
}

module.exports = { Client, signalName };
