/** Lines of a worker's stdout: those of several workers go into one file, and never in pieces. */

/** The line of the largest request head that there can be, with each byte escaped. */
export const LOG_LINE_BYTES_MAX = 1024 * 1024;

const NEWLINE = 10;

/** Hands on whole lines. One that is longer than any of ours is left out: who writes it does not write a log. */
export function readLines(stream: NodeJS.ReadableStream | null, onLines: (lines: string) => void): void {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let isLeftOut = false;
  const keep = (bytes: Buffer): void => {
    if (isLeftOut || bytes.length === 0) return;
    rest.push(bytes);
    restBytes += bytes.length;
    if (restBytes <= LOG_LINE_BYTES_MAX) return;
    isLeftOut = true;
    rest = [];
  };
  stream?.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const start = isLeftOut ? chunk.indexOf(NEWLINE) + 1 : 0;
      if (start < end) onLines(Buffer.concat([...rest, chunk.subarray(start, end)]).toString());
      rest = [];
      restBytes = 0;
      isLeftOut = false;
    }
    keep(chunk.subarray(end));
  });
}
