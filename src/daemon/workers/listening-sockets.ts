/**
 * The listening sockets of a supervisor, which outlive its workers: connections that wait in a backlog wait for the next worker.
 *
 * An Internet address has a socket for each worker slot (SO_REUSEPORT), so that the kernel distributes connections and wakes one
 * worker for each. All workers share a Unix socket, or a socket that systemd has opened.
 */

import { unlinkSync } from 'node:fs';
import { Poll } from '../../linux/select-and-poll.js';
import { addressFamily, formatAddress, type SocketAddress } from '../../linux/socket-address.js';
import * as sockets from '../../linux/sockets.js';
import { constants, native } from '../../native/addon.js';
import { adoptListeningSocket, openListeningSocket } from '../../net/listening-socket.js';
import type { ListenConfig } from '../config/config.js';
import type { HandedSocket } from './listen-fds.js';

/** One address, and the sockets that listen there. */
interface ListeningAddress {
  readonly listen: ListenConfig;
  /** With the port that the kernel chose, if `listen` has port 0. */
  readonly address: SocketAddress;
  /**
   * One socket for each slot, or one for all. No socket is closed while its address is served: the kernel would reset its
   * backlog.
   */
  readonly fds: readonly number[];
  /** The name that systemd gave it. Such a socket is served whatever the configuration, and its file stays. */
  readonly givenName?: string | undefined;
}

/** A socket, for a worker. */
export interface SlotSocket {
  readonly fd: number;
  readonly listen: ListenConfig;
}

export class ListeningSockets {
  readonly #addresses: readonly ListeningAddress[];
  readonly #slots: number;

  private constructor(addresses: readonly ListeningAddress[], slots: number) {
    this.#addresses = addresses;
    this.#slots = slots;
  }

  /**
   * Opens the sockets that are not open yet.
   * @param slots   0: there are no workers, and this process serves
   * @param before  its sockets are used again for the same addresses, if they still listen
   * @param handed  without `before`: sockets of the process that started this one, used likewise. Sockets of other addresses are
   *                served too if systemd opened them, and closed if a predecessor did
   * @throws        SystemError EADDRINUSE …; the new sockets are closed, their files removed, and `before` can go on
   */
  static open(
    listens: readonly ListenConfig[],
    slots: number,
    before?: ListeningSockets,
    handed: readonly HandedSocket[] = [],
  ): ListeningSockets {
    const there = before === undefined ? [...addressesOf(handed)] : before.#addresses.map(withoutDeaf);
    const opened: number[] = [];
    const made: SocketAddress[] = [];
    const sharedPorts = new Map<string, number>();
    const open = (listen: ListenConfig, address: SocketAddress): number => {
      const fd = openListeningSocket(address, { ...listen, reusePort: slots > 0 && !('path' in address) });
      opened.push(fd);
      if ('path' in address) made.push(address);
      return fd;
    };
    const complete = (listen: ListenConfig, old?: ListeningAddress): ListeningAddress => {
      const wanted = old?.address ?? withPort(listen.address, sharedPorts.get(listen.portSharedBy ?? ''));
      if (old === undefined && slots > 0) refuseTaken({ ...listen, address: wanted });
      const fds = [...(old?.fds ?? [])];
      if (fds.length === 0) fds.push(open(listen, wanted));
      const address = sockets.getsockname(fds[0] as number);
      if (listen.portSharedBy !== undefined && 'port' in address) sharedPorts.set(listen.portSharedBy, address.port);
      if (isShareable(fds[0] as number)) while (fds.length < slots) fds.push(open(listen, address));
      return { listen, address, fds, givenName: old?.givenName };
    };
    try {
      const configured = listens.map((listen) => complete(listen, takeOut(there, formatAddress(listen.address))));
      const given = there
        .filter(({ givenName }) => givenName !== undefined)
        // An option that named the address before the reload must not leave its settings here.
        .map((old) => ({ ...old, listen: { address: old.listen.address } }))
        .map((old) => (old.fds.length > 0 ? old : complete(old.listen, old)));
      if (before === undefined) {
        for (const { givenName, fds } of there) if (givenName === undefined) for (const fd of fds) native.close(fd);
      }
      return new ListeningSockets([...configured, ...given], slots);
    } catch (error) {
      for (const fd of opened) native.close(fd);
      for (const address of made) removeSocketFile(address);
      throw error;
    }
  }

  get addresses(): readonly SocketAddress[] {
    return this.#addresses.map(({ address }) => address);
  }

  /** Whether all sockets listen. */
  get areListening(): boolean {
    return this.#addresses.every(({ fds }) => deafOf(fds).size === 0);
  }

  /** The sockets of a slot. After a change to fewer slots, some slots have several sockets of an address. */
  ofSlot(slot: number): readonly SlotSocket[] {
    return this.#addresses.flatMap(({ listen, fds }) => {
      const own = fds.length === 1 ? fds : fds.filter((_, i) => i % Math.max(this.#slots, 1) === slot);
      return own.map((fd) => ({ fd, listen }));
    });
  }

  /** All sockets, for a successor of this process, which finds them by these names. */
  get handed(): readonly HandedSocket[] {
    return this.#addresses.flatMap(({ listen, fds, givenName }) => {
      return fds.map((fd) => ({ fd, name: givenName ?? formatAddress(listen.address) }));
    });
  }

  /** Closes the sockets that `next` does not use. */
  close(next?: ListeningSockets): void {
    const kept = new Set(next === undefined ? [] : next.#addresses.flatMap(({ fds }) => fds));
    for (const { fds } of this.#addresses) for (const fd of fds) if (!kept.has(fd)) native.close(fd);
  }

  /** Removes the files of Unix sockets that `next` does not use. */
  removeFiles(next?: ListeningSockets): void {
    const kept = new Set(next?.addresses.map(formatAddress));
    for (const { address, givenName } of this.#addresses) {
      if (givenName === undefined && !kept.has(formatAddress(address))) removeSocketFile(address);
    }
  }
}

function withoutDeaf(each: ListeningAddress): ListeningAddress {
  const deaf = deafOf(each.fds);
  return { ...each, fds: each.fds.filter((fd) => !deaf.has(fd)) };
}

/**
 * The sockets of `fds` that no longer listen. A worker that an attacker controls can call shutdown(2) on its sockets, which ends them
 * for all processes. poll(2) then reports POLLHUP for an Internet socket, and POLLRDHUP for a Unix socket.
 */
function deafOf(fds: readonly number[]): ReadonlySet<number> {
  const poll = new Poll();
  for (const fd of fds) poll.register(fd, constants.EPOLLRDHUP); // the same bit for poll(2)
  return new Set(poll.poll(0).map(([fd]) => fd));
}

/** @param port  undefined: its own */
function withPort(address: SocketAddress, port: number | undefined): SocketAddress {
  return 'path' in address || port === undefined ? address : { ...address, port };
}

/** Removes and returns the first entry for an address. */
function takeOut(addresses: ListeningAddress[], key: string): ListeningAddress | undefined {
  const i = addresses.findIndex(({ listen }) => formatAddress(listen.address) === key);
  return i < 0 ? undefined : addresses.splice(i, 1)[0];
}

/** Sockets that were handed over, by address; those of a predecessor also by the address that it was configured with. */
function addressesOf(handed: readonly HandedSocket[]): Iterable<ListeningAddress> {
  const addresses = new Map<string, ListeningAddress>();
  for (const { fd, name } of handed) {
    adoptListeningSocket(fd);
    const address = sockets.getsockname(fd);
    const configured = addressOfName(name);
    const key = `${name} ${formatAddress(address)}`; // several addresses may have port 0
    const fds = [...(addresses.get(key)?.fds ?? []), fd];
    const givenName = configured === undefined ? name : undefined;
    addresses.set(key, { listen: { address: configured ?? address }, address, fds, givenName });
  }
  return addresses.values();
}

/** The opposite of formatAddress(). Names from systemd do not have this form. */
function addressOfName(name: string): SocketAddress | undefined {
  if (name.startsWith('unix:')) return { path: name.slice(5) };
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d+)$/.exec(name) ?? [];
  const address = bracketed ?? plain;
  return address === undefined ? undefined : { address, port: Number(port) };
}

function isShareable(fd: number): boolean {
  return native.getsockopt(fd, constants.SOL_SOCKET, constants.SO_REUSEPORT) === 1;
}

/**
 * A second program that also sets SO_REUSEPORT would get half of the connections and no error: most often it is this one,
 * started twice. A socket without SO_REUSEPORT gets the error.
 */
function refuseTaken({ address, ipv6Only }: ListenConfig): void {
  if ('path' in address) return;
  const family = addressFamily(address);
  const fd = sockets.socket(family, sockets.SOCK_STREAM);
  try {
    sockets.setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1);
    if (family === sockets.AF_INET6) {
      sockets.setsockopt(fd, constants.IPPROTO_IPV6, constants.IPV6_V6ONLY, ipv6Only === true ? 1 : 0);
    }
    sockets.bind(fd, address);
  } finally {
    native.close(fd);
  }
}

/** Removes the file that a Unix socket leaves. */
export function removeSocketFile(address: SocketAddress | undefined): void {
  if (address === undefined || !('path' in address)) return;
  try {
    unlinkSync(address.path);
  } catch {
    // Another process has removed it; or the folder belongs to root, and this process has given up root's rights.
  }
}
