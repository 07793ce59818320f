'use strict';

const native = require('./native.js').load();
const { addTask, removeTask } = require('./abort.js');
const { AbortError, errorOf } = require('./errors.js');

const asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

// Log lines or changes, one after another. Nothing is read before it is asked for.
class Stream {
  #handle;
  #complete; // makes an entry of what the add-on gives
  #batch = [];
  #position = 0;
  #reading; // what the entry before is waiting for
  #signal;
  #failure;
  #isOver = false;
  #onAbort = () => {
    this.close();
    this.#failure = new AbortError(this.#signal);
  };

  constructor(handle, signal, complete) {
    this.#handle = handle;
    this.#complete = complete;
    this.#signal = signal;
    if (signal) addTask(signal, this.#onAbort);
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async next() {
    // One reader at a time, in the order in which they came.
    while (this.#reading) await this.#reading;
    if (this.#position === this.#batch.length && !this.#isOver) {
      this.#reading = this.#read();
      await this.#reading;
      this.#reading = undefined;
    }
    if (this.#failure) {
      const failure = this.#failure;
      this.#failure = undefined;
      throw failure;
    }
    if (this.#position === this.#batch.length) return { value: undefined, done: true };
    return { value: this.#complete(this.#batch[this.#position++]), done: false };
  }

  async return(value) {
    this.close();
    return { value, done: true };
  }

  close() {
    this.#batch = [];
    this.#position = 0;
    this.#end();
  }

  async [asyncDispose]() {
    this.close();
  }

  async #read() {
    try {
      const batch = await native.read(this.#handle);
      if (this.#isOver) return;
      this.#batch = batch ?? [];
      this.#position = 0;
      if (batch === null) this.#end();
    } catch (thrown) {
      this.#failure ??= errorOf(thrown);
      this.#end();
    }
  }

  #end() {
    this.#isOver = true;
    if (this.#signal) removeTask(this.#signal, this.#onAbort);
    native.close(this.#handle);
  }
}

module.exports = { Stream };
