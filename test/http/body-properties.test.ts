import assert from 'node:assert/strict';
import { test } from '@jest/globals';
import fc from 'fast-check';
import { BODY_DATA, BODY_NEED_MORE, BodyDecoder } from '../../src/http/body-decoder.js';
import { BAD_ROWS, GOOD_ROWS } from './body-rows.js';
import { CHUNKED, decode, everyByte, guarded, LIMITS, type Outcome } from './decoded-body.js';

const TEXT = [...'abcXYZ019 \t;=:,/()\x80\xff'];
const TOKEN = [..."!#$%&'*+-.^_`|~019abcxyzABCXYZ"];

const text = fc.string({ unit: fc.constantFrom(...TEXT), maxLength: 5 });
const token = fc.string({ unit: fc.constantFrom(...TOKEN), minLength: 1, maxLength: 5 });
const quoted = fc
  .array(fc.oneof(fc.constantFrom(...TEXT), fc.constantFrom('\\"', '\\\\', '\\a')), { maxLength: 4 })
  .map((parts) => `="${parts.join('')}"`);
const extension = fc
  .option(fc.tuple(text, fc.option(quoted, { nil: '' })), { freq: 1, nil: undefined })
  .map((parts) => (parts === undefined ? '' : `;${parts.join('')}`));
const trailer = fc.tuple(token, text).map(([name, value]) => `${name}:${value}\r\n`);
const data = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

/** How a number may be written as a size. */
const spelling = fc
  .record({ zeros: fc.nat({ max: 12 }), isUpperCase: fc.boolean() })
  .map(({ zeros, isUpperCase }) => (size: number): string => {
    const digits = '0'.repeat(zeros) + size.toString(16);
    return isUpperCase ? digits.toUpperCase() : digits;
  });

const chunk = fc.record({ data, spelling, extension });

/** A body and one of the many ways to write it in chunks. */
const chunked = fc
  .record({
    chunks: fc.array(chunk, { maxLength: 5 }),
    last: fc.record({ spelling, extension }),
    trailers: fc.array(trailer, { maxLength: 4 }),
  })
  .map(({ chunks, last, trailers }) => ({
    body: chunks.map((each) => each.data).join(''),
    stream:
      chunks.map((each) => `${each.spelling(each.data.length)}${each.extension}\r\n${each.data}\r\n`).join('') +
      `${last.spelling(0)}${last.extension}\r\n${trailers.join('')}\r\n`,
  }));

const seeds = fc.array(fc.nat(), { maxLength: 8 });

/** Cuts into pieces, of which some are empty. */
function cutsOf(stream: Buffer, numbers: readonly number[]): number[] {
  return numbers.map((number) => number % (stream.length + 1)).sort((a, b) => a - b);
}

/** A stream with some of its bytes replaced, put in, or taken out; mostly by those that mean something. */
const mutated = fc
  .tuple(
    fc.oneof(
      chunked.map(({ stream }) => stream),
      fc.constantFrom(...GOOD_ROWS.map(({ raw }) => raw), ...BAD_ROWS.map(({ upTo, rest }) => upTo + rest)),
    ),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...Buffer.from('\r\n01aF;:="\\ '))),
        fc.constantFrom('replace', 'insert', 'remove'),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([stream, changes]) => {
    const bytes = [...Buffer.from(stream, 'latin1')];
    for (const [seed, byte, kind] of changes) {
      const at = seed % (bytes.length + 1);
      if (kind === 'replace') bytes[at % Math.max(1, bytes.length)] = byte;
      else bytes.splice(at, kind === 'remove' ? 1 : 0, ...(kind === 'remove' ? [] : [byte]));
    }
    return Buffer.from(bytes);
  });

const raw = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
/** Random bytes seldom get beyond the first: these are all of framing. */
const framing = fc
  .array(fc.constantFrom('0', '1', '2', 'a', '\r\n', '\r', '\n', ';', '=', '"', '\\', ':', ' ', 'xy'), {
    maxLength: 40,
  })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));
const anything = fc.oneof(raw, framing, mutated);

/** The grammar once more, as patterns over the whole text; no byte of them is shared with the decoder. */
const SIZE_LINE =
  /([\dA-Fa-f]{1,16})((?:;(?:="(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"|[\t !#-~\x80-\xff])*)?)\r\n/y;
const TRAILERS = /((?:[!#-'*+.^-z|~\dA-Z-]+:[\t -~\x80-\xff]*\r\n)*)\r\n/y;

/** The decoded text if the body is complete, or undefined. */
function readWhole(whole: string): Outcome | undefined {
  let body = '';
  let extensionBytes = 0;
  let at = 0;
  for (;;) {
    SIZE_LINE.lastIndex = at;
    const line = SIZE_LINE.exec(whole);
    if (line === null) return undefined;
    const size = Number.parseInt(line[1] as string, 16);
    extensionBytes += (line[2] as string).length;
    if (extensionBytes > LIMITS.chunkExtensionBytesMax) return undefined;
    at = SIZE_LINE.lastIndex;
    if (size === 0) break;
    if (whole.slice(at + size, at + size + 2) !== '\r\n') return undefined;
    body += whole.slice(at, at + size);
    at += size + 2;
  }
  TRAILERS.lastIndex = at;
  const trailers = TRAILERS.exec(whole);
  if (trailers === null || (trailers[1] as string).length > LIMITS.trailerBytesMax) return undefined;
  return { kind: 'end', body, bodyBytes: TRAILERS.lastIndex };
}

test('a chunked body is read back as it was, however it is written, cut, and followed', () => {
  const wide = { chunkExtensionBytesMax: 1000, trailerBytesMax: 1000 };
  fc.assert(
    fc.property(chunked, seeds, raw, ({ body, stream }, numbers, trailing) => {
      const bytes = Buffer.concat([Buffer.from(stream, 'latin1'), trailing]);
      const expected = { kind: 'end', body, bodyBytes: stream.length };
      assert.deepEqual(decode(bytes, CHUNKED, cutsOf(bytes, numbers), wide), expected);
      assert.deepEqual(decode(bytes, CHUNKED, everyByte(bytes), wide), expected);
    }),
    { numRuns: 2000 },
  );
});

test('a body of a known length is that many bytes, whatever they are, and however they are cut', () => {
  fc.assert(
    fc.property(raw, fc.nat({ max: 250 }), seeds, (bytes, length, numbers) => {
      const body = bytes.toString('latin1', 0, Math.min(length, bytes.length));
      const expected = length <= bytes.length ? { kind: 'end', body, bodyBytes: length } : { kind: 'need more', body };
      assert.deepEqual(decode(bytes, length, cutsOf(bytes, numbers)), expected);
    }),
    { numRuns: 1000 },
  );
});

test('any bytes end a body, are refused, or need more; and how they are cut changes nothing', () => {
  fc.assert(
    fc.property(anything, seeds, (bytes, numbers) => {
      const whole = decode(bytes, CHUNKED);
      assert.deepEqual(decode(bytes, CHUNKED, cutsOf(bytes, numbers)), whole);
      assert.deepEqual(decode(bytes, CHUNKED, everyByte(bytes)), whole);
      if (whole.kind === 'reject') assert.ok([400, 413, 431].includes(whole.status), `${whole.status}`);
    }),
    { numRuns: 5000 },
  );
});

test('a body ends where the grammar says, and a body outside of the grammar does not end', () => {
  fc.assert(
    fc.property(anything, (bytes) => {
      const outcome = decode(bytes, CHUNKED);
      assert.deepEqual(outcome.kind === 'end' ? outcome : undefined, readWhole(bytes.toString('latin1')));
    }),
    { numRuns: 10_000 },
  );
});

test('no byte outside of the given range is read, and each byte of framing once', () => {
  fc.assert(
    fc.property(anything, fc.nat(), fc.nat(), (bytes, a, b) => {
      const [start = 0, end = 0] = cutsOf(bytes, [a, b]);
      const { view, looks } = guarded(bytes, start, end);
      const decoder = new BodyDecoder(CHUNKED, LIMITS);
      let result = decoder.decode(view, start, end);
      while (result === BODY_DATA) result = decoder.decode(view, decoder.next, end);
      assert.equal(new Set(looks).size, looks.length);
      if (result === BODY_NEED_MORE) assert.equal(looks.length + decoder.receivedBytes, end - start);
    }),
    { numRuns: 2000 },
  );
});

test('a view into a larger buffer is decoded as its own bytes are', () => {
  fc.assert(
    fc.property(anything, raw, raw, (bytes, before, after) => {
      const view = new Uint8Array(Buffer.concat([before, bytes, after])).subarray(
        before.length,
        -after.length || undefined,
      );
      const decoder = new BodyDecoder(CHUNKED, LIMITS);
      let result = decoder.decode(view, 0, view.length);
      while (result === BODY_DATA) result = decoder.decode(view, decoder.next, view.length);
      const outcome = decode(bytes, CHUNKED);
      assert.equal(decoder.receivedBytes, outcome.body.length);
      assert.equal(decoder.isComplete, outcome.kind === 'end');
      assert.equal(decoder.rejection.status, outcome.kind === 'reject' ? outcome.status : 0);
    }),
    { numRuns: 500 },
  );
});
