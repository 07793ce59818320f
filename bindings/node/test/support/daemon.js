'use strict';
// A daemon of its own for a test, in a directory of its own.

const { spawn, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Client } = require('zinit-client');

const zinit = process.env.ZINIT_BIN;
if (!zinit) throw new Error('ZINIT_BIN must name the daemon to test with; tests/suites/node.sh does it');

// The patch number of zinit 0.2.PATCH.
const patch = Number(/^zinit v0\.2\.(\d+)/.exec(execFileSync(zinit, ['-V'], { encoding: 'utf8' }))?.[1] ?? 0);
const speaksJSONRPC = patch >= 15;

function processesOf(directory) {
  const mark = `ZINIT_TEST_DAEMON=${directory}`;
  return fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).filter((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
    } catch {
      return false; // It has ended, or is another user's.
    }
  });
}

// A test that hangs must not leave its daemon behind.
setTimeout(() => {
  console.error('a test has not ended for five minutes');
  process.exit(1);
}, 300_000).unref();

class Daemon {
  constructor() {
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'zinit-node.'));
    this.socket = path.join(this.directory, 'zinit.sock');
    this.configDir = path.join(this.directory, 'services');
    fs.mkdirSync(this.configDir);
  }

  // Returns once the daemon answers.
  async start() {
    this.process = spawn(zinit, ['-s', this.socket, 'init', '-c', this.configDir, '--container'],
      { env: { ...process.env, ZINIT_TEST_DAEMON: this.directory }, stdio: 'ignore', detached: true });
    process.once('exit', () => {
      this.process.kill('SIGKILL');
      this.killAll();
    });
    const client = this.client();
    for (;;) {
      try {
        await client.list();
        return this;
      } catch (error) {
        if (error.code !== 'ZINIT_ERR_NOT_RUNNING' || this.process.exitCode !== null) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  client(options) {
    return new Client({ socket: this.socket, configDir: this.configDir, zinitBinary: zinit, ...options });
  }

  write(name, yaml) {
    fs.writeFileSync(path.join(this.configDir, `${name}.yaml`), yaml);
  }

  // The daemon first, so that nothing is started any more.
  async kill() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill('SIGKILL');
      await ended;
    }
    this.killAll();
  }

  killAll() {
    for (const pid of processesOf(this.directory)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  }

  async stop() {
    await this.kill();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

// A daemon for the tests of a file: begins before them and ends after them.
function daemonFor({ before, after }) {
  const daemon = new Daemon();
  before(() => daemon.start());
  after(() => daemon.stop());
  return daemon;
}

module.exports = { Daemon, daemonFor, speaksJSONRPC, patch, zinit };
