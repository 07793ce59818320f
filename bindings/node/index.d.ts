// What the C library's functions do is said in zinit.h, by the same names: startWait() is zinit_client_start_wait().
// Times are in milliseconds. A timeout of Infinity is no limit, 0 does not wait, and a negative one is an error.
/// <reference lib="esnext.disposable" />

/** The names of the library's codes. A newer library can have more. */
export type ErrorCode =
  | 'ZINIT_ERR_INVALID_ARGUMENT'
  | 'ZINIT_ERR_INVALID_NAME'
  | 'ZINIT_ERR_INVALID_SIGNAL'
  | 'ZINIT_ERR_INVALID_REGEX'
  | 'ZINIT_ERR_INVALID_SERVICE'
  | 'ZINIT_ERR_INVALID_STATE'
  | 'ZINIT_ERR_UNKNOWN_SERVICE'
  | 'ZINIT_ERR_ALREADY_MONITORED'
  | 'ZINIT_ERR_SERVICE_UP'
  | 'ZINIT_ERR_SERVICE_DOWN'
  | 'ZINIT_ERR_SHUTTING_DOWN'
  | 'ZINIT_ERR_CONFIG_REFUSED'
  | 'ZINIT_ERR_NOT_SUPPORTED'
  | 'ZINIT_ERR_DAEMON'
  | 'ZINIT_ERR_TIMEOUT'
  | 'ZINIT_ERR_CANCELLED'
  | 'ZINIT_ERR_TARGET_CHANGED'
  | 'ZINIT_ERR_SERVICE_FAILED'
  | 'ZINIT_ERR_NOT_RUNNING'
  | 'ZINIT_ERR_PERMISSION'
  | 'ZINIT_ERR_IO'
  | 'ZINIT_ERR_NO_REPLY'
  | 'ZINIT_ERR_CLOSED'
  | 'ZINIT_ERR_PROTOCOL'
  | 'ZINIT_ERR_REPLY_TOO_LARGE'
  | 'ZINIT_ERR_FILE_NOT_FOUND'
  | 'ZINIT_ERR_FILE_IO'
  | 'ZINIT_ERR_FILE_SYNTAX'
  | 'ZINIT_ERR_VERSION'
  | 'ZINIT_ERR_INTERNAL';

export type StateKind =
  | 'Other'
  | 'Unknown'
  | 'Blocked'
  | 'Spawned'
  | 'Running'
  | 'Success'
  | 'Error'
  | 'Failure'
  | 'TestFailure';

/** The state that the daemon works towards. */
export type Target = 'Unknown' | 'Up' | 'Down';

export interface State {
  kind: StateKind;
  /** As the daemon tells it, such as "Error(Exited(Pid(1), 3))". */
  text: string;
  /** What is in the parentheses. */
  reason: string | null;
  /** Of a process that ended by itself with another exit code than 0. */
  exitCode: number | null;
  /** The signal that ended the process. */
  signal: string | null;
  /** Whether the kind is Success, Error, Failure or Blocked. This does not say whether a process is running. */
  exited: boolean;
}

export interface NamedState {
  name: string;
  state: State;
}

export interface Status extends NamedState {
  /** 0 if no process is running. */
  pid: number;
  target: Target;
  /** The services that this service starts after. */
  after: NamedState[];
}

export interface ProcessStats {
  pid: number;
  /** In bytes. */
  memory: number;
  /** Percent of one processor. */
  cpu: number;
}

export interface Stats extends ProcessStats {
  /** All descendants of the process. */
  children: ProcessStats[];
}

export interface DaemonVersion {
  text: string;
  major: number;
  minor: number;
  patch: number;
}

export type Step =
  | 'None'
  | 'Stopping'
  | 'Killing'
  | 'Stopped'
  | 'Forgetting'
  | 'Writing'
  | 'Removing'
  | 'Starting'
  | 'Done';

/** The result for one service of a group. */
export interface Result {
  name: string;
  code: ErrorCode | 'ZINIT_OK' | 'ZINIT_PENDING';
  /** The step that the service is at, or at which it failed. */
  step: Step;
  /** The last state that was seen. */
  state: State | null;
  target: Target;
  /** 0 if the service has no process, or if it is not known. */
  pid: number;
  /** Whether SIGKILL was sent. */
  killed: boolean;
  error: ZinitError | null;
}

/** A failure of the library. A wrong type of an argument is a TypeError, and an abort is an AbortError. */
export class ZinitError extends Error {
  private constructor(failure: never);
  name: 'ZinitError';
  code: ErrorCode;
  service?: string;
  /** The last state that was seen of the service. */
  state?: State;
  /** The daemon's own words. */
  daemonMessage?: string;
  /** Of the system call that failed. */
  errno?: number;
  /** Whether a command was sent: if so, the daemon may have acted on it. */
  requestSent: boolean;
  /** Of a group: the result for each service. */
  report?: Result[];
}

/** The signal was aborted. Commands that were already sent are not undone. */
export class AbortError extends Error {
  private constructor(signal: never);
  name: 'AbortError';
  code: 'ABORT_ERR';
  /** The reason of the signal. */
  cause: unknown;
  service?: string;
}

export interface ClientOptions {
  /** The path of the daemon's socket. Default: /var/run/zinit.sock, and if nothing is there, /tmp/zinit.sock. */
  socket?: string;
  /** The directory of the daemon's service files. Default: /etc/zinit. */
  configDir?: string;
  /** The zinit binary, which is asked for its version. Default: zinit. */
  zinitBinary?: string;
  /** How long one exchange with the daemon may take. Default: 10000. */
  ioTimeout?: number;
  /** Default: 64 MiB. */
  maxReplyBytes?: number;
  /** How long a process must be Running before its service counts as up. Default: 250. */
  steady?: number;
  /** What the daemon must speak. Default: any. */
  protocol?: 'any' | 'line' | 'jsonrpc' | 'zinit03';
  /** The order in which a group is stopped. Default: any. */
  stopOrder?: 'any' | 'reverse';
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface WaitOptions extends CallOptions {
  /** Default: 20000 to start, 10000 to stop, after which SIGKILL is sent. */
  timeout?: number;
}

export interface RestartOptions extends CallOptions {
  /** After it SIGKILL is sent. Default: 10000. */
  stopTimeout?: number;
  /** Default: 20000. */
  startTimeout?: number;
}

export interface ServiceKeys {
  exec?: string | null;
  test?: string | null;
  dir?: string | null;
  stopSignal?: string | null;
  oneshot?: boolean | null;
  log?: 'ring' | 'stdout' | 'none' | null;
  shutdownTimeoutSeconds?: number | null;
  after?: readonly string[] | null;
  env?: Readonly<Record<string, string>> | null;
}

/**
 * A service definition: the content of a service file. One that was read and not changed is written byte for byte. A
 * change changes only the lines of its key. Setting a key to undefined or null removes it.
 */
export class Service {
  constructor(keys?: ServiceKeys);
  static fromYAML(yaml: string): Service;
  toYAML(): string;
  /** Sets several keys. Those that are not named stay as they are. */
  assign(keys: ServiceKeys): this;
  /** Whether there is such a key, known to the library or not. */
  keyStatus(key: string): 'absent' | 'present' | 'notUnderstood';
  get exec(): string | undefined;
  set exec(command: string | null | undefined);
  get test(): string | undefined;
  set test(command: string | null | undefined);
  get dir(): string | undefined;
  set dir(path: string | null | undefined);
  get stopSignal(): string | undefined;
  set stopSignal(signal: string | null | undefined);
  get oneshot(): boolean;
  set oneshot(oneshot: boolean | null | undefined);
  get log(): 'ring' | 'stdout' | 'none' | undefined;
  set log(log: 'ring' | 'stdout' | 'none' | null | undefined);
  get shutdownTimeoutSeconds(): number | undefined;
  set shutdownTimeoutSeconds(seconds: number | null | undefined);
  /** A copy: set the key to change it. */
  get after(): string[];
  set after(names: readonly string[] | null | undefined);
  /** A copy: set the key, or call setVariable(), to change it. A value that is not text is null. */
  get env(): Record<string, string | null>;
  set env(variables: Readonly<Record<string, string>> | null | undefined);
  /** Sets one environment variable; undefined or null removes it. */
  setVariable(name: string, value: string | null | undefined): this;
  /** The keys that are there. */
  toJSON(): ServiceKeys;
}

/** All that are given must hold. At least one is needed. */
export interface Filter {
  name?: string;
  /** A shell pattern for the whole name, such as "web-*". */
  glob?: string;
  /** The name of the program that the command runs. */
  exec?: string;
  /** A regular expression that matches some part of the command. */
  execRegex?: string;
}

export interface LogOptions extends CallOptions {
  /** How many of the lines that the daemon has kept to read. Default: all. */
  last?: number;
  /** Whether to read new lines, too, until the daemon ends. Default: false. */
  follow?: boolean;
  /** 'buffer': the text as bytes, which need not be UTF-8. Default: 'utf8'. */
  encoding?: 'utf8' | 'buffer';
}

export interface LogLine<Text = string> {
  /** null if the line does not belong to a service. */
  service: string | null;
  source: 'stdout' | 'stderr' | 'start' | 'test' | 'dropped';
  text: Text;
  /** Whether the end of the line is missing. */
  truncated: boolean;
}

export interface WatchOptions extends CallOptions {
  /** How often to ask while nothing changes. Default: 1000. */
  interval?: number;
}

export interface Change {
  kind: 'appeared' | 'state' | 'forgotten' | 'daemonLost' | 'daemonBack';
  /** null for a change of the daemon. */
  service: string | null;
  stateBefore: State | null;
  stateAfter: State | null;
  pid: number;
  target: Target;
}

/** Log lines or changes. Leaving a `for await` closes it. */
export interface Stream<Entry> extends AsyncIterableIterator<Entry> {
  return(value?: unknown): Promise<IteratorResult<Entry, undefined>>;
  close(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A daemon to talk to. It holds no connection: each call opens its own. A call takes no thread while it waits. */
export class Client {
  constructor(options?: ClientOptions);

  list(options?: CallOptions): Promise<NamedState[]>;
  status(name: string, options?: CallOptions): Promise<Status>;
  statuses(options?: CallOptions): Promise<Status[]>;
  stats(name: string, options?: CallOptions): Promise<Stats>;
  exists(name: string, options?: CallOptions): Promise<boolean>;
  version(options?: CallOptions): Promise<DaemonVersion>;
  protocol(options?: CallOptions): Promise<'line' | 'jsonrpc' | 'zinit03'>;
  matches(filter: Filter, options?: CallOptions): Promise<string[]>;

  /** The definition of a monitored service. */
  get(name: string, options?: CallOptions): Promise<Service>;
  /** The definition of a service, monitored or not. */
  loadService(name: string, options?: CallOptions): Promise<Service>;
  addService(name: string, service: Service | ServiceKeys, options?: CallOptions): Promise<void>;
  removeService(name: string, options?: CallOptions): Promise<void>;

  start(name: string, options?: CallOptions): Promise<void>;
  stop(name: string, options?: CallOptions): Promise<void>;
  monitor(name: string, options?: CallOptions): Promise<void>;
  forget(name: string, options?: CallOptions): Promise<void>;
  /** The signal is a name or a number. */
  kill(name: string, signal: string | number, options?: CallOptions): Promise<void>;
  reboot(options?: CallOptions): Promise<void>;
  shutdown(options?: CallOptions): Promise<void>;
  startHttpServer(address: string, options?: CallOptions): Promise<void>;
  stopHttpServer(options?: CallOptions): Promise<void>;

  startWait(name: string, options?: WaitOptions): Promise<void>;
  stopWait(name: string, options?: WaitOptions): Promise<void>;
  restart(name: string, options?: RestartOptions): Promise<void>;
  /** Puts a definition in force. */
  deploy(name: string, service: Service | ServiceKeys, options?: RestartOptions): Promise<void>;
  /** Puts an edited service file in force. */
  reload(name: string, options?: RestartOptions): Promise<void>;

  startMultiple(names: readonly string[], options?: WaitOptions): Promise<Result[]>;
  stopMultiple(names: readonly string[], options?: WaitOptions): Promise<Result[]>;
  restartMultiple(names: readonly string[], options?: RestartOptions): Promise<Result[]>;
  /** Stops services, forgets them and removes their files. */
  destroyServices(names: readonly string[], options?: WaitOptions): Promise<Result[]>;

  /** The log of one service, or of all if the name is null. Begins at once: no line that is printed later is missed. */
  logs(name: string | null | undefined, options: LogOptions & { encoding: 'buffer' }): Stream<LogLine<Uint8Array>>;
  logs(name?: string | null, options?: LogOptions): Stream<LogLine>;
  /** Changes of the services' states; of all services if there are no names. */
  watch(names?: readonly string[], options?: WatchOptions): Stream<Change>;

  /** Frees the client. What is under way goes on. */
  close(): void;
  [Symbol.dispose](): void;
}

export interface Problem {
  severity: 'error' | 'warning';
  line: number;
  column: number;
  key: string | null;
  message: string;
}

/** Finds what is wrong with the content of a service file. Needs no daemon. */
export function checkYAML(yaml: string): Problem[];

/** Reads the text of a state, such as "Running". */
export function parseState(text: string): State;

/** The name of a signal, as kill() takes it. */
export function signalName(number: number): string;

/** The version of the C library. */
export const version: string;
