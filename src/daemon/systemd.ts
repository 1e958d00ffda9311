/**
 * Notifies systemd by sd_notify(3): datagrams of `NAME=value` lines to the Unix socket NOTIFY_SOCKET. If the variable is unset,
 * every method does nothing.
 */

import * as sockets from '../linux/sockets.js';
import { constants, native } from '../native/addon.js';

const { AF_UNIX, MSG_DONTWAIT, MSG_NOSIGNAL, SOCK_DGRAM } = constants;

export class SystemdNotifier {
  /** Connected once, and before the process confines itself: afterwards it may open no more sockets. */
  readonly #fd: number;
  /** The variables taken from the environment, for a successor of this process. */
  readonly environment: NodeJS.ProcessEnv = {};
  /** How often systemd expects a sign of life, in milliseconds (sd_watchdog_enabled(3)); undefined: never. */
  readonly watchdogMs: number | undefined;

  /** Removes its variables from the environment: children must not speak for their parent. */
  constructor(environment: NodeJS.ProcessEnv = process.env) {
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = environment;
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC']) {
      if (environment[name] !== undefined) this.environment[name] = environment[name];
    }
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
    this.#fd = path === undefined ? -1 : connected(path);
    const isForThis = pid === undefined || Number(pid) === process.pid;
    this.watchdogMs = this.#fd >= 0 && isForThis && Number(usec) > 0 ? Number(usec) / 1000 : undefined;
  }

  ready(status: string): void {
    this.#send(`READY=1\nSTATUS=${status}`);
  }

  /** Followed by ready(), whether the new configuration is in force or was refused. */
  reloading(): void {
    // CLOCK_MONOTONIC: systemd ignores an answer to an earlier signal by it (Type=notify-reload).
    const usec = process.hrtime.bigint() / 1000n;
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${usec}\nSTATUS=reads its configuration`);
  }

  stopping(): void {
    this.#send('STOPPING=1\nSTATUS=finishes what is under way');
  }

  status(text: string): void {
    this.#send(`STATUS=${text}`);
  }

  alive(): void {
    this.#send('WATCHDOG=1');
  }

  /** Another process is the service from now on. */
  mainPid(pid: number): void {
    this.#send(`MAINPID=${pid}`);
  }

  close(): void {
    if (this.#fd >= 0) native.close(this.#fd);
  }

  #send(text: string): void {
    if (this.#fd < 0) return;
    const bytes = Buffer.from(text);
    // Neither awaited nor repeated: the server must not depend on systemd.
    native.send(this.#fd, bytes, 0, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

/** @returns  -1 if no process listens there */
function connected(path: string): number {
  const fd = sockets.socket(AF_UNIX, SOCK_DGRAM);
  if (native.connect(fd, sockaddr(path)) === 0) return fd;
  native.close(fd);
  return -1;
}

/** A path, or a name in the abstract namespace, which begins with NUL and is written with `@` (unix(7)). */
function sockaddr(path: string): Uint8Array {
  const isAbstract = path.startsWith('@');
  const name = Buffer.from(isAbstract ? `\0${path.slice(1)}` : `${path}\0`);
  const bytes = Buffer.alloc(2 + name.length);
  bytes.writeUInt16LE(AF_UNIX, 0);
  name.copy(bytes, 2);
  return bytes;
}
