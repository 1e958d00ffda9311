/** What a page asks of a program, in the body of a POST. */
import * as v from 'valibot';
import { HttpError } from '../http/http-error.js';
import { EXPERIMENTS } from './records.js';
import { TURNS_PER_SECOND_MAX, TURNS_PER_SECOND_MIN } from './session/slow-motion.js';

const session = v.string();

const CONTROL = v.variant('do', [
  v.strictObject({ session, do: v.picklist(['pause', 'resume', 'step', 'close']) }),
  /** Turns a second; null: as fast as it is. */
  v.strictObject({
    session,
    do: v.literal('speed'),
    value: v.nullable(v.pipe(v.number(), v.minValue(TURNS_PER_SECOND_MIN), v.maxValue(TURNS_PER_SECOND_MAX))),
  }),
  v.strictObject({ session, do: v.literal('experiment'), value: v.picklist(EXPERIMENTS) }),
]);

export type Control = v.InferOutput<typeof CONTROL>;

const OPENING = v.strictObject({ model: v.string() });

/** @throws  HttpError 400 */
export function parseControl(body: unknown): Control {
  return parsed(CONTROL, body);
}

/** @throws  HttpError 400 */
export function parseOpening(body: unknown): v.InferOutput<typeof OPENING> {
  return parsed(OPENING, body);
}

function parsed<T extends v.GenericSchema>(schema: T, body: unknown): v.InferOutput<T> {
  const result = v.safeParse(schema, body, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const at = v.getDotPath(issue);
  throw new HttpError(400, at === null ? issue.message : `${at}: ${issue.message}`);
}
