'use strict';
// The words for the numbers of zinit.h that have none in the library. The number is the index.

const { valueError } = require('./errors.js');

const words = {
  PROTOCOL: ['any', 'line', 'jsonrpc', 'zinit03'],
  STOP_ORDER: ['any', 'reverse'],
  LOG: [undefined, 'ring', 'stdout', 'none'],
  KEY: ['absent', 'present', 'notUnderstood'],
  SEVERITY: [undefined, 'error', 'warning'],
  LOG_SOURCE: [undefined, 'stdout', 'stderr', 'start', 'test', 'dropped'],
  CHANGE: [undefined, 'appeared', 'state', 'forgotten', 'daemonLost', 'daemonBack'],
};

// A number that a newer library may have.
function wordOf(kind, number) {
  return number < words[kind].length ? words[kind][number] : `unknown ${number}`;
}

function numberOf(kind, word, what) {
  const number = words[kind].indexOf(word);
  if (number < 0) {
    const known = words[kind].filter((known) => known !== undefined);
    throw valueError(`The "${what}" argument must be one of '${known.join("', '")}'`);
  }
  return number;
}

module.exports = { words, wordOf, numberOf };
