/** Counts the requests of HTTP/1 in what a connection receives, by the ends of their first lines. Several may come with one call. */
const LINE_END = / HTTP\/1\.[01]\r?\n/g;

/** One byte less than the longest end: what is counted once is not counted again. */
const CUT_BYTES_MAX = ' HTTP/1.1\r\n'.length - 1;

export class RequestLines {
  /** The last bytes: an end may be cut anywhere. */
  #cut = '';

  /** Bytes have come. @returns  the lines that end among them */
  count(bytes: Uint8Array, offset: number, length: number): number {
    const text = this.#cut + Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('latin1');
    this.#cut = text.slice(Math.max(text.lastIndexOf('\n') + 1, text.length - CUT_BYTES_MAX));
    return text.match(LINE_END)?.length ?? 0;
  }
}
