/** Sends a file: the whole, parts of it, or the result of conditions (RFC 9110 §13.2, §14). */
import { randomBytes } from 'node:crypto';
import { Task } from '../disk/cancellable-task.js';
import {
  type ByteRange,
  contentRange,
  IGNORE,
  parseByteRanges,
  UNSATISFIABLE,
  unsatisfiedRange,
} from '../http/byte-range.js';
import { evaluatePreconditions, isRangeAllowed, NOT_MODIFIED, PRECONDITION_FAILED } from '../http/conditional.js';
import { multipartFraming, multipartType } from '../http/response/multipart-byteranges.js';
import { HeaderLines, type ResponseHeaders } from '../http/response/response-head.js';
import type { FilePart } from '../server/http-response.js';
import { sendText } from '../server/send-text.js';
import { cancelWhenGone } from './cancel-when-gone.js';
import { type Content, FILE_INLINE_BYTES_MAX } from './content.js';
import type { FileRequest, FileResponse } from './file-exchange.js';
import { FileHeads } from './file-heads.js';
import type { Representation } from './representation.js';

/** Answers 200, 206, 304, 412 or 416. The caller closes the file. */
export function sendFile(
  request: FileRequest,
  response: FileResponse,
  representation: Representation,
  heads: FileHeads = new FileHeads(representation, request.reactor.wallClockMs),
): void | Promise<void> {
  const { content, validators } = representation;
  const { headers } = heads;
  if (!request.isConditional) return sendBytes(response, 200, headers, content, { start: 0, end: content.size });
  const nowMs = request.reactor.wallClockMs;
  const verdict = evaluatePreconditions(request, validators, nowMs);
  if (verdict === NOT_MODIFIED) return response.sendPrepared(heads.notModified);
  if (verdict === PRECONDITION_FAILED)
    return sendText(response, verdict, 'the file is not the one that the request is about');
  return sendRequested(request, response, representation, headers, isRangeAllowed(request, validators, nowMs));
}

/** Sends the file as the page of another status, such as 404: without conditions and ranges. */
export function sendPage(
  response: FileResponse,
  status: number,
  { content, contentType }: Representation,
): void | Promise<void> {
  return sendBytes(response, status, { 'Content-Type': contentType }, content, {
    start: 0,
    end: content.size,
  });
}

function sendRequested(
  request: FileRequest,
  response: FileResponse,
  { content, contentType }: Representation,
  headers: HeaderLines,
  isRangeLookedAt: boolean,
): void | Promise<void> {
  const field = isRangeLookedAt ? request.header('range') : undefined;
  const ranges = field === undefined ? IGNORE : parseByteRanges(field, content.size);
  if (ranges === IGNORE) return sendBytes(response, 200, headers, content, { start: 0, end: content.size });
  if (ranges === UNSATISFIABLE) {
    const range = unsatisfiedRange(content.size);
    return sendText(response, 416, `the file has ${content.size} bytes`, { 'Content-Range': range });
  }
  if (ranges.length > 1) return sendRanges(response, headers, content, contentType, ranges);
  const [range] = ranges as [ByteRange];
  const partHeaders = new HeaderLines([['Content-Range', contentRange(range, content.size)]], headers);
  return sendBytes(response, 206, partHeaders, content, range);
}

function sendBytes(
  response: FileResponse,
  status: number,
  headers: ResponseHeaders,
  content: Content,
  { start, end }: ByteRange,
): void | Promise<void> {
  const length = end - start;
  if (length > FILE_INLINE_BYTES_MAX) return response.sendParts(status, headers, [content.part(start, end)]);
  const bytes = content.readFromMemory(start, end);
  if (bytes !== undefined) return response.send(status, headers, bytes);
  return content
    .readLater(start, end, cancelWhenGone(new Task(), response))
    .then((read) => sendRead(response, status, headers, read, length));
}

function sendRead(
  response: FileResponse,
  status: number,
  headers: ResponseHeaders,
  bytes: Buffer,
  length: number,
): void {
  // Truncated since it was opened: a 200 sends the rest, but a 206 must have the bytes of its Content-Range.
  if (bytes.length < length && status === 206) throw new Error('a file was truncated while it was read');
  response.send(status, headers, bytes);
}

function sendRanges(
  response: FileResponse,
  headers: HeaderLines,
  content: Content,
  contentType: string,
  ranges: readonly ByteRange[],
): void {
  const boundary = randomBytes(15).toString('hex');
  const { heads, end } = multipartFraming(ranges, content.size, contentType, boundary);
  const parts: (Uint8Array | FilePart)[] = [];
  ranges.forEach((range, index) => {
    parts.push(Buffer.from(heads[index] as string, 'latin1'), content.part(range.start, range.end));
  });
  parts.push(Buffer.from(end, 'latin1'));
  const type = multipartType(boundary);
  const ofParts = Array.from(headers, ([name, value]) => [name, name === 'Content-Type' ? type : value] as const);
  response.sendParts(206, ofParts, parts);
}
