/** The command shows a server at work: two processes, which begin and end together. */
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { openListeningSocket } from '../../src/net/listening-socket.js';
import type { XrayRecord } from '../../src/xray/records.js';
import { ask, get } from '../client/raw-client.js';
import { freePort } from '../docs/page-commands.js';
import { SiteFolder } from '../files/site-folder.js';
import { descendantsOf, isRunning } from '../support/process-info.js';
import { Folder } from '../support/sockets.js';
import { EventPage } from '../xray/server/test-xray.js';
import { CLI, CommandProcess, run, type StartOptions } from './command.js';
import { testWhere } from './programs.js';
import { SteadyClients } from './steady-clients.js';
import { until } from './supervised.js';
import { hasTerminals, ON_A_TERMINAL } from './terminal.js';

jest.setTimeout(30_000); // each starts several processes

interface Session {
  readonly session: string;
  readonly port: number;
  readonly header: { readonly model: string };
}

/** The command with an X-ray, once it has printed the address of the page. */
class XrayCommand {
  readonly command: CommandProcess;

  private constructor(command: CommandProcess) {
    this.command = command;
  }

  static async start(args: readonly string[], options?: StartOptions): Promise<XrayCommand> {
    const xray = new XrayCommand(new CommandProcess(args, options));
    const { command } = xray;
    while (!/token=\S+\s/.test(command.stdout)) {
      if (!command.isRunning) throw new Error(`the command has ended: ${command.stderr}`);
      await Promise.race([once(command.child.stdout as NodeJS.EventEmitter, 'data'), command.ended()]);
    }
    return xray;
  }

  get url(): URL {
    return new URL(/http:\/\/\S+\?token=\S+/.exec(this.command.stdout)?.[0] ?? '');
  }

  async ask<T>(path: string, body?: unknown): Promise<T> {
    const headers = { 'X-Xray-Token': this.url.searchParams.get('token') ?? '' };
    const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(new URL(path, this.url), init);
    return (await response.json()) as T;
  }

  /** The processes that the command has started. */
  get observed(): readonly number[] {
    return descendantsOf(this.command.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command[Symbol.asyncDispose]();
  }
}

function isRecord(record: unknown): record is XrayRecord {
  return typeof record === 'object' && record !== null && !('xray' in record);
}

const at = (port: number): { address: string; port: number } => ({ address: '127.0.0.1', port });

describe('epoll-reactor xray', () => {
  test('prints one line with the address of the page, and shows the model epoll, which serves the sample site', async () => {
    await using xray = await XrayCommand.start(['xray']);
    const { command, url } = xray;
    expect(command.stdout).toBe(`epoll-reactor shows epoll at ${url.href} (stop with Ctrl-C)\n`);
    expect(url.hostname).toBe('127.0.0.1');
    const page = await fetch(url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    const [main] = await xray.ask<Session[]>('/sessions');
    expect(main?.header.model).toBe('epoll');
    const answer = await ask(at(main?.port ?? 0), get('/ping.txt'));
    expect(answer.body.toString()).toBe('pong\n');
    const models = await xray.ask<{ name: string }[]>('/models');
    expect(models.map(({ name }) => name)).toEqual(expect.arrayContaining(['blocking', 'epoll-workers']));

    const second = await xray.ask<Session>('/sessions', { model: 'epoll-edge' });
    expect(second.header.model).toBe('epoll-edge');
    expect((await ask(at(second.port), get('/ping.txt'))).status).toBe(200);
    const observed = xray.observed;
    expect(observed).toHaveLength(2);
    command.child.kill('SIGINT');
    expect(await command.ended()).toMatchObject({ code: 0, stderr: '' });
    await until('both servers have ended', () => !observed.some(isRunning));
  });

  test('shows the real server on a folder: at most 200 and 40 whole turns a second, and the number of the others', async () => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    const port = await freePort();
    await using xray = await XrayCommand.start(['xray', site.root, '--port', `${port}`, '--no-open']);
    const { url } = xray;
    expect(url.port).toBe(`${port}`);
    const [main] = await xray.ask<Session[]>('/sessions');
    expect(main?.header.model).toBe('server');
    const page = await EventPage.open(`${url.origin}/events?session=1&token=${url.searchParams.get('token')}`);
    const since = performance.now();
    await using clients = new SteadyClients(at(main?.port ?? 0), 1, '/', 'mine');
    await clients.untilAnswered(600);
    await page.until(() => page.records.some((record) => isRecord(record) && 'skipped' in record));
    await clients.stop();
    const seconds = (performance.now() - since) / 1000;
    const records = page.records.filter(isRecord);
    const turns = new Set(records.flatMap((record) => ('events' in record ? [record.turn] : [])));
    expect(turns.size).toBeGreaterThan(20);
    expect(turns.size).toBeLessThanOrEqual(200 + 40 * seconds + 1);
    // On a busy machine the X-ray may read too slowly, and lose some. Otherwise each turn is whole: what was read is answered.
    for (const turn of records.some((record) => 'dropped' in record) ? [] : turns) {
      const calls = records.flatMap((record) => ('call' in record && record.turn === turn ? [record] : []));
      const count = (name: string): number => calls.filter(({ call, ret }) => call === name && ret > 0).length;
      expect([turn, count('send')]).toEqual([turn, count('recv')]);
    }
    xray.command.child.kill('SIGTERM');
    expect(await xray.command.ended()).toMatchObject({ code: 0, stderr: '' });
  });

  test('ends the server, too, if the command is killed', async () => {
    await using xray = await XrayCommand.start(['xray', 'blocking']);
    const observed = xray.observed;
    expect(observed).toHaveLength(1);
    xray.command.child.kill('SIGKILL');
    await xray.command.ended();
    await until('the server has ended', () => !observed.some(isRunning));
  });

  test('leaves no server that was still starting when the command was killed', async () => {
    using folder = new Folder();
    const observer = CLI.replace('cli.cjs', 'xray-observer.cjs');
    const env = { NODE_OPTIONS: `--require ${observer}`, EPOLL_REACTOR_XRAY: join(folder.path, 'observer') };
    const command = new CommandProcess(['model', 'epoll', '--port', '0'], { env });
    await command.ended();
    expect(command.child.signalCode).toBe('SIGTERM');
    const fd = openListeningSocket({ path: join(folder.path, 'observer') });
    native.close(fd); // the file stays, and no process listens there
    const second = new CommandProcess(['model', 'epoll', '--port', '0'], { env });
    await second.ended();
    expect(second.child.signalCode).toBe('SIGTERM');
  });

  testWhere(hasTerminals, 'there is no Python to open a terminal')(
    'opens a browser on a terminal, unless --no-open is given',
    async () => {
      using folder = new Folder();
      const bin = join(folder.path, 'bin');
      mkdirSync(bin);
      writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\necho "$1" > ${bin}/new && mv ${bin}/new ${bin}/opened\n`);
      chmodSync(join(bin, 'xdg-open'), 0o755);
      const options = { under: ON_A_TERMINAL, env: { PATH: `${bin}:${process.env['PATH']}` } };
      const opened = join(bin, 'opened');
      {
        await using xray = await XrayCommand.start(['xray', '--no-open'], options);
        process.kill(xray.command.pid, 'SIGTERM');
        await xray.command.ended();
        expect(existsSync(opened)).toBe(false);
      }
      await using xray = await XrayCommand.start(['xray'], options);
      await until('it is opened', () => existsSync(opened));
      const url = readFileSync(opened, 'utf8').trim();
      expect(url).not.toContain(xray.url.searchParams.get('token'));
      expect((await fetch(url, { redirect: 'manual' })).headers.get('location')).toBe(xray.url.href);
      process.kill(xray.command.pid, 'SIGHUP');
      expect((await xray.command.ended()).code).toBe(0);
    },
  );

  test('shows a recording, and starts no program', async () => {
    const path = resolve('test/xray/fixtures/epoll.jsonl');
    await using xray = await XrayCommand.start(['xray', path]);
    expect(xray.command.stdout).toBe(`epoll-reactor shows ${path} at ${xray.url.href} (stop with Ctrl-C)\n`);
    expect(await xray.ask('/recording')).toEqual({ name: 'epoll.jsonl', text: readFileSync(path, 'utf8') });
    expect(await xray.ask('/sessions')).toEqual([]);
    expect(await xray.ask('/models')).toEqual([]);
    expect(xray.observed).toEqual([]);
  });

  test('says in which line a recording is broken, and that a file is too long', async () => {
    using folder = new Folder();
    const broken = join(folder.path, 'broken.jsonl');
    writeFileSync(broken, `${readFileSync('test/xray/fixtures/epoll.jsonl', 'utf8').split('\n', 2).join('\n')}\nnone`);
    const long = join(folder.path, 'long.jsonl');
    writeFileSync(long, '');
    truncateSync(long, 64 * 1024 * 1024 + 1);
    const [one, other] = await Promise.all([run(['xray', broken]), run(['xray', long])]);
    const hint = 'give a file that the X-ray has saved';
    expect(one).toEqual({ code: 1, stdout: '', stderr: `epoll-reactor: ${broken}: line 3: not JSON\n  ${hint}\n` });
    expect(other).toEqual({ code: 1, stdout: '', stderr: `epoll-reactor: ${long}: longer than 64 MiB\n  ${hint}\n` });
  });

  test.each([
    ['epol', /there is no model epol, and no folder or recording of that name/, /did you mean the model epoll\?/],
    ['/no/such/folder', /there is no model \/no\/such\/folder, and no folder/, /the models are blocking, threads/],
  ])('says that there is no model or folder %s, with a hint', async (shown, what, hint) => {
    const { code, stdout, stderr } = await run(['xray', shown]);
    expect([code, stdout, stderr.split('\n').length]).toEqual([1, '', 3]);
    expect(stderr).toMatch(what);
    expect(stderr).toMatch(hint);
  });

  test('says that the folder for temporary files is missing', async () => {
    const { code, stdout, stderr } = await run(['xray'], { env: { TMPDIR: '/no/such/folder' } });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^epoll-reactor: ENOENT: .* mkdtemp '\/no\/such\/folder.*\n {2}set TMPDIR to a folder in which/,
    );
  });

  test('says that the port of the page is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stdout, stderr } = await run(['xray', '--port', `${port}`]);
    taken.close();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      new RegExp(`^epoll-reactor: 127\\.0\\.0\\.1:${port} is taken by another program\n {2}choose`),
    );
  });
});

describe('--xray beside a server', () => {
  test.each(['0', '2'])('with %s workers passes on its output, its signals and its end', async (workers) => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    const log = site.path('../access.log');
    const args = [site.root, '--port', '0', '--workers', workers, '--access-log', log, '--xray'];
    await using xray = await XrayCommand.start(args);
    const { command } = xray;
    await until('the server has said where it serves', () => command.stdout.includes('stop with  Ctrl-C\n'));
    expect(command.stdout.match(/epoll-reactor serves {2}/g)).toHaveLength(1);
    expect(command.stdout.match(/token=/g)).toHaveLength(1);
    const [, port] = /at {2}http:\/\/127\.0\.0\.1:(\d+)\//.exec(command.stdout) ?? [];
    const [main] = await xray.ask<Session[]>('/sessions');
    expect([main?.port, main?.header.model]).toEqual([Number(port), 'server']);
    expect((await ask(at(Number(port)), get('/'))).body.toString()).toBe('mine');
    await until('it is logged', () => readFileSync(log, 'utf8').includes('"GET / HTTP/1.1" 200'));

    const observed = xray.observed;
    expect(observed).toHaveLength(1 + Number(workers));
    command.child.kill('SIGUSR2');
    await until('it is refused', () => command.stderr.includes('SIGUSR2'));
    command.child.kill('SIGTERM');
    expect((await command.ended()).code).toBe(0);
    await until('all have ended', () => !observed.some(isRunning));
  });

  test('finds the port of the site beside an admin listener, which a supervisor opens first', async () => {
    const args = ['--port', '0', '--workers', '1', '--admin', `127.0.0.1:${await freePort()}`, '--xray'];
    await using xray = await XrayCommand.start(args);
    const { command } = xray;
    await until('the server has said where it serves', () => command.stdout.includes('stop with  Ctrl-C\n'));
    const [, port] = /at {2}http:\/\/127\.0\.0\.1:(\d+)\//.exec(command.stdout) ?? [];
    const [main] = await xray.ask<Session[]>('/sessions');
    expect(main?.port).toBe(Number(port));
  });

  test('shows a server of Unix sockets, whose configuration comes from standard input', async () => {
    using folder = new Folder();
    const socket = join(folder.path, 'site');
    const config = join(folder.path, 'config');
    writeFileSync(config, `listen = "unix:${socket}"\n`);
    const under = ['sh', '-c', 'exec "$@" < "$0"', config];
    await using xray = await XrayCommand.start(['--config', '/dev/stdin', '--xray'], { under });
    const [main] = await xray.ask<Session[]>('/sessions');
    expect(main?.port).toBe(0);
    expect((await ask({ path: socket }, get('/ping.txt'))).body.toString()).toBe('pong\n');
  });

  test('ends as the server does', async () => {
    await using xray = await XrayCommand.start(['--port', '0', '--xray']);
    const [server] = xray.observed;
    process.kill(server ?? 0, 'SIGKILL');
    expect((await xray.command.ended()).code).toBe(128 + 9);
  });

  test('says what is wrong with the options of the server, once', async () => {
    const { code, stdout, stderr } = await run(['--port', '65536', '--xray']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^epoll-reactor: --port: expected .*\n {2}.*\n$/);
  });

  test('is refused in a service of systemd', async () => {
    for (const variable of ['NOTIFY_SOCKET', 'LISTEN_FDS']) {
      const { code, stdout, stderr } = await run(['--xray'], { env: { [variable]: '1' } });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^epoll-reactor: --xray cannot run as a systemd service\n {2}start it in a terminal\n$/);
    }
  });
});
