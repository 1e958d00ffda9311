/**
 * With workers: this process supervises them, writes their logs, and does what its signals say.
 *
 *   SIGTERM, SIGINT  stops, gracefully; a second one at once
 *   SIGHUP           reads the configuration again, and exchanges the workers
 *   SIGUSR1          opens its logs anew
 *   SIGUSR2          starts the program that is on disk now, which goes on with the sockets, and stops
 */

import { type Admin, type AdminAddress, nameOfAdmin, openAdmin, withoutAdmin } from './admin.js';
import type { Config } from './config/config.js';
import { openSites } from './config/open-sites.js';
import { explainListenError, UserError } from './config/user-error.js';
import { Logs } from './logs/logs.js';
import type { Running } from './run-alone.js';
import { SystemdNotifier } from './systemd.js';
import { Successor, tellPredecessor } from './upgrade.js';
import { takeListenFds } from './workers/listen-fds.js';
import { loadMetrics, metricsText } from './workers/metrics.js';
import { type Pulse, Supervisor } from './workers/supervisor.js';

/**
 * @param reread  reads the configuration again, as it was read first; throws UserError
 * @returns       when all workers serve
 * @throws        UserError
 */
export async function runSupervised(config: Config, reread: () => Promise<Config>): Promise<Running> {
  openSites(config).close(); // one line for what is wrong, and not one of each worker
  try {
    return await new Daemon(config, reread).start();
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
  readonly #supervisor: Supervisor;
  #config: Config;
  #logs: Logs;
  /** Of the logs before. */
  #lostLines = 0;
  /** One for each address. */
  #admins: readonly Admin[] = [];
  /** It was handed over, and who has done so goes on with it where this process fails. */
  readonly #hasAdminFromBefore: boolean;
  #successor: Successor | undefined;
  /** One change at a time: the next one waits for it. */
  #change: Promise<unknown>;
  #isReloadAhead = false;
  #isStopping = false;

  /** @throws  UserError or SystemError: nothing is left then */
  constructor(config: Config, reread: () => Promise<Config>) {
    this.#config = config;
    this.#reread = reread;
    this.#logs = new Logs(config);
    const { watchdogMs } = this.#systemd;
    const { sockets, admin } = withoutAdmin(takeListenFds(), config.admin);
    this.#hasAdminFromBefore = admin.some(({ fd }) => fd !== undefined);
    this.#supervisor = new Supervisor(
      config,
      sockets,
      {
        onLogLines: (lines) => this.#logs.access?.write(lines),
        onLog: (level, message) => this.#logs.error.tell(level, message),
      },
      watchdogMs === undefined ? undefined : pulseFor(watchdogMs),
    );
    this.#change = Promise.resolve();
    try {
      this.#admins = this.#openAdmins(admin);
    } catch (error) {
      void this.#supervisor.shutDown(0);
      throw error;
    }
  }

  async start(): Promise<Running> {
    const supervisor = this.#supervisor;
    this.#listenToSignals(); // before there are processes that would outlive this one for a moment
    const started = supervisor.start();
    this.#change = started.catch(() => {}); // a reload or an upgrade comes behind it
    try {
      await started;
    } catch (error) {
      if (this.#isStopping) await new Promise(() => {}); // the process ends, as it was told to
      closeAll(this.#admins, !this.#hasAdminFromBefore);
      throw error;
    }
    const { watchdogMs } = this.#systemd;
    if (watchdogMs !== undefined) {
      setInterval(() => {
        if (!supervisor.hasStuckWorker) this.#systemd.alive();
      }, watchdogMs / 3).unref();
    }
    this.#tellReady();
    tellPredecessor();
    return { addresses: supervisor.addresses, sandbox: supervisor.sandbox };
  }

  #listenToSignals(): void {
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void this.#stop());
    process.on('SIGUSR1', () => this.#logs.reopen());
    process.on('SIGUSR2', () => this.#next(() => this.#upgrade()));
    process.on('SIGHUP', () => {
      if (this.#isReloadAhead) return; // which will read what is there by then
      this.#isReloadAhead = true;
      this.#next(() => this.#reload());
    });
  }

  #next(change: () => Promise<void>): void {
    this.#change = this.#change.then(() => (this.#isStopping ? undefined : change()));
  }

  async #reload(): Promise<void> {
    this.#isReloadAhead = false;
    this.#systemd.reloading();
    let logs: Logs | undefined;
    let opened: readonly Admin[] = [];
    try {
      const config = await this.#reread();
      if (config.workers === 0) throw new UserError('workers: 0 needs a restart', 'stop it, and start it again');
      openSites(config).close();
      logs = new Logs(config);
      const names = config.admin.map(nameOfAdmin);
      const kept = this.#admins.filter(({ socket }) => names.includes(socket.name));
      const added = config.admin.filter((address) => !kept.some(({ socket }) => socket.name === nameOfAdmin(address)));
      opened = this.#openAdmins(added.map((address) => ({ address })));
      await this.#supervisor.reconfigure(config);
      this.#adopt(config, logs, [...kept, ...opened]);
      this.#logs.error.info(`serves with the configuration as it is now; ${this.#supervisor.sandbox}`);
    } catch (error) {
      if (this.#isStopping) return;
      this.#logs.error.error(`the configuration before stays in force: ${reasonOf(explainListenError(error))}`);
      void logs?.close();
      closeAll(opened, true);
    }
    this.#tellReady();
  }

  /** What the supervisor itself does by the configuration. */
  #adopt(config: Config, logs: Logs, admins: readonly Admin[]): void {
    const before = { logs: this.#logs, admins: this.#admins };
    this.#config = config;
    this.#logs = logs;
    this.#admins = admins;
    void before.logs.close().then(() => {
      this.#lostLines += before.logs.lostLines;
    });
    closeAll(
      before.admins.filter((each) => !admins.includes(each)),
      true,
    );
  }

  async #upgrade(): Promise<void> {
    const { error: log } = this.#logs;
    if (process.pid === 1) {
      log.warn('SIGUSR2 is for a process that can leave another one behind: this one is process 1 of its container');
      return;
    }
    const sockets = [...this.#supervisor.sockets, ...this.#admins.map(({ socket }) => socket)];
    try {
      this.#successor = new Successor(sockets, this.#systemd.environment);
      await this.#successor.ready;
    } catch (error) {
      this.#successor = undefined;
      if (!this.#isStopping) {
        log.error(`the program on disk could not take over, and this one goes on: ${(error as Error).message}`);
      }
      return;
    }
    if (this.#isStopping) return; // so does the successor
    this.#systemd.mainPid(this.#successor.pid);
    log.info(`process ${this.#successor.pid} goes on`);
    await this.#stop(true);
  }

  /** A second time: at once. */
  async #stop(hasSuccessor: boolean = false): Promise<void> {
    const graceMs = this.#isStopping ? 0 : this.#config.shutdownGraceMs;
    if (this.#isStopping) {
      void this.#supervisor.shutDown(graceMs); // the first call waits for it
      return;
    }
    this.#isStopping = true;
    if (hasSuccessor) {
      closeAll(this.#admins, false); // who asks is to hear of the successor
    } else {
      this.#successor?.end();
      this.#systemd.stopping();
    }
    await this.#supervisor.shutDown(graceMs, hasSuccessor);
    if (!hasSuccessor) for (const admin of this.#admins) admin.removeFile();
    await this.#logs.close();
    process.exit(0);
  }

  /** @throws  SystemError EADDRINUSE …: none is open then */
  #openAdmins(addresses: readonly AdminAddress[]): readonly Admin[] {
    const opened: Admin[] = [];
    try {
      for (const address of addresses) opened.push(this.#openAdmin(address));
      return opened;
    } catch (error) {
      closeAll(opened, true);
      throw error;
    }
  }

  #openAdmin(to: AdminAddress): Admin {
    loadMetrics(); // now, and not when somebody asks: an upgrade may have put another version there
    const supervisor = this.#supervisor;
    return openAdmin(to, {
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

function closeAll(admins: readonly Admin[], removesFiles: boolean): void {
  for (const admin of admins) {
    void admin.close();
    if (removesFiles) admin.removeFile();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof UserError) return `${error.message} (${error.hint})`;
  return error instanceof Error ? error.message : String(error);
}
