/** Workers come and go, and no request fails for it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import type { InternetAddress } from '../../../src/linux/socket-address.js';
import { getsockname, listeningSocket } from '../../../src/linux/sockets.js';
import { native } from '../../../src/native/addon.js';
import { ask, get, RawClient, type Target } from '../../client/raw-client.js';
import { SiteFolder } from '../../files/site-folder.js';
import { watchFor } from '../../support/process-info.js';
import { Folder } from '../../support/sockets.js';
import { CommandProcess, run } from '../command.js';
import { DelayedStarts } from '../delayed-starts.js';
import { testWhere } from '../programs.js';
import { SteadyClients } from '../steady-clients.js';
import { connectionsOf, isStopped, isThere, until, workersOf } from '../supervised.js';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const BODY = 'as ever';
const SITE = { 'index.html': BODY };
const LONG_MS = 30_000;

function supervised(site: SiteFolder, workers: number): Promise<CommandProcess> {
  return CommandProcess.serve([site.root, '--workers', `${workers}`]);
}

test('--workers 3 starts three workers, and all of them serve', async () => {
  using site = new SiteFolder(SITE);
  await using command = await supervised(site, 3);
  const workers = workersOf(command);
  expect(workers).toHaveLength(3);
  for (const pid of workers) expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('--max-semi-space-size=1');
  // One that stands still keeps those waiting that the kernel has dealt to it, and no others.
  await using clients = new SteadyClients(command.address, 20, '/', BODY);
  await clients.untilAnswered(200);
  await clients.stop();
  expect(clients.failures).toEqual([]);
});

describe('SIGHUP under load', () => {
  test('exchanges the workers without a failed request', async () => {
    using site = new SiteFolder(SITE);
    await using command = await supervised(site, 2);
    await using clients = new SteadyClients(command.address, 16, '/', BODY);
    for (let i = 0; i < 5; i++) {
      const before = workersOf(command);
      command.child.kill('SIGHUP');
      await until('the workers before have ended', () => !before.some(isThere));
      expect(workersOf(command)).toHaveLength(2);
      await clients.untilAnswered(100);
    }
    await clients.stop();
    expect(clients.failures).toEqual([]);
  });
});

describe('SIGUSR2 under load', () => {
  test('hands the sockets to a new process without a failed request', async () => {
    using site = new SiteFolder(SITE);
    await using command = await supervised(site, 2);
    await using clients = new SteadyClients(command.address, 16, '/', BODY);
    await clients.untilAnswered(100);
    const { pid } = command;
    process.kill(pid, 'SIGUSR2');
    await until('the successor is named', () => /process \d+ goes on/.test(command.stderr));
    const successor = Number(/process (\d+) goes on/.exec(command.stderr)?.[1]);
    try {
      await until('the process before has ended', () => !command.isRunning);
      expect(command.child.exitCode).toBe(0);
      await clients.untilAnswered(100);
      await clients.stop();
      expect(clients.failures).toEqual([]);
    } finally {
      process.kill(successor, 'SIGTERM');
      await until('the successor has ended', () => !isThere(successor));
    }
  });
});

describe('a killed worker', () => {
  test('is replaced, and the next one serves the clients in its backlog', async () => {
    using site = new SiteFolder(SITE);
    await using command = await supervised(site, 1);
    const [worker] = workersOf(command) as [number];
    process.kill(worker, 'SIGSTOP');
    await using client = await RawClient.connect(command.address); // the kernel accepts for it
    await client.send(get('/'));
    process.kill(worker, 'SIGKILL');
    expect((await client.response()).body.toString()).toBe(BODY);
    expect(command.stderr).toMatch(
      new RegExp(`^epoll-reactor: worker ${worker} ended: SIGKILL; another one follows in 100 ms\n$`),
    );
    expect(workersOf(command)).toHaveLength(1);
  });

  test(
    'loses the connections it had accepted, and no others, under load',
    async () => {
      using site = new SiteFolder(SITE);
      await using command = await supervised(site, 2);
      await using clients = new SteadyClients(command.address, 16, '/', BODY, true);
      for (let i = 0; i < 3; i++) {
        await until('both serve', () => workersOf(command).length === 2);
        await clients.untilAnswered(100);
        const [worker] = workersOf(command) as [number];
        process.kill(worker, 'SIGSTOP'); // what it starts now is what it takes with it
        await until('it stands still', () => isStopped(worker));
        const own = new Set(connectionsOf(worker, command.address.port));
        clients.cut.length = 0;
        process.kill(worker, 'SIGKILL');
        await until('it has ended', () => !isThere(worker));
        await clients.untilAnswered(200);
        // The next worker serves the clients that were still in the backlog.
        expect(clients.cut.filter((port) => !own.has(port))).toEqual([]);
      }
      await clients.stop();
      expect(clients.failures).toEqual([]);
    },
    LONG_MS,
  );

  test(
    'is replaced after a delay that grows with each crash',
    async () => {
      using site = new SiteFolder(SITE);
      await using command = await supervised(site, 1);
      for (const [i, delay] of [100, 200, 400].entries()) {
        await until('there is a worker', () => workersOf(command).length === 1);
        expect((await ask(command.address, get('/'))).status).toBe(200);
        process.kill(workersOf(command)[0] as number, 'SIGKILL');
        await until('it is told', () => command.stderr.split('\n').length === i + 2);
        expect(command.stderr.split('\n')[i]).toMatch(new RegExp(`in ${delay} ms$`));
      }
    },
    LONG_MS,
  );
});

describe('SIGTERM with workers', () => {
  test('ends supervisor and workers with exit code 0', async () => {
    using site = new SiteFolder(SITE);
    await using command = await supervised(site, 2);
    const workers = workersOf(command);
    command.child.kill('SIGTERM');
    expect((await command.ended()).code).toBe(0);
    expect(workers.filter(isThere)).toEqual([]);
  });

  test('refuses new connections at once in all processes while a response is under way', async () => {
    using site = new SiteFolder({ large: Buffer.alloc(20_000_000) });
    using folder = new Folder();
    const path = `${folder.path}/site.sock`;
    const config = `${folder.path}/config.json`;
    const listen = ['127.0.0.1:0', `unix:${path}`];
    writeFileSync(config, JSON.stringify({ root: site.root, listen, workers: 2 }));
    await using command = new CommandProcess(['--config', config]);
    await until('it serves', () => command.stdout.includes('Ctrl-C'));
    await using client = await RawClient.connect(command.address);
    await client.send(get('/large'));
    await client.untilBytes(1);
    client.pause();
    command.child.kill('SIGTERM');
    const refused = async (target: Target): Promise<boolean> => {
      const other = await RawClient.connect(target).catch(() => undefined);
      await other?.close();
      return other === undefined;
    };
    for (let attempt = 0; !(await refused(command.address)); attempt++) {
      if (attempt === 100) throw new Error('connections are still taken');
      await watchFor(10);
    }
    for (let i = 0; i < 20; i++) expect(await refused(command.address)).toBe(true);
    expect(await refused({ path })).toBe(true);
    expect(existsSync(path)).toBe(false); // another process may make its own
    expect(command.isRunning).toBe(true);
    client.resume();
    expect((await client.response()).body.length).toBe(20_000_000);
    expect((await command.ended()).code).toBe(0);
  });

  test(
    'finishes four slow downloads, and resets no idle client',
    async () => {
      const large = Buffer.alloc(20 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz0123456789');
      using site = new SiteFolder({ ...SITE, large });
      await using command = await supervised(site, 2);
      const downloads = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const client = await RawClient.connect(command.address);
          await client.send(get('/large'));
          await client.untilBytes(1);
          client.pause();
          return client;
        }),
      );
      const idle = await Promise.all(Array.from({ length: 4 }, () => RawClient.connect(command.address)));
      for (const client of idle) {
        await client.send(get('/'));
        await client.response();
      }
      command.child.kill('SIGTERM');
      for (const client of idle) expect([await client.untilEnd(), client.error]).toEqual([Buffer.alloc(0), undefined]);
      expect(command.isRunning).toBe(true);
      for (const client of downloads) client.resume();
      for (const client of downloads) expect((await client.response()).body.equals(large)).toBe(true);
      expect((await command.ended()).code).toBe(0);
      await Promise.all([...downloads, ...idle].map((client) => client.close()));
    },
    LONG_MS,
  );
});

test('workers end when their supervisor is killed', async () => {
  using site = new SiteFolder(SITE);
  await using command = await supervised(site, 2);
  const workers = workersOf(command);
  command.child.kill('SIGKILL');
  await command.ended();
  await until('they have ended', () => !workers.some(isThere));
});

test('workers that are still starting end when their supervisor is killed', async () => {
  using starts = new DelayedStarts();
  using site = new SiteFolder(SITE);
  starts.set('worker-waits');
  await using command = new CommandProcess([site.root, '--workers', '2', '--port', '0'], starts);
  await until('there are workers', () => workersOf({ pid: command.child.pid as number }).length === 2);
  const workers = workersOf(command);
  command.child.kill('SIGKILL');
  await command.ended();
  starts.release('worker-waits');
  await until('they have ended', () => !workers.some(isThere));
});

test('a folder that cannot be served is an error of one line, once for all workers', async () => {
  using site = new SiteFolder(SITE);
  const { code, stdout, stderr } = await run([site.path('index.html'), '--workers', '2', '--port', '0']);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^epoll-reactor: .* is not a folder\n {2}give the folder that holds it\n$/);
});

test('a second supervisor cannot listen on the port of the first one, though SO_REUSEPORT would let it', async () => {
  using site = new SiteFolder(SITE);
  await using command = await supervised(site, 1);
  const { code, stderr } = await run([site.root, '--workers', '1', '--port', `${command.address.port}`]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/is taken by another program/);
});

testWhere(hasIpv6, 'this machine has no IPv6')(
  '0.0.0.0 and [::] with ipv6Only listen at one port, in either order',
  async () => {
    using site = new SiteFolder(SITE);
    const addresses = ['"0.0.0.0:PORT"', '{ address = "[::]:PORT", ipv6Only = true }'];
    for (const order of [addresses, addresses.toReversed()]) {
      const free = listeningSocket({ address: '0.0.0.0', port: 0 }, 1);
      const { port } = getsockname(free) as InternetAddress;
      native.close(free);
      const path = site.path('../er.toml');
      writeFileSync(path, `root = "root"\nworkers = 1\nlisten = [${order.join().replaceAll('PORT', `${port}`)}]\n`);
      await using command = new CommandProcess(['--config', path]);
      await until('it serves, or says why not', () => command.stdout.includes('Ctrl-C') || command.stderr !== '');
      expect(command.stderr).toBe('');
      for (const address of ['127.0.0.1', '::1']) {
        expect((await ask({ address, port }, get('/'))).body.toString()).toBe(BODY);
      }
    }
  },
  LONG_MS,
);
