/**
 * With workers: this process supervises them, and does what its signals say.
 *
 *   SIGTERM, SIGINT  stops, gracefully; a second one at once
 *   SIGHUP           reads the configuration again, and exchanges the workers
 *   SIGUSR2          starts the program that is on disk now, which goes on with the sockets, and stops
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { SocketAddress } from '../socket-address.js';
import type { Config } from './config.js';
import { listenFdsEnvironment, takeListenFds } from './listen-fds.js';
import { type Pulse, Supervisor } from './supervisor.js';
import { SystemdNotifier } from './systemd.js';
import { explainListenError, UserError } from './user-error.js';

/**
 * @param reread  reads the configuration again, as it was read first; throws UserError
 * @returns       where it serves, when all workers do
 * @throws        UserError
 */
export async function runSupervised(config: Config, reread: () => Config): Promise<readonly SocketAddress[]> {
  const systemd = new SystemdNotifier();
  let supervisor: Supervisor;
  try {
    supervisor = await Supervisor.start(
      config,
      takeListenFds(),
      { onLogLines: (lines) => process.stdout.write(lines), onError: say },
      systemd.watchdogMs === undefined ? undefined : pulseFor(systemd.watchdogMs),
    );
  } catch (error) {
    throw explainListenError(error);
  }
  const daemon = new Daemon(supervisor, systemd, config, reread);
  daemon.begin();
  return supervisor.addresses;
}

/** A stuck worker is replaced before systemd takes the service for stuck. */
function pulseFor(watchdogMs: number): Pulse {
  return { everyMs: watchdogMs / 4, silenceMs: watchdogMs / 2 };
}

class Daemon {
  readonly #supervisor: Supervisor;
  readonly #systemd: SystemdNotifier;
  readonly #reread: () => Config;
  #config: Config;
  /** One change of workers at a time: the next one waits for it. */
  #change: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(supervisor: Supervisor, systemd: SystemdNotifier, config: Config, reread: () => Config) {
    this.#supervisor = supervisor;
    this.#systemd = systemd;
    this.#config = config;
    this.#reread = reread;
  }

  begin(): void {
    process.on('SIGTERM', () => void this.#stop(false));
    process.on('SIGINT', () => void this.#stop(false));
    process.on('SIGHUP', () => this.#next(() => this.#reload()));
    process.on('SIGUSR2', () => this.#next(() => this.#upgrade()));
    const { watchdogMs } = this.#systemd;
    if (watchdogMs !== undefined) {
      setInterval(() => {
        if (this.#supervisor.isHealthy) this.#systemd.alive();
      }, watchdogMs / 3).unref();
    }
    this.#tellReady();
    // A predecessor that waits for this one: its IPC channel is all that it has given it beside the sockets.
    if (process.connected) process.send?.('ready', () => process.disconnect());
  }

  #next(change: () => Promise<void>): void {
    this.#change = this.#change.then(() => (this.#isStopping ? undefined : change()));
  }

  async #reload(): Promise<void> {
    this.#systemd.reloading();
    try {
      const config = this.#reread();
      if (config.workers === 0) throw new UserError('workers: 0 needs a restart', 'stop it, and start it again');
      await this.#supervisor.reconfigure(config);
      this.#config = config;
      say('serves with the configuration as it is now');
    } catch (error) {
      say(`the configuration before stays in force: ${reasonOf(explainListenError(error))}`);
    }
    this.#tellReady();
  }

  async #upgrade(): Promise<void> {
    if (process.pid === 1) {
      say('SIGUSR2 is for a process that can end and leave another one behind: this one is process 1 of its container');
      return;
    }
    const { sockets } = this.#supervisor;
    const successor = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: ['inherit', 'inherit', 'inherit', ...sockets.map(({ fd }) => fd), 'ipc'],
      env: {
        ...process.env,
        ...this.#systemd.environment,
        ...listenFdsEnvironment(sockets.map(({ name }) => name)),
      },
    });
    const ended = once(successor, 'exit').then(([code, signal]) => `it ended: ${signal ?? `exit code ${code}`}`);
    const outcome = await Promise.race([once(successor, 'message').then(() => 'ready'), ended, errorOf(successor)]);
    if (outcome !== 'ready') {
      say(`the program on disk could not take over, and this one goes on: ${outcome}`);
      return;
    }
    successor.unref();
    this.#systemd.mainPid(successor.pid as number);
    say(`process ${successor.pid} goes on`);
    await this.#stop(true);
  }

  async #stop(hasSuccessor: boolean): Promise<void> {
    const graceMs = this.#isStopping ? 0 : this.#config.shutdownGraceMs;
    this.#isStopping = true;
    if (!hasSuccessor) this.#systemd.stopping();
    await this.#supervisor.shutDown(graceMs, hasSuccessor);
    process.exit(0);
  }

  #tellReady(): void {
    this.#systemd.ready(`${this.#config.workers} workers serve`);
  }
}

function errorOf(child: NodeJS.EventEmitter): Promise<string> {
  return once(child, 'error').then(([error]) => (error as Error).message);
}

function reasonOf(error: unknown): string {
  if (error instanceof UserError) return `${error.message} (${error.hint})`;
  return error instanceof Error ? error.message : String(error);
}

/** What an operator should know, in a line. */
function say(message: string): void {
  console.error(`epoll-reactor: ${message}`);
}
