/** Whole lines of a worker's stdout: several workers write one file. */

/** The log line of the largest request head, with each byte escaped. */
export const LOG_LINE_BYTES_MAX = 1024 * 1024;

const NEWLINE = 10;

/** Calls back with whole lines. Drops a longer line: no log writes it. */
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
