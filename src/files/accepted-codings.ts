/** Which codings a client wants, as its Accept-Encoding says: understood once, and not for each request. */
import { acceptedEncodings } from '../http/negotiation.js';
import { ACCEPT_ENCODINGS_KEPT_MAX, REMEMBERED_FIELD_CHARACTERS_MAX } from '../limits.js';
import type { HttpRequest } from '../server/http-request.js';

/** Content codings by their registered names (RFC 9110 §8.4.1). */
export type Coding = 'br' | 'zstd' | 'gzip';

/** The best first. */
export interface AcceptedCodings {
  readonly codings: readonly Coding[];
  /** The same as text: fields that say the same have one. */
  readonly key: string;
}

const NO_CODINGS: AcceptedCodings = { codings: [], key: '' };

export class CodingPreferences {
  readonly #offered: readonly Coding[];
  readonly #countMax: number;
  /** Browsers send one of a handful of fields. Whoever sends others does not make this grow. */
  readonly #known = new Map<string, AcceptedCodings>();

  /**
   * @param offered   in the order in which the server prefers them
   * @param countMax  how many of those that are accepted make a difference
   */
  constructor(offered: readonly Coding[], countMax: number) {
    this.#offered = offered;
    this.#countMax = countMax;
  }

  of(request: HttpRequest): AcceptedCodings {
    if (this.#offered.length === 0) return NO_CODINGS;
    const acceptEncoding = request.header('accept-encoding');
    if (acceptEncoding === undefined) return NO_CODINGS;
    const known = this.#known.get(acceptEncoding);
    if (known !== undefined) return known;
    const accepted = acceptedEncodings(acceptEncoding, this.#offered);
    const codings = accepted.filter((coding) => coding !== 'identity').slice(0, this.#countMax);
    const understood = { codings, key: codings.join() };
    if (acceptEncoding.length > REMEMBERED_FIELD_CHARACTERS_MAX) return understood;
    if (this.#known.size >= ACCEPT_ENCODINGS_KEPT_MAX) this.#known.clear();
    this.#known.set(acceptEncoding, understood);
    return understood;
  }
}
