/** `epoll-reactor [DIR]`: serves a folder until it is told to stop. */
import { lookup } from 'node:dns/promises';
import { resolve } from 'node:path';
import { type FileHandlerOptions, fileHandler } from '../files/file-handler.js';
import { SHUTDOWN_GRACE_MS } from '../limits.js';
import type { HttpHandler } from '../server/http-connection.js';
import { HttpServer } from '../server/http-server.js';
import type { SocketAddress } from '../socket-address.js';
import { SAMPLE_SITE } from './sample-site.js';
import { explainFolderError, explainListenError, UserError } from './user-error.js';

export interface ServeOptions extends FileHandlerOptions {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
}

/** @param folder  undefined: the sample site that ships in the package */
export async function serveCommand(folder: string | undefined, options: ServeOptions): Promise<void> {
  const path = resolve(folder ?? SAMPLE_SITE);
  const handler = openFolder(path, options);
  const server = new HttpServer(handler);
  const address = await listen(server, options);
  stopOnSignal(server); // before it says that it serves: whoever waits for that may stop it at once
  console.log(`epoll-reactor serves  ${folder === undefined ? 'its sample site' : path}`);
  console.log(`                  at  ${url(address)}`);
  if (folder === undefined) console.log('        your own with  epoll-reactor DIR');
  console.log('           stop with  Ctrl-C');
}

function openFolder(path: string, options: FileHandlerOptions): HttpHandler {
  try {
    return fileHandler(path, options);
  } catch (error) {
    throw explainFolderError(error, path);
  }
}

async function listen(server: HttpServer, { host, port }: ServeOptions): Promise<SocketAddress> {
  const { address } = await lookup(host).catch(() => {
    throw new UserError(`the host ${host} is unknown`, 'use --host 127.0.0.1 for this machine only, 0.0.0.0 for all');
  });
  try {
    return server.listen({ address, port });
  } catch (error) {
    throw explainListenError(error, host, port);
  }
}

function url(address: SocketAddress): string {
  if ('path' in address) return address.path;
  return `http://${address.address.includes(':') ? `[${address.address}]` : address.address}:${address.port}/`;
}

/** The first signal lets responses under way be finished; the second does not wait for them. */
function stopOnSignal(server: HttpServer): void {
  let signals = 0;
  const stop = (): void => {
    signals++;
    void server.close({ graceMs: signals === 1 ? SHUTDOWN_GRACE_MS : 0 }).then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
