import { execFile } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { expectNoLeaks } from '../support/descriptors.js';
import { bytes, CLOSED_FD, errno, socketPair, thrownBy, untyped } from './support.js';

const { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLLIN } = constants;

expectNoLeaks();

describe('HostLoop', () => {
  let epfd = -1;
  let a = -1;
  let b = -1;

  beforeEach(() => {
    epfd = native.epoll_create1(EPOLL_CLOEXEC);
    [a, b] = socketPair();
    native.epoll_ctl(epfd, EPOLL_CTL_ADD, b, EPOLLIN);
  });

  afterEach(() => {
    for (const fd of [epfd, a, b]) native.close(fd);
  });

  test('calls while the epoll fd is readable, until it is closed', async () => {
    const pairs = new Uint32Array(2);
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      const watch = new native.HostLoop(epfd, () => {
        seen.push(native.epoll_wait(epfd, pairs, 0), pairs[0] ?? -1, native.recv(b, new Uint8Array(1), 0, 1, 0));
        if (seen.length < 9) return;
        watch.close();
        resolve();
      });
      native.send(a, bytes('abc'), 0, 3, 0);
    });
    expect(seen).toEqual([1, b, 1, 1, b, 1, 1, b, 1]);
  });

  test('calls again at once if the callback returns true, for a moment, and lets promises run in between', async () => {
    native.send(a, bytes('x'));
    const calls: string[] = [];
    const saidBy = (wantsMore: boolean): Promise<void> =>
      new Promise((resolve) => {
        const watch = new native.HostLoop(epfd, () => {
          if (calls.push('call') === 1) {
            // Phases of Node's loop that come when this one is over.
            setImmediate(() => {
              calls.push('loop');
              watch.close();
              resolve();
            });
          }
          void Promise.resolve().then(() => calls.push('promise'));
          process.nextTick(() => calls.push('tick'));
          return wantsMore;
        });
      });
    await saidBy(false);
    expect(calls).toEqual(['call', 'tick', 'promise', 'loop']);
    // Where this thread had to wait for its processor in the first call, there is no second one.
    for (let attempts = 0; attempts < 100 && calls.length <= 4; attempts++) {
      calls.length = 0;
      await saidBy(true);
    }
    expect(calls.pop()).toBe('loop'); // which has come to its turn, though it was to be called again for ever
    expect(calls.length).toBeGreaterThan(3);
    expect(calls).toEqual(new Array(calls.length / 3).fill(['call', 'tick', 'promise']).flat());
  });

  test('is not called again once it has closed itself', async () => {
    native.send(a, bytes('x'));
    let calls = 0;
    await new Promise<void>((resolve) => {
      const watch = new native.HostLoop(epfd, () => {
        calls++;
        watch.close();
        setImmediate(resolve);
        return true;
      });
    });
    expect(calls).toBe(1);
  });

  test('leaves timers and promises of Node going', async () => {
    const watch = new native.HostLoop(epfd, () => {});
    await new Promise((resolve) => setTimeout(resolve, 1));
    await Promise.resolve();
    watch.close();
  });

  test('is not called any more once it is closed, even if readable by then', async () => {
    native.send(a, bytes('x'), 0, 1, 0);
    let calls = 0;
    const watch = new native.HostLoop(epfd, () => calls++);
    watch.close();
    // Another watch of the same descriptor is called in the same phase of the loop: that phase has passed then.
    await new Promise<void>((resolve) => {
      const other = new native.HostLoop(epfd, () => {
        other.close();
        resolve();
      });
    });
    expect(calls).toBe(0);
  });

  test('throws for a descriptor that cannot be watched, and leaves no watch', () => {
    expect(() => new native.HostLoop(CLOSED_FD, () => {})).toThrow(
      expect.objectContaining({ code: 'EBADF', errno: -errno.EBADF, syscall: 'fcntl' }),
    );
    const file = openSync(new URL(import.meta.url), 'r');
    expect(() => new native.HostLoop(file, () => {})).toThrow(
      expect.objectContaining({ code: 'EPERM', errno: -errno.EPERM, syscall: 'uv_poll_init' }),
    );
    closeSync(file);
  });

  test('refuses wrong arguments, and a call without new', () => {
    const HostLoop = native.HostLoop as unknown as new (...args: unknown[]) => unknown;
    expect(thrownBy(() => new HostLoop('1', () => {}))).toBe('TypeError: fd: expected a whole number, got a string');
    expect(thrownBy(() => new HostLoop(epfd))).toBe('TypeError: onReadable: expected a function, got undefined');
    expect(thrownBy(() => untyped['HostLoop']?.(epfd, () => {}))).toMatch(/^TypeError: .*without 'new'/);
    expect(thrownBy(() => native.HostLoop.prototype.close.call({}))).toMatch(/^TypeError/);
  });
});

describe('In a process of its own', () => {
  const script = fileURLToPath(new URL('./fixtures/host-loop-scenarios.mjs', import.meta.url));

  function run(scenario: string): Promise<{ code: number; said: unknown; stderr: string }> {
    return new Promise((resolve) => {
      const child = execFile(process.execPath, ['--expose-gc', script, scenario], (_, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, said: JSON.parse(stdout || 'null'), stderr });
      });
    });
  }

  test.each([
    ['ticksAndMicrotasksRunAfterEachCall', ['call 1', 'tick 1', 'microtask 1', 'call 2', 'tick 2', 'microtask 2']],
    ['anExceptionIsUncaughtAndTheWatchGoesOn', ['Error: an error', 'a string', 'undefined', 'Error: in a tick']],
    ['asyncLocalStorageIsThatOfTheConstructor', ['ours', 'ours', 'ours']],
    ['aSetThatGrowsTooDeepIsRefusedWhereItGrows', [0, 0, 0, -errno.ELOOP, -errno.ELOOP, 'called']],
    ['anUnreferencedWatchDoesNotHoldTheProcess', []],
    ['anOpenWatchSurvivesTheCollector', ['called']],
    ['closedWatchesAreCollected', ['collected']],
    ['failedConstructorsAreCollected', ['EBADF']],
    ['aDescriptorMayBeClosedTooEarly', ['called']],
    ['anErrorOfTheDescriptorIsReadableToo', ['called', 'called']],
  ])('%s', async (scenario, said) => {
    expect(await run(scenario)).toEqual({ code: 0, said, stderr: '' });
  });

  test('theProcessMayExitWithinTheCallback', async () => {
    expect(await run('theProcessMayExitWithinTheCallback')).toEqual({ code: 3, said: ['exit'], stderr: '' });
  });

  test('anExceptionThatNobodyHandlesEndsTheProcess', async () => {
    const { code, stderr } = await run('anExceptionThatNobodyHandlesEndsTheProcess');
    expect([code, stderr]).toEqual([1, expect.stringContaining('Error: fatal')]);
  });
});
