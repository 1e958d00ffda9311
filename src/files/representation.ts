/** A form of a resource, as it is sent (RFC 9110 §3.2): bytes, and what is said of them. */
import type { Validators } from '../http/conditional.js';
import { entityTag } from '../http/entity-tag.js';
import type { ResponseHeaders } from '../http/response-head.js';
import type { Content } from './content.js';
import type { OpenFile } from './open-file.js';

export interface Representation<C extends Content = Content> {
  /** Closed by whoever has the representation. */
  readonly content: C;
  readonly validators: Validators;
  readonly contentType: string;
  readonly contentEncoding?: string;
  /** Which request headers have chosen it. */
  readonly vary?: string;
  readonly cacheControl?: string;
  /** Those of most of its responses: HttpResponse.defaultHeaders. */
  readonly defaultHeaders?: ResponseHeaders | undefined;
}

/** The tag is the same in every process that serves the file; another for each change that moves its time, its size or its inode. */
export function validatorsOf({ size, modifiedSeconds, modifiedNanoseconds, inode, modifiedMs }: OpenFile): Validators {
  const modifiedNs = BigInt(modifiedSeconds) * 1_000_000_000n + BigInt(modifiedNanoseconds);
  return { etag: entityTag(size, modifiedNs, BigInt(inode)), lastModifiedMs: modifiedMs };
}
