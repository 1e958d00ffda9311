/** Without workers: this process serves, until it is told to stop. */
import type { SocketAddress } from '../socket-address.js';
import type { Config } from './config.js';
import { Endpoints } from './endpoints.js';
import { takeListenFds } from './listen-fds.js';
import { ServerProcess } from './server-process.js';
import { SystemdNotifier } from './systemd.js';
import { explainListenError } from './user-error.js';

/**
 * @returns  where it serves
 * @throws   UserError
 */
export function runAlone(config: Config): readonly SocketAddress[] {
  const systemd = new SystemdNotifier();
  const endpoints = open(config);
  const serverProcess = new ServerProcess(config, endpoints.ofSlot(0));
  let isStopping = false;
  const stop = async (): Promise<void> => {
    // The first signal lets responses under way be finished; the second does not wait for them.
    const graceMs = isStopping ? 0 : config.shutdownGraceMs;
    isStopping = true;
    systemd.stopping();
    await serverProcess.shutDown(graceMs);
    endpoints.removeFiles();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
  process.on('SIGHUP', () => void stop()); // the terminal is gone; there are no workers that could be exchanged
  if (systemd.watchdogMs !== undefined) serverProcess.tellAlive(() => systemd.alive(), systemd.watchdogMs / 3);
  systemd.ready(`serves at ${endpoints.addresses.length} addresses`);
  return endpoints.addresses;
}

function open(config: Config): Endpoints {
  try {
    return Endpoints.open(config.listen, 0, undefined, takeListenFds());
  } catch (error) {
    throw explainListenError(error);
  }
}
