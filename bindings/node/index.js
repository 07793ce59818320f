'use strict';

const native = require('./lib/native.js').load();
const { Client, signalName } = require('./lib/client.js');
const { ZinitError, AbortError, call } = require('./lib/errors.js');
const { Service, checkYAML } = require('./lib/service.js');

module.exports = {
  Client, Service, ZinitError, AbortError, checkYAML, signalName,
  parseState: (text) => call('parseState', text),
  version: native.version,
};
