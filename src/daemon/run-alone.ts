/**
 * Without workers: this process serves, until it is told to stop.
 *
 *   SIGTERM, SIGINT  stops, gracefully; a second one at once
 *   SIGHUP           the same: the terminal is gone, and there are no workers that could be exchanged
 *   SIGUSR1          opens its logs anew
 *   SIGUSR2          nothing, but a line: nobody could go on with its sockets
 */
import { dirname } from 'node:path';
import type { SocketAddress } from '../linux/socket-address.js';
import { openAdmin, withoutAdmin } from './admin.js';
import type { Config } from './config/config.js';
import { openSites } from './config/open-sites.js';
import { explainListenError } from './config/user-error.js';
import { Logs } from './logs/logs.js';
import { restartWithoutIoUring } from './sandbox/io-uring.js';
import { SystemdNotifier } from './systemd.js';
import { tellPredecessor } from './upgrade.js';
import { takeListenFds } from './workers/listen-fds.js';
import { Endpoints, removeSocketFile } from './workers/listening-sockets.js';
import { metricsText } from './workers/metrics.js';
import { warnOfOutdatedFiles } from './workers/precompressed-warning.js';
import { ServerProcess } from './workers/server-process.js';

/** What is to be said when it serves. */
export interface Running {
  readonly addresses: readonly SocketAddress[];
  /** What it is able to do, in a line. */
  readonly sandbox: string;
}

/**
 * Serves from now on.
 * @throws  UserError
 */
export function runAlone(config: Config): Running {
  if (config.sandbox !== 'off') restartWithoutIoUring(); // before anything is open
  const systemd = new SystemdNotifier();
  // What can be wrong with the configuration is found out before anything is opened that others see.
  const sites = openSites(config);
  const logs = new Logs(config);
  const { sockets, admin } = withoutAdmin(takeListenFds(), config.admin);
  const endpoints = explained(() => Endpoints.open(config.listen, 0, undefined, sockets));
  const serverProcess = new ServerProcess(config, sites, endpoints.ofSlot(0), {
    log: logs.error,
    accessLog: logs.access,
  });
  let hasServed = false;
  process.once('exit', () => {
    // Also where what follows fails; but then, who has handed sockets over goes on with them.
    if (!hasServed && sockets.length > 0) return;
    endpoints.removeFiles();
    for (const address of config.admin) removeSocketFile(address);
  });
  const metrics = async (): Promise<string> =>
    metricsText([await serverProcess.metrics()], { workers: 1, crashes: 0, lostLines: logs.lostLines });
  for (const to of admin) {
    explained(() => openAdmin(to, { isReady: () => serverProcess.isServing, metrics }, serverProcess.reactor));
  }
  const sandbox = serverProcess.confine(config, foldersToWrite(config));
  let isStopping = false;
  const stop = async (): Promise<void> => {
    // The first signal lets responses under way be finished; the second does not wait for them.
    const graceMs = isStopping ? 0 : config.shutdownGraceMs;
    isStopping = true;
    systemd.stopping();
    await serverProcess.shutDown(graceMs);
    await logs.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop());
  process.on('SIGUSR1', () => logs.reopen());
  process.on('SIGUSR2', () =>
    logs.error.warn('SIGUSR2: only a server with workers can leave its sockets to another one'),
  );
  if (systemd.watchdogMs !== undefined) serverProcess.tellAlive(() => systemd.alive(), systemd.watchdogMs / 3);
  systemd.ready(`serves at ${endpoints.addresses.length} addresses`);
  hasServed = true;
  void warnOfOutdatedFiles(config, logs.error);
  tellPredecessor();
  return { addresses: endpoints.addresses, sandbox };
}

/** There is no supervisor that would open its logs anew, or remove its Unix sockets. */
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
