/** A form of a resource, as it is sent (RFC 9110 §3.2): bytes, and what is said of them. */
import { randomUUID } from 'node:crypto';
import type { Validators } from '../http/conditional.js';
import { entityTag } from '../http/entity-tag.js';
import type { ResponseHeaders } from '../http/response-head.js';
import type { Content } from './content.js';
import type { OpenFile } from './open-file.js';

export interface Representation<C extends Content = Content> extends Identity {
  /** Closed by whoever has the representation. */
  readonly content: C;
  readonly contentType: string;
  readonly contentEncoding?: string;
  /** Which request headers have chosen it. */
  readonly vary?: string;
  readonly cacheControl?: string;
  /** Those of most of its responses: HttpResponse.defaultHeaders. */
  readonly defaultHeaders?: ResponseHeaders | undefined;
}

/** What a file is known by: now, and where it has changed too lately for a strong tag, from when on by what. */
export interface Identity {
  readonly validators: Validators;
  readonly settled?: { readonly fromMs: number; readonly validators: Validators } | undefined;
}

/**
 * How long after a change another one may leave the time of change as it is. Linux stamps files by a clock that ticks each 1 to
 * 10 ms (CONFIG_HZ), and finer since 6.13; twice the longest is awaited. Whole seconds are of a filesystem that keeps no parts of
 * them (ext3, FAT: two seconds), and another machine's clock may be ahead of this one's.
 */
const GRAIN_MS = 20;
const COARSE_GRAIN_MS = 2_000;

/**
 * The strong tag is the same in every process that serves the file, and another after each change. A file that changed a moment
 * ago may change again and keep it. So its tag is weak and random until then: it is never that of other bytes, and as no client
 * has seen the strong one before, that stands for the last of these changes alone.
 * @param nowMs  of the clock that Date has, before the file was looked at
 */
export function identityOf(file: OpenFile, nowMs: number): Identity {
  const { size, inode, modifiedMs, modifiedSeconds, changedSeconds, changedNanoseconds } = file;
  const modifiedNs = nanoseconds(modifiedSeconds, file.modifiedNanoseconds);
  const changedNs = nanoseconds(changedSeconds, changedNanoseconds);
  const validators: Validators = {
    etag: entityTag({ size, modifiedNs, changedNs, inode }),
    lastModifiedMs: modifiedMs,
    isDateStrong: modifiedSeconds === changedSeconds,
  };
  const changedMs = changedSeconds * 1000 + changedNanoseconds / 1e6;
  const grainMs = file.isLocal && changedNanoseconds !== 0 ? GRAIN_MS : COARSE_GRAIN_MS;
  // A change that lies in the future was made by another clock: a next one has another time.
  if (Math.abs(nowMs - changedMs) >= grainMs) return { validators, settled: undefined };
  const weak = { ...validators, etag: `W/"${randomUUID()}"` };
  return { validators: weak, settled: { fromMs: changedMs + grainMs, validators } };
}

function nanoseconds(seconds: number, nanoseconds: number): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}
