/**
 * The listening sockets of a supervisor, which outlive its workers: what waits in their backlogs waits for the next one.
 *
 * An Internet address has a socket for each slot (SO_REUSEPORT), so that the kernel deals out connections and no two workers
 * wake for one. A Unix socket, and one that systemd has opened, is shared by all.
 */

import { unlinkSync } from 'node:fs';
import { addressFamily, formatAddress, type SocketAddress } from '../../linux/socket-address.js';
import * as sockets from '../../linux/sockets.js';
import { constants, native } from '../../native/addon.js';
import { adoptListeningSocket, openListeningSocket } from '../../net/listening-socket.js';
import type { ListenConfig } from '../config/config.js';
import type { HandedSocket } from './listen-fds.js';

/** One address, and the sockets that listen there. */
interface Endpoint {
  readonly listen: ListenConfig;
  /** With port 0 in `listen`, here is the one that the kernel chose. */
  readonly address: SocketAddress;
  /** One for each slot, or one for all. None is closed while its address is served: the kernel would reset its backlog. */
  readonly fds: readonly number[];
  /** As systemd calls it, whose it is: it is served whatever is configured, and its file stays. */
  readonly givenName?: string | undefined;
}

/** A socket as a worker gets it. */
export interface SlotSocket {
  readonly fd: number;
  readonly listen: ListenConfig;
}

export class Endpoints {
  readonly #endpoints: readonly Endpoint[];
  readonly #slots: number;

  private constructor(endpoints: readonly Endpoint[], slots: number) {
    this.#endpoints = endpoints;
    this.#slots = slots;
  }

  /**
   * Opens what is not open yet.
   * @param slots   0: there are no workers, and this process serves
   * @param before  whose sockets are used again where the address is the same
   * @param handed  without `before`: sockets of whoever started this process, to be used likewise. Those of other addresses
   *                are served, too, where they are systemd's; a predecessor's are closed
   * @throws        SystemError EADDRINUSE …; what was opened by then is closed, its files removed, and `before` can go on
   */
  static open(
    listens: readonly ListenConfig[],
    slots: number,
    before?: Endpoints,
    handed: readonly HandedSocket[] = [],
  ): Endpoints {
    const there = [...(before === undefined ? endpointsOf(handed) : before.#endpoints)];
    const opened: number[] = [];
    const made: SocketAddress[] = [];
    const sharedPorts = new Map<string, number>();
    const open = (listen: ListenConfig, address: SocketAddress): number => {
      const fd = openListeningSocket(address, { ...listen, reusePort: slots > 0 && !('path' in address) });
      opened.push(fd);
      if ('path' in address) made.push(address);
      return fd;
    };
    try {
      const endpoints = listens.map((listen): Endpoint => {
        const old = takeOut(there, formatAddress(listen.address));
        const wanted = withPort(listen.address, sharedPorts.get(listen.portSharedBy ?? ''));
        if (old === undefined && slots > 0) refuseTaken({ ...listen, address: wanted });
        const fds = [...(old?.fds ?? [open(listen, wanted)])];
        const address = sockets.getsockname(fds[0] as number);
        if (listen.portSharedBy !== undefined && 'port' in address) sharedPorts.set(listen.portSharedBy, address.port);
        if (isShareable(fds[0] as number)) while (fds.length < slots) fds.push(open(listen, address));
        return { listen, address, fds, givenName: old?.givenName };
      });
      const given = there.filter(({ givenName }) => givenName !== undefined);
      if (before === undefined) {
        for (const { givenName, fds } of there) if (givenName === undefined) for (const fd of fds) native.close(fd);
      }
      return new Endpoints([...endpoints, ...given], slots);
    } catch (error) {
      for (const fd of opened) native.close(fd);
      for (const address of made) removeSocketFile(address);
      throw error;
    }
  }

  get addresses(): readonly SocketAddress[] {
    return this.#endpoints.map(({ address }) => address);
  }

  /** What the worker of a slot listens on. After a change to fewer slots, some have several sockets of an address. */
  ofSlot(slot: number): readonly SlotSocket[] {
    return this.#endpoints.flatMap(({ listen, fds }) => {
      const own = fds.length === 1 ? fds : fds.filter((_, i) => i % Math.max(this.#slots, 1) === slot);
      return own.map((fd) => ({ fd, listen }));
    });
  }

  /** All of them, for a successor of this process, which finds them by these names. */
  get handed(): readonly HandedSocket[] {
    return this.#endpoints.flatMap(({ listen, fds, givenName }) => {
      return fds.map((fd) => ({ fd, name: givenName ?? formatAddress(listen.address) }));
    });
  }

  /** Closes what `successors` do not use. */
  close(successors?: Endpoints): void {
    const kept = new Set(successors === undefined ? [] : successors.#endpoints.flatMap(({ fds }) => fds));
    for (const { fds } of this.#endpoints) for (const fd of fds) if (!kept.has(fd)) native.close(fd);
  }

  /** Of Unix sockets that `successors` do not use: nobody listens there any more. */
  removeFiles(successors?: Endpoints): void {
    const kept = new Set(successors?.addresses.map(formatAddress));
    for (const { address, givenName } of this.#endpoints) {
      if (givenName === undefined && !kept.has(formatAddress(address))) removeSocketFile(address);
    }
  }
}

/** @param port  undefined: its own */
function withPort(address: SocketAddress, port: number | undefined): SocketAddress {
  return 'path' in address || port === undefined ? address : { ...address, port };
}

/** The first one of an address. */
function takeOut(endpoints: Endpoint[], key: string): Endpoint | undefined {
  const i = endpoints.findIndex(({ listen }) => formatAddress(listen.address) === key);
  return i < 0 ? undefined : endpoints.splice(i, 1)[0];
}

/** Sockets that were handed over, by address; those of a predecessor also by the address that it was configured with. */
function endpointsOf(handed: readonly HandedSocket[]): Iterable<Endpoint> {
  const endpoints = new Map<string, Endpoint>();
  for (const { fd, name } of handed) {
    adoptListeningSocket(fd);
    const address = sockets.getsockname(fd);
    const configured = addressOfName(name);
    const key = `${name} ${formatAddress(address)}`; // several may be configured with port 0
    const fds = [...(endpoints.get(key)?.fds ?? []), fd];
    const givenName = configured === undefined ? name : undefined;
    endpoints.set(key, { listen: { address: configured ?? address }, address, fds, givenName });
  }
  return endpoints.values();
}

/** The opposite of formatAddress(); systemd's names are none of these. */
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
 * A second program that says SO_REUSEPORT, too, would be given half of the connections and no error: most often it is this
 * one, started twice. Who binds without saying so is told.
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

/** What a Unix socket leaves behind. */
export function removeSocketFile(address: SocketAddress | undefined): void {
  if (address === undefined || !('path' in address)) return;
  try {
    unlinkSync(address.path);
  } catch {
    // Somebody else has; or the folder belongs to root, who has left.
  }
}
