/** The output for a person at a terminal. Nothing of it is printed elsewhere. */
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ask, get, RawClient } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { Folder } from '../support/sockets.js';
import { CommandProcess } from './command.js';
import { testWhere } from './programs.js';
import { until } from './supervised.js';
import { hasTerminals, ON_A_TERMINAL } from './terminal.js';

const onTerminal = testWhere(hasTerminals, 'there is no Python to open a terminal');
const under = ON_A_TERMINAL;
const WORKERS = ['0', '2'];
const LINE = /^\d\d:\d\d:\d\d {2}(\d{3}) +[\d.]+ ms {2}(.*)$/;

/** The file of a socket is there before the socket listens: then the kernel marks it __SO_ACCEPTCON (proc_net(5)). */
function listens(path: string): boolean {
  return new RegExp(` 00010000 0001 01 +\\d+ ${path}$`, 'm').test(readFileSync('/proc/net/unix', 'utf8'));
}

/** Requests as the terminal shows them: status and target. */
function shown({ stdout }: CommandProcess): string[] {
  return stdout.split('\n').flatMap((line) => {
    const [, status, target] = LINE.exec(line) ?? [];
    return status === undefined ? [] : [`${status} ${target}`];
  });
}

/** The start-up message, a row each, without blanks at the start. A terminal also shows what the system has Node print. */
function message({ stdout }: CommandProcess): string[] {
  const rows = stdout.split('\n').map((line) => line.trimStart());
  const start = rows.findIndex((row) => row.startsWith('epoll-reactor serves'));
  return rows.slice(start, rows.indexOf('stop with  Ctrl-C') + 1);
}

async function stop(command: CommandProcess): Promise<void> {
  process.kill(command.pid, 'SIGTERM');
  expect((await command.ended()).code).toBe(0);
}

describe.each(WORKERS)('on a terminal, with %s workers,', (workers) => {
  onTerminal('each request has a line', async () => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    await using command = await CommandProcess.serve([site.root, '--workers', workers], { under });
    await ask(command.address, get('/'));
    await until('the first is shown', () => shown(command).length === 1); // another worker may write its own line sooner
    await ask(command.address, get('/missing?q=1'));
    await until('both are shown', () => shown(command).length === 2);
    expect(shown(command)).toEqual(['200 GET /', '404 GET /missing?q=1']);
    await stop(command);
    expect(command.stdout).not.toContain('waiting');
  });

  onTerminal('a slow stop says for how many responses it waits, and a second Ctrl-C ends at once', async () => {
    using site = new SiteFolder({ big: '' });
    truncateSync(site.path('big'), 64 * 1024 * 1024);
    await using command = await CommandProcess.serve([site.root, '--workers', workers], { under });
    const client = await RawClient.connect(command.address);
    client.socket.pause();
    await client.send(get('/big'));
    await until('it is being sent', () => shown(command).length === 1);
    process.kill(command.pid, 'SIGINT');
    await until('it says so', () => command.stdout.includes('waiting'));
    expect(command.stdout).toContain('\nwaiting for 1 response, Ctrl-C again ends at once\n');
    expect(command.isRunning).toBe(true);
    process.kill(command.pid, 'SIGINT');
    expect((await command.ended()).code).toBe(0);
    client.socket.destroy();
  });

  onTerminal('a log of the requests takes the place of the lines', async () => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    using folder = new Folder();
    const path = join(folder.path, 'access.log');
    const args = [site.root, '--workers', workers, '--access-log', path];
    await using command = await CommandProcess.serve(args, { under });
    await ask(command.address, get('/'));
    await stop(command);
    expect(readFileSync(path, 'utf8')).toMatch(/"GET \/ HTTP\/1\.1" 200 4 /);
    expect(shown(command)).toEqual([]);
  });

  onTerminal('--quiet prints nothing', async () => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    const listen = `unix:${site.parent}/s.sock`;
    const args = [site.root, '-q', '--workers', workers, '--listen', listen];
    await using command = new CommandProcess(args, { under });
    const target = { path: `${site.parent}/s.sock` };
    await until('it listens', () => listens(target.path));
    expect((await ask(target, get('/'))).status).toBe(200);
    await stop(command);
    expect([command.stdout, command.stderr]).toEqual(['', '']);
  });
});

describe('the start-up message on a terminal', () => {
  onTerminal('has the number of workers, and the sandbox in short', async () => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    await using command = await CommandProcess.serve([site.root, '--workers', '2'], { under });
    const [serves, at, having, end, ...more] = message(command);
    expect([serves, at]).toEqual([`epoll-reactor serves  ${site.root}`, `at  ${command.url}`]);
    expect(having).toMatch(/^with {2}2 workers, a sandbox(?: without .+)?$/);
    expect([end, ...more]).toEqual(['stop with  Ctrl-C']);
  });

  onTerminal('has the sandbox in full with --verbose, and says that there is none', async () => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    await using full = await CommandProcess.serve([site.root, '--workers', '1', '--verbose'], { under });
    expect(message(full)[2]).toMatch(/^with {2}1 worker, user \S+, .*seccomp/);
    await using none = await CommandProcess.serve([site.root, '--sandbox', 'off'], { under });
    expect(message(none)[2]).toBe('with  no sandbox');
  });

  onTerminal.each([...WORKERS])(
    'has the addresses of the network with %s workers that listen on all',
    async (workers) => {
      using site = new SiteFolder({ 'index.html': 'mine' });
      const args = [site.root, '-H', '0.0.0.0', '--workers', workers];
      await using command = await CommandProcess.serve(args, { under });
      const { port } = command.address;
      const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
      const ofNetwork = others.filter(({ family, internal }) => family === 'IPv4' && !internal);
      expect(message(command).filter((row) => row.includes('http:'))).toEqual([
        `at  http://127.0.0.1:${port}/`,
        ...ofNetwork.map(({ address }) => `on the network  http://${address}:${port}/`),
      ]);
    },
  );

  const HINT = 'hint  there is no index.html: --listing lists the files';
  onTerminal.each<[args: readonly string[], rows: readonly string[]]>([
    [[], [HINT]],
    [['--cors'], [HINT]],
    [['--index', 'a.txt'], []],
    [['--listing'], []],
    [['--fallback', 'a.txt'], []],
  ])('says how to list a folder without an index, with the options %j', async (args, rows) => {
    using site = new SiteFolder({ 'a.txt': 'a' });
    await using command = await CommandProcess.serve([site.root, ...args], { under });
    expect(message(command).filter((row) => row.startsWith('hint'))).toEqual(rows);
  });
});

describe('if stdout is not a terminal', () => {
  test.each(WORKERS)('the message is in full, and no request is shown, with %s workers', async (workers) => {
    using site = new SiteFolder({ 'a.txt': 'a' });
    await using command = await CommandProcess.serve([site.root, '-H', '0.0.0.0', '--workers', workers]);
    const [serves, at, having, ...more] = message(command);
    const { port } = command.address;
    expect([serves, at]).toEqual([`epoll-reactor serves  ${site.root}`, `at  http://0.0.0.0:${port}/`]);
    expect(having).toMatch(/^with {2}user \S+/);
    expect(more).toEqual(['stop with  Ctrl-C']);
    const before = command.stdout;
    await ask({ address: '127.0.0.1', port }, get('/a.txt'));
    await stop(command);
    expect([command.stdout, command.stderr]).toEqual([before, '']);
  });

  test('a slow stop prints nothing', async () => {
    using site = new SiteFolder({ big: '' });
    truncateSync(site.path('big'), 64 * 1024 * 1024);
    await using command = await CommandProcess.serve([site.root, '--shutdown-grace-ms', '1200']);
    const before = command.stdout;
    const client = await RawClient.connect(command.address);
    await client.send(get('/big'));
    await until('it is being sent', () => client.received.length > 0);
    client.socket.pause();
    await stop(command);
    expect([command.stdout, command.stderr]).toEqual([before, '']);
    client.socket.destroy();
  });
});

describe('--open', () => {
  /** Programs for a PATH: a shell, and what stands in for the desktop. */
  function desktop(folder: Folder, script?: string): string {
    const path = join(folder.path, 'bin');
    mkdirSync(path);
    for (const name of ['sh', 'setsid']) symlinkSync(`/usr/bin/${name}`, join(path, name));
    if (script !== undefined) {
      writeFileSync(join(path, 'xdg-open'), `#!/bin/sh\n${script}\n`);
      chmodSync(join(path, 'xdg-open'), 0o755);
    }
    return path;
  }

  test.each(WORKERS)('opens the address in the browser with %s workers, which outlives the server', async (workers) => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    using folder = new Folder();
    const opened = join(folder.path, 'opened');
    const PATH = desktop(
      folder,
      `echo "$$ $1" > ${opened}.new && /bin/mv ${opened}.new ${opened} && exec /bin/sleep 60`,
    );
    const args = [site.root, '-o', '-H', '0.0.0.0', '--workers', workers];
    await using command = await CommandProcess.serve(args, { env: { PATH } });
    await until('it is opened', () => existsSync(opened));
    const [pid, url] = readFileSync(opened, 'utf8').trim().split(' ');
    expect(url).toBe(`http://127.0.0.1:${command.address.port}/`);
    await stop(command);
    process.kill(Number(pid), 'SIGTERM'); // it would fail if the browser had ended
  });

  test('says which address to open if there is no desktop', async () => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    using folder = new Folder();
    await using command = await CommandProcess.serve([site.root, '--open'], { env: { PATH: desktop(folder) } });
    expect(command.stderr).toBe(`epoll-reactor: --open: there is no xdg-open; open ${command.url} yourself\n`);
  });
});
