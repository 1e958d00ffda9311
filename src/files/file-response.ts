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
import type { Representation } from './lookup.js';
import type { OpenFile } from './open-file.js';

type Headers = Record<string, string>;

/** Answers 200, 206, 304, 412 or 416. The file stays the caller's to close. */
export function sendFile(
  request: HttpRequest,
  response: HttpResponse,
  representation: Representation,
): void | Promise<void> {
  const { file } = representation;
  const nowMs = Date.now();
  const headers = fileHeaders(representation, nowMs);
  if (!request.isConditional) return sendBytes(request, response, 200, headers, file, { start: 0, end: file.size });
  const validators = validatorsOf(file);
  const verdict = evaluatePreconditions(request, validators, nowMs);
  if (verdict !== PROCEED) return sendVerdict(response, verdict, headers);
  return sendRequested(request, response, representation, headers, isRangeAllowed(request, validators, nowMs));
}

/** Answers with the file as the text of another status, such as the page of a 404: no conditions, no ranges. */
export function sendPage(
  request: HttpRequest,
  response: HttpResponse,
  status: number,
  { file, contentType }: Representation,
): void | Promise<void> {
  return sendBytes(request, response, status, { 'Content-Type': contentType }, file, { start: 0, end: file.size });
}

/** Of a 200: what is said of the file beside its length. */
export function fileHeaders(representation: Representation, nowMs: number): Headers {
  const { file, contentType, contentEncoding, vary } = representation;
  const { etag, lastModifiedMs } = validatorsOf(file);
  const headers: Headers = {
    'Content-Type': contentType,
    ETag: etag,
    'Last-Modified': new Date(lastModified(lastModifiedMs, nowMs)).toUTCString(),
    'Accept-Ranges': 'bytes',
  };
  if (contentEncoding !== undefined) headers['Content-Encoding'] = contentEncoding;
  if (vary !== undefined) headers['Vary'] = vary;
  return headers;
}

function validatorsOf(file: OpenFile): Validators {
  return { etag: tagOf(file), lastModifiedMs: file.modifiedMs };
}

/** The same in every process that serves the file; another for each change that moves its time, its size or its inode. */
function tagOf({ size, modifiedSeconds, modifiedNanoseconds, inode }: OpenFile): string {
  return entityTag(size, BigInt(modifiedSeconds) * 1_000_000_000n + BigInt(modifiedNanoseconds), BigInt(inode));
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
): void | Promise<void> {
  const field = isRangeLookedAt ? request.header('range') : undefined;
  const ranges = field === undefined ? IGNORE : parseByteRanges(field, file.size);
  if (ranges === IGNORE) return sendBytes(request, response, 200, headers, file, { start: 0, end: file.size });
  if (ranges === UNSATISFIABLE) {
    const range = unsatisfiedRange(file.size);
    return response.send(416, { ...TEXT, 'Content-Range': range }, `416: the file has ${file.size} bytes\n`);
  }
  if (ranges.length > 1) return sendRanges(response, headers, file, contentType, ranges);
  const [range] = ranges as [ByteRange];
  return sendBytes(
    request,
    response,
    206,
    { ...headers, 'Content-Range': contentRange(range, file.size) },
    file,
    range,
  );
}

function sendBytes(
  request: HttpRequest,
  response: HttpResponse,
  status: number,
  headers: Headers,
  file: OpenFile,
  { start, end }: ByteRange,
): void | Promise<void> {
  const length = end - start;
  if (length > FILE_INLINE_BYTES_MAX) return response.sendFile(status, headers, file.part(start, end));
  const bytes = file.readFromMemory(start, end);
  if (bytes !== undefined) return response.send(status, headers, bytes);
  // In run() nobody hears what a thread has done.
  if (!request.reactor.isAttached) return sendRead(response, status, headers, file.read(start, end), length);
  return file.readLater(start, end).then((read) => sendRead(response, status, headers, read, length));
}

function sendRead(response: HttpResponse, status: number, headers: Headers, bytes: Buffer, length: number): void {
  // Truncated since it was opened: a whole file is what it is now; of a part, a number of bytes was promised.
  if (bytes.length < length && status === 206) throw new Error('a file was truncated while it was read');
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
