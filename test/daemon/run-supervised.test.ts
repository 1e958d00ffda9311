/** Signals that meet: a change of workers, or of the whole program, that is half done when something else happens. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { close as closeSocket, getsockname, listeningSocket } from '../../src/linux/sockets.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { Folder, LOOPBACK } from '../support/sockets.js';
import { CommandProcess } from './command.js';
import { DelayedStarts } from './delayed-starts.js';
import { testWhere, works } from './programs.js';
import { SteadyClients } from './steady-clients.js';
import { isThere, until, workersOf } from './supervised.js';

const BODY = 'as ever';
const SITE = { 'index.html': BODY };
const LONG_MS = 30_000;

/** A configuration file that can be rewritten. */
class ConfigFile {
  readonly folder = new Folder();
  readonly path = join(this.folder.path, 'config.json');

  constructor(config: object) {
    this.write(config);
  }

  write(config: object): void {
    writeFileSync(this.path, JSON.stringify(config));
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

/** Reloads, and resolves when that is done. */
async function reload(command: CommandProcess): Promise<void> {
  const before = command.stderr.length;
  command.child.kill('SIGHUP');
  await until('the reload is done', () => command.stderr.slice(before).includes('serves with the configuration'));
}

describe('SIGTERM ends the command with 0, and no process or file is left,', () => {
  test('while the first workers start', async () => {
    using starts = new DelayedStarts();
    using site = new SiteFolder(SITE);
    using folder = new Folder();
    const path = join(folder.path, 'site.sock');
    starts.set('worker-waits');
    await using command = new CommandProcess([site.root, '--workers', '2', '--listen', `unix:${path}`], starts);
    await until('there are workers', () => workersOf({ pid: command.child.pid as number }).length === 2);
    const workers = workersOf(command);
    command.child.kill('SIGTERM');
    const { code, stdout, stderr } = await command.ended();
    expect([code, stdout, stderr]).toEqual([0, '', '']);
    expect(workers.filter(isThere)).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });

  test('during a reload', async () => {
    using starts = new DelayedStarts();
    using site = new SiteFolder(SITE);
    await using command = await CommandProcess.serve([site.root, '--workers', '1'], starts);
    starts.set('worker-waits');
    command.child.kill('SIGHUP');
    await until('a new worker starts', () => workersOf(command).length === 2);
    const workers = workersOf(command);
    command.child.kill('SIGTERM');
    const { code, stderr } = await command.ended();
    expect([code, stderr]).toEqual([0, '']);
    expect(workers.filter(isThere)).toEqual([]);
  });

  test('during an upgrade, and also ends the new process', async () => {
    using starts = new DelayedStarts();
    using site = new SiteFolder(SITE);
    await using command = await CommandProcess.serve([site.root, '--workers', '1'], starts);
    starts.set('command-waits');
    command.child.kill('SIGUSR2');
    await until('the successor starts', () => workersOf(command).length === 2);
    const children = workersOf(command);
    command.child.kill('SIGTERM');
    const { code, stderr } = await command.ended();
    expect([code, stderr]).toEqual([0, '']);
    await until('all have ended', () => !children.some(isThere));
  });

  test('with a worker that does not react', async () => {
    using site = new SiteFolder(SITE);
    await using command = await CommandProcess.serve([site.root, '--workers', '1', '--shutdown-grace-ms', '50']);
    const [worker] = workersOf(command) as [number];
    process.kill(worker, 'SIGSTOP');
    command.child.kill('SIGTERM');
    expect((await command.ended()).code).toBe(0);
    expect(isThere(worker)).toBe(false);
  });
});

describe('SIGHUP', () => {
  test('sent three times during a reload is one more reload', async () => {
    using starts = new DelayedStarts();
    using site = new SiteFolder(SITE);
    await using command = await CommandProcess.serve([site.root, '--workers', '1'], starts);
    const reloads = (): number => command.stderr.split('serves with the configuration').length - 1;
    starts.set('worker-waits');
    command.child.kill('SIGHUP');
    await until('a new worker starts', () => workersOf(command).length === 2);
    for (let i = 0; i < 3; i++) {
      command.child.kill('SIGHUP');
      expect((await ask(command.address, get('/'))).status).toBe(200);
    }
    starts.release('worker-waits');
    await until('both are done', () => reloads() === 2);
    await reload(command); // after any that would be left
    expect(reloads()).toBe(3);
  });

  test(
    'with fewer and with more workers loses no connection in the backlog of a slot that goes',
    async () => {
      using site = new SiteFolder(SITE);
      const shape = { root: site.root, shutdownGraceMs: 50 };
      using config = new ConfigFile({ ...shape, workers: 3 });
      await using command = await CommandProcess.serve(['--config', config.path]);
      for (const workers of [1, 4]) {
        const before = workersOf(command);
        for (const pid of before) process.kill(pid, 'SIGSTOP');
        // The kernel deals them out to the sockets of all slots, and accepts for them.
        const clients = await Promise.all(Array.from({ length: 24 }, () => RawClient.connect(command.address)));
        for (const client of clients) await client.send(get('/'));
        config.write({ ...shape, workers });
        command.child.kill('SIGHUP');
        for (const client of clients) expect((await client.response()).body.toString()).toBe(BODY);
        await Promise.all(clients.map((client) => client.close()));
        await until('the workers before have ended', () => !before.some(isThere));
        expect(workersOf(command)).toHaveLength(workers);
      }
    },
    LONG_MS,
  );

  test('with a configuration that cannot be put in force changes nothing', async () => {
    using site = new SiteFolder(SITE);
    using config = new ConfigFile({ root: site.root, workers: 1 });
    const taken = listeningSocket(LOOPBACK, 1);
    const { port } = getsockname(taken) as InternetAddress;
    await using command = await CommandProcess.serve(['--config', config.path]);
    const workers = workersOf(command);
    const mistakes: [object, RegExp][] = [
      [{ root: site.path('none') }, /there is no folder .*none/],
      [{ roots: site.root }, /roots/],
      [{ workers: 0 }, /workers: 0 needs a restart/],
      [{ admin: `127.0.0.1:${port}` }, /127\.0\.0\.1:\d+ is taken by another program/],
      [{ accessLog: site.path('none/access.log') }, /the folder of .*access\.log does not exist/],
    ];
    for (const [mistake, line] of mistakes) {
      const before = command.stderr.length;
      config.write({ root: site.root, workers: 1, ...mistake });
      command.child.kill('SIGHUP');
      await until('it is told', () => command.stderr.endsWith('\n') && command.stderr.length > before);
      expect(command.stderr.slice(before)).toMatch(
        /^epoll-reactor: the configuration before stays in force: [^\n]*\n$/,
      );
      expect(command.stderr.slice(before)).toMatch(line);
      expect((await ask(command.address, get('/'))).body.toString()).toBe(BODY);
    }
    expect(workersOf(command)).toEqual(workers);
    closeSocket(taken);
  });

  test('with workers that do not start changes nothing', async () => {
    using starts = new DelayedStarts();
    using site = new SiteFolder(SITE);
    await using command = await CommandProcess.serve([site.root, '--workers', '2'], starts);
    const workers = workersOf(command);
    starts.set('worker-fails');
    command.child.kill('SIGHUP');
    await until('it is told', () => /the configuration before stays in force/.test(command.stderr));
    await until('those have ended', () => workersOf(command).length === 2);
    expect(workersOf(command)).toEqual(workers);
    expect((await ask(command.address, get('/'))).body.toString()).toBe(BODY);
  });
});

describe('SIGUSR2', () => {
  test(
    'with a program that does not start changes nothing, and the next SIGUSR2 upgrades',
    async () => {
      using starts = new DelayedStarts();
      using site = new SiteFolder(SITE);
      using folder = new Folder();
      const path = join(folder.path, 'site.sock');
      const admin = join(folder.path, 'admin.sock');
      const args = [site.root, '--workers', '1', '--listen', `unix:${path}`, '--admin', `unix:${admin}`];
      await using command = new CommandProcess(args, starts);
      await until('it serves', () => command.stdout.includes('Ctrl-C'));
      for (const hold of ['command-fails', 'worker-fails'] as const) {
        const before = command.stderr.length;
        starts.set(hold);
        command.child.kill('SIGUSR2');
        await until('it is told', () => /could not take over/.test(command.stderr.slice(before)));
        expect(command.stderr).toMatch(/could not take over, and this one goes on: it ended: exit code 1\n$/);
        starts.release(hold);
        expect((await ask({ path }, get('/'))).body.toString()).toBe(BODY);
        expect((await ask({ path: admin }, get('/readyz'))).status).toBe(200);
      }
      // Both addresses answer all the time, and their files are there when the process before has ended.
      await using clients = new SteadyClients({ path }, 4, '/', BODY);
      await using watchers = new SteadyClients({ path: admin }, 2, '/healthz', 'ok\n');
      await Promise.all([clients.untilAnswered(20), watchers.untilAnswered(20)]);
      command.child.kill('SIGUSR2');
      await until('the process before has ended', () => !command.isRunning);
      expect(command.child.exitCode).toBe(0);
      const successor = Number(/process (\d+) goes on/.exec(command.stderr)?.[1]);
      try {
        await Promise.all([clients.untilAnswered(20), watchers.untilAnswered(20)]);
        await Promise.all([clients.stop(), watchers.stop()]);
        expect([...clients.failures, ...watchers.failures]).toEqual([]);
      } finally {
        process.kill(successor, 'SIGTERM');
        await until('the successor has ended', () => !isThere(successor));
      }
      expect([existsSync(path), existsSync(admin)]).toEqual([false, false]);
    },
    LONG_MS,
  );
});

test('workers ignore SIGHUP, SIGINT, SIGUSR1 and SIGUSR2', async () => {
  using site = new SiteFolder(SITE);
  await using command = await CommandProcess.serve([site.root, '--workers', '1']);
  const workers = workersOf(command);
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) {
    for (const worker of workers) process.kill(worker, signal);
    expect((await ask(command.address, get('/'))).body.toString()).toBe(BODY);
  }
  expect([workersOf(command), command.stderr]).toEqual([workers, '']);
});

test('the command goes on if no process reads its stdout and stderr', async () => {
  using site = new SiteFolder(SITE);
  await using command = await CommandProcess.serve([site.root, '--workers', '1', '--access-log', 'stdout']);
  const { address } = command;
  command.child.stdout?.destroy();
  command.child.stderr?.destroy();
  for (let i = 0; i < 3; i++) expect((await ask(address, get('/'))).status).toBe(200);
  await reloadUnheard(command);
  expect((await ask(address, get('/'))).status).toBe(200);
  expect(command.isRunning).toBe(true);
});

/** Resolves when the workers are others. */
async function reloadUnheard(command: CommandProcess): Promise<void> {
  const before = workersOf(command);
  command.child.kill('SIGHUP');
  await until('the workers are others', () => !before.some(isThere));
}

testWhere(works('unshare', '-pf', '--mount-proc', 'true'), 'only root can begin a namespace of processes').each([0, 1])(
  'process 1 of a container with %d workers ends with 0 on SIGTERM',
  async (workers) => {
    using site = new SiteFolder(SITE);
    const under = ['unshare', '-pf', '--mount-proc', '--kill-child'];
    await using command = await CommandProcess.serve([site.root, '--workers', `${workers}`], { under });
    const { pid } = command;
    if (workers > 0) {
      process.kill(pid, 'SIGUSR2');
      await until('it is refused', () => /SIGUSR2: process 1 of a container cannot be replaced/.test(command.stderr));
    }
    expect((await ask(command.address, get('/'))).body.toString()).toBe(BODY);
    process.kill(pid, 'SIGTERM');
    expect((await command.ended()).code).toBe(0);
  },
);
