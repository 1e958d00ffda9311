/**
 * Checks the options of a call: their names and types, once, before anything is opened. The code that uses a value checks its
 * meaning.
 */
import { type OptionPath, unknownOption, wrongOption } from './option-errors.js';

/** The names of the types in messages. */
const TYPES = {
  boolean: 'true or false',
  function: 'a function',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

/** The name of a type, or a class; `any`: the user of the option checks it. */
type Kind = keyof typeof TYPES | 'any' | (abstract new () => object) | Shape;

/** The kind of each option: of every one that the interface has. An option that is an object of options has a shape of its own. */
export type Shape<Options = Readonly<Record<string, unknown>>> = { readonly [Name in keyof Options]-?: Kind };

/**
 * @param at  the path of `options`, for messages; none for the argument itself
 * @throws    TypeError for an unknown option, which names the nearest one; for an option of another type
 */
export function checkOptions(options: unknown, shape: Shape, at: OptionPath = []): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrongOption(at, TYPES.object, options);
  }
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (kind === undefined) throw unknownOption([...at, name], Object.keys(shape));
    if (value !== undefined) checkKind(value, kind, [...at, name]);
  }
}

function checkKind(value: unknown, kind: Kind, at: OptionPath): void {
  if (typeof kind === 'object') {
    checkOptions(value, kind, at);
  } else if (typeof kind === 'function') {
    const article = /^[AEIOU]/.test(kind.name) ? 'an' : 'a';
    if (!(value instanceof kind)) throw wrongOption(at, `${article} ${kind.name}`, value);
  } else if (kind !== 'any' && (typeof value !== kind || value === null)) {
    throw wrongOption(at, TYPES[kind], value);
  }
}
