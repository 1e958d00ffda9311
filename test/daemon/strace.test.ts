/** What a request costs in system calls, as strace sees it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { get, RawClient } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { CommandProcess } from './command.js';
import { testWhere, works } from './programs.js';

const REQUESTS = 50;
const CALLS =
  'epoll_wait,epoll_pwait,epoll_pwait2,epoll_ctl,accept4,recvfrom,sendto,recvmsg,sendmsg,read,write,writev,sendfile';

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

testWhere(works('strace', '-o', '/dev/null', 'true'), 'strace is not installed, or may not trace')(
  'a keep-alive request of a small file takes one recv and one send on its connection, and changes no interest',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'strace-'));
    const file = join(folder, 'trace');
    using site = new SiteFolder({ 'small.txt': 'small' });
    await using command = await CommandProcess.serve([site.root], {
      under: ['strace', '-f', '-o', file, '-e', `trace=${CALLS}`],
    });
    const client = await RawClient.connect(command.address);
    for (let i = 0; i < REQUESTS; i++) {
      await client.send(get('/small.txt'));
      expect((await client.response()).body.toString()).toBe('small');
    }
    await client.close();
    process.kill(command.pid, 'SIGTERM');
    await command.ended();
    const calls = parseTrace(readFileSync(file, 'utf8'));
    rmSync(folder, { recursive: true });

    const acceptedAt = calls.findIndex(({ name, result }) => name === 'accept4' && result >= 0);
    const after = calls.slice(acceptedAt + 1);
    const ofConnection = after.filter(({ fd }) => fd === calls[acceptedAt]?.result);
    const count = (name: string, isCounted: (result: number) => boolean): number =>
      ofConnection.filter((call) => call.name === name && isCounted(call.result)).length;
    expect(count('recvfrom', (n) => n > 0)).toBe(REQUESTS);
    expect(count('sendto', (n) => n > 0)).toBe(REQUESTS);
    // Beside them only the end of the stream: no read that finds nothing, no other call.
    expect(count('recvfrom', (n) => n === 0)).toBe(1);
    expect(ofConnection).toHaveLength(2 * REQUESTS + 1);
    // The connection is put into the interest set and taken out; the rest is libuv's, at the end.
    expect(after.filter(({ name }) => name === 'epoll_ctl').length).toBeLessThan(10);
    // The reactor asks its epoll descriptor once per request what is ready (libuv, which waits for it, uses epoll_pwait).
    expect(after.filter(({ name }) => name === 'epoll_wait').length).toBeLessThan(REQUESTS + 5);
  },
  20_000,
);
