/** What --trace and the X-ray share: code that runs after each call of the addon, whichever way its result comes. */
import type { Native } from './native-api.js';

/** A call of the addon. */
export type Call = (...args: unknown[]) => number;

/** The calls of the addon by name. */
export function callsOf(native: Native): Readonly<Record<string, Call>> {
  return native as unknown as Record<string, Call>;
}

/**
 * Makes a call, and passes its arguments and result to `onResult`: at once or, if a disk thread makes it, when the result has come.
 * What the thread has read follows the arguments then.
 * @returns  as the call
 */
export function intercept(
  call: Call,
  args: readonly unknown[],
  onResult: (args: readonly unknown[], result: number) => void,
): number {
  const done = args.at(-1);
  if (typeof done !== 'function') {
    const result = call(...args);
    onResult(args, result);
    return result;
  }
  const given = args.slice(0, -1);
  return call(...given, (result: number, ...more: unknown[]) => {
    onResult([...given, ...more], result);
    done(result, ...more);
  });
}
