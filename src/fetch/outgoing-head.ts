/**
 * Status and headers of a web Response, as this server takes them: without those that the server writes itself, because it
 * alone knows where the message ends and whether the connection goes on.
 */
import * as zlib from 'node:zlib';
import type { PlainResponse } from './fast-response.js';

/** Fields of the connection, and not of the message (RFC 9110 §7.6.1); and Date. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
]);

/** Codings that fetch() has undone, so that its Response has plain bytes, while its headers still tell of others. */
const UNDONE_CODINGS: ReadonlySet<string> = new Set([
  'gzip',
  'x-gzip',
  'deflate',
  'br',
  ...(undoesZstd() ? ['zstd'] : []),
]);

export type HeaderPair = readonly [name: string, value: string];

export class OutgoingHead {
  readonly status: number;
  /** Without those of OWN_NAMES. */
  readonly headers: readonly HeaderPair[];
  /** What Content-Length says; undefined where it is not there, or is no number. */
  readonly length: number | undefined;

  /** @throws  RangeError for a status that no final response has */
  constructor(status: number, headers: Iterable<HeaderPair>, length?: number) {
    if (status === 0) throw new RangeError('the handler answered with Response.error(), which stands for no response');
    if (!(status >= 200)) throw new RangeError(`status: expected that of a final response, got ${status}`);
    const kept: HeaderPair[] = [];
    let declaredLength = length;
    for (const pair of headers) {
      const name = pair[0].toLowerCase();
      if (!OWN_NAMES.has(name)) kept.push(pair);
      else if (name === 'content-length' && /^\d{1,15}$/.test(pair[1])) declaredLength ??= Number(pair[1]);
    }
    this.status = status;
    this.headers = kept;
    this.length = declaredLength;
  }

  static of(response: Response): OutgoingHead {
    if (response.url === '') return new OutgoingHead(response.status, response.headers);
    // Of fetch(): a handler that passes on what another server has answered.
    const headers = new Headers(response.headers);
    const codings = headers.get('content-encoding')?.toLowerCase().split(',') ?? [];
    if (response.body !== null && codings.length > 0 && codings.every((coding) => UNDONE_CODINGS.has(coding.trim()))) {
      headers.delete('content-encoding');
      headers.delete('content-length');
    }
    return new OutgoingHead(response.status, headers);
  }

  static ofPlain({ status, headers, body, type }: PlainResponse): OutgoingHead {
    const pairs = headers === undefined ? [] : pairsOf(headers);
    if (type !== '' && !pairs.some(([name]) => equalsIgnoringCase(name, 'content-type'))) {
      pairs.push(['content-type', type]);
    }
    return new OutgoingHead(status, pairs, body instanceof Blob ? body.size : undefined);
  }
}

function pairsOf(headers: NonNullable<ResponseInit['headers']>): HeaderPair[] {
  const entries: Iterable<readonly unknown[]> = Symbol.iterator in headers ? headers : Object.entries(headers);
  const pairs = Array.from(entries, ([name, value]): HeaderPair => [String(name), String(value)]);
  // One name in two cases: the standard makes one header of them.
  const isDoubtful = pairs.length > 1 && new Set(pairs.map(([name]) => name.toLowerCase())).size < pairs.length;
  return isDoubtful ? [...new Headers(pairs.map(([name, value]): [string, string] => [name, value]))] : pairs;
}

function equalsIgnoringCase(name: string, word: string): boolean {
  return name.length === word.length && name.toLowerCase() === word;
}

function undoesZstd(): boolean {
  const [major = '0'] = (process.versions['undici'] ?? '').split('.');
  return 'createZstdDecompress' in zlib && Number(major) >= 7;
}
