/** The admin listener: health, and metrics as Prometheus reads them. */
import { describe, expect, test } from '@jest/globals';
import { ask, get, RawClient, type Target } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { Folder } from '../support/sockets.js';
import { CommandProcess, type StartOptions } from './command.js';
import { countsOf, type Family, parseMetrics } from './prometheus-text.js';
import { SteadyClients } from './steady-clients.js';
import { isThere, until, workersOf } from './supervised.js';

const BODY = 'as ever';
const SITE = { 'index.html': BODY, 'large.bin': Buffer.alloc(30_000_000) };

/** A command that serves a site, and tells of itself on a Unix socket. */
class Observed {
  readonly site = new SiteFolder(SITE);
  readonly folder = new Folder();
  readonly admin: Target = { path: `${this.folder.path}/admin.sock` };
  command!: CommandProcess;

  static async start(workers: number, options?: StartOptions): Promise<Observed> {
    const observed = new Observed();
    const admin = `unix:${observed.folder.path}/admin.sock`;
    const args = [observed.site.root, '--workers', `${workers}`, '--admin', admin];
    observed.command = await CommandProcess.serve(args, options);
    return observed;
  }

  async status(path: string): Promise<number> {
    return (await ask(this.admin, get(path))).status;
  }

  async metrics(): Promise<Map<string, Family>> {
    const { status, headers, body } = await ask(this.admin, get('/metrics'));
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    return parseMetrics(body.toString());
  }

  async value(key: string): Promise<number> {
    const [name = ''] = key.split('{');
    return (await this.metrics()).get(name)?.samples.get(key) ?? Number.NaN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command[Symbol.asyncDispose]();
    this.site[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}

describe.each([0, 2])('the admin listener with %i workers', (workers) => {
  test('has /healthz and /readyz, and 404 for anything else', async () => {
    await using observed = await Observed.start(workers);
    expect(await observed.status('/healthz')).toBe(200);
    expect(await observed.status('/readyz')).toBe(200);
    expect(await observed.status('/')).toBe(404);
    expect((await ask(observed.admin, get('/healthz').replace('GET', 'DELETE'))).status).toBe(405);
    expect((await ask(observed.admin, get('/healthz').replace('GET', 'HEAD'))).status).toBe(200);
    expect((await ask(observed.command.address, get('/metrics'))).status).toBe(404);
  });

  test('counts the responses to its clients in /metrics', async () => {
    await using observed = await Observed.start(workers);
    const { address } = observed.command;
    for (let i = 0; i < 20; i++) await ask(address, get('/'));
    for (let i = 0; i < 3; i++) await ask(address, get('/nothing'));
    await ask(address, 'nonsense\r\n\r\n');
    const families = await observed.metrics();
    const value = (key: string): number | undefined => families.get(key.split('{')[0] as string)?.samples.get(key);
    expect(value('epoll_reactor_responses_total{class="2xx"}')).toBe(20);
    expect(value('epoll_reactor_responses_total{class="3xx"}')).toBe(0);
    expect(value('epoll_reactor_responses_total{class="4xx"}')).toBe(4);
    expect(value('epoll_reactor_connections_total')).toBe(24);
    expect(countsOf(families).get('epoll_reactor_response_duration_seconds_count')).toBe(24);
    expect(value('epoll_reactor_response_body_bytes_total')).toBeGreaterThan(20 * BODY.length);
    expect(value('epoll_reactor_cache_hits_total')).toBeGreaterThanOrEqual(20 - 2 * Math.max(1, workers));
    expect(value('epoll_reactor_events_total')).toBeGreaterThanOrEqual(24);
    expect(value('epoll_reactor_turns_total')).toBeGreaterThan(0);
    expect(value('epoll_reactor_workers')).toBe(Math.max(1, workers));
    expect(value('epoll_reactor_worker_crashes_total')).toBe(0);
    expect(value('epoll_reactor_access_log_lost_lines_total')).toBe(0);
    expect(value('epoll_reactor_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    const rejections = [...(families.get('epoll_reactor_rejections_total')?.samples ?? [])];
    expect(rejections).toEqual([[expect.stringMatching(/\{status="400",reason=".+"\}$/), 1]]);
  });

  test('answers during a shutdown, with /readyz at 503', async () => {
    await using observed = await Observed.start(workers);
    await using client = await RawClient.connect(observed.command.address);
    await client.send(get('/large.bin'));
    await client.untilBytes(1);
    client.pause();
    process.kill(observed.command.pid, 'SIGTERM');
    let ready = 200;
    while (ready === 200) ready = await observed.status('/readyz');
    expect(ready).toBe(503);
    expect(await observed.status('/healthz')).toBe(200);
    expect((await observed.metrics()).size).toBeGreaterThan(10);
    client.resume();
    expect((await client.response()).body.length).toBe(30_000_000);
    expect((await observed.command.ended()).code).toBe(0);
  });
});

describe('prom-client, which writes the text of /metrics', () => {
  /** Prints, in each process, that the library is loaded. */
  const WATCH = `import Module from 'node:module';
    const load = Module._load;
    Module._load = function (name, ...rest) {
      if (name === './prom-client.cjs') process.stderr.write('loads it\\n');
      return load.call(this, name, ...rest);
    };`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(WATCH)}` };

  test.each([0, 1])(
    'is loaded with an admin listener by one process, which is no worker: %i workers',
    async (workers) => {
      await using observed = await Observed.start(workers, { env });
      expect((await observed.metrics()).size).toBeGreaterThan(10);
      process.kill(observed.command.pid, 'SIGTERM');
      expect(await observed.command.ended()).toMatchObject({ code: 0, stderr: 'loads it\n' });
    },
  );

  test.each([0, 1])('is not loaded without an admin listener: %i workers', async (workers) => {
    using site = new SiteFolder(SITE);
    await using command = await CommandProcess.serve([site.root, '--workers', `${workers}`], { env });
    expect((await ask(command.address, get('/'))).status).toBe(200);
    process.kill(command.pid, 'SIGTERM');
    expect(await command.ended()).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a counter', () => {
  test('never goes down over reloads and crashes under load, and a reload loses no count', async () => {
    await using observed = await Observed.start(2);
    const { command } = observed;
    await using clients = new SteadyClients(command.address, 4, '/', BODY);
    let before = new Map<string, number>();
    const look = async (): Promise<void> => {
      const now = countsOf(await observed.metrics());
      for (const [key, value] of before) {
        if ((now.get(key) ?? 0) < value) throw new Error(`${key} went from ${value} to ${now.get(key)}`);
      }
      before = now;
    };
    for (let i = 0; i < 3; i++) {
      await clients.untilAnswered(100);
      await look();
      const workers = workersOf(command);
      command.child.kill('SIGHUP');
      do await look();
      while (workers.some(isThere));
    }
    await clients.stop();
    expect(clients.failures).toEqual([]);
    expect(await observed.value('epoll_reactor_responses_total{class="2xx"}')).toBe(clients.answered);

    await look();
    const [victim = 0] = workersOf(command);
    process.kill(victim, 'SIGKILL');
    while ((await observed.value('epoll_reactor_worker_crashes_total')) === 0) await look();
    await until('it is replaced', () => workersOf(command).length === 2);
    while ((await observed.status('/readyz')) !== 200) await look();
    await look();
    expect(await observed.value('epoll_reactor_responses_total{class="2xx"}')).toBe(clients.answered);
  });
});

describe('a worker of an admin listener', () => {
  test('that crashed makes /readyz 503 until another one serves', async () => {
    await using observed = await Observed.start(2);
    const [victim = 0] = workersOf(observed.command);
    process.kill(victim, 'SIGKILL');
    while ((await observed.status('/readyz')) === 200);
    expect(await observed.status('/healthz')).toBe(200);
    while ((await observed.status('/readyz')) !== 200);
  });

  test('that does not answer does not hold up the metrics of the others', async () => {
    await using observed = await Observed.start(2);
    for (let i = 0; i < 10; i++) await ask(observed.command.address, get('/'));
    expect(await observed.value('epoll_reactor_responses_total{class="2xx"}')).toBe(10);
    const [stuck = 0] = workersOf(observed.command);
    process.kill(stuck, 'SIGSTOP');
    expect(await observed.value('epoll_reactor_responses_total{class="2xx"}')).toBe(10);
    process.kill(stuck, 'SIGCONT');
  });
});
