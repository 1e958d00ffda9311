/** `epoll-reactor [DIR]`: serves a folder until it is told to stop. */
import { lookup } from 'node:dns/promises';
import { resolve } from 'node:path';
import type { FileHandlerOptions } from '../files/file-handler.js';
import { SHUTDOWN_GRACE_MS } from '../limits.js';
import type { SocketAddress } from '../socket-address.js';
import type { Config } from './config.js';
import { SAMPLE_SITE } from './sample-site.js';
import { UserError } from './user-error.js';

export interface ServeOptions extends FileHandlerOptions {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  readonly workers?: number;
}

/** @param folder  undefined: the sample site that ships in the package */
export async function serveCommand(folder: string | undefined, options: ServeOptions): Promise<void> {
  const { host, port, workers = 0, ...siteOptions } = options;
  const { address } = await lookup(host).catch(() => {
    throw new UserError(`the host ${host} is unknown`, 'use --host 127.0.0.1 for this machine only, 0.0.0.0 for all');
  });
  const root = resolve(folder ?? SAMPLE_SITE);
  const config: Config = {
    listen: [{ address: { address, port } }],
    sites: [{ root, ...siteOptions }],
    workers,
    limits: {},
    shutdownGraceMs: SHUTDOWN_GRACE_MS,
  };
  const addresses = await run(config);
  console.log(`epoll-reactor serves  ${folder === undefined ? 'its sample site' : root}`);
  for (const each of addresses) console.log(`                  at  ${url(each)}`);
  if (folder === undefined) console.log('        your own with  epoll-reactor DIR');
  console.log('           stop with  Ctrl-C');
}

async function run(config: Config): Promise<readonly SocketAddress[]> {
  if (config.workers === 0) return (await import('./run-alone.js')).runAlone(config);
  return (await import('./run-supervised.js')).runSupervised(config, () => config);
}

function url(address: SocketAddress): string {
  if ('path' in address) return address.path;
  return `http://${address.address.includes(':') ? `[${address.address}]` : address.address}:${address.port}/`;
}
