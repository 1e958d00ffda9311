/** multipart/byteranges, parsed back strictly: whatever is not exactly what RFC 9110 §14.6 and RFC 2046 §5.1.1 have throws. */
import type { WireResponse } from '../client/wire-response.js';

export interface Part {
  readonly contentType: string | undefined;
  /** As written: `bytes 0-0/10`. */
  readonly contentRange: string;
  readonly body: Buffer;
}

/**
 * The parts of a response. Their lengths come from Content-Range and not from the place of the next boundary, so that a part
 * of the wrong length is noticed.
 */
export function partsOf({ headers, body }: WireResponse): Part[] {
  const match = /^multipart\/byteranges; ?boundary=([\w'()+,./:=?-]{1,70})$/.exec(headers.get('content-type') ?? '');
  if (match === null) throw new Error(`not multipart/byteranges: ${headers.get('content-type')}`);
  const boundary = match[1] as string;
  const parts: Part[] = [];
  // nginx has a line end before its first boundary, which is an empty preamble.
  let at = body.subarray(0, 2).equals(Buffer.from('\r\n')) ? 2 : 0;
  for (;;) {
    at = expectBytes(body, at, `--${boundary}`);
    if (body.toString('latin1', at, at + 2) === '--') break;
    at = expectBytes(body, at, '\r\n');
    const headEnd = body.indexOf('\r\n\r\n', at);
    if (headEnd < 0) throw new Error('a part without an end of its head');
    const lines = new Map(
      body
        .toString('latin1', at, headEnd)
        .split('\r\n')
        .map((line) => [line.split(': ', 1)[0]?.toLowerCase() ?? '', line.slice(line.indexOf(': ') + 2)]),
    );
    const contentRange = lines.get('content-range') ?? '';
    const range = /^bytes (\d+)-(\d+)\/\d+$/.exec(contentRange);
    if (range === null) throw new Error(`not a Content-Range: ${contentRange}`);
    const start = headEnd + 4;
    const end = start + Number(range[2]) - Number(range[1]) + 1;
    parts.push({ contentType: lines.get('content-type'), contentRange, body: body.subarray(start, end) });
    at = expectBytes(body, end, '\r\n');
  }
  if (expectBytes(body, at, '--\r\n') !== body.length) throw new Error('bytes behind the last boundary');
  return parts;
}

function expectBytes(body: Buffer, at: number, text: string): number {
  const found = body.toString('latin1', at, at + text.length);
  if (found !== text) throw new Error(`at ${at}: expected ${JSON.stringify(text)}, found ${JSON.stringify(found)}`);
  return at + text.length;
}
