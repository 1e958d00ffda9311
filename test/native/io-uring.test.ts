import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants as os } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { expectNoLeaks } from '../support/descriptors.js';
import { describeWithIoUring } from '../support/io-uring.js';
import { bytes, CLOSED_FD, socketPair, thrownBy, untyped } from './support.js';

const { EBADF, EINVAL, EOPNOTSUPP } = os.errno;
const PARAMS_WORDS = 30;
const ARENA_BYTES = 64 * 1024;

let mappingsBefore = 0;

expectNoLeaks();
beforeEach(() => {
  mappingsBefore = ringMappings();
});
afterEach(() => {
  expect(ringMappings()).toBe(mappingsBefore);
});

/** The parts of this process's memory that it shares with rings. Since Node 22 libuv has some, too. */
function ringMappings(): number {
  return readFileSync('/proc/self/maps', 'latin1').match(/io_uring/g)?.length ?? 0;
}

/** The line of /proc/self/maps for the mapping that an address lies in. The kernel joins neighbours of one kind. */
function mappingAt(address: number): string | undefined {
  return readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .find((line) => {
      const [begin = 0, end = 0] = line.split(/[- ]/, 2).map((digits) => Number.parseInt(digits, 16));
      return begin <= address && address < end;
    });
}

interface Opened {
  readonly params: Uint32Array;
  readonly ring: InstanceType<typeof native.IoUring>;
}

function open(): Opened {
  const params = new Uint32Array(PARAMS_WORDS);
  return { params, ring: new native.IoUring(4, ARENA_BYTES, params) };
}

describeWithIoUring('A ring', () => {
  test('shares two mappings with the kernel, has an arena of its own, and closing it ends all', () => {
    const { params, ring } = open();
    expect(ringMappings()).toBe(mappingsBefore + 2);
    expect(ring.arena.byteLength).toBe(ARENA_BYTES);
    expect(ring.sqes.byteLength).toBe(4 * 64);
    expect(new Uint32Array(ring.rings)[(params[13] as number) / 4]).toBe(4); // the kernel wrote the number of entries
    const { address } = ring;
    expect(mappingAt(address)).toMatch(/ rw-p /);
    ring.close();
    expect(ring.fd).toBe(-1);
    expect(mappingAt(address)).toBeUndefined();
  });

  test('leaves its typed arrays without elements when it is closed', () => {
    const { ring } = open();
    const arrays = [ring.rings, ring.sqes, ring.arena].map((buffer) => new Uint32Array(buffer));
    ring.close();
    for (const array of arrays) {
      expect(array.length).toBe(0);
      array[0] = 1; // reaches nothing
      expect(array[0]).toBeUndefined();
    }
    expect(ring.arena).toBeUndefined();
    expect(ring.address).toBe(0);
  });

  test('closed a second time does not close another descriptor under the same number', () => {
    const { ring } = open();
    const { fd } = ring;
    ring.close();
    const other = native.eventfd(0, 0);
    expect(other).toBe(fd);
    ring.close();
    expect(native.close(other)).toBe(0);
  });

  test('that the kernel refuses has an error in place of its descriptor, and no memory', () => {
    for (const [entries, arenaBytes] of [
      [0, ARENA_BYTES],
      [2 ** 31, ARENA_BYTES],
      [4, 0], // an arena without bytes
    ] as const) {
      const ring = new native.IoUring(entries, arenaBytes, new Uint32Array(PARAMS_WORDS));
      expect(ring.fd).toBe(-EINVAL);
      expect(ring.rings).toBeUndefined();
      ring.close();
    }
  });

  test('of a worker that is terminated receives nothing more, and its memory is unmapped', async () => {
    const [a, b] = socketPair();
    const worker = new Worker(new URL('./fixtures/ring-worker.mjs', import.meta.url), { workerData: { fd: a } });
    expect(await once(worker, 'message')).toEqual([1]);
    expect(ringMappings()).toBeGreaterThanOrEqual(mappingsBefore + 2);
    await worker.terminate();
    native.send(b, bytes('later'));
    const received = new Uint8Array(8);
    expect(native.recv(a, received)).toBe(5); // and not the ring
    native.close(a);
    native.close(b);
  });
});

describeWithIoUring('A wrong argument of io_uring throws before any call', () => {
  test('of io_uring_enter()', () => {
    expect(thrownBy(() => untyped['io_uring_enter']?.(1.5, 0, 0, 0))).toBe(
      'RangeError: fd: expected a whole number, got 1.5',
    );
    expect(thrownBy(() => untyped['io_uring_enter']?.(1, -1, 0, 0))).toBe(
      'RangeError: toSubmit: expected a whole number from 0 to 4294967295, got -1',
    );
  });

  test.each<[unknown[], string]>([
    [['4', 4096, new Uint32Array(30)], 'TypeError: entries: expected a whole number, got a string'],
    [[4, 4096, new Uint32Array(29)], 'RangeError: params: expected at least 30 elements, got 29'],
    [
      [4, 2 ** 30 + 1, new Uint32Array(30)],
      'RangeError: arenaBytes: expected a whole number from 0 to 1073741824 (1 GiB), got 1073741825',
    ],
  ])('of new IoUring(%j): %s', (args, message) => {
    const IoUring = native.IoUring as unknown as new (...args: unknown[]) => unknown;
    expect(thrownBy(() => new IoUring(...args))).toBe(message);
  });

  test('the kernel refuses a descriptor that is closed, or no ring', () => {
    expect(native.io_uring_enter(CLOSED_FD, 0, 0, 0)).toBe(-EBADF);
    const [a, b] = socketPair();
    expect(native.io_uring_enter(a, 0, 0, 0)).toBe(-EOPNOTSUPP);
    native.close(a);
    native.close(b);
  });
});
