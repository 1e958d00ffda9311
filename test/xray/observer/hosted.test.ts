/** A reactor whose waits are Node's own loop: the observer in the process of the test, and in the server with its sandbox. */
import { performance } from 'node:perf_hooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Epoll } from '../../../src/linux/epoll.js';
import { native } from '../../../src/native/addon.js';
import { Reactor } from '../../../src/reactor/reactor.js';
import { observe } from '../../../src/xray/observer/observer.js';
import { get, RawClient } from '../../client/raw-client.js';
import { CommandProcess } from '../../daemon/command.js';
import { PAGE, Site } from '../../models/site.js';
import { expirable } from '../../support/expirable.js';
import { acceptQueue, untilQueued } from './accept-queue.js';
import { FakeXray, type ObservedThread } from './fake-xray.js';

const MINUTE = 60_000;

describe('a reactor in the loop of Node', () => {
  const own = { ...native };
  const realNow = performance.now;
  let jumpedMs = 0;
  let xray: FakeXray;
  let thread: ObservedThread;
  let reactor: Reactor;
  let hasGone: Promise<void>;

  beforeEach(async () => {
    jumpedMs = 0;
    performance.now = () => realNow.call(performance) + jumpedMs;
    xray = await FakeXray.listen();
    hasGone = new Promise((resolve) => observe(native, xray.path, resolve));
    thread = await xray.thread(1);
    reactor = new Reactor();
    reactor.attach();
  });
  afterEach(async () => {
    reactor.close();
    xray[Symbol.dispose]();
    await hasGone;
    performance.now = realNow;
  });

  /** Lets the reactor turn, which looks for deadlines that are due. */
  function turned(): Promise<void> {
    const { turnCount } = reactor;
    reactor.wake();
    return new Promise((resolve) => {
      const look = (): void => {
        if (reactor.turnCount > turnCount) resolve();
        else setImmediate(look);
      };
      look();
    });
  }

  test('a minute in which it is held brings no deadline nearer; a minute in which it runs does', async () => {
    let fired = 0;
    reactor.setDeadline(
      expirable(() => {
        fired++;
      }),
      MINUTE,
    );
    await thread.held('hold');
    jumpedMs += MINUTE;
    reactor.wake();
    await thread.untilHeld(true);
    await thread.held('arm');
    await thread.held('go');
    expect(fired).toBe(0);
    thread.do('free');
    await turned();
    expect(fired).toBe(0);
    jumpedMs += MINUTE;
    await turned();
    expect(fired).toBe(1);
  });

  test('while it is armed, its clock runs', async () => {
    await thread.held('hold');
    const heldMs = performance.now();
    jumpedMs += MINUTE;
    expect(performance.now()).toBe(heldMs);
    await thread.held('arm');
    jumpedMs += MINUTE;
    expect(performance.now()).toBeGreaterThanOrEqual(heldMs + MINUTE);
    expect(performance.now()).toBeLessThan(heldMs + 2 * MINUTE);
  });

  test('a duplicate of a descriptor is among those whose readiness it reports', async () => {
    using epoll = new Epoll();
    await thread.held('hold');
    const copy = native.fcntl(epoll.fileno(), native.constants.F_DUPFD_CLOEXEC, 0);
    const { readable } = await thread.held('look');
    native.close(copy);
    expect(readable).toContainEqual([copy, 0]);
  });

  test('timers and promises of Node go on while it is held, and one go is one turn', async () => {
    await thread.held('hold');
    const { turnCount } = reactor;
    reactor.wake();
    await thread.untilHeld(true);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(reactor.turnCount).toBe(turnCount);
    await thread.held('go');
    expect(reactor.turnCount).toBe(turnCount + 1);
  });

  test('a call that the loop of Node makes after a turn is marked, and none within a turn', async () => {
    await turned();
    reactor.wake();
    const call = await thread.until((line) => 'call' in line && line.isAsync === true, 0);
    expect(call).toMatchObject({ call: 'eventfd_write', ret: 0 });
    expect(thread.turns.flatMap(({ calls }) => calls).filter(({ call }) => call === 'epoll_wait')).not.toContainEqual(
      expect.objectContaining({ isAsync: true }),
    );
  });

  test('a wait during which the X-ray goes away lasts as long as it was asked to', async () => {
    using epoll = new Epoll();
    thread.do('free');
    await turned();
    const sinceMs = performance.now();
    xray.close();
    expect(epoll.poll(20)).toEqual([]);
    expect(performance.now() - sinceMs).toBeGreaterThanOrEqual(20);
  });

  test('when the X-ray is gone, a held reactor goes on, and the functions of the addon are as before', async () => {
    await thread.held('hold');
    reactor.wake();
    await thread.untilHeld(true);
    const { turnCount } = reactor;
    xray.close();
    await hasGone;
    expect(native).toEqual(own);
    await turned();
    expect(reactor.turnCount).toBeGreaterThan(turnCount);
  });
});

describe('the server with its sandbox', () => {
  let site: Site;

  beforeAll(() => {
    site = new Site();
  });
  afterAll(() => site[Symbol.dispose]());

  test('is held, stepped and freed; it ends when the X-ray is gone', async () => {
    using xray = await FakeXray.listen();
    await using server = await CommandProcess.serve([site.folder], { env: xray.env });
    const { address } = server;
    expect(server.stdout).toContain('seccomp');
    // A server that restarts without io_uring connects once more.
    const thread = xray.threads.at(-1) as ObservedThread;
    await thread.held('hold');
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.connect(address)));
    for (const client of clients) await client.send(get('/page.html', 'Cookie: a=b\r\n'));
    await untilQueued(address.port, 3);
    await thread.untilHeld(true);
    expect(acceptQueue(address.port)).toBe(3);
    const before = thread.turns.length;
    await thread.held('arm');
    await thread.held('go');
    const turns = thread.turns.slice(before);
    expect(turns).toHaveLength(1);
    expect(turns[0]?.calls.filter(({ call, ret }) => call === 'accept4' && ret >= 0)).toHaveLength(3);
    expect(acceptQueue(address.port)).toBe(0);

    thread.do('free');
    for (const client of clients) {
      expect((await client.response()).body.toString()).toBe(PAGE);
      await client.close();
    }
    const recv = await thread.untilCall('recv');
    expect(recv.head).toContain('Cookie:****');
    expect(recv.at?.[0]).toMatch(/dist\/server\.cjs$/);

    xray.close();
    expect((await server.ended()).code).toBe(0);
  });
});
