import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NEED_MORE, RequestParser } from '../../src/http/request-parser.js';
import { DEFAULT_LIMITS } from '../../src/limits.js';
import { RAW_REQUESTS } from './cases/index.js';
import { parse, parseBy } from './parsed-head.js';

const TOKEN_CHARACTERS = [..."!#$%&'*+-.^_`|~0123456789abcxyzABCXYZ"];
const PATH_CHARACTERS = [...'/abcXYZ019-._~%!$&\'()*+,;=:@|{}"<>^`\\'];
const VALUE_CHARACTERS = [...'abcXYZ019 \t,;=:/"\'()\x80\xff'];

const token = fc.string({ unit: fc.constantFrom(...TOKEN_CHARACTERS), minLength: 1, maxLength: 20 });
const path = fc.string({ unit: fc.constantFrom(...PATH_CHARACTERS), maxLength: 40 }).map((rest) => `/${rest}`);
const query = fc.string({ unit: fc.constantFrom(...PATH_CHARACTERS, '?'), maxLength: 40 });
const value = fc
  .string({ unit: fc.constantFrom(...VALUE_CHARACTERS), maxLength: 40 })
  .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));
/** Names that decide something are for the table: here only that headers are read as they were written. */
const header = fc.tuple(
  token.filter((name) => !/^(?:host|connection|content-length|transfer-encoding)$/i.test(name)),
  value,
);
const CONDITIONAL = /^(?:range|if-(?:match|none-match|modified-since|unmodified-since|range))$/i;
const blanks = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 });

const request = fc.record({
  method: token,
  path,
  query,
  minorVersion: fc.constantFrom(0, 1),
  headers: fc.array(header, { maxLength: 20 }),
  before: blanks,
  after: blanks,
});

/** The rows of limits are long, and splitting them everywhere would be slow. */
const SHORT_ROWS = RAW_REQUESTS.filter(({ raw }) => raw.length <= 1_000);

/** A row of the table with some of its bytes replaced, put in, or taken out. */
const mutated = fc
  .tuple(
    fc.constantFrom(...SHORT_ROWS),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.constantFrom('replace', 'insert', 'remove')), {
      maxLength: 4,
    }),
  )
  .map(([{ raw }, changes]) => {
    const bytes = [...Buffer.from(raw, 'latin1')];
    for (const [seed, byte, kind] of changes) {
      const at = seed % (bytes.length + 1);
      if (kind === 'replace') bytes[at % Math.max(1, bytes.length)] = byte;
      else bytes.splice(at, kind === 'remove' ? 1 : 0, ...(kind === 'remove' ? [] : [byte]));
    }
    return Buffer.from(bytes);
  });

const raw = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));

test('a request that was written is read back as it was', () => {
  fc.assert(
    fc.property(request, ({ method, path, query, minorVersion, headers, before, after }) => {
      const target = query === '' ? path : `${path}?${query}`;
      const lines = [['Host', 'h'], ...headers].map(([name, text]) => `${name}:${before}${text}${after}\r\n`).join('');
      const head = `${method} ${target} HTTP/1.${minorVersion}\r\n${lines}\r\n`;
      assert.deepEqual(parse(Buffer.from(head, 'latin1')), {
        kind: 'request',
        method,
        path,
        query,
        authority: 'h',
        minorVersion,
        headers: [['Host', 'h'], ...headers],
        isConditional: headers.some(([name]) => CONDITIONAL.test(name)),
        bodyLength: 0,
        expectsContinue: false,
        keepsAlive: minorVersion === 1,
        headBytes: head.length,
      });
    }),
    { numRuns: 2000 },
  );
});

test('any bytes are a request, are refused, or need more; and never throw', () => {
  fc.assert(
    fc.property(fc.oneof(raw, mutated), (bytes) => {
      const outcome = parse(bytes);
      if (outcome.kind === 'request') {
        assert.ok(outcome.headBytes > 0);
        assert.ok(outcome.headBytes <= bytes.length);
        assert.match(bytes.toString('latin1', 0, outcome.headBytes), /\r\n\r\n$/);
        for (const [name, text] of outcome.headers) {
          assert.match(name, /^[!-9;-~]+$/);
          assert.doesNotMatch(text, /[\0\r\n]/);
        }
      } else if (outcome.kind === 'reject') {
        assert.ok([400, 414, 417, 431, 501, 505].includes(outcome.status), `${outcome.status}`);
      }
    }),
    { numRuns: 5000 },
  );
});

test('the outcome does not depend on how the bytes are cut', () => {
  fc.assert(
    fc.property(fc.oneof(raw, mutated), (bytes) => {
      const whole = parse(bytes);
      let first = parse(bytes, 0, 0);
      for (let end = 1; end <= bytes.length && first.kind === 'need more'; end++) first = parse(bytes, 0, end);
      assert.deepEqual(first, whole);
    }),
    { numRuns: 2000 },
  );
});

/**
 * Made of few parts, so that lines and fields repeat, together and in other combinations, also where their meaning depends on
 * the combination.
 */
const FEW_LINES = [
  'GET / ',
  'GET /a?b ',
  'POST / ',
  'GET http://other/x ',
  '\r\nGET / ',
  'GET /longer/than/the/others ',
];
const FEW_FIELDS = [
  ['', 'Host: h\r\n', 'Host: h:1\r\n', 'Host: h\r\nHost: h\r\n'],
  ['', 'Expect: 100-continue\r\n', 'If-None-Match: "a"\r\n', 'Connection: close\r\n', 'Connection: keep-alive\r\n'],
  ['', 'Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n', ' folded\r\n'],
];
const ASKED = ['host', 'If-None-Match', 'connection', 'content-length'];
const fewHeads = fc
  .tuple(
    fc.constantFrom(...FEW_LINES),
    fc.constantFrom('HTTP/1.0\r\n', 'HTTP/1.1\r\n'),
    ...FEW_FIELDS.map((some) => fc.constantFrom(...some)),
  )
  .map((parts) => Buffer.from(`${parts.join('')}\r\n`));

test('a parser reads a repeated head as a new parser does', () => {
  const stream = fc.array(fc.tuple(fc.oneof({ weight: 8, arbitrary: fewHeads }, mutated), fc.nat({ max: 400 })), {
    minLength: 2,
    maxLength: 12,
  });
  fc.assert(
    fc.property(stream, (heads) => {
      const parser = new RequestParser(DEFAULT_LIMITS);
      for (const [head, cut] of heads) {
        // Some come in two pieces, and somewhere in a buffer.
        const bytes = Buffer.concat([Buffer.alloc(cut % 7), head]);
        const start = cut % 7;
        let outcome = parseBy(parser, bytes, start, Math.min(bytes.length, start + cut));
        if (outcome.kind === 'need more') outcome = parseBy(parser, bytes, start, bytes.length);
        const fresh = new RequestParser(DEFAULT_LIMITS);
        assert.deepEqual(outcome, parseBy(fresh, bytes, start, bytes.length));
        if (outcome.kind === 'need more') return; // the next would go on with it
        if (outcome.kind === 'reject') continue;
        for (const name of ASKED) assert.equal(parser.head.header(name), fresh.head.header(name));
        assert.equal(parser.head.copy().requestLine, fresh.head.requestLine);
      }
    }),
    { numRuns: 5000 },
  );
});

test('a head with repeated fields is too long if its line makes it so', () => {
  const limits = { ...DEFAULT_LIMITS, requestHeadBytesMax: 60 };
  const parser = new RequestParser(limits);
  const bytesOf = (path: string): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: example.org\r\n\r\n`);
  const short = bytesOf('/');
  const long = bytesOf(`/${'a'.repeat(60 - short.length + 1)}`);
  for (let i = 0; i < 3; i++) {
    expect(parseBy(parser, short, 0, short.length).kind).toBe('request');
    expect(parseBy(parser, long, 0, long.length)).toEqual({ kind: 'reject', status: 431 });
    expect(parseBy(parser, long, 0, 60)).toEqual({ kind: 'need more' });
    expect(parser.parse(long, 0, long.length)).not.toBe(NEED_MORE);
  }
});
