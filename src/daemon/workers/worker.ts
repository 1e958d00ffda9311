/**
 * The program of a worker. Its sockets come as those of systemd do (listen-fds.ts), and its configuration, already checked, over the
 * channel to its supervisor (channel.ts). After its start it can open no file outside the roots.
 */

import { Socket } from 'node:net';
import { UserError } from '../config/user-error.js';
import { ErrorLog } from '../logs/error-log.js';
import { LogWriter } from '../logs/log-writer.js';
import { dropPrivileges } from '../sandbox/drop-privileges.js';
import { Channel } from './channel.js';
import { FIRST_FD, takeListenFds } from './listen-fds.js';
import { warnOfOutdatedFiles } from './precompressed-warning.js';
import { LEFT_WORK_FAILED, openHandler } from './served-handler.js';
import { ServerProcess } from './server-process.js';
import {
  cutText,
  type FromWorker,
  readToWorker,
  TO_WORKER_BYTES_MAX,
  type ToWorker,
  toLine,
} from './worker-messages.js';

type Configuration = Extract<ToWorker, { type: 'configure' }>;

const STDOUT = 1;

const handed = takeListenFds();
if (handed.length === 0) process.exit(1); // their supervisor has ended meanwhile
const CHANNEL_FD = FIRST_FD + handed.length;
const stream = new Socket({ fd: CHANNEL_FD, readable: true, writable: true }); // after the sockets
const channel = new Channel(stream, {
  lineBytesMax: TO_WORKER_BYTES_MAX,
  bytesPerSecondMax: Number.POSITIVE_INFINITY,
  read: readToWorker,
  onMessage: (message) => {
    if (message.type === 'configure') void configure(message);
    else if (message.type === 'shut-down') void shutDown(message.graceMs);
    else void report();
  },
  onBroken: () => process.exit(1),
});

let serverProcess: ServerProcess | undefined;
let shutdownGraceMs = 0;
let lostMessages = 0;

// Ctrl-C and `pkill` signal all processes, but the supervisor decides. Without a handler, SIGUSR1 has Node open its debugger, and the
// others end the process.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) process.on(signal, () => {});
process.on('SIGTERM', () => void shutDown(shutdownGraceMs));
// Without a supervisor, no process would end this one or read its log.
stream.once('close', () => void shutDown(shutdownGraceMs));

async function configure({ config, tls, listens, aliveEveryMs, isFirst }: Configuration): Promise<void> {
  shutdownGraceMs = config.shutdownGraceMs;
  try {
    const sockets = handed.map(({ fd }, i) => {
      const listen = listens[i];
      if (listen === undefined) throw new Error(`LISTEN_FDS: expected ${listens.length} sockets`);
      return { fd, listen };
    });
    const log = new ErrorLog(config.logLevel, (level, message) => {
      // More than the supervisor reads: a line is worth less than the memory for it.
      if (channel.isFull) lostMessages++;
      else tell({ type: 'log', level, message: cutText(message) });
    });
    // The output of a module is its own.
    const logFd = config.module === undefined ? STDOUT : CHANNEL_FD + 1;
    // The supervisor reads it, and writes it to the right log.
    const accessLog =
      config.accessLog === 'off'
        ? undefined
        : new LogWriter(logFd, (message) => log.error(message), config.accessLogFormat);
    // The user may have changed the module before it is loaded again, after a crash: root must not run it.
    if (config.module !== undefined) dropPrivileges(config.privileges);
    const handler = await openHandler(config, (error) => log.error(LEFT_WORK_FAILED, error));
    serverProcess = new ServerProcess({ config, tls }, handler, sockets, { log, accessLog });
    serverProcess.tellAlive(() => tellAlive(), aliveEveryMs);
    const { line, missing } = serverProcess.confine(config);
    tell({ type: 'ready', sandbox: { line: toLine(line), missing: missing.map(toLine) } });
    if (isFirst) void warnOfOutdatedFiles(config, log);
  } catch (error) {
    if (config.module !== undefined && !(error instanceof UserError)) throw error; // Node prints it, and ends the process
    tell(failed(error), () => process.exit(1));
  }
}

function failed(error: unknown): FromWorker {
  if (error instanceof UserError) return { type: 'failed', message: toLine(error.message), hint: toLine(error.hint) };
  return { type: 'failed', message: toLine(String(error instanceof Error ? (error.stack ?? error) : error)) };
}

function tellAlive(): void {
  tell({ type: 'alive' });
  if (lostMessages === 0 || channel.isFull) return;
  tell({
    type: 'log',
    level: 'warn',
    message: `${lostMessages} lines of the error log were lost: there were too many`,
  });
  lostMessages = 0;
}

async function report(whenSent?: () => void): Promise<void> {
  const metrics = (await serverProcess?.metrics()) ?? {};
  tell({ type: 'report', metrics, connectionCount: serverProcess?.connectionCount ?? 0 }, whenSent);
}

/** A second call with less grace cuts the first one short. */
async function shutDown(graceMs: number): Promise<void> {
  await serverProcess?.shutDown(graceMs);
  await report(() => process.exit(0));
}

function tell(message: FromWorker, whenSent?: () => void): void {
  channel.send(message, whenSent);
}
