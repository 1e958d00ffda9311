/** Bytes that a client may repeat. A repetition is recognised by comparing, and not parsed again. */

const CAPACITY_INITIAL = 256;

/** Native code compares and copies longer bytes: it takes 60 ns a call, a loop in JavaScript 0.5 ns a byte. */
const LOOP_BYTES_MAX = 96;

/** The last buffer and its view. It is nearly always the same buffer. */
let viewed: Buffer = Buffer.alloc(0);
let view = new DataView(viewed.buffer, viewed.byteOffset, viewed.length);

export class RepeatedBytes {
  readonly #bytesMax: number;
  #bytes = Buffer.allocUnsafeSlow(CAPACITY_INITIAL);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** @param bytesMax  longer bytes are not remembered */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** 0 if nothing is remembered. */
  get length(): number {
    return this.#length;
  }

  /** Whether the bytes [start, end) begin with them. */
  areAt(bytes: Buffer, start: number, end: number): boolean {
    const length = this.#length;
    if (length === 0 || length > end - start) return false;
    if (length > LOOP_BYTES_MAX) return bytes.compare(this.#bytes, 0, length, start, start + length) === 0;
    const known = this.#view;
    const candidate = viewOf(bytes);
    let at = 0;
    for (; at + 4 <= length; at += 4) if (known.getInt32(at) !== candidate.getInt32(start + at)) return false;
    for (; at < length; at++) if (known.getInt8(at) !== candidate.getInt8(start + at)) return false;
    return true;
  }

  remember(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    this.forget();
    if (length > this.#bytesMax) return;
    if (length > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(length)));
      this.#view = new DataView(this.#bytes.buffer);
    }
    if (length > LOOP_BYTES_MAX) bytes.copy(this.#bytes, 0, start, end);
    else for (let i = 0; i < length; i++) this.#bytes[i] = bytes[start + i] as number;
    this.#length = length;
  }

  forget(): void {
    this.#length = 0;
  }
}

function viewOf(bytes: Buffer): DataView {
  if (bytes !== viewed) {
    viewed = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  return view;
}
