/**
 * With workers: this process supervises them, writes their logs, and does what its signals say.
 *
 *   SIGTERM, SIGINT  stops, gracefully; a second one at once
 *   SIGHUP           reads the configuration again, and exchanges the workers
 *   SIGUSR1          opens its logs anew
 *   SIGUSR2          starts the program that is on disk now, which goes on with the sockets, and stops
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { HttpServer } from '../server/http-server.js';
import type { SocketAddress } from '../socket-address.js';
import { openAdmin } from './admin.js';
import type { Config } from './config.js';
import { keyOf } from './endpoints.js';
import { listenFdsEnvironment, takeListenFds } from './listen-fds.js';
import { Logs } from './logs.js';
import { metricsText } from './metrics.js';
import { openSites } from './open-sites.js';
import type { Running } from './run-alone.js';
import { type Pulse, Supervisor } from './supervisor.js';
import { SystemdNotifier } from './systemd.js';
import { explainListenError, UserError } from './user-error.js';

/**
 * @param reread  reads the configuration again, as it was read first; throws UserError
 * @returns       when all workers serve
 * @throws        UserError
 */
export async function runSupervised(config: Config, reread: () => Promise<Config>): Promise<Running> {
  openSites(config).close(); // one line for what is wrong, and not one of each worker
  const daemon = new Daemon(config, reread);
  try {
    return await daemon.start();
  } catch (error) {
    throw explainListenError(error);
  }
}

/** A stuck worker is replaced before systemd takes the service for stuck. */
function pulseFor(watchdogMs: number): Pulse {
  return { everyMs: watchdogMs / 4, silenceMs: watchdogMs / 2 };
}

class Daemon {
  readonly #systemd = new SystemdNotifier();
  readonly #reread: () => Promise<Config>;
  #config: Config;
  #logs: Logs;
  /** Of the logs before. */
  #lostLines = 0;
  #supervisor: Supervisor | undefined;
  #admin: HttpServer | undefined;
  /** One change at a time: the next one waits for it. */
  #change: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(config: Config, reread: () => Promise<Config>) {
    this.#config = config;
    this.#reread = reread;
    this.#logs = new Logs(config);
  }

  async start(): Promise<Running> {
    const { watchdogMs } = this.#systemd;
    const supervisor = await Supervisor.start(
      this.#config,
      takeListenFds(),
      {
        onLogLines: (lines) => this.#logs.access?.write(lines),
        onLog: (level, message) => this.#logs.error.tell(level, message),
      },
      watchdogMs === undefined ? undefined : pulseFor(watchdogMs),
    );
    this.#supervisor = supervisor;
    try {
      this.#openAdmin();
    } catch (error) {
      await supervisor.shutDown(0);
      throw error;
    }
    this.#listenToSignals(supervisor);
    if (watchdogMs !== undefined) {
      setInterval(() => {
        if (supervisor.isHealthy) this.#systemd.alive();
      }, watchdogMs / 3).unref();
    }
    this.#tellReady();
    // A predecessor that waits for this one: its IPC channel is all that it has given it beside the sockets.
    if (process.connected) process.send?.('ready', () => process.disconnect());
    return { addresses: supervisor.addresses, sandbox: supervisor.sandbox };
  }

  #listenToSignals(supervisor: Supervisor): void {
    const next = (change: () => Promise<void>): void => {
      this.#change = this.#change.then(() => (this.#isStopping ? undefined : change()));
    };
    process.on('SIGTERM', () => void this.#stop(supervisor, false));
    process.on('SIGINT', () => void this.#stop(supervisor, false));
    process.on('SIGHUP', () => next(() => this.#reload(supervisor)));
    process.on('SIGUSR1', () => this.#logs.reopen());
    process.on('SIGUSR2', () => next(() => this.#upgrade(supervisor)));
  }

  async #reload(supervisor: Supervisor): Promise<void> {
    this.#systemd.reloading();
    let logs: Logs | undefined;
    try {
      const config = await this.#reread();
      if (config.workers === 0) throw new UserError('workers: 0 needs a restart', 'stop it, and start it again');
      openSites(config).close();
      logs = new Logs(config);
      await supervisor.reconfigure(config);
      await this.#adopt(config, logs);
      this.#logs.error.info(`serves with the configuration as it is now; ${supervisor.sandbox}`);
    } catch (error) {
      if (logs !== this.#logs) await logs?.close();
      this.#logs.error.error(`the configuration before stays in force: ${reasonOf(explainListenError(error))}`);
    }
    this.#tellReady();
  }

  /** What the supervisor itself does by the configuration. */
  async #adopt(config: Config, logs: Logs): Promise<void> {
    const before = { logs: this.#logs, admin: this.#config.admin };
    this.#config = config;
    this.#logs = logs;
    await before.logs.close();
    this.#lostLines += before.logs.lostLines;
    const isSame = config.admin === before.admin || keyOfAdmin(config.admin) === keyOfAdmin(before.admin);
    if (isSame) return;
    await this.#admin?.close();
    this.#openAdmin();
  }

  async #upgrade(supervisor: Supervisor): Promise<void> {
    const { error: log } = this.#logs;
    if (process.pid === 1) {
      log.error('SIGUSR2 is for a process that can leave another one behind: this one is process 1 of its container');
      return;
    }
    const { sockets } = supervisor;
    // Its successor listens there, and cannot before.
    await this.#admin?.close();
    const successor = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: ['inherit', 'inherit', 'inherit', ...sockets.map(({ fd }) => fd), 'ipc'],
      env: {
        ...process.env,
        ...this.#systemd.environment,
        ...listenFdsEnvironment(sockets.map(({ name }) => name)),
      },
    });
    const ended = once(successor, 'exit').then(([code, signal]) => `it ended: ${signal ?? `exit code ${code}`}`);
    const failed = once(successor, 'error').then(([error]) => (error as Error).message);
    const outcome = await Promise.race([once(successor, 'message').then(() => 'ready'), ended, failed]);
    if (outcome !== 'ready') {
      log.error(`the program on disk could not take over, and this one goes on: ${outcome}`);
      this.#openAdmin();
      return;
    }
    successor.unref();
    this.#systemd.mainPid(successor.pid as number);
    log.info(`process ${successor.pid} goes on`);
    await this.#stop(supervisor, true);
  }

  async #stop(supervisor: Supervisor, hasSuccessor: boolean): Promise<void> {
    const graceMs = this.#isStopping ? 0 : this.#config.shutdownGraceMs;
    this.#isStopping = true;
    if (!hasSuccessor) this.#systemd.stopping();
    await supervisor.shutDown(graceMs, hasSuccessor);
    await this.#logs.close();
    process.exit(0);
  }

  #openAdmin(): void {
    const { admin } = this.#config;
    const supervisor = this.#supervisor;
    if (admin === undefined || supervisor === undefined) return;
    this.#admin = openAdmin(admin, {
      isReady: () => supervisor.isHealthy,
      metrics: async () => {
        return metricsText(await supervisor.metrics(), {
          workers: supervisor.workerCount,
          crashes: supervisor.crashCount,
          lostLines: this.#lostLines + this.#logs.lostLines,
        });
      },
    });
  }

  #tellReady(): void {
    this.#systemd.ready(`${this.#config.workers} workers serve`);
  }
}

function keyOfAdmin(address: SocketAddress | undefined): string {
  return address === undefined ? '' : keyOf(address);
}

function reasonOf(error: unknown): string {
  if (error instanceof UserError) return `${error.message} (${error.hint})`;
  return error instanceof Error ? error.message : String(error);
}
