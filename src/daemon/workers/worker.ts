/**
 * The program of a worker. Its sockets come as systemd's would (listen-fds.ts), its configuration over the IPC channel, since
 * it was checked already; what it may open by then, it will not be able to open later.
 */

import { openSites } from '../config/open-sites.js';
import { UserError } from '../config/user-error.js';
import { ErrorLog } from '../logs/error-log.js';
import { LogWriter } from '../logs/log-writer.js';
import { takeListenFds } from './listen-fds.js';
import { warnOfOutdatedFiles } from './precompressed-warning.js';
import { ServerProcess } from './server-process.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

type Configuration = Extract<ToWorker, { type: 'configure' }>;

const STDOUT = 1;

let serverProcess: ServerProcess | undefined;
let shutdownGraceMs = 0;

process.on('message', (message: ToWorker) => {
  if (message.type === 'configure') configure(message);
  else if (message.type === 'shut-down') void shutDown(message.graceMs);
  else void tellMetrics();
});
// Ctrl-C goes to all processes of a terminal: the supervisor says what follows from it.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
// Meant for the supervisor, by a pkill that hits all. Unheard, SIGUSR1 has Node open its debugger, and SIGUSR2 ends the process.
process.on('SIGUSR1', () => {});
process.on('SIGUSR2', () => {});
process.on('SIGTERM', () => void shutDown(shutdownGraceMs));
// Without a supervisor nobody would end this process, nor read its log.
process.on('disconnect', () => void shutDown(shutdownGraceMs));

function configure({ config, listens, aliveEveryMs, isFirst }: Configuration): void {
  shutdownGraceMs = config.shutdownGraceMs;
  try {
    const sockets = takeListenFds().map(({ fd }, i) => {
      const listen = listens[i];
      if (listen === undefined) throw new Error(`LISTEN_FDS: expected ${listens.length} sockets`);
      return { fd, listen };
    });
    const log = new ErrorLog(config.logLevel, (level, message) => tell({ type: 'log', level, message }));
    // The supervisor reads it, and writes it where it belongs.
    const accessLog = config.accessLog === 'off' ? undefined : new LogWriter(STDOUT, (message) => log.error(message));
    serverProcess = new ServerProcess(config, openSites(config), sockets, { log, accessLog });
    serverProcess.tellAlive(() => tell({ type: 'alive' }), aliveEveryMs);
    tell({ type: 'ready', sandbox: serverProcess.confine(config) });
    if (isFirst) void warnOfOutdatedFiles(config, log);
  } catch (error) {
    const isUsers = error instanceof UserError;
    const message = isUsers ? error.message : String(error instanceof Error ? (error.stack ?? error) : error);
    tell({ type: 'failed', message, hint: isUsers ? error.hint : undefined }, () => process.exit(1));
  }
}

async function tellMetrics(): Promise<void> {
  tell({ type: 'metrics', metrics: (await serverProcess?.metrics()) ?? [] });
}

/** A second time, with less grace, cuts the first one short. */
async function shutDown(graceMs: number): Promise<void> {
  await serverProcess?.shutDown(graceMs);
  tell({ type: 'metrics', metrics: (await serverProcess?.metrics()) ?? [] }, () => process.exit(0));
}

function tell(message: FromWorker, whenTold: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, whenTold);
  else whenTold();
}
