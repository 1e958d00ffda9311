/** Bytes that may come again, and are then compared instead of read. */

const CAPACITY_INITIAL = 256;

/** More are compared, and copied, by a function that is not JavaScript: 60 ns to call it, where a loop takes half of one per byte. */
const LOOP_BYTES_MAX = 96;

/** Of the buffer that was asked for last, which is nearly always the same one. */
let viewed: Buffer = Buffer.alloc(0);
let view = new DataView(viewed.buffer, viewed.byteOffset, viewed.length);

export class RepeatedBytes {
  readonly #bytesMax: number;
  #bytes = Buffer.allocUnsafeSlow(CAPACITY_INITIAL);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** @param bytesMax  more than these are not remembered */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** 0: nothing is remembered. */
  get length(): number {
    return this.#length;
  }

  /** Whether they come again, at `start` and before `end`. */
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
