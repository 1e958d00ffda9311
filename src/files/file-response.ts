/**
 * A file as a response: the whole, parts of it, or what the client needs to be told instead (RFC 9110 §13.2, §14).
 */
import { randomBytes } from 'node:crypto';
import {
  type ByteRange,
  contentRange,
  IGNORE,
  parseByteRanges,
  UNSATISFIABLE,
  unsatisfiedRange,
} from '../http/byte-range.js';
import {
  evaluatePreconditions,
  isRangeAllowed,
  lastModified,
  NOT_MODIFIED,
  PROCEED,
  type Validators,
} from '../http/conditional.js';
import { entityTag } from '../http/entity-tag.js';
import { multipartFraming, multipartType } from '../http/multipart-byteranges.js';
import { FILE_INLINE_BYTES_MAX } from '../limits.js';
import type { HttpRequest } from '../server/http-request.js';
import type { FilePart, HttpResponse } from '../server/http-response.js';
import type { OpenFile } from './open-file.js';

/** What is sent of a file. */
export interface Representation {
  readonly file: OpenFile;
  readonly contentType: string;
  /** Of a file that is compressed beforehand: its content coding. */
  readonly contentEncoding?: string;
  /** Which request headers have chosen it. */
  readonly vary?: string;
}

type Headers = Record<string, string>;

/** Answers 200, 206, 304, 412 or 416. The file is closed, if not now then when it is sent. */
export function sendFile(request: HttpRequest, response: HttpResponse, representation: Representation): void {
  const { file } = representation;
  try {
    const nowMs = Date.now();
    const validators = { etag: tagOf(file), lastModifiedMs: file.modifiedMs };
    const headers = headersOf(representation, validators, nowMs);
    const verdict = evaluatePreconditions(request, validators, nowMs);
    if (verdict !== PROCEED) sendVerdict(response, verdict, headers);
    else sendRequested(request, response, representation, headers, isRangeAllowed(request, validators, nowMs));
  } finally {
    file.close();
  }
}

/** Answers with the file as the text of another status, such as the page of a 404: no conditions, no ranges. */
export function sendPage(response: HttpResponse, status: number, { file, contentType }: Representation): void {
  try {
    sendBytes(response, status, { 'Content-Type': contentType }, file, { start: 0, end: file.size });
  } finally {
    file.close();
  }
}

/** The same in every process that serves the file; another for each change that moves its time, its size or its inode. */
function tagOf({ size, modifiedSeconds, modifiedNanoseconds, inode }: OpenFile): string {
  return entityTag(size, BigInt(modifiedSeconds) * 1_000_000_000n + BigInt(modifiedNanoseconds), BigInt(inode));
}

function headersOf(representation: Representation, validators: Validators, nowMs: number): Headers {
  const { contentType, contentEncoding, vary } = representation;
  const headers: Headers = {
    'Content-Type': contentType,
    ETag: validators.etag,
    'Last-Modified': new Date(lastModified(validators.lastModifiedMs, nowMs)).toUTCString(),
    'Accept-Ranges': 'bytes',
  };
  if (contentEncoding !== undefined) headers['Content-Encoding'] = contentEncoding;
  if (vary !== undefined) headers['Vary'] = vary;
  return headers;
}

function sendVerdict(response: HttpResponse, status: number, headers: Headers): void {
  if (status === NOT_MODIFIED) {
    // What a 200 would have told a cache, and nothing of the body that it has (§15.4.5).
    const { ETag = '', 'Last-Modified': modified = '', Vary } = headers;
    response.send(status, { ETag, 'Last-Modified': modified, ...(Vary === undefined ? {} : { Vary }) });
  } else {
    response.send(status, TEXT, `${status}: the file is not the one that the request is about\n`);
  }
}

function sendRequested(
  request: HttpRequest,
  response: HttpResponse,
  { file, contentType }: Representation,
  headers: Headers,
  isRangeLookedAt: boolean,
): void {
  const field = isRangeLookedAt ? request.header('range') : undefined;
  const ranges = field === undefined ? IGNORE : parseByteRanges(field, file.size);
  if (ranges === IGNORE) {
    sendBytes(response, 200, headers, file, { start: 0, end: file.size });
  } else if (ranges === UNSATISFIABLE) {
    const range = unsatisfiedRange(file.size);
    response.send(416, { ...TEXT, 'Content-Range': range }, `416: the file has ${file.size} bytes\n`);
  } else if (ranges.length === 1) {
    const [range] = ranges as [ByteRange];
    sendBytes(response, 206, { ...headers, 'Content-Range': contentRange(range, file.size) }, file, range);
  } else {
    sendRanges(response, headers, file, contentType, ranges);
  }
}

function sendBytes(response: HttpResponse, status: number, headers: Headers, file: OpenFile, range: ByteRange): void {
  const { start, end } = range;
  if (end - start > FILE_INLINE_BYTES_MAX) {
    response.sendFile(status, headers, file.part(start, end));
    return;
  }
  const bytes = file.read(start, end);
  // Truncated since it was opened: a whole file is what it is now; of a part, a number of bytes was promised.
  if (bytes.length < end - start && status === 206) throw new Error('a file was truncated while it was read');
  response.send(status, headers, bytes);
}

function sendRanges(
  response: HttpResponse,
  headers: Headers,
  file: OpenFile,
  contentType: string,
  ranges: readonly ByteRange[],
): void {
  const boundary = randomBytes(15).toString('hex');
  const { heads, end } = multipartFraming(ranges, file.size, contentType, boundary);
  const parts: (Uint8Array | FilePart)[] = [];
  ranges.forEach((range, index) => {
    parts.push(Buffer.from(heads[index] as string, 'latin1'), file.part(range.start, range.end));
  });
  parts.push(Buffer.from(end, 'latin1'));
  response.sendParts(206, { ...headers, 'Content-Type': multipartType(boundary) }, parts);
}

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' };
