/** Addresses to listen on, as people write them. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import type { SocketAddress } from '../socket-address.js';
import type { ListenConfig } from './config.js';
import type { ListenEntry } from './config-schema.js';
import { UserError } from './user-error.js';

const FORM_HINT = 'an address is written 127.0.0.1:9369, [::]:80, localhost:9369 or unix:/run/site.sock';

/** @throws  UserError */
export async function listenConfig(entry: ListenEntry): Promise<ListenConfig> {
  if (typeof entry === 'string') return { address: await addressOf(entry) };
  const { address: text, mode, ...others } = entry;
  const address = await addressOf(text);
  if (mode !== undefined && !('path' in address)) {
    throw new UserError(
      `mode: ${text} has none`,
      'only a Unix socket has a mode, such as { address = "unix:/run/a", mode = "0660" }',
    );
  }
  return { address, ...others, ...(mode !== undefined && { mode: Number.parseInt(mode, 8) }) };
}

/** @throws  UserError for what is no address, or a name that nobody knows */
export async function addressOf(text: string): Promise<SocketAddress> {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (path.startsWith('/') && Buffer.byteLength(path) <= 107) return { path };
    throw new UserError(`${text}: a path from the root is expected, of at most 107 bytes`, FORM_HINT);
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain ?? '';
  if (digits === undefined || host === '' || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6)) {
    throw new UserError(`${text} is no address to listen on`, FORM_HINT);
  }
  return { address: await resolveHost(host), port };
}

/** @throws  UserError */
export async function resolveHost(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch {
    throw new UserError(`the host ${host} is unknown`, 'use --host 127.0.0.1 for this machine only, 0.0.0.0 for all');
  }
}

/** Whether only this machine can reach it. */
export function isLocal(address: SocketAddress): boolean {
  return 'path' in address || address.address === '::1' || address.address.startsWith('127.');
}

export function workersOf(workers: number | 'auto'): number {
  return workers === 'auto' ? availableParallelism() : workers;
}
