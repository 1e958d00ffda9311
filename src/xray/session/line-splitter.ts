/** Cuts a stream of bytes into lines, up to a length. */

const NEWLINE = 10;

export class LineSplitter {
  readonly #bytesMax: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /**
   * @param bytes  are copied where they do not end a line
   * @returns      the lines that end in them, without line ends
   * @throws       RangeError for a line that is too long
   */
  push(bytes: Buffer): string[] {
    const end = bytes.lastIndexOf(NEWLINE);
    const whole = Buffer.concat([this.#rest, bytes.subarray(0, end + 1)]);
    this.#rest = end === -1 ? Buffer.concat([whole, bytes]) : Buffer.from(bytes.subarray(end + 1));
    const lines = end === -1 ? [] : whole.toString().slice(0, -1).split('\n');
    const longest = Math.max(this.#rest.length, ...lines.map((line) => line.length));
    if (longest > this.#bytesMax) throw new RangeError(`a line of more than ${this.#bytesMax} bytes`);
    return lines;
  }
}
