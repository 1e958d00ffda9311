/** The protocols of systemd: sockets that it has opened (sd_listen_fds(3)), and notifications to it (sd_notify(3)). */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { bind, getsockname, listeningSocket, SOCK_NONBLOCK, socket } from '../../src/linux/sockets.js';
import { constants, native } from '../../src/native/addon.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { watchFor } from '../support/process-info.js';
import { Folder, LOOPBACK } from '../support/sockets.js';
import { CLI } from './command.js';
import { isThere, until, workersOf } from './supervised.js';

const SITE = { 'index.html': 'activated' };
const { cert, key } = selfSigned({ names: ['test'], days: 1 });

/** In LISTEN_PID: the process that is started. */
const OWN_PID = 'own';

/** The command as systemd starts it; with `sockets` as descriptors 3 and up. */
class Service {
  readonly child: ChildProcess;
  stderr = '';
  /** Its exit code. */
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv, sockets: readonly number[] = []) {
    // systemd knows the pid before it runs the program, and so does a shell.
    const script = `${environment['LISTEN_PID'] === OWN_PID ? 'LISTEN_PID=$$ ' : ''}exec "$0" "$@"`;
    this.child = spawn('/bin/sh', ['-c', script, process.execPath, CLI, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', ...sockets],
      env: { ...process.env, ...environment },
    });
    this.ended = once(this.child, 'exit').then(([code]) => code);
    this.child.stderr?.on('data', (text: Buffer) => {
      this.stderr += text;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

/** The socket that systemd listens on, and what it has heard. */
class NotifySocket {
  readonly #folder = new Folder();
  readonly path = join(this.#folder.path, 'notify');
  readonly #fd = socket(constants.AF_UNIX, constants.SOCK_DGRAM | SOCK_NONBLOCK);
  readonly messages: string[] = [];

  constructor() {
    bind(this.#fd, { path: this.path });
  }

  /** Resolves with the first message, of all that have come, that has this line. */
  async heard(line: string | RegExp): Promise<string> {
    const buffer = Buffer.alloc(4096);
    const isIt = (message: string): boolean => message.split('\n').some((each) => each.match(line)?.[0] === each);
    await until(`${line} is heard among ${JSON.stringify(this.messages)}`, () => {
      for (let n = 0; n >= 0; ) {
        n = native.recv(this.#fd, buffer, 0, buffer.length, 0);
        if (n >= 0) this.messages.push(buffer.toString('utf8', 0, n));
      }
      return this.messages.some(isIt);
    });
    return this.messages.find(isIt) as string;
  }

  [Symbol.dispose](): void {
    native.close(this.#fd);
    this.#folder[Symbol.dispose]();
  }
}

function own(environment: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { LISTEN_PID: OWN_PID, ...environment };
}

describe.each([0, 2])('with %d workers, a socket of systemd', (workers) => {
  test('is served, also a connection that came before the start', async () => {
    using site = new SiteFolder(SITE);
    const listener = listeningSocket(LOOPBACK, 5);
    const address = getsockname(listener) as InternetAddress;
    await using early = await RawClient.connect(address);
    await early.send(get('/'));
    const args = [site.root, '--port', `${address.port}`, '--workers', `${workers}`];
    await using service = new Service(args, own({ LISTEN_FDS: '1' }), [listener]);
    native.close(listener);
    expect((await early.response()).body.toString()).toBe('activated');
    expect((await ask(address, get('/'))).status).toBe(200);
    expect(service.child.exitCode).toBeNull();
  });

  test.each([
    ['process 1', '1'],
    ['its parent', `${process.pid}`],
  ])('for %s is left alone', async (_, pid) => {
    using site = new SiteFolder(SITE);
    using notify = new NotifySocket();
    const listener = listeningSocket(LOOPBACK, 5);
    const { port } = getsockname(listener) as InternetAddress;
    const args = [site.root, '--port', '0', '--workers', `${workers}`];
    const environment = { LISTEN_FDS: '1', LISTEN_PID: pid, NOTIFY_SOCKET: notify.path };
    await using service = new Service(args, environment, [listener]);
    await notify.heard('READY=1');
    await using client = await RawClient.connect({ address: '127.0.0.1', port });
    await client.send(get('/'));
    service.child.kill('SIGTERM');
    await service.ended;
    native.close(listener);
    expect((await client.untilEnd()).length).toBe(0);
  });
});

test('a socket of systemd serves HTTPS', async () => {
  using site = new SiteFolder({ ...SITE, '../cert.pem': cert, '../key.pem': key });
  const listener = listeningSocket(LOOPBACK, 5);
  const address = getsockname(listener) as InternetAddress;
  const connecting = RawClient.connect({ ...address, tls: { servername: 'test', ca: cert } });
  const files = ['cert', 'key'].flatMap((name) => [`--tls-${name}`, join(site.root, `../${name}.pem`)]);
  const args = [site.root, '--port', `${address.port}`, ...files];
  await using _service = new Service(args, own({ LISTEN_FDS: '1' }), [listener]);
  native.close(listener);
  await using client = await connecting;
  await client.send(get('/'));
  expect((await client.response()).body.toString()).toBe('activated');
});

test.each([0, 1])('with %d workers, a descriptor that does not listen is an error of one line', async (workers) => {
  using site = new SiteFolder(SITE);
  const datagrams = socket(constants.AF_UNIX, constants.SOCK_DGRAM);
  const args = [site.root, '--port', '0', '--workers', `${workers}`];
  await using service = new Service(args, own({ LISTEN_FDS: '1' }), [datagrams]);
  native.close(datagrams);
  expect(await service.ended).toBe(1);
  await until('it is told', () => service.stderr.split('\n').length > 2);
  expect(service.stderr).toMatch(/^epoll-reactor: LISTEN_FDS=1: descriptor 3 is not a listening socket\n {2}[^\n]+\n$/);
});

describe.each([0, 2])('with %d workers, systemd', (workers) => {
  test('hears READY and STOPPING', async () => {
    using site = new SiteFolder(SITE);
    using notify = new NotifySocket();
    const args = [site.root, '--port', '0', '--workers', `${workers}`];
    await using service = new Service(args, { NOTIFY_SOCKET: notify.path });
    expect(await notify.heard('READY=1')).toMatch(/^STATUS=\S/m);
    service.child.kill('SIGTERM');
    await notify.heard('STOPPING=1');
    expect(await service.ended).toBe(0);
  });

  test('hears WATCHDOG from a loop that turns', async () => {
    using site = new SiteFolder(SITE);
    using notify = new NotifySocket();
    const args = [site.root, '--port', '0', '--workers', `${workers}`];
    const environment = { NOTIFY_SOCKET: notify.path, WATCHDOG_USEC: '400000' };
    await using service = new Service(args, environment);
    await notify.heard('WATCHDOG=1');
    expect(service.child.exitCode).toBeNull();
  });
});

describe('with workers, systemd', () => {
  test('hears RELOADING with the monotonic clock, then READY', async () => {
    using site = new SiteFolder(SITE);
    using notify = new NotifySocket();
    await using service = new Service([site.root, '--port', '0', '--workers', '1'], { NOTIFY_SOCKET: notify.path });
    await notify.heard('READY=1');
    notify.messages.length = 0;
    const before = process.hrtime.bigint() / 1000n;
    service.child.kill('SIGHUP');
    const message = await notify.heard('RELOADING=1');
    const usec = BigInt(/^MONOTONIC_USEC=(\d+)$/m.exec(message)?.[1] ?? 0);
    expect(usec >= before && usec <= process.hrtime.bigint() / 1000n).toBe(true);
    await notify.heard('READY=1');
  });

  test('hears MAINPID after an upgrade', async () => {
    using site = new SiteFolder(SITE);
    using notify = new NotifySocket();
    await using service = new Service([site.root, '--port', '0', '--workers', '1'], { NOTIFY_SOCKET: notify.path });
    await notify.heard('READY=1');
    service.child.kill('SIGUSR2');
    const [, pid] = /^MAINPID=(\d+)$/m.exec(await notify.heard(/^MAINPID=\d+$/)) ?? [];
    expect(Number(pid)).not.toBe(service.child.pid);
    expect(isThere(Number(pid))).toBe(true);
    await service.ended;
    process.kill(Number(pid), 'SIGTERM');
    await notify.heard('STOPPING=1'); // the successor knows whom to tell
    await until('the successor has ended', () => !isThere(Number(pid)));
  });

  test('still gets WATCHDOG while a stuck worker is replaced', async () => {
    using site = new SiteFolder(SITE);
    using notify = new NotifySocket();
    const environment = { NOTIFY_SOCKET: notify.path, WATCHDOG_USEC: '2000000' };
    await using service = new Service([site.root, '--port', '0', '--workers', '1'], environment);
    await notify.heard('READY=1');
    const pid = service.child.pid as number;
    const [worker] = workersOf({ pid }) as [number];
    process.kill(worker, 'SIGSTOP');
    await until('another one is there', () => {
      const [other] = workersOf({ pid });
      return other !== undefined && other !== worker;
    });
    notify.messages.length = 0;
    await notify.heard('WATCHDOG=1');
  });
  test('sees no worker replaced after its supervisor stood still', async () => {
    using site = new SiteFolder(SITE);
    using notify = new NotifySocket();
    const environment = { NOTIFY_SOCKET: notify.path, WATCHDOG_USEC: '4000000' };
    await using service = new Service([site.root, '--port', '0', '--workers', '1'], environment);
    await notify.heard('READY=1');
    const pid = service.child.pid as number;
    const workers = workersOf({ pid });
    service.child.kill('SIGSTOP');
    await watchFor(2_500); // longer than a worker may be silent
    service.child.kill('SIGCONT');
    notify.messages.length = 0;
    await notify.heard('WATCHDOG=1');
    expect(workersOf({ pid })).toEqual(workers);
  });

  test('keeps the file of its Unix socket, which is also served after a reload, though it is not configured', async () => {
    using site = new SiteFolder(SITE);
    using notify = new NotifySocket();
    using folder = new Folder();
    const path = join(folder.path, 'site.sock');
    const listener = listeningSocket({ path }, 5);
    const environment = own({ LISTEN_FDS: '1', NOTIFY_SOCKET: notify.path });
    await using service = new Service([site.root, '--port', '0', '--workers', '1'], environment, [listener]);
    await notify.heard('READY=1');
    notify.messages.length = 0;
    service.child.kill('SIGHUP');
    await notify.heard('READY=1');
    expect((await ask({ path }, get('/'))).body.toString()).toBe('activated');
    service.child.kill('SIGTERM');
    await service.ended;
    expect(existsSync(path)).toBe(true);
    native.close(listener);
  });
});
