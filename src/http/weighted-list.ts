/**
 * The value of Accept and Accept-Encoding: a list of names with weights.
 *
 *     #element   = [ element ] *( OWS "," OWS [ element ] )                    RFC 9110 §5.6.1.2
 *     element    = name parameters
 *     name       = token / "*" / type "/" subtype                              §12.5.3, §12.5.1
 *     parameters = *( OWS ";" OWS [ parameter ] )                              §5.6.6
 *     parameter  = token "=" ( token / quoted-string )
 *     weight     = OWS ";" OWS "q=" qvalue                                     §12.4.2
 *     qvalue     = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
 *
 * The same grammar serves both fields. The caller decides whether a name and its parameters are valid in its field.
 * "Recipients SHOULD process any parameter named 'q' as weight, regardless of parameter ordering" (§12.5.1).
 *
 * Each character is read once, or twice in a name and a weight, so the size of the head bounds the work.
 */
import { TOKEN } from './tokens.js';

export interface WeightedName {
  /** In lower case, because codings and media types are compared without case (§8.4.1, §8.3.1). */
  readonly name: string;
  /** In thousandths: 0 is "not acceptable", 1000 the default; MALFORMED if the text after the name is not in the grammar. */
  readonly weight: number;
  /** Has parameters other than its weight. */
  readonly hasParameters: boolean;
}

/** The weight of a name with a malformed weight or malformed parameters. */
export const MALFORMED = -1;
const WEIGHT_DEFAULT = 1000;

const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const SLASH = 0x2f;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SP = 0x20;
const HTAB = 0x09;

const QVALUE = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * The members of a list, in its order. Empty members are skipped (§5.6.1.2: MUST), and so are members that do not begin with
 * a name. If malformed text follows a name, its weight is MALFORMED, and the list continues at the next comma.
 */
export function parseWeightedList(field: string): WeightedName[] {
  return new ListReader(field).read();
}

class ListReader {
  readonly #field: string;
  #at = 0;
  #weight = WEIGHT_DEFAULT;
  #hasParameters = false;

  constructor(field: string) {
    this.#field = field;
  }

  read(): WeightedName[] {
    const members: WeightedName[] = [];
    while (this.#at < this.#field.length) {
      this.#skipBlanks();
      const name = this.#readName();
      if (name !== '') {
        const isWellFormed = this.#readParameters();
        members.push({
          name: name.toLowerCase(),
          weight: isWellFormed ? this.#weight : MALFORMED,
          hasParameters: this.#hasParameters,
        });
      }
      const comma = this.#field.indexOf(',', this.#at);
      this.#at = comma < 0 ? this.#field.length : comma + 1;
    }
    return members;
  }

  /** @returns  whether the text is in the grammar up to the next comma, or the end */
  #readParameters(): boolean {
    this.#weight = WEIGHT_DEFAULT;
    this.#hasParameters = false;
    let hasWeight = false;
    for (;;) {
      this.#skipBlanks();
      if (this.#at === this.#field.length || this.#code() === COMMA) return true;
      if (this.#code() !== SEMICOLON) return false;
      this.#at++;
      this.#skipBlanks();
      const name = this.#readToken();
      if (name === '') continue; // an empty parameter, which §5.6.6 allows
      if (this.#code() !== EQUALS) return false;
      this.#at++;
      const valueStart = this.#at;
      if (this.#code() === QUOTE ? !this.#skipQuoted() : this.#readToken() === '') return false;
      if (name === 'q' || name === 'Q') {
        const value = this.#field.slice(valueStart, this.#at);
        // A second weight contradicts the first, or repeats it.
        if (hasWeight || !QVALUE.test(value)) return false;
        this.#weight = Number(value) * 1000; // exact for each of the thousand values: a test checks it
        hasWeight = true;
      } else {
        this.#hasParameters = true;
      }
    }
  }

  /** NaN at the end. */
  #code(): number {
    return this.#field.charCodeAt(this.#at);
  }

  /** OWS = *( SP / HTAB ) (§5.6.3) */
  #skipBlanks(): void {
    while (this.#code() === SP || this.#code() === HTAB) this.#at++;
  }

  #readToken(): string {
    const start = this.#at;
    while (TOKEN[this.#code()] === 1) this.#at++;
    return this.#field.slice(start, this.#at);
  }

  #readName(): string {
    const start = this.#at;
    while (TOKEN[this.#code()] === 1 || this.#code() === SLASH) this.#at++;
    return this.#field.slice(start, this.#at);
  }

  /**
   *     quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE     §5.6.4
   * A comma within quotes does not end a member. Quotes that do not close extend to the end of the field.
   */
  #skipQuoted(): boolean {
    this.#at++;
    while (this.#at < this.#field.length) {
      const code = this.#code();
      this.#at += code === BACKSLASH ? 2 : 1;
      if (code === QUOTE) return true;
    }
    return false;
  }
}
