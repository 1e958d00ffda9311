/** What the page shows in each experiment, on each kind of server: the state after the records of a real program and real clients. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from '../../../src/linux/epoll.js';
import { EXPERIMENTS, type ExperimentName } from '../../../src/xray/records.js';
import { type Played, playAll } from './played.js';

const MODELS = ['blocking', 'threads', 'poll', 'epoll', 'epoll-edge', 'server'] as const;

type Model = (typeof MODELS)[number];

const CLIENTS = 10;
const BURST = 20;
const DRIPPED_BYTES = 18;
/** Less than the server's send buffer holds for a client of an experiment. */
const FULL_BYTES = 64 * 1024;
const PIPELINED_BYTES = 768 * 1024;

const played = new Map<Model, Map<ExperimentName, Played>>();

beforeAll(async () => {
  // Two at once: one waits while the other works. With more, a slow machine would reach the server's deadline for a head.
  const models = MODELS.values();
  const playRest = async (): Promise<void> => {
    for (const model of models) played.set(model, await playAll(model, EXPERIMENTS));
  };
  await Promise.all([playRest(), playRest()]);
}, 120_000);

function on(model: Model, name: ExperimentName): Played {
  const one = played.get(model)?.get(name);
  if (one === undefined) throw new Error(`${name} was not played on ${model}`);
  return one;
}

/** The masks with which the connection was in an interest set, without the bits that the kernel adds. */
function masks(one: Played): number[] {
  return one
    .rowsOf(1)
    .flatMap(({ isOpen, mask }) => (isOpen && mask !== null ? [(mask & ~(EPOLLERR | EPOLLHUP)) >>> 0] : []));
}

/** Bits as an unsigned number. */
function bits(...all: number[]): number {
  return all.reduce((sum, bit) => (sum | bit) >>> 0, 0);
}

/** The interest of the real server's connection that reads all that comes. */
const READING = bits(EPOLLIN, EPOLLPRI, EPOLLRDHUP, EPOLLET);
const BOTH_EDGES = bits(EPOLLIN, EPOLLOUT, EPOLLET);

describe.each(MODELS)('%s', (model) => {
  test('silent: says how many clients are accepted, and how many wait in the accept queue', () => {
    const silent = on(model, 'silent');
    expect(silent.acts('connect')).toHaveLength(CLIENTS);
    if (model === 'blocking') {
      expect([silent.openMax, silent.acceptQueueMax]).toEqual([1, CLIENTS - 1]);
    } else {
      expect(silent.openMax).toBe(CLIENTS);
    }
    const threads = silent.records.filter((record) => 'thread' in record);
    expect(threads).toHaveLength(model === 'threads' ? CLIENTS : 0);
  });

  test('drip: shows a call that receives a byte for each byte that is sent', () => {
    const drip = on(model, 'drip');
    expect(drip.acts('send')).toHaveLength(DRIPPED_BYTES);
    expect(drip.done('recv').filter(({ bytes }) => bytes === 1)).toHaveLength(DRIPPED_BYTES);
    expect(drip.acts('receive')[0]?.bytes).toBeGreaterThan(8000);
  });

  test('burst: shows all clients connected at once, each answered', () => {
    const burst = on(model, 'burst');
    expect(burst.acts('receive').map(({ bytes }) => bytes)).toEqual(Array(BURST).fill(burst.acts('receive')[0]?.bytes));
    expect(burst.acts('close')).toHaveLength(BURST);
    if (model === 'blocking') {
      expect([burst.openMax, burst.acceptQueueMax]).toEqual([1, BURST - 1]);
    } else {
      expect(burst.openMax).toBe(BURST);
    }
    expect(burst.done('accept4')).toHaveLength(BURST);
  });

  test('slow-reader: shows a full send buffer while the client does not read, and an empty one afterwards', () => {
    const slow = on(model, 'slow-reader');
    const rows = slow.rowsOf(1);
    expect(Math.max(...rows.map(({ unsent }) => unsent ?? 0))).toBeGreaterThan(FULL_BYTES);
    expect(rows.filter(({ isOpen }) => isOpen).at(-1)?.unsent).toBe(0);
    expect(rows.at(-1)?.isOpen).toBe(false);
    expect(slow.acts('receive').at(-1)?.bytes).toBeGreaterThanOrEqual(PIPELINED_BYTES);
  });

  test('slow-reader: says that the connection waits for room while the client does not read, and no longer', () => {
    const open = on(model, 'slow-reader')
      .rowsOf(1)
      .filter(({ isOpen }) => isOpen);
    expect(open.some(({ waitsFor }) => waitsFor === 'room')).toBe(true);
    expect(open.at(-1)?.waitsFor).toBe('request');
  });

  test('slow-reader: counts each request, also if several come with one call', () => {
    const slow = on(model, 'slow-reader');
    const sent = slow.acts('send').reduce((sum, { bytes = 0 }) => sum + bytes, 0);
    const first = slow.acts('send')[0]?.bytes as number;
    expect(slow.calls.reduce((sum, { requests = 0 }) => sum + requests, 0)).toBe(sent / first);
  });

  test('slow-reader: shows EPOLLOUT in the mask while bytes wait to be sent, and no longer', () => {
    const expected: Record<Model, { reading: number; sending: number } | undefined> = {
      blocking: undefined, // no set: send waits
      threads: undefined,
      poll: { reading: EPOLLIN, sending: EPOLLOUT },
      epoll: { reading: EPOLLIN, sending: EPOLLOUT },
      'epoll-edge': { reading: BOTH_EDGES, sending: BOTH_EDGES }, // asked for once
      server: { reading: READING, sending: EPOLLIN | EPOLLOUT },
    };
    const seen = masks(on(model, 'slow-reader'));
    const { reading, sending } = expected[model] ?? {};
    expect(new Set(seen)).toEqual(new Set(reading === undefined ? [] : [reading, sending]));
    expect(seen.at(-1)).toBe(reading);
  });

  test('reset: shows an error in the middle of a response, and the end of the connection', () => {
    const reset = on(model, 'reset');
    const rows = reset.rowsOf(1);
    expect(Math.max(...rows.map(({ unsent }) => unsent ?? 0))).toBeGreaterThan(FULL_BYTES);
    expect(rows.at(-1)?.isOpen).toBe(false);
    const hasFailed = reset.calls.some(({ errno }) => errno === 'ECONNRESET' || errno === 'EPIPE');
    const isReported = reset.records.some(
      (record) => 'events' in record && record.events.some(([, mask]) => mask & EPOLLERR),
    );
    expect(hasFailed || isReported).toBe(true);
  });

  test('half-close: shows the end of the stream, and a response after it', () => {
    const half = on(model, 'half-close');
    expect(half.acts('half-close')).toHaveLength(1);
    expect(half.acts('receive')[0]?.bytes).toBeGreaterThan(8000);
    expect(half.done('recv').some(({ ret }) => ret === 0)).toBe(true);
    expect(half.rowsOf(1).at(-1)?.isOpen).toBe(false);
  });

  test('reused: shows that the second client has the descriptor of the first', () => {
    const reused = on(model, 'reused');
    const [first, second] = [1, 2].map((client) => reused.rowsOf(client).findLast((row) => row.address !== undefined));
    expect(second?.key).toBe(first?.key);
    expect(second?.reuses).toBeGreaterThan(first?.reuses ?? Number.POSITIVE_INFINITY);
  });
});
