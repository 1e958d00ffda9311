/**
 * The framing of several ranges in one response (RFC 9110 §14.6, §15.3.7.2):
 *
 *     --boundary CRLF
 *     Content-Type: text/plain CRLF                RFC 2046 §5.1.1
 *     Content-Range: bytes 0-0/10 CRLF
 *     CRLF
 *     the first range CRLF
 *     --boundary CRLF
 *     …
 *     the last range CRLF
 *     --boundary-- CRLF
 *
 * The CRLF before a boundary belongs to the boundary. The first boundary has no CRLF and no text before it, and no text
 * follows the last.
 */
import { type ByteRange, contentRange } from '../byte-range.js';

/** One character for each byte (latin1). The bytes of `ranges[i]` follow `heads[i]`; `end` follows the last range. */
export interface MultipartFraming {
  readonly heads: readonly string[];
  readonly end: string;
  /** Heads, ranges and end together. */
  readonly contentLength: number;
}

/**
 * @param contentType  the type of the file, which each part "SHOULD" repeat (§15.3.7.2); undefined if a 200 would have none
 * @param boundary     1 to 70 letters or digits that do not occur in the file. They are random: a counter or a process id
 *                     would reveal something about the server (CVE-2003-1418), and the author of the file could guess it
 */
export function multipartFraming(
  ranges: readonly ByteRange[],
  size: number,
  contentType: string | undefined,
  boundary: string,
): MultipartFraming {
  const type = contentType === undefined ? '' : `Content-Type: ${contentType}\r\n`;
  const end = `\r\n--${boundary}--\r\n`;
  let contentLength = end.length;
  const heads = ranges.map((range, index) => {
    const delimiter = index === 0 ? `--${boundary}` : `\r\n--${boundary}`;
    const head = `${delimiter}\r\n${type}Content-Range: ${contentRange(range, size)}\r\n\r\n`;
    contentLength += head.length + range.end - range.start;
    return head;
  });
  return { heads, end, contentLength };
}

/** Content-Type of the response, without quotes, which "some existing implementations handle incorrectly" (§14.6). */
export function multipartType(boundary: string): string {
  return `multipart/byteranges; boundary=${boundary}`;
}
