'use strict';
// Builds the add-on with the C compiler. Nothing is downloaded.
//
//     node build.js [--unless-prebuilt] [--output FILE]
//     node build.js --check-headers        fails if they are missing
//
// The library is that of the clone which this package is in, or else the one that pkg-config finds. The headers are those
// of the Node.js that runs, of the package node-api-headers, or of the system. CC and CFLAGS are heeded.

const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { load, built } = require('./lib/native.js');

const root = path.resolve(__dirname, '..', '..');

function giveUp(message) {
  console.error(`zinit-client: ${message}`);
  process.exit(1);
}

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) giveUp(`${command} cannot be run (${error.code}); install it and try again`);
  if (status !== 0) giveUp(`${command} has failed; its messages are above`);
}

function outputOf(command, ...args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

// What the compiler is told of libzinit_client.
function libraryFlags() {
  if (fs.existsSync(path.join(root, 'zinit-client.pc.in'))) {
    const target = outputOf('rustc', '-vV')?.match(/^host: (.*)$/m)?.[1];
    if (!target) giveUp('rustc is missing, with which libzinit_client is built; see README.md of the repository');
    const archive = path.join('build', 'library', target, 'release', 'static', 'libzinit_client.a');
    run('make', '--no-print-directory', '-C', root, archive);
    const privateLibraries = target.includes('musl') ? [] : ['-lutil', '-lrt', '-lpthread', '-lm', '-ldl'];
    return [`-I${path.join(root, 'include')}`, path.join(root, archive), ...privateLibraries];
  }
  const flags = outputOf('pkg-config', '--cflags', '--libs', 'zinit-client');
  if (flags === null) {
    giveUp('libzinit_client is not installed, or pkg-config does not find it (PKG_CONFIG_PATH); run make install in a ' +
      'clone of its repository, or npm install --install-links=false CLONE/bindings/node');
  }
  return flags.split(/\s+/);
}

function headerFlags() {
  const ofNode = path.resolve(fs.realpathSync(process.execPath), '..', '..', 'include', 'node');
  const candidates = [ofNode, '/usr/include/node'];
  try {
    candidates.push(require('node-api-headers').include_dir);
  } catch {
    // It is optional.
  }
  const directory = candidates.find((candidate) => fs.existsSync(path.join(candidate, 'node_api.h')));
  if (!directory) {
    giveUp('the headers of Node.js are missing (node_api.h); on Debian: apt-get install libnode-dev');
  }
  if (!fs.existsSync(path.join(directory, 'uv.h')) && !fs.existsSync('/usr/include/uv.h')) {
    giveUp('the header of libuv is missing (uv.h); on Debian: apt-get install libuv1-dev');
  }
  return [`-I${directory}`];
}

function build(output) {
  const sources = fs.readdirSync(path.join(__dirname, 'src')).filter((name) => name.endsWith('.c')).sort();
  const headers = headerFlags();
  const library = libraryFlags();
  fs.mkdirSync(path.dirname(output), { recursive: true });
  // Beside it, so that a program that has loaded the old one goes on.
  const temporary = `${output}.${process.pid}`;
  // Bound at once, so that a library that is too old is an error of the load and not the end of the process.
  run(process.env.CC || 'cc', '-std=c99', '-D_GNU_SOURCE', '-shared', '-fPIC', '-fvisibility=hidden', '-Wl,-z,now', '-Wall', '-Wextra',
    ...(process.env.CFLAGS || '-O2').split(/\s+/), ...headers, '-o', temporary,
    ...sources.map((name) => path.join(__dirname, 'src', name)), ...library);
  fs.renameSync(temporary, output);
}

function main(args) {
  if (process.platform !== 'linux') giveUp('zinit runs on Linux only');
  if (args.includes('--unless-prebuilt') && fs.existsSync(require('./lib/native.js').prebuilt)) {
    try {
      load();
      return;
    } catch {
      // It is for another C library, or damaged.
    }
  }
  if (args.includes('--check-headers')) {
    headerFlags();
    return;
  }
  const at = args.indexOf('--output');
  build(at < 0 ? built : path.resolve(args[at + 1]));
}

main(process.argv.slice(2));
