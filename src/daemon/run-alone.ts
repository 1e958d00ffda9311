/**
 * Without workers: this process serves until a signal stops it.
 *
 *   SIGTERM, SIGINT  shuts down gracefully; a second signal stops at once
 *   SIGHUP           the same: the terminal is gone, and there are no workers to replace
 *   SIGUSR1          opens its logs again
 *   SIGUSR2          logs that it cannot upgrade: only a supervisor can hand its sockets over
 */
import { dirname } from 'node:path';
import type { SocketAddress } from '../linux/socket-address.js';
import { openAdmin, withoutAdmin } from './admin.js';
import type { Config } from './config/config.js';
import { explainListenError } from './config/user-error.js';
import { Logs } from './logs/logs.js';
import { metricsText } from './metrics-text.js';
import type { SandboxReport } from './sandbox/sandbox.js';
import { handleSignals } from './signals.js';
import { SystemdNotifier } from './systemd.js';
import type { ReadSettings } from './tls/settings.js';
import { predecessorOf } from './upgrade.js';
import { takeListenFds } from './workers/listen-fds.js';
import { ListeningSockets, removeSocketFile } from './workers/listening-sockets.js';
import { warnOfOutdatedFiles } from './workers/precompressed-warning.js';
import { LEFT_WORK_FAILED, openHandler } from './workers/served-handler.js';
import { ServerProcess } from './workers/server-process.js';

/** The facts for the start-up message. */
export interface Running {
  readonly addresses: readonly SocketAddress[];
  /** The rights that it has left. */
  readonly sandbox: SandboxReport;
}

/** For a person who started it. */
export interface ServeHooks {
  /** Once, when the sockets listen; the process is not confined yet. */
  onListening(addresses: readonly SocketAddress[]): void;
  /** @param countResponses  those that are waited for */
  onStopping(countResponses: () => number | Promise<number>): void;
}

/**
 * Serves from now on.
 * @throws  UserError
 */
export async function runAlone(settings: ReadSettings, hooks: ServeHooks): Promise<Running> {
  const { config } = settings;
  const systemd = new SystemdNotifier();
  // Find mistakes in the configuration before opening anything that other processes see.
  const handler = await openHandler(config, (error) => logs.error.error(LEFT_WORK_FAILED, error));
  const logs = new Logs(config);
  const handed = takeListenFds();
  const tellPredecessor = predecessorOf(handed);
  const { sockets, admin } = withoutAdmin(handed, config.admin);
  const listening = explained(() => ListeningSockets.open(config.listen, 0, undefined, sockets));
  const serverProcess = new ServerProcess(settings, handler, listening.ofSlot(0), {
    log: logs.error,
    accessLog: logs.access,
  });
  let state: 'starting' | 'serving' | 'stopping' = 'starting';
  process.once('exit', () => {
    if (state === 'starting' && sockets.length > 0) return; // the process that has handed them over goes on with them
    if (state !== 'stopping') listening.removeFiles();
    for (const address of config.admin) removeSocketFile(address);
  });
  const metrics = async (): Promise<string> =>
    metricsText([await serverProcess.metrics()], { workers: 1, crashes: 0, lostLines: logs.lostLines });
  for (const to of admin) {
    explained(() => openAdmin(to, { isReady: () => serverProcess.isServing, metrics }, serverProcess.reactor));
  }
  hooks.onListening(listening.addresses);
  const sandbox = serverProcess.confine(config, foldersToWrite(config));
  /** A second time: without waiting for responses under way. */
  const stop = async (): Promise<void> => {
    const isFirst = state !== 'stopping';
    state = 'stopping';
    systemd.stopping();
    const stopped = serverProcess.shutDown(isFirst ? config.shutdownGraceMs : 0);
    if (isFirst) hooks.onStopping(() => serverProcess.connectionCount);
    if (isFirst) listening.removeFiles(); // now: a process that starts meanwhile may make its own
    await stopped;
    await logs.close();
    process.exit(0);
  };
  handleSignals({
    SIGTERM: () => void stop(),
    SIGINT: () => void stop(),
    SIGHUP: () => void stop(),
    SIGUSR1: () => logs.reopen(),
    SIGUSR2: () => logs.error.warn('SIGUSR2: only a server with workers can leave its sockets to another process'),
  });
  if (systemd.watchdogMs !== undefined) serverProcess.tellAlive(() => systemd.alive(), systemd.watchdogMs / 3);
  systemd.ready(`serves at ${listening.addresses.length} addresses`);
  if (state === 'starting') state = 'serving';
  for (const { message } of settings.warnings) logs.error.warn(message);
  void warnOfOutdatedFiles(config, logs.error);
  tellPredecessor();
  return { addresses: listening.addresses, sandbox };
}

/** Without a supervisor, this process itself opens its logs again and removes its Unix sockets. */
function foldersToWrite({ accessLog, errorLog, listen, admin }: Config): string[] {
  const paths = [accessLog, errorLog].filter((path) => path.startsWith('/'));
  for (const address of [...listen.map((each) => each.address), ...admin]) {
    if ('path' in address) paths.push(address.path);
  }
  return [...new Set(paths.map((path) => dirname(path)))];
}

function explained<T>(listen: () => T): T {
  try {
    return listen();
  } catch (error) {
    throw explainListenError(error);
  }
}
