/** The headers that a rule may set: all except those that the server writes and those that have their own option. */
import { responseHead } from '../http/response/response-head.js';
import { type OptionPath, wrongOption } from '../options/option-errors.js';

/** Forbidden headers, each with the option or the part of the server that sets it. */
const TAKEN: ReadonlyMap<string, string> = new Map([
  ['cache-control', 'cacheControl'],
  ['content-type', 'contentType'],
  ['location', 'redirect'],
  ['www-authenticate', 'auth'],
  ...['accept-ranges', 'content-encoding', 'content-range', 'etag', 'last-modified'].map((name): [string, string] => [
    name,
    'the file itself',
  ]),
  ...['content-length', 'transfer-encoding', 'connection', 'date', 'keep-alive', 'trailer', 'upgrade'].map(
    (name): [string, string] => [name, 'the server itself'],
  ),
]);

/** @throws  TypeError for an invalid header, or one that a rule may not set */
export function checkHeader(name: string, value: string | false, at: OptionPath): void {
  const lowerName = name.toLowerCase();
  const by = lowerName.startsWith('access-control-') ? 'cors' : TAKEN.get(lowerName);
  if (by !== undefined) throw wrongOption(at, `a header that is not set by ${by}`, value);
  checkHeaderValue(name, value === false ? '' : value, at);
}

/** @throws  TypeError for a value with control characters, or a name that is not a token */
export function checkHeaderValue(name: string, value: string, at: OptionPath): void {
  try {
    responseHead(200, '', { [name]: value });
  } catch (error) {
    throw new TypeError(wrongOption(at, 'a header of latin1 without control characters', value).message, {
      cause: error,
    });
  }
}
