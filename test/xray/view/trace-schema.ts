/** The Trace Event Format: "JSON Object Format", and the events that are written here. Strict: no other fields. */
import * as v from 'valibot';

const time = v.pipe(v.number(), v.finite(), v.minValue(0));
const number = v.pipe(v.number(), v.integer(), v.minValue(0));
const values = v.record(v.string(), v.union([v.string(), v.pipe(v.number(), v.finite())]));
const common = { name: v.pipe(v.string(), v.nonEmpty()), pid: number, tid: number };
const categories = v.pipe(v.string(), v.regex(/^[a-z]+(?:,[a-z]+)*$/));
export const TRACE = v.strictObject({
  traceEvents: v.array(
    v.variant('ph', [
      v.strictObject({
        ...common,
        ph: v.literal('M'),
        name: v.picklist(['process_name', 'thread_name']),
        args: v.strictObject({ name: v.string() }),
      }),
      v.strictObject({ ...common, ph: v.literal('X'), cat: categories, ts: time, dur: time, args: values }),
      v.strictObject({
        ...common,
        ph: v.literal('i'),
        cat: categories,
        ts: time,
        s: v.picklist(['t', 'p', 'g']),
        args: values,
      }),
      v.strictObject({ ...common, ph: v.literal('C'), ts: time, args: v.record(v.string(), time) }),
      v.strictObject({ ...common, ph: v.picklist(['b', 'e']), cat: categories, ts: time, id: number, args: values }),
    ]),
  ),
  displayTimeUnit: v.picklist(['ms', 'ns']),
  otherData: v.record(v.string(), v.string()),
});
