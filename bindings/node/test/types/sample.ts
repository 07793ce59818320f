// Compiled, not run: what a program does with the declarations, and what they refuse.
import { AbortError, Client, Service, ZinitError, checkYAML, parseState, signalName, version } from 'zinit-client';
import type { Change, ErrorCode, LogLine, Result, ServiceKeys, State, Status } from 'zinit-client';

const client = new Client({ socket: '/run/zinit.sock', ioTimeout: 5000, protocol: 'jsonrpc', stopOrder: 'reverse' });

export async function use(signal: AbortSignal): Promise<void> {
  const keys: ServiceKeys = { exec: 'web', env: { A: '1' }, after: ['db'], log: 'none' };
  await client.deploy('web', keys, { stopTimeout: 1, startTimeout: Infinity, signal });
  const status: Status = await client.status('web');
  const pid: number = status.pid;
  const state: State = status.state;
  const code: number | null = state.exitCode;
  const service: Service = await client.get('web');
  service.test = null;
  const command: string | undefined = service.exec;
  const report: Result[] = await client.destroyServices(['web'] as const, { timeout: 10 });
  for await (const line of client.logs('web', { last: 1, follow: true, signal })) {
    const text: string = line.text;
    const complete: LogLine = line;
    void [text, complete];
  }
  for await (const line of client.logs(null, { encoding: 'buffer' })) {
    const bytes: Uint8Array = line.text;
    void bytes;
  }
  for await (const change of client.watch(['web'], { interval: 100 })) {
    const seen: Change = change;
    if (seen.kind === 'forgotten') break;
  }
  const names: string[] = await client.matches({ glob: 'web-*' });
  void [pid, code, command, report, names, checkYAML('exec: a')[0]?.severity, parseState('Running').kind, signalName(9), version];
  // @ts-expect-error: it is a name
  await client.status(5);
  // @ts-expect-error: a misspelled option
  await client.stopWait('web', { timeot: 5 });
  // @ts-expect-error: a misspelled key
  await client.deploy('web', { exce: 'a' });
  // @ts-expect-error: such a state is not known
  void (state.kind === 'Runing');
}

export function explain(error: unknown): string {
  if (error instanceof AbortError) return String(error.cause);
  if (!(error instanceof ZinitError)) throw error;
  const code: ErrorCode = error.code;
  const service: string | undefined = error.service;
  return code === 'ZINIT_ERR_TIMEOUT' ? `${service} is ${error.state?.text}` : `${error.report?.length} ${error.daemonMessage}`;
}
