/**
 * With workers: this process supervises them, writes their logs, and obeys signals.
 *
 *   SIGTERM, SIGINT  shuts down gracefully; a second signal stops at once
 *   SIGHUP           reads the configuration again and replaces the workers
 *   SIGUSR1          opens its logs again
 *   SIGUSR2          starts the program that is on disk now, hands it the sockets, and stops
 */

import { dirname } from 'node:path';
import { printable } from '../native/printable-text.js';
import { type Admin, type AdminAddress, nameOfAdmin, openAdmin, withoutAdmin } from './admin.js';
import { Changes } from './changes.js';
import type { Config } from './config/config.js';
import { checkSites } from './config/open-sites.js';
import { explainListenError, UserError } from './config/user-error.js';
import { Logs } from './logs/logs.js';
import { loadMetricsLibrary, metricsText } from './metrics-text.js';
import type { Running, ServeHooks } from './run-alone.js';
import { refuseInspector } from './sandbox/inspector.js';
import { handleSignals } from './signals.js';
import { SystemdNotifier } from './systemd.js';
import type { ReadSettings } from './tls/settings.js';
import { predecessorOf, Upgrade } from './upgrade.js';
import { watchScripts } from './watch-scripts.js';
import { takeListenFds } from './workers/listen-fds.js';
import { type Pulse, Supervisor } from './workers/supervisor.js';

/**
 * @param reread  reads the configuration again, as it was read first; throws UserError
 * @returns       when all workers serve
 * @throws        UserError
 */
export async function runSupervised(
  settings: ReadSettings,
  reread: () => Promise<ReadSettings>,
  hooks: ServeHooks,
): Promise<Running> {
  checkSites(settings.config); // one message for a mistake, and not one from each worker
  try {
    return await new Daemon(settings, reread, hooks).start(settings.warnings);
  } catch (error) {
    throw explainListenError(error);
  }
}

/** A stuck worker is replaced before systemd takes the service for stuck. */
function pulseFor(watchdogMs: number): Pulse {
  return { everyMs: watchdogMs / 4, silenceMs: watchdogMs / 2 };
}

/** Requested by a signal, or when a socket does not listen any more. If a change fails, everything is as before. */
type Change = 'reload' | 'upgrade' | 'replace-sockets';

class Daemon {
  readonly #systemd = new SystemdNotifier();
  readonly #reread: () => Promise<ReadSettings>;
  readonly #hooks: ServeHooks;
  readonly #supervisor: Supervisor;
  readonly #tellPredecessor: () => void;
  readonly #changes = new Changes<Change>(
    (change) => this.#make(change),
    (change, error) => this.#logs.error.error(`${change} failed`, error),
  );
  /** After SIGTERM, SIGINT, or the end of an upgrade. */
  #isStopping = false;
  #config: Config;
  #logs: Logs;
  /** Lost lines of logs that a reload replaced. */
  #lostLines = 0;
  /** One for each address. */
  #admins: readonly Admin[] = [];
  /** If this process fails, its predecessor goes on with the admin sockets. */
  readonly #hasAdminFromBefore: boolean;
  #upgrade: Upgrade | undefined;

  /** @throws  UserError or SystemError: nothing is left then */
  constructor(settings: ReadSettings, reread: () => Promise<ReadSettings>, hooks: ServeHooks) {
    const { config } = settings;
    this.#config = config;
    this.#reread = reread;
    this.#hooks = hooks;
    this.#logs = new Logs(config);
    const { watchdogMs } = this.#systemd;
    const handed = takeListenFds();
    this.#tellPredecessor = predecessorOf(handed);
    const { sockets, admin } = withoutAdmin(handed, config.admin);
    this.#hasAdminFromBefore = admin.some(({ fd }) => fd !== undefined);
    this.#supervisor = new Supervisor(
      settings,
      sockets,
      {
        onLogLines: (lines) => this.#logs.access?.write(lines),
        onLog: (level, message) => this.#logs.error.tell(level, message),
        onDeafSocket: () => this.#changes.request('replace-sockets'),
      },
      watchdogMs === undefined ? undefined : pulseFor(watchdogMs),
    );
    try {
      this.#admins = this.#openAdmins(admin);
    } catch (error) {
      void this.#supervisor.shutDown(0);
      throw error;
    }
  }

  async start(warnings: ReadSettings['warnings']): Promise<Running> {
    const supervisor = this.#supervisor;
    // Before starting processes that would outlive this one for a moment.
    handleSignals({
      SIGTERM: () => void this.#stop(),
      SIGINT: () => void this.#stop(),
      SIGHUP: () => this.#changes.request('reload'),
      SIGUSR1: () => this.#logs.reopen(),
      SIGUSR2: () => this.#changes.request('upgrade'),
    });
    try {
      await supervisor.start();
      refuseInspector();
    } catch (error) {
      if (this.#isStopping) await new Promise(() => {}); // the process is ending
      await supervisor.shutDown(0);
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
    this.#tellPredecessor();
    this.#changes.start();
    const { module, watch } = this.#config;
    if (module !== undefined && watch) watchScripts(dirname(module), () => this.#changes.request('reload'));
    this.#hooks.onListening(supervisor.addresses);
    this.#warn(warnings);
    return { addresses: supervisor.addresses, sandbox: supervisor.sandbox };
  }

  #make(change: Change): Promise<void> {
    switch (change) {
      case 'reload':
        return this.#reload();
      case 'upgrade':
        return this.#startUpgrade();
      case 'replace-sockets':
        return this.#replaceSockets();
    }
  }

  async #reload(): Promise<void> {
    this.#systemd.reloading();
    let logs: Logs | undefined;
    let opened: readonly Admin[] = [];
    try {
      const settings = await this.#reread();
      const { config, warnings } = settings;
      if (config.admin.length > 0) await loadMetricsLibrary();
      if (config.workers === 0) throw new UserError('workers: 0 needs a restart', 'stop it, and start it again');
      checkSites(config);
      logs = new Logs(config);
      const names = config.admin.map(nameOfAdmin);
      const kept = this.#admins.filter(({ socket }) => names.includes(socket.name));
      const added = config.admin.filter((address) => !kept.some(({ socket }) => socket.name === nameOfAdmin(address)));
      opened = this.#openAdmins(added.map((address) => ({ address })));
      await this.#supervisor.reconfigure(settings);
      this.#adopt(config, logs, [...kept, ...opened]);
      const what = config.module === undefined ? 'with the configuration' : printable(config.module);
      this.#logs.error.info(`serves ${what} as it is now; ${this.#supervisor.sandbox.line}`);
      this.#warn(warnings);
    } catch (error) {
      if (this.#isStopping) return;
      const before = this.#config.module === undefined ? 'configuration' : 'module';
      this.#logs.error.error(`the ${before} before stays in force: ${reasonOf(error)}`);
      void logs?.close();
      closeAll(opened, true);
    }
    this.#tellReady();
  }

  #warn(warnings: ReadSettings['warnings']): void {
    for (const { message } of warnings) this.#logs.error.warn(message);
  }

  /** Applies the configuration to the supervisor itself. */
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

  /** Workers share sockets, so any of them may have shut this one down: all are replaced. */
  async #replaceSockets(): Promise<void> {
    const { error: log } = this.#logs;
    log.error(
      'a listening socket was shut down, which only a worker that is not ours any more does: all are exchanged',
    );
    try {
      await this.#supervisor.replaceSockets();
      log.info('all sockets listen again');
    } catch (error) {
      if (!this.#isStopping) log.error(`a socket does not listen, and could not be replaced: ${reasonOf(error)}`);
    }
  }

  async #startUpgrade(): Promise<void> {
    const { error: log } = this.#logs;
    if (process.pid === 1) {
      log.warn('SIGUSR2: process 1 of a container cannot be replaced by another process');
      return;
    }
    const sockets = [...this.#supervisor.sockets, ...this.#admins.map(({ socket }) => socket)];
    try {
      this.#upgrade = new Upgrade(sockets, this.#systemd.environment);
      await this.#upgrade.ready;
    } catch (error) {
      this.#upgrade = undefined;
      if (!this.#isStopping) {
        log.error(`the program on disk could not take over, and this one goes on: ${(error as Error).message}`);
      }
      return;
    }
    if (this.#isStopping) return; // the new process stops, too
    this.#systemd.mainPid(this.#upgrade.pid);
    log.info(`process ${this.#upgrade.pid} goes on`);
    await this.#stop(true);
  }

  /** A second call stops at once. */
  async #stop(isUpgrade: boolean = false): Promise<void> {
    if (this.#isStopping) {
      void this.#supervisor.shutDown(0); // the first call waits for it
      return;
    }
    this.#isStopping = true;
    this.#changes.stop();
    if (isUpgrade) {
      closeAll(this.#admins, false); // the new process answers there
    } else {
      this.#upgrade?.end();
      this.#systemd.stopping();
      this.#hooks.onStopping(() => this.#supervisor.countLeaving());
    }
    await this.#supervisor.shutDown(this.#config.shutdownGraceMs, isUpgrade);
    if (!isUpgrade) for (const admin of this.#admins) admin.removeFile();
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
    const supervisor = this.#supervisor;
    return openAdmin(to, {
      isReady: () => supervisor.isReady(),
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
  const explained = explainListenError(error);
  if (explained instanceof UserError) return `${explained.message} (${explained.hint})`;
  return explained instanceof Error ? explained.message : String(explained);
}
