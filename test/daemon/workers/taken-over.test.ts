/**
 * The powers of an attacker's code in a worker: docs/security.md has a line for each test. The code runs in a real worker,
 * inside its sandbox. The tests check the effects on its supervisor, the other workers and their clients. Those that mostly wait run at
 * once; those that measure the supervisor run alone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AF_UNIX, bind, SOCK_NONBLOCK, socket } from '../../../src/linux/sockets.js';
import { constants, native } from '../../../src/native/addon.js';
import { ask, get, RawClient, type Target } from '../../client/raw-client.js';
import { SiteFolder } from '../../files/site-folder.js';
import { anonymousKilobytes, cpuTicks, watchFor } from '../../support/process-info.js';
import { Folder } from '../../support/sockets.js';
import { CommandProcess } from '../command.js';
import { testWhere } from '../programs.js';
import { parseMetrics } from '../prometheus-text.js';
import { CAN_CONFINE, WHY_NOT } from '../sandbox/confined-process.js';
import { isThere, until, workersOf } from '../supervised.js';

const FIXTURE = fileURLToPath(new URL('../../fixtures/taken-over-worker.mjs', import.meta.url));
const ADDON = fileURLToPath(new URL('../../../dist/addon.cjs', import.meta.url));

/** A command of which one worker is taken over. */
class TakenOver {
  readonly site = new SiteFolder({ 'index.html': 'as ever' });
  readonly folder = new Folder();
  readonly admin: Target = { path: `${this.folder.path}/admin.sock` };
  readonly socket = join(this.folder.path, 'site.sock');
  readonly errorLog = join(this.folder.path, 'error.log');
  readonly #code = this.site.path('code');
  command!: CommandProcess;

  /** @param isUnix  it listens on a Unix socket */
  static async start(
    args: readonly string[] = ['--workers', '1'],
    isUnix = false,
    env: NodeJS.ProcessEnv = {},
  ): Promise<TakenOver> {
    const taken = new TakenOver();
    const { folder, site } = taken;
    writeFileSync(taken.#code, '');
    const logs = ['--error-log', taken.errorLog, '--access-log', join(folder.path, 'access.log')];
    const admin = ['--admin', `unix:${folder.path}/admin.sock`];
    const listen = isUnix ? ['--listen', `unix:${taken.socket}`] : ['--port', '0'];
    const command = new CommandProcess([site.root, ...args, ...listen, ...logs, ...admin], {
      env: { ...env, NODE_OPTIONS: `--import=${FIXTURE}`, TAKEN_OVER_BY: taken.#code, ADDON },
    });
    taken.command = command;
    await until(`it serves: ${command.stderr}`, () => command.stdout.includes('Ctrl-C') || !command.isRunning);
    return taken;
  }

  get worker(): number {
    return workersOf(this.command)[0] as number;
  }

  get log(): string {
    return readFileSync(this.errorLog, 'utf8');
  }

  /** Runs code in a worker. */
  run(code: string, worker = this.worker): void {
    writeFileSync(this.#code, `// for ${worker}\n${code}`);
  }

  /** The text that the code has printed, which is a line of the error log. */
  async printed(pattern: RegExp): Promise<string> {
    await until(`the log has ${pattern}: ${this.log}`, () => pattern.test(this.log));
    return pattern.exec(this.log)?.[1] ?? '';
  }

  /** Resolves when the worker was replaced, and all serve. */
  async untilReplaced(worker: number): Promise<void> {
    await until('the worker has ended', () => !isThere(worker));
    await this.untilReady();
  }

  async untilReady(): Promise<void> {
    for (let status = 0; status !== 200; ) status = await this.ready();
  }

  async ready(): Promise<number> {
    return (await ask(this.admin, get('/readyz'))).status;
  }

  async body(): Promise<string> {
    return (await ask(this.command.address, get('/'))).body.toString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command[Symbol.asyncDispose]();
    this.site[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}

/** systemd's: a worker may be silent for a second, and not for 30, and its sockets are looked at twice a second, not every 5 s. */
class Watchdog {
  readonly #folder = new Folder();
  readonly #fd = socket(AF_UNIX, constants.SOCK_DGRAM | SOCK_NONBLOCK);
  readonly env = { NOTIFY_SOCKET: join(this.#folder.path, 'notify'), WATCHDOG_USEC: '2000000' };

  constructor() {
    bind(this.#fd, { path: this.env.NOTIFY_SOCKET });
  }

  [Symbol.dispose](): void {
    native.close(this.#fd);
    this.#folder[Symbol.dispose]();
  }
}

describe('a worker that sends a message of the wrong form', () => {
  const MESSAGES: [what: string, code: string][] = [
    ['a message of the IPC channel of Node', `say('{"cmd":"NODE_HANDLE_ACK"}\\n')`],
    ['bytes that are no JSON', `say(Buffer.alloc(64, 255).toString('latin1') + '\\n')`],
    ['a message of a type that there is not', `say('{"type":"become-root"}\\n')`],
    ['that it cannot serve, after it was ready', `say('{"type":"failed","message":"no"}\\n')`],
    ['that it is ready, a second time', `say('{"type":"ready","sandbox":"all"}\\n')`],
    ['a sandbox in two lines', `say('{"type":"ready","sandbox":"a\\\\nb"}\\n')`],
    ['a metric that there is not', `say('{"type":"report","metrics":{"workers":[{"labels":{},"value":7}]}}\\n')`],
    [
      'a metric that would end its line',
      `say('{"type":"report","metrics":{"connections 1\\\\nx":[{"labels":{},"value":7}]}}\\n')`,
    ],
    ['a metric that is no number', `say('{"type":"report","metrics":{"connections":[{"labels":{},"value":"7"}]}}\\n')`],
    ['a counter below 0', `say('{"type":"report","metrics":{"connections_total":[{"labels":{},"value":-7}]}}\\n')`],
    ['a line without an end', `say('x'.repeat(200_000))`],
  ];
  let taken: TakenOver;
  let workers: number[];

  // A worker for each message: one that ends again is replaced later each time.
  beforeAll(async () => {
    taken = await TakenOver.start(['--workers', `${MESSAGES.length}`]);
    await taken.untilReady();
    workers = workersOf(taken.command);
  });

  afterAll(async () => {
    await taken[Symbol.asyncDispose]();
  });

  test.each(MESSAGES)('is killed and replaced: %s', async (_, code) => {
    const worker = workers.pop() as number;
    taken.run(code, worker);
    await taken.untilReplaced(worker);
    await taken.printed(new RegExp(`worker ${worker}: (said what no worker says, and is killed)\n`));
    await taken.printed(new RegExp(`worker ${worker} ended: (SIGKILL); another one follows in 100 ms\n`));
    expect(await taken.body()).toBe('as ever');
    expect((await ask(taken.admin, get('/metrics'))).status).toBe(200);
  });
});

describe('a worker that sends too much', () => {
  test('is read slowly, and its supervisor keeps its memory and answers', async () => {
    await using taken = await TakenOver.start();
    const { pid } = taken.command;
    expect(await taken.ready()).toBe(200);
    const before = { kilobytes: anonymousKilobytes(pid), ticks: cpuTicks(pid) };
    const line = JSON.stringify({ type: 'log', level: 'error', message: 'x'.repeat(16_000) });
    taken.run(`for (;;) { say(${JSON.stringify(line)} + '\\n'); await delay(0); }`);
    await taken.printed(/(x{1000})/);
    await watchFor(3_000);
    expect((await ask(taken.admin, get('/healthz'))).status).toBe(200);
    expect(await taken.body()).toBe('as ever');
    expect(anonymousKilobytes(pid) - before.kilobytes).toBeLessThan(16 * 1024);
    expect(taken.log.length).toBeLessThan(6 * 256 * 1024); // 256 KiB in a second, and as much at once
  });

  test('with empty messages takes less than half a processor of its supervisor', async () => {
    await using taken = await TakenOver.start();
    const { pid } = taken.command;
    taken.run(`const many = '{"type":"alive"}\\n'.repeat(10_000); for (;;) { say(many); await delay(0); }`);
    await watchFor(1_000);
    const before = cpuTicks(pid);
    await watchFor(2_000);
    expect(cpuTicks(pid) - before).toBeLessThan(100);
    expect((await ask(taken.admin, get('/healthz'))).status).toBe(200);
  });
});

testWhere(CAN_CONFINE, WHY_NOT)('a worker cannot set options of a listening socket that others share', async () => {
  await using taken = await TakenOver.start();
  taken.run(`
    const SO_ATTACH_FILTER = 26; // it would drop the packets of clients
    const SO_ATTACH_REUSEPORT_CBPF = 51; // it would deal out the connections of all workers
    const options = [SO_ATTACH_FILTER, SO_ATTACH_REUSEPORT_CBPF];
    print('answers: ' + options.map((option) => native.setsockopt(sockets[0], constants.SOL_SOCKET, option, 0)));`);
  const EPERM = 1;
  expect(await taken.printed(/answers: (.*)/)).toBe(`${-EPERM},${-EPERM}`);
});

test.concurrent('a worker that sends too much on stderr does not keep its supervisor from ending', async () => {
  await using taken = await TakenOver.start(['--workers', '1', '--shutdown-grace-ms', '50']);
  taken.run(`print('floods'); print('\\n'.repeat(1024 * 1024));`); // at the pace of a worker: read in two minutes
  await taken.printed(/(floods)/);
  taken.command.child.kill('SIGTERM');
  await until('the supervisor has ended', () => !taken.command.isRunning);
  expect(taken.command.child.exitCode).toBe(0);
});

test.concurrent('a line of the error log cannot be forged by a message or on stderr: the text of a worker is marked as its own', async () => {
  await using taken = await TakenOver.start();
  const { worker } = taken;
  const forged = '2026-11-29T00:00:00.000Z error [1] forged';
  taken.run(
    `say(JSON.stringify({ type: 'log', level: 'error', message: 'a\\n${forged}\\x1b[2J' }) + '\\n'); print('b\\n${forged}'); print('done');`,
  );
  await taken.printed(/(done)/);
  expect(taken.log).not.toMatch(/^2026-11-29T00:00:00\.000Z/m);
  expect(taken.log).toContain(`worker ${worker}: a\\n${forged}\\x1b[2J\n`);
  expect(taken.log).toContain(`worker ${worker}: b\n`);
  expect(taken.log).toContain(`worker ${worker}: ${forged}\n`);
});

test.concurrent.each(['TCP', 'Unix'])(
  'a listening socket that a worker has shut down is replaced, and all workers with it: %s',
  async (kind) => {
    using systemd = new Watchdog();
    await using taken = await TakenOver.start(['--workers', '2'], kind === 'Unix', systemd.env);
    const target: Target = kind === 'TCP' ? taken.command.address : { path: taken.socket };
    const before = workersOf(taken.command);
    taken.run('for (const fd of sockets) native.shutdown(fd, 0);');
    await taken.printed(/(a listening socket was shut down)/);
    await taken.printed(/(all sockets listen again)/);
    await until('the workers before have ended', () => !before.some(isThere));
    for (let i = 0; i < 20; i++) expect((await ask(target, get('/'))).body.toString()).toBe('as ever');
    expect(await taken.ready()).toBe(200);
  },
);

test.concurrent('readiness ends when a worker does not answer, whatever it has said before', async () => {
  await using taken = await TakenOver.start(['--workers', '2']);
  expect(await taken.ready()).toBe(200);
  const [worker] = workersOf(taken.command) as [number];
  process.kill(worker, 'SIGSTOP');
  expect(await taken.ready()).toBe(503);
  process.kill(worker, 'SIGCONT');
  await taken.untilReady();
});

test.concurrent('workers that block in a socket that a worker has made to block are replaced, and the socket does not block any more', async () => {
  using systemd = new Watchdog();
  await using taken = await TakenOver.start(['--workers', '2'], true, systemd.env);
  taken.run(`for (const fd of sockets) native.fcntl(fd, constants.F_SETFL, 0); print('blocks');`);
  await taken.printed(/(blocks)/);
  const client = await RawClient.connect({ path: taken.socket });
  await taken.printed(/(was not heard of for 1 s)/);
  await client.close();
  await taken.untilReady();
  expect((await ask({ path: taken.socket }, get('/'))).body.toString()).toBe('as ever');
});

describe('code in a worker still can', () => {
  test.concurrent('answer clients of that worker with whatever it likes', async () => {
    await using taken = await TakenOver.start();
    const response = 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ntakenup';
    taken.run(`
      print('takes over');
      for (;;) {
        const fd = native.accept4(sockets[0], null, 0);
        if (fd < 0) { await delay(1); continue; }
        const bytes = Buffer.from(${JSON.stringify(response)});
        native.send(fd, bytes, 0, bytes.length, 0);
      }`);
    await taken.printed(/(takes over)/);
    const bodies = new Set<string>();
    await until('a client gets its answer', () => {
      void taken.body().then(
        (body) => bodies.add(body),
        () => {},
      );
      return bodies.has('takenup');
    });
  });

  test.concurrent('write lines of the access log', async () => {
    await using taken = await TakenOver.start();
    taken.run(`process.stdout.write('a line that no client has caused\\n');`);
    const path = join(taken.folder.path, 'access.log');
    await until('the line is there', () => readFileSync(path, 'utf8') === 'a line that no client has caused\n');
  });

  test.concurrent('can report wrong numbers but no other text: /metrics stays in the form of Prometheus', async () => {
    await using taken = await TakenOver.start();
    taken.run(
      `say('{"type":"report","metrics":{"connections_total":[{"labels":{},"value":1e9}]}}\\n'); print('said');`,
    );
    await taken.printed(/(said)/);
    const { status, body } = await ask(taken.admin, get('/metrics'));
    expect([status, parseMetrics(body.toString()).size]).toEqual([200, 22]);
  });

  test.concurrent('stop serving: it is killed when its loop was not heard of, and at a stop after the grace', async () => {
    await using taken = await TakenOver.start(['--workers', '1', '--shutdown-grace-ms', '50']);
    taken.run(`print('spins'); for (;;);`);
    await taken.printed(/(spins)/);
    expect(await taken.ready()).toBe(503);
    taken.command.child.kill('SIGTERM');
    expect((await taken.command.ended()).code).toBe(0);
  });
});

test('a client that waits in the backlog of a worker that is killed is served by the next one', async () => {
  await using taken = await TakenOver.start();
  taken.run(`print('spins'); for (;;);`);
  await taken.printed(/(spins)/);
  await using client = await RawClient.connect(taken.command.address);
  await client.send(get('/'));
  process.kill(taken.worker, 'SIGKILL');
  expect((await client.response()).body.toString()).toBe('as ever');
});
