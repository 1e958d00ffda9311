/** Which headers a rule may set: not those that the server writes, nor those that an option of its own is for. */
import { responseHead } from '../http/response-head.js';
import { type OptionPath, wrongOption } from './option-errors.js';

/** What says it instead, or does. */
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

/** @throws  TypeError for a header that is none, or is not for a rule to set */
export function checkHeader(name: string, value: string | false, at: OptionPath): void {
  const lowerName = name.toLowerCase();
  const by = lowerName.startsWith('access-control-') ? 'cors' : TAKEN.get(lowerName);
  if (by !== undefined) throw wrongOption(at, `a header that is not set by ${by}`, value);
  checkHeaderValue(name, value === false ? '' : value, at);
}

/** @throws  TypeError for a value that would end its line, or a name that is no token */
export function checkHeaderValue(name: string, value: string, at: OptionPath): void {
  try {
    responseHead(200, '', { [name]: value });
  } catch (error) {
    throw new TypeError(wrongOption(at, 'a header of latin1 without control characters', value).message, {
      cause: error,
    });
  }
}
