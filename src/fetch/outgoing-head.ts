/**
 * Status and headers of a web Response, without the headers that the server writes itself: only the server knows where the
 * message ends and whether the connection goes on.
 */
import * as zlib from 'node:zlib';
import { HeadTemplate } from '../http/response/head-template.js';
import { isRecordOf } from '../http/response/repeated-head.js';
import type { PlainResponse } from './fast-response.js';

/** Fields that concern the connection and not the message (RFC 9110 §7.6.1), and Date. */
const OWN_NAME = /^(?:connection|content-length|date|keep-alive|proxy-connection|transfer-encoding)$/i;
const CONTENT_LENGTH = /^content-length$/i;
const CONTENT_TYPE = /^content-type$/i;

/** Codings that fetch() decodes. Its Response has the decoded bytes, but its headers still name the coding. */
const UNDONE_CODINGS: ReadonlySet<string> = new Set([
  'gzip',
  'x-gzip',
  'deflate',
  'br',
  ...(undoesZstd() ? ['zstd'] : []),
]);

export type HeaderPair = readonly [name: string, value: string];

/** The last headers and their head: most handlers send the same each time. */
let last:
  | { readonly said: readonly [name: string, value: unknown][]; readonly type: string; readonly head: OutgoingHead }
  | undefined;

export class OutgoingHead {
  readonly status: number;
  /** The headers, without those of OWN_NAME. */
  readonly headers: readonly HeaderPair[];
  /** The value of Content-Length; undefined if it is missing or not a number. */
  readonly length: number | undefined;
  /** Set if the head is sent again. */
  template: HeadTemplate | undefined;

  /** @throws  RangeError for a status that is not one of a final response */
  constructor(status: number, headers: Iterable<HeaderPair>, length?: number) {
    if (status === 0) throw new RangeError('the handler answered with Response.error(), which stands for no response');
    if (!(status >= 200)) throw new RangeError(`status: expected that of a final response, got ${status}`);
    const kept: HeaderPair[] = [];
    let declaredLength = length;
    for (const pair of headers) {
      const name = pair[0];
      if (!OWN_NAME.test(name)) kept.push(pair);
      else if (CONTENT_LENGTH.test(name) && /^\d{1,15}$/.test(pair[1])) declaredLength ??= Number(pair[1]);
    }
    this.status = status;
    this.headers = kept;
    this.length = declaredLength;
  }

  static of(response: Response): OutgoingHead {
    if (response.url === '') return new OutgoingHead(response.status, response.headers);
    // A Response of fetch(): the handler passes on the answer of another server.
    const headers = new Headers(response.headers);
    const codings = headers.get('content-encoding')?.toLowerCase().split(',') ?? [];
    if (response.body !== null && codings.length > 0 && codings.every((coding) => UNDONE_CODINGS.has(coding.trim()))) {
      headers.delete('content-encoding');
      headers.delete('content-length');
    }
    return new OutgoingHead(response.status, headers);
  }

  static ofPlain(response: PlainResponse): OutgoingHead {
    const { status, headers, body, type } = response;
    const isRecord = headers !== undefined && !(Symbol.iterator in headers) && !(body instanceof Blob);
    if (!isRecord) return OutgoingHead.#ofPlain(response);
    if (last?.head.status === status && last.type === type && isRecordOf(headers, last.said)) {
      last.head.template ??= new HeadTemplate(status, last.head.headers);
      return last.head;
    }
    const head = OutgoingHead.#ofPlain(response);
    const said: [name: string, value: unknown][] = Object.entries(headers);
    if (said.every(([, value]) => typeof value === 'string')) last = { said, type, head }; // an object may become another text the next time
    return head;
  }

  static #ofPlain({ status, headers, body, type }: PlainResponse): OutgoingHead {
    const pairs = headers === undefined ? [] : pairsOf(headers);
    if (type !== '' && !pairs.some(([name]) => CONTENT_TYPE.test(name))) {
      pairs.push(['content-type', type]);
    }
    return new OutgoingHead(status, pairs, body instanceof Blob ? body.size : undefined);
  }
}

function pairsOf(headers: NonNullable<ResponseInit['headers']>): [name: string, value: string][] {
  const given: Iterable<readonly unknown[]> = Symbol.iterator in headers ? headers : Object.entries(headers);
  const pairs: [name: string, value: string][] = [];
  for (const [name, value] of given) pairs.push([String(name), String(value)]);
  // The same name in two spellings: the standard makes one header of them.
  const isDoubtful = pairs.length > 1 && new Set(pairs.map(([name]) => name.toLowerCase())).size < pairs.length;
  return isDoubtful ? [...new Headers(pairs)] : pairs;
}

function undoesZstd(): boolean {
  const [major = '0'] = (process.versions['undici'] ?? '').split('.');
  return 'createZstdDecompress' in zlib && Number(major) >= 7;
}
