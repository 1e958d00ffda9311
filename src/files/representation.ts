/** A representation (RFC 9110 §3.2): bytes, and the header values that describe them. */
import { randomUUID } from 'node:crypto';
import type { Validators } from '../http/conditional.js';
import { entityTag } from '../http/entity-tag.js';
import type { ResponseHeaders } from '../http/response/response-head.js';
import type { Content } from './content.js';
import type { OpenFile } from './open-file.js';

export interface Representation<C extends Content = Content> extends Identity {
  /** The owner of the representation closes it. */
  readonly content: C;
  readonly contentType: string;
  readonly contentEncoding?: string;
  /** The request headers that have chosen it. */
  readonly vary?: string;
  readonly cacheControl?: string;
  /** HttpResponse.defaultHeaders of most of its responses. */
  readonly defaultHeaders?: ResponseHeaders | undefined;
}

/** The validators of a file. If it has changed too recently for a strong tag, also the ones that it will have later. */
export interface Identity {
  readonly validators: Validators;
  readonly settled?: { readonly fromMs: number; readonly validators: Validators } | undefined;
}

/**
 * How long after a change the next one may get the same time of change. Linux stamps files by a clock that ticks every 1 to 10 ms
 * (CONFIG_HZ), and by a finer one since 6.13; this is twice the longest tick.
 */
const GRAIN_MS = 20;
/** The same on filesystems that keep whole seconds (ext3; FAT: two), or belong to another machine, whose clock may be ahead. */
const COARSE_GRAIN_MS = 2_000;

/**
 * The strong tag is the same in every process that serves the file, and another after each change. But a file that changed a moment
 * ago may change again and keep its tag. During that time the tag is weak and random, so it never matches other bytes. No client has
 * seen the strong tag by then, so it stands for the last of these changes alone.
 * @param nowMs  by the clock of the Date header, read before the file's state
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
  // A time further in the future comes from another clock: the next change will get a different time.
  if (Math.abs(nowMs - changedMs) >= grainMs) return { validators, settled: undefined };
  const weak = { ...validators, etag: `W/"${randomUUID()}"` };
  return { validators: weak, settled: { fromMs: changedMs + grainMs, validators } };
}

function nanoseconds(seconds: number, nanoseconds: number): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}
