/** More than one machine: HAProxy in front of two, with the file of deploy/, and both of them replaced while clients ask. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { close, getsockname, listeningSocket } from '../../src/linux/sockets.js';
import { CommandProcess } from '../daemon/command.js';
import { exists, testWhere } from '../daemon/programs.js';
import { SteadyClients } from '../daemon/steady-clients.js';
import { until } from '../daemon/supervised.js';
import { SiteFolder } from '../files/site-folder.js';
import { Folder, LOOPBACK } from '../support/sockets.js';

const CONFIG = fileURLToPath(new URL('../../deploy/haproxy.cfg', import.meta.url));
const BODY = 'from one of two';

/** One of two machines: its port stays, whichever process serves there. */
class Machine {
  readonly #folder: Folder;
  readonly #name: string;
  readonly #root: string;
  #command: CommandProcess | undefined;
  port = 0;

  constructor(folder: Folder, name: string, root: string) {
    this.#folder = folder;
    this.#name = name;
    this.#root = root;
  }

  get accessLog(): string {
    return readFileSync(this.#path('log'), 'utf8');
  }

  async start(): Promise<void> {
    const config = {
      root: this.#root,
      listen: { address: `127.0.0.1:${this.port}`, proxyProtocol: true },
      trustedProxies: ['127.0.0.1'],
      workers: 1,
      accessLog: this.#path('log'),
      accessLogFormat: 'common',
    };
    writeFileSync(this.#path('json'), JSON.stringify(config));
    const command = new CommandProcess(['--config', this.#path('json')]);
    this.#command = command;
    await until('it serves', () => command.stdout.includes('Ctrl-C') || !command.isRunning);
    expect(command.stderr).toBe('');
    this.port = command.address.port;
  }

  async stop(): Promise<void> {
    this.#command?.child.kill('SIGTERM');
    expect(await this.#command?.ended()).toMatchObject({ code: 0, stderr: '' });
  }

  /** As a machine is replaced by another one. Resolves when HAProxy sends requests there again. */
  async replace(): Promise<void> {
    await this.stop();
    const before = this.accessLog.length;
    await this.start();
    await until('it is asked', () => this.accessLog.slice(before).includes('GET /page'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#command?.[Symbol.asyncDispose]();
  }

  #path(extension: string): string {
    return join(this.#folder.path, `${this.#name}.${extension}`);
  }
}

class HaProxy {
  readonly address: InternetAddress;
  readonly #child: ChildProcess;
  #output = '';

  constructor(folder: Folder, machines: readonly Machine[]) {
    const socket = listeningSocket(LOOPBACK, 128);
    this.address = getsockname(socket) as InternetAddress;
    const path = join(folder.path, 'haproxy.cfg');
    const text = readFileSync(CONFIG, 'utf8')
      .replace('bind :80', 'bind fd@3')
      .replace('10.0.0.11:8080', `127.0.0.1:${machines[0]?.port}`)
      .replace('10.0.0.12:8080', `127.0.0.1:${machines[1]?.port}`);
    writeFileSync(path, text);
    this.#child = spawn('haproxy', ['-db', '-f', path], { stdio: ['ignore', 'pipe', 'pipe', socket] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (text) => {
        this.#output += text;
      });
    }
    close(socket);
  }

  /** Its output, for messages of failed tests. */
  get output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

/** Asks from another address of this machine. */
async function askFrom(localAddress: string, { address, port }: InternetAddress, path: string): Promise<void> {
  const asked = request({ host: address, port, path, localAddress, agent: false }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  await once(response, 'end');
}

testWhere(exists('haproxy'), 'haproxy is not installed')(
  'behind HAProxy, two instances are replaced one after the other, no request fails, and both know who asks',
  async () => {
    using site = new SiteFolder({ page: BODY });
    using folder = new Folder();
    await using one = new Machine(folder, 'one', site.root);
    await using two = new Machine(folder, 'two', site.root);
    await Promise.all([one.start(), two.start()]);
    await using proxy = new HaProxy(folder, [one, two]);
    await askFrom('127.0.0.2', proxy.address, '/page?of=another');
    await until('it is logged', () =>
      /^127\.0\.0\.2 .*"GET \/page\?of=another HTTP/m.test(one.accessLog + two.accessLog),
    );

    await using clients = new SteadyClients(proxy.address, 8, '/page', BODY);
    await clients.untilAnswered(100);
    await until('both are asked', () => [one, two].every(({ accessLog }) => accessLog.includes('"GET /page HTTP')));
    for (const machine of [one, two]) {
      await machine.replace();
      await clients.untilAnswered(100);
    }
    await clients.stop();
    expect({ failures: clients.failures, output: clients.failures.length > 0 ? proxy.output : '' }).toEqual({
      failures: [],
      output: '',
    });
  },
);
