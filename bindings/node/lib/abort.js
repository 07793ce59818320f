'use strict';

// What is to be done when a signal is aborted. One listener a signal: of more than ten Node.js warns.
const tasks = new WeakMap();

function runAll(event) {
  const ofSignal = tasks.get(event.target);
  tasks.delete(event.target);
  for (const task of ofSignal) task();
}

function addTask(signal, task) {
  let ofSignal = tasks.get(signal);
  if (!ofSignal) {
    ofSignal = new Set();
    tasks.set(signal, ofSignal);
    signal.addEventListener('abort', runAll, { once: true });
  }
  ofSignal.add(task);
}

function removeTask(signal, task) {
  const ofSignal = tasks.get(signal);
  if (!ofSignal?.delete(task) || ofSignal.size > 0) return;
  tasks.delete(signal);
  signal.removeEventListener('abort', runAll);
}

module.exports = { addTask, removeTask };
