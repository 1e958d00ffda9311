/** Addresses, folders and accepted connections for tests of sockets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InternetAddress, SocketAddress } from '../../src/linux/socket-address.js';
import { type Accepted, accept, WOULD_BLOCK } from '../../src/linux/sockets.js';

/** A port of this machine that the kernel chooses. */
export const LOOPBACK: SocketAddress = { address: '127.0.0.1', port: 0 };

/** A temporary folder: `using folder = new Folder()`. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'epoll-reactor-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

export function internet(address: SocketAddress): InternetAddress {
  if ('path' in address) throw new Error(`expected an Internet address, got ${address.path}`);
  return address;
}

/** Accepts the connection that waits. */
export function accepted(listener: number, flags = 0): Accepted {
  const connection = accept(listener, flags);
  if (connection === WOULD_BLOCK) throw new Error('expected a connection');
  return connection;
}
