'use strict';
// Loads the add-on: the one that the package came with, or the one that was built where it was installed.

const path = require('node:path');

const root = path.dirname(__dirname);

const prebuilt = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'zinit_client.node');
const built = path.join(root, 'build', 'zinit_client.node');

function load() {
  if (process.versions.bun) {
    // There uv_poll_init ends the process.
    throw new Error('zinit-client: Bun cannot watch a file descriptor for an add-on (uv_poll); run this program with Node.js');
  }
  const failures = [];
  for (const file of [prebuilt, built]) {
    try {
      return require(file);
    } catch (error) {
      failures.push(error.code === 'MODULE_NOT_FOUND' ? `${file} does not exist` : error.message);
    }
  }
  throw new Error(`zinit-client: the add-on cannot be loaded; run 'npm rebuild zinit-client' (${failures.join('; ')})`);
}

module.exports = { load, prebuilt, built };
