/** The lines of an observed thread, checked: clients reach the observed program, and may control it. */
import * as v from 'valibot';
import { type ObservedLine, PAIRS_MAX } from '../protocol.js';

/** The largest number of a descriptor that Linux allows is below (fs.nr_open). */
const FD_MAX = 2 ** 31 - 1;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.number(), v.minValue(0));
const descriptor = v.pipe(v.number(), v.integer(), v.minValue(-1), v.maxValue(FD_MAX));
const pairs = v.pipe(v.array(v.tuple([descriptor, count])), v.maxLength(PAIRS_MAX));

/** The key that tells a kind of line from those after it, and its shape. */
const SHAPES: readonly (readonly [key: string, shape: v.GenericSchema<unknown, ObservedLine>])[] = [
  ['hello', v.object({ hello: v.literal(1), pid: count, thread: v.string(), channel: descriptor, node: v.string() })],
  ['held', v.object({ held: v.literal(true), isReady: v.boolean(), obeyed: count, readable: pairs })],
  [
    'call',
    v.object({
      t: time,
      dur: time,
      call: v.string(),
      fd: descriptor,
      args: v.array(v.string()),
      ret: v.number(),
      errno: v.exactOptional(v.string()),
      bytes: v.exactOptional(count),
      head: v.exactOptional(v.string()),
      given: v.exactOptional(count),
      requests: v.exactOptional(count),
      isAsync: v.exactOptional(v.literal(true)),
      isOperation: v.exactOptional(v.literal(true)),
      at: v.exactOptional(v.tuple([v.string(), count, count])),
    }),
  ],
  ['events', v.object({ t: time, events: pairs, sleptMs: time, isDone: v.exactOptional(v.literal(true)) })],
  ['asks', v.object({ t: time, by: v.picklist(['poll', 'select', 'send']), asks: pairs })],
  [
    'submits',
    v.object({ t: time, submits: v.pipe(v.array(v.tuple([v.string(), descriptor])), v.maxLength(PAIRS_MAX)) }),
  ],
  ['readable', v.object({ readable: pairs })],
  ['skipped', v.object({ skipped: v.object({ turns: count, calls: count, events: count }) })],
  ['dropped', v.object({ dropped: count })],
];

/** @throws  Error for a line that no observer sends */
export function parseObservedLine(json: string): ObservedLine {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null) throw new TypeError('a line that is no object');
  const [, shape] = SHAPES.find(([key]) => key in value) ?? [];
  if (shape === undefined) throw new TypeError('a line of an unknown kind');
  return v.parse(shape, value);
}
