/** Errors of options, in one line that names the option: `sites[1].rules[0].path: expected …, got …`. */
import { nearestName, noSuchOption } from './nearest-name.js';

/** Longer values are cut. */
const SHOWN_CHARACTERS_MAX = 60;

/** The keys that lead to an option, from the outside in. */
export type OptionPath = readonly (string | number)[];

/** An option of the right type with a wrong value. */
export function wrongOption(at: OptionPath, expected: string, value: unknown): TypeError {
  return new TypeError(`${written(at)}: expected ${expected}, got ${shown(value, at)}`);
}

/** An option that contradicts others. */
export function impossibleOption(at: OptionPath, why: string): TypeError {
  return new TypeError(`${written(at)}: ${why}`);
}

/** An option that is not one of `names`. */
export function unknownOption(at: OptionPath, names: readonly string[]): TypeError {
  return impossibleOption(at, noSuchOption(nearestName(`${at.at(-1)}`, names), names));
}

function written(at: OptionPath): string {
  let text = '';
  for (const key of at) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (text === '') text = key;
    else if (!/^[\w$]+$/.test(key)) text += `[${JSON.stringify(key)}]`;
    else text += `.${key}`;
  }
  return text === '' ? 'options' : text;
}

/** A key can also stand where another path belongs. */
function isPem(value: unknown): boolean {
  return typeof value === 'string' && /-----BEGIN|^M[\w+/=]{60}/.test(value);
}

/** The value may be a password instead of its hash, or a key instead of its path: it must not get into a log. */
function shown(value: unknown, at: OptionPath): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (at.includes('users') || /key$/i.test(`${at.at(-1)}`) || isPem(value)) return `a ${typeof value} (not shown)`;
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}
