/** Errors of options, in one line that names the option: `sites[1].rules[0].path: expected …, got …`. */
import * as v from 'valibot';
import { nearestName, noSuchOption } from './nearest-name.js';

/** Longer values are cut. */
const SHOWN_CHARACTERS_MAX = 60;

/** The keys that lead to an option, from the outside in. */
export type OptionPath = readonly (string | number)[];

/**
 * Checks options against a schema.
 * @param at  the path of `options`
 * @throws    TypeError naming the first option that is wrong
 */
export function checkShape(schema: v.GenericSchema, options: unknown, at: OptionPath): void {
  const result = v.safeParse(schema, options, { abortEarly: true });
  if (result.success) return;
  throw explained(result.issues[0], at);
}

/** An option of the right type with a wrong value. */
export function wrongOption(at: OptionPath, expected: string, value: unknown): TypeError {
  return new TypeError(`${written(at)}: expected ${expected}, got ${shown(value, at)}`);
}

/** An option that contradicts others. */
export function impossibleOption(at: OptionPath, why: string): TypeError {
  return new TypeError(`${written(at)}: ${why}`);
}

function unknownOption(at: OptionPath, names: readonly string[]): TypeError {
  return impossibleOption(at, noSuchOption(nearestName(`${at.at(-1)}`, names), names));
}

function explained(issue: v.BaseIssue<unknown>, outer: OptionPath): TypeError {
  const at = [...outer, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  // An option with several forms: the form that was meant is the one with an error further inside.
  const inner = issue.issues?.find(({ path }) => path !== undefined);
  if (inner !== undefined) return explained(inner, at);
  if (issue.type !== 'strict_object') return wrongOption(at, issue.message, issue.input);
  if (issue.expected === 'never') return unknownOption(at, issue.message.split(', '));
  return issue.expected === 'Object' ? wrongOption(at, 'an object', issue.input) : impossibleOption(at, 'is missing');
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

function shown(value: unknown, at: OptionPath): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  // It may be a password in place of its hash, which must not get into a log.
  if (at.includes('users')) return `a ${typeof value} that is none`;
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}
