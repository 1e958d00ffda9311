/** Headers that every response gets beside its own, errors included. */
import type { ResponseHeaders } from './response-head.js';

export type Lines = (readonly [name: string, value: string])[];

/** A default gives way to a header of the same name, except Vary: the two are joined (RFC 9110 §12.5.5). */
export function withDefaults(own: ResponseHeaders, defaults: ResponseHeaders): ResponseHeaders {
  const lines = linesOf(own);
  const names = new Set(lines.map(([name]) => name.toLowerCase()));
  for (const [name, value] of linesOf(defaults)) {
    const lowerName = name.toLowerCase();
    if (!names.has(lowerName)) {
      lines.push([name, value]);
    } else if (lowerName === 'vary') {
      const at = lines.findIndex(([other]) => other.toLowerCase() === lowerName);
      const [ownName, ownValue] = lines[at] as Lines[number];
      lines[at] = [ownName, `${ownValue}, ${value}`];
    }
  }
  return lines;
}

/** The lines of a head, each a name and a value. */
export function linesOf(headers: ResponseHeaders): Lines {
  if (Symbol.iterator in headers) return [...headers];
  return Object.entries(headers).flatMap(([name, value]): Lines => {
    if (typeof value === 'object') return value.map((item) => [name, item]);
    return value === undefined ? [] : [[name, `${value}`]];
  });
}
