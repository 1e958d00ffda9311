/** The result of BodyDecoder for a stream, as values that can be compared. It also checks the promises of each single call. */
import {
  BODY_DATA,
  BODY_END,
  BODY_NEED_MORE,
  BODY_REJECT,
  BodyDecoder,
  type BodyLimits,
  type BodyResult,
} from '../../src/http/body-decoder.js';

export type Outcome =
  | { readonly kind: 'need more'; readonly body: string }
  /** `bodyBytes`: how far the message goes in the stream. */
  | { readonly kind: 'end'; readonly body: string; readonly bodyBytes: number }
  /** `at`: the byte of the stream that was refused. */
  | { readonly kind: 'reject'; readonly body: string; readonly status: number; readonly at: number };

export const CHUNKED = Number.NaN;
/** Small, so that a row can reach them. */
export const LIMITS: BodyLimits = { chunkExtensionBytesMax: 64, trailerBytesMax: 64 };

/** Bytes around each piece that would be taken for more of the body, and end it, by who reads beyond the piece. */
const POISON_BEFORE = '5\r\n';
const POISON_AFTER = '\r\n0\r\n\r\n';

function promise(isKept: boolean, what: string): void {
  if (!isKept) throw new Error(`not kept: ${what}`);
}

/** One call, with what holds for each. */
function decodeOnce(decoder: BodyDecoder, bytes: Uint8Array, start: number, end: number): BodyResult {
  const received = decoder.receivedBytes;
  const result = decoder.decode(bytes, start, end);
  const { dataStart, dataEnd, next } = decoder;
  promise(next >= start && next <= end, 'next is within the bytes given');
  promise(result !== BODY_NEED_MORE || next === end, 'all bytes are consumed before more are asked for');
  promise(
    result !== BODY_DATA || (start <= dataStart && dataStart < dataEnd && dataEnd === next),
    'data lies in place',
  );
  promise(decoder.receivedBytes === received + (result === BODY_DATA ? dataEnd - dataStart : 0), 'data is counted');
  promise(result !== BODY_END || decoder.isComplete, 'the end is complete');
  promise(!decoder.isComplete || result === BODY_END || result === BODY_DATA, 'what is complete wants no more');
  return result;
}

/** Decodes a stream that comes in pieces, which end at `cuts`, each in its own place amid other bytes. */
export function decode(stream: Buffer, bodyLength: number, cuts: readonly number[] = [], limits = LIMITS): Outcome {
  const decoder = new BodyDecoder(bodyLength, limits);
  let body = '';
  let pieceStart = 0;
  for (const pieceEnd of [...cuts, stream.length]) {
    const piece = stream.toString('latin1', pieceStart, pieceEnd);
    const bytes = Buffer.from(POISON_BEFORE + piece + POISON_AFTER, 'latin1');
    const offset = POISON_BEFORE.length - pieceStart;
    const end = pieceEnd + offset;
    let at = pieceStart + offset;
    for (;;) {
      const result = decodeOnce(decoder, bytes, at, end);
      at = decoder.next;
      if (result === BODY_DATA) body += bytes.toString('latin1', decoder.dataStart, decoder.dataEnd);
      else if (result === BODY_NEED_MORE) break;
      else {
        const { status, reason } = decoder.rejection;
        promise((result === BODY_REJECT) === (reason !== ''), 'a reject has a reason, and nothing else has one');
        for (const [from, to] of [
          [at, at],
          [at, end],
          [0, bytes.length],
        ] as const) {
          promise(decodeOnce(decoder, bytes, from, to) === result, 'what has ended stays so');
          promise(decoder.next === from, 'what has ended consumes nothing');
        }
        promise(decoder.rejection.status === status && decoder.rejection.reason === reason, 'a reason stays');
        return result === BODY_END
          ? { kind: 'end', body, bodyBytes: at - offset }
          : { kind: 'reject', body, status, at: at - offset };
      }
    }
    pieceStart = pieceEnd;
  }
  return { kind: 'need more', body };
}

/** The cuts that make one piece of each byte. */
export function everyByte(stream: Buffer): number[] {
  return Array.from({ length: stream.length }, (_, at) => at);
}

/** A view in which each look outside [start, end) throws; `looks` are those within. */
export function guarded(bytes: Uint8Array, start: number, end: number): { view: Uint8Array; looks: number[] } {
  const looks: number[] = [];
  const view = new Proxy(bytes, {
    get(target, key) {
      const index = Number(key);
      if (!(index >= start && index < end)) throw new Error(`a look at ${String(key)}, outside [${start}, ${end})`);
      looks.push(index);
      return target[index];
    },
  });
  return { view, looks };
}
