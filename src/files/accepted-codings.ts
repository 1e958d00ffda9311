/** The codings that a client accepts, by its Accept-Encoding. Each value is parsed once, and not for each request. */

import { Memo, REMEMBERED_FIELD_CHARACTERS_MAX } from '../http/memo.js';
import { acceptedEncodings } from '../http/negotiation.js';
import type { FileRequest } from './file-exchange.js';

/** Content codings by their registered names (RFC 9110 §8.4.1). */
export type Coding = 'br' | 'zstd' | 'gzip';

/** The best first. */
export interface AcceptedCodings {
  readonly codings: readonly Coding[];
  /** The same as text: values that mean the same have one key. */
  readonly key: string;
}

/** Values of Accept-Encoding that are remembered. Browsers and tools send about ten. */
const ACCEPT_ENCODINGS_MAX = 64;

const NO_CODINGS: AcceptedCodings = { codings: [], key: '' };

export class CodingPreferences {
  readonly #offered: readonly Coding[];
  readonly #countMax: number;
  readonly #known = new Memo<AcceptedCodings>(ACCEPT_ENCODINGS_MAX, REMEMBERED_FIELD_CHARACTERS_MAX);

  /**
   * @param offered   in the order in which the server prefers them
   * @param countMax  accepted codings beyond this number make no difference
   */
  constructor(offered: readonly Coding[], countMax: number) {
    this.#offered = offered;
    this.#countMax = countMax;
  }

  of(request: FileRequest): AcceptedCodings {
    if (this.#offered.length === 0) return NO_CODINGS;
    const acceptEncoding = request.header('accept-encoding');
    if (acceptEncoding === undefined) return NO_CODINGS;
    const known = this.#known.get(acceptEncoding);
    if (known !== undefined) return known;
    const accepted = acceptedEncodings(acceptEncoding, this.#offered);
    const codings = accepted.filter((coding) => coding !== 'identity').slice(0, this.#countMax);
    const understood = { codings, key: codings.join() };
    this.#known.set(acceptEncoding, understood);
    return understood;
  }
}
