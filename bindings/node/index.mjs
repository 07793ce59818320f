import binding from './index.js';

export const { Client, Service, ZinitError, AbortError, checkYAML, parseState, signalName, version } = binding;
