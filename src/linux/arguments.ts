/** Checks arguments that the addon does not get as they are. The messages are those of the addon's own checks (native/args.h). */

export const INT_MAX = 2 ** 31 - 1;

/** @throws  TypeError | RangeError  that names the argument, the expected value and the given one */
export function wholeNumber(name: string, value: number, min: number, max: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name}: expected a whole number, got ${kindOf(value)}`);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name}: expected a whole number from ${min} to ${max}, got ${value}`);
  }
  return value;
}

export function milliseconds(name: string, value: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name}: expected milliseconds, got ${kindOf(value)}`);
  if (Number.isNaN(value)) throw new RangeError(`${name}: expected milliseconds, got NaN`);
  return value;
}

export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return typeof value === 'object' ? 'another kind of object' : `a ${typeof value}`;
}
