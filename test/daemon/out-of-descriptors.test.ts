/** When descriptors run out: the server neither ends nor spins, and goes on when some become free. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { countDescriptors, cpuTicks, watchFor } from '../support/process-info.js';
import { CommandProcess } from './command.js';
import { exists, testWhere } from './programs.js';
import { until, workersOf } from './supervised.js';

const NOBODY = 65_534;
const LIMIT = 64;
const CLIENTS = 300; // all of them connect: those that are not accepted wait in the backlog
const UNDER_LIMIT = ['prlimit', `--nofile=${LIMIT}:${LIMIT}`] as const;
const BOUNDLESS_SERVER = fileURLToPath(new URL('../fixtures/unlimited-server.mjs', import.meta.url));
const testLimited = testWhere(exists('prlimit'), 'prlimit is not installed');

function connectMany(address: InternetAddress): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: CLIENTS }, () => RawClient.connect(address)));
}

/** Resolves when the process has no descriptor left to accept with. */
async function untilFull(pid: number): Promise<void> {
  const giveUpMs = Date.now() + 30_000; // sooner than Jest does, which would leave this loop running
  while (countDescriptors(pid) < LIMIT) {
    if (Date.now() > giveUpMs) throw new Error(`${countDescriptors(pid)} descriptors and no more`);
    await new Promise(setImmediate);
  }
}

describe('without a free descriptor', () => {
  testLimited('a server uses next to no CPU, and serves again as soon as clients go', async () => {
    const child = spawn(process.execPath, [BOUNDLESS_SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = await once(child.stdout, 'data');
      const address = JSON.parse(String(line)) as InternetAddress;
      const pid = child.pid as number;
      // Once it listens: Node's loader of modules opens many files at the same time.
      const [prlimit, nofile] = UNDER_LIMIT;
      expect(spawnSync(prlimit, [`--pid=${pid}`, nofile]).status).toBe(0);
      const clients = await connectMany(address);
      await untilFull(pid);
      // A listener that keeps waiting is readable all the time: only time shows that no process spins.
      const ticks = cpuTicks(pid);
      await watchFor(1_000);
      expect(cpuTicks(pid) - ticks).toBeLessThan(10);

      await Promise.all(clients.map((client) => client.close()));
      expect((await ask(address, get('/'))).body.toString()).toBe('served');
    } finally {
      child.kill();
      await once(child, 'close');
    }
  });
});

describe.each([0, 1])('with few descriptors, and %d workers', (workers) => {
  testLimited(
    'the command lets in no more clients than it can open files for, serves all in turn, and others afterwards',
    async () => {
      using site = new SiteFolder({ 'index.html': 'served' });
      const args = [site.root, '--workers', `${workers}`];
      await using command = await CommandProcess.serve(args, { under: UNDER_LIMIT });
      const before = workersOf(command);
      const clients = await connectMany(command.address);
      const serving = before[0] ?? command.pid;
      await untilQuiet(serving);
      const ticks = cpuTicks(serving);
      await watchFor(500); // a listener that goes on waiting would be readable all the time
      expect(cpuTicks(serving) - ticks).toBeLessThan(5);
      const statuses = await Promise.all(
        clients.map(async (client) => {
          await client.send(get('/', 'Connection: close\r\n'));
          const { status } = await client.response();
          await client.close();
          return status;
        }),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      expect((await ask(command.address, get('/'))).body.toString()).toBe('served');
      expect(workersOf(command)).toEqual(before);
      expect(command.stderr).toBe('');
    },
  );
});

/** Resolves when the process has taken what it can: its descriptors do not become more. */
async function untilQuiet(pid: number): Promise<void> {
  for (let before = -1; before !== countDescriptors(pid); await watchFor(100)) before = countDescriptors(pid);
}

/** A supervisor that may not start a process, or has no descriptor to do it with. */
describe('a worker that cannot be started again', () => {
  const isRoot = process.getuid?.() === 0;
  testWhere(isRoot && exists('prlimit'), 'only root can run it as another user, under prlimit').each([
    ['processes', 'nproc', /spawn .* EAGAIN/],
    ['descriptors', 'nofile', /spawn .* EMFILE/],
  ])('because of %s is tried again until it starts', async (_what, limit, error) => {
    using site = new SiteFolder({ 'index.html': 'served' });
    chmodSync(site.parent, 0o755);
    await using command = await CommandProcess.serve([site.root, '--workers', '1'], { uid: NOBODY });
    const { pid } = command;
    const limitTo = (most: number): void => {
      execFileSync('prlimit', ['--pid', `${pid}`, `--${limit}=${most}:`], { uid: NOBODY, gid: NOBODY });
    };
    limitTo(1);
    process.kill(workersOf(command)[0] as number, 'SIGKILL');
    await until('it has failed twice', () => command.stderr.split('could not be started').length > 2);
    expect(command.stderr).toMatch(error);
    limitTo(4096);
    expect((await ask(command.address, get('/'))).body.toString()).toBe('served');
  });

  testLimited(
    'more large files than there are descriptors are served one after the other, though each is kept open',
    async () => {
      const names = Array.from({ length: 2 * LIMIT }, (_, i) => `${i}.txt`);
      const content = 'x'.repeat(FILE_INLINE_BYTES_MAX + 1);
      using site = new SiteFolder(Object.fromEntries(names.map((name) => [name, content])));
      await using command = await CommandProcess.serve([site.root], { under: UNDER_LIMIT });
      await using client = await RawClient.connect(command.address);
      let openMax = 0;
      for (const name of names) {
        await client.send(get(`/${name}`));
        const { status, body } = await client.response();
        expect([name, status, body.length]).toEqual([name, 200, content.length]);
        openMax = Math.max(openMax, countDescriptors(command.pid));
      }
      // More than the limit, because it was started with a descriptor of a higher number.
      expect(openMax).toBeGreaterThanOrEqual(LIMIT);
      // A client that connects when all descriptors are cached is also accepted.
      for (let i = 0; i < 5; i++) expect((await ask(command.address, get(`/${names[i]}`))).status).toBe(200);
      expect(command.stderr).toBe('');
    },
  );
});
