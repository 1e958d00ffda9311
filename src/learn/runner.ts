/**
 * Runs the program of an exercise: node learn-runner.cjs FILE SETUP. It gives the program real descriptors. Its calls are printed on
 * stderr (EPOLL_REACTOR_TRACE), and between them lines of JSON that begin with `@ `.
 */
import { readSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as sockets from '../linux/sockets.js';
import { constants, native } from '../native/addon.js';
import { checked } from '../native/system-error.js';
import { bodyOf, type Report, type Setup } from './setup.js';

const STDIN = 0;
const STDERR = 2;

function report(line: Report): void {
  writeSync(STDERR, `@ ${JSON.stringify(line)}\n`);
}

/** The descriptors, in the order in which the clients have connected. */
function acceptAll(sk: number, { clients, isBlocking }: Setup): number[] {
  return Array.from({ length: clients ?? 0 }, () => {
    const { fd } = sockets.accept(sk, isBlocking ? 0 : sockets.SOCK_NONBLOCK) as sockets.Accepted;
    sockets.setsockopt(fd, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1); // each send is seen at once
    return fd;
  });
}

function leaveDescriptors(count: number): void {
  const taken: number[] = [];
  for (;;) {
    const fd = native.eventfd(0, 0);
    if (fd < 0) break;
    taken.push(fd);
  }
  for (const fd of taken.slice(-count)) native.close(fd);
}

async function main(file: string, setup: Setup): Promise<void> {
  const { serve } = (await import(pathToFileURL(file).href)) as { serve: (...args: unknown[]) => unknown };
  if (typeof serve !== 'function') throw new TypeError('this file must export a function serve()');
  const sk = sockets.listeningSocket({ address: '127.0.0.1', port: 0 }, sockets.SOMAXCONN);
  report({ port: (sockets.getsockname(sk) as sockets.InternetAddress).port });
  readSync(STDIN, Buffer.alloc(1)); // until the clients have connected
  const fds = acceptAll(sk, setup);
  for (const fd of setup.hasCopies ? fds : []) checked(native.fcntl(fd, constants.F_DUPFD_CLOEXEC, 0), 'fcntl');
  sockets.setblocking(sk, false);
  const args: unknown[] = setup.listens ? [...fds, sk] : fds;
  if (setup.descriptorsLeft !== undefined) leaveDescriptors(setup.descriptorsLeft);
  report({ fds: args as number[] });
  if (setup.bodyBytes !== undefined) args.push(bodyOf(setup.bodyBytes));
  if (setup.port !== undefined) args.push({ address: '127.0.0.1', port: setup.port });
  report({ returned: (await serve(...args)) ?? null });
}

void main(process.argv[2] as string, JSON.parse(process.argv[3] as string) as Setup);
