/**
 * Reads what a worker says no faster than a worker of ours would say it. A worker is what clients reach, and so the process that
 * may be taken over: it must not keep its supervisor busy, nor fill its memory or the error log.
 */
import type { Readable } from 'node:stream';

/** Of one stream of one worker. Metrics are 5 KB when they are asked for, a stack trace is 1 KB. */
export const SAID_BYTES_PER_SECOND_MAX = 256 * 1024;

/** A message counts as so many bytes more than it has: 1,000 empty ones in a second. */
export const MESSAGE_OVERHEAD_BYTES = 256;

/** What may be read at once, as a share of a second's bytes. */
const BURST_MS = 1_000;

/**
 * When the allowance is used up, the stream is not read: the other side waits.
 * @param onChunk  returns what the chunk counts, in bytes
 */
export function readPaced(stream: Readable, bytesPerSecondMax: number, onChunk: (chunk: Buffer) => number): void {
  let paidUntilMs = 0;
  stream.on('data', (chunk: Buffer) => {
    const nowMs = performance.now();
    paidUntilMs = Math.max(paidUntilMs, nowMs) + (1_000 * onChunk(chunk)) / bytesPerSecondMax;
    if (paidUntilMs - nowMs < BURST_MS) return;
    stream.pause();
    setTimeout(() => stream.resume(), paidUntilMs - nowMs);
  });
}
