/**
 * Reads a worker's output no faster than an intact worker would write it. Clients reach the worker, so an attacker may control it: it
 * must not keep its supervisor busy, nor fill its memory or the error log.
 */
import type { Readable } from 'node:stream';

/** For one stream of one worker. A report of metrics has 5 KB, a stack trace 1 KB. */
export const SAID_BYTES_PER_SECOND_MAX = 256 * 1024;

/** Added to the bytes of each message, so that at most 1,000 empty ones are read in a second. */
export const MESSAGE_OVERHEAD_BYTES = 256;

/** The burst that may be read at once, as a share of a second's bytes. */
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
