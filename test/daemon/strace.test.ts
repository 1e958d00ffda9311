/** The system calls of a request, counted by strace. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { get, RawClient } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { CommandProcess } from './command.js';
import { testWhere, works } from './programs.js';

const REQUESTS = 50;
const ON_SOCKETS =
  'epoll_wait,epoll_pwait,epoll_pwait2,epoll_ctl,accept4,recvfrom,sendto,recvmsg,sendmsg,writev,sendfile';
const ON_FILES = 'openat,openat2,newfstatat,statx,pread64,preadv2,read,write,close,inotify_add_watch,inotify_rm_watch';
const CALLS = `${ON_SOCKETS},${ON_FILES}`;

interface Call {
  readonly name: string;
  readonly fd: number;
  readonly result: number;
}

/** Lines such as `4711 recvfrom(21, "GET /"..., 65536, 0, NULL, NULL) = 40`; those cut in two by another thread are joined. */
function parseTrace(trace: string): Call[] {
  const unfinished = new Map<string, string>();
  const calls: Call[] = [];
  for (const line of trace.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(pid, rest);
      continue;
    }
    const text = rest.startsWith('<... ') ? `${unfinished.get(pid)}${rest}` : rest;
    const call = /^(\w+)\((\d+),.* = (-?\d+)/s.exec(text);
    if (call !== null) calls.push({ name: call[1] as string, fd: Number(call[2]), result: Number(call[3]) });
  }
  return calls;
}

/** The calls of the command while `act` talks to it, from the first connection on. */
async function traced(act: (client: RawClient) => Promise<void>): Promise<{ ofConnection: Call[]; all: Call[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'strace-'));
  const file = join(folder, 'trace');
  try {
    using site = new SiteFolder({ 'small.txt': 'small' });
    await using command = await CommandProcess.serve([site.root], {
      under: ['strace', '-f', '-o', file, '-e', `trace=${CALLS}`],
    });
    const client = await RawClient.connect(command.address);
    await act(client);
    await client.close();
    process.kill(command.pid, 'SIGTERM');
    await command.ended();
    const calls = parseTrace(readFileSync(file, 'utf8'));
    const acceptedAt = calls.findIndex(({ name, result }) => name === 'accept4' && result >= 0);
    const all = calls.slice(acceptedAt + 1);
    const { result: connection } = calls[acceptedAt] as Call;
    const closedAt = all.findIndex(({ name, fd }) => name === 'close' && fd === connection);
    return { all, ofConnection: all.slice(0, closedAt).filter(({ fd }) => fd === connection) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function count(calls: readonly Call[], name: string, isCounted: (result: number) => boolean = () => true): number {
  return calls.filter((call) => call.name === name && isCounted(call.result)).length;
}

const testTraced = testWhere(works('strace', '-o', '/dev/null', 'true'), 'strace is not installed, or may not trace');

testTraced(
  'a keep-alive request of a small file takes one recv and one send on its connection, and changes no interest',
  async () => {
    const { all, ofConnection } = await traced(async (client) => {
      for (let i = 0; i < REQUESTS; i++) {
        await client.send(get('/small.txt'));
        expect((await client.response()).body.toString()).toBe('small');
      }
    });
    expect(count(ofConnection, 'recvfrom', (n) => n > 0)).toBe(REQUESTS);
    expect(count(ofConnection, 'sendto', (n) => n > 0)).toBe(REQUESTS);
    // Beside them only the end of the stream: no read that finds nothing, no other call.
    expect(count(ofConnection, 'recvfrom', (n) => n === 0)).toBe(1);
    expect(ofConnection).toHaveLength(2 * REQUESTS + 1);
    // The connection is put into the interest set and taken out; the rest is libuv's, at the end.
    expect(count(all, 'epoll_ctl')).toBeLessThan(10);
    // The reactor asks its epoll descriptor once per request what is ready (libuv, which waits for it, uses epoll_pwait).
    expect(count(all, 'epoll_wait')).toBeLessThan(REQUESTS + 5);
  },
);

testTraced('when it is kept, nothing is asked of a disk, of inotify, or of anything else', async () => {
  const { all } = await traced(async (client) => {
    for (let i = 0; i < REQUESTS; i++) {
      await client.send(get('/small.txt'));
      await client.response();
    }
  });
  const indexes = all.flatMap(({ name, result }, index) => (name === 'recvfrom' && result > 0 ? [index] : []));
  // The first is looked up; the second one may still find its traces.
  const kept = all.slice(indexes[2], indexes.at(-1));
  expect(new Set(kept.map(({ name }) => name).filter((name) => !name.startsWith('epoll_')))).toEqual(
    new Set(['recvfrom', 'sendto']),
  );
});

testTraced('pipelined requests of it are answered by one writev', async () => {
  const { ofConnection } = await traced(async (client) => {
    await client.send(get('/small.txt'));
    await client.response();
    for (let i = 0; i < REQUESTS; i++) {
      await client.send(get('/small.txt').repeat(16));
      await client.responses(16);
    }
  });
  // Loopback hands over what was sent in one piece in one piece.
  expect(count(ofConnection, 'recvfrom', (n) => n > 0)).toBe(1 + REQUESTS);
  expect(count(ofConnection, 'writev')).toBe(REQUESTS);
  expect(count(ofConnection, 'sendto')).toBe(1);
});
