/** Lines of the access log, byte for byte: as Apache's mod_log_config writes them, or as JSON. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LINE_WRITERS } from '../../../src/daemon/logs/access-log-line.js';
import type { RequestTls } from '../../../src/server/connection-security.js';
import type { Exchange } from '../../../src/server/exchange.js';
import { HttpServer } from '../../../src/server/http-server.js';
import { get, RawClient } from '../../client/raw-client.js';

/** The time in Apache's documentation: 10/Oct/2000:13:55:36 -0700. */
const AT_MS = Date.UTC(2000, 9, 10, 20, 55, 36, 123);

interface Row {
  readonly requestLine?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly bodyBytes?: number;
  readonly client?: Exchange['clientAddress'];
  readonly durationMs?: number;
  readonly tls?: Partial<RequestTls>;
}

function exchangeOf(row: Row): Exchange {
  const { requestLine = 'GET /apache_pb.gif HTTP/1.0', headers = {}, status = 200, bodyBytes = 2326 } = row;
  const [method = '', target = '', version = ''] = requestLine.split(' ');
  const [path, query = ''] = target.split('?');
  const request = {
    requestLine,
    method,
    path,
    query,
    authority: headers['host'] ?? '',
    minorVersion: Number(version.at(-1)),
    header: (name: string) => headers[name],
    tls: row.tls,
  };
  const client = 'client' in row ? row.client : { address: '127.0.0.1', port: 1 };
  return {
    request,
    response: { status, bodyBytes },
    durationMs: row.durationMs ?? 0,
    clientAddress: client,
  } as unknown as Exchange;
}

/** The exchange of a malformed request. */
function refused(status: number, bodyBytes: number): Exchange {
  return { ...exchangeOf({ status, bodyBytes }), request: undefined } as unknown as Exchange;
}

describe('common: %h - - %t "%r" %>s %b', () => {
  test.each<[what: string, row: Row, line: string]>([
    ['as documented', {}, '127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 200 2326'],
    [
      'no body: %b is -',
      { bodyBytes: 0 },
      '127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 200 -',
    ],
    [
      'IPv6',
      { client: { address: '2001:db8::1', port: 1 }, status: 404 },
      '2001:db8::1 - - [10/Oct/2000:20:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 404 2326',
    ],
    [
      'a Unix socket',
      { client: { path: '' } },
      'unix: - - [10/Oct/2000:20:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 200 2326',
    ],
    ['nobody', { client: undefined }, '- - - [10/Oct/2000:20:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 200 2326'],
    [
      'a client that was gone: 499, as nginx has it',
      { status: 0, bodyBytes: 0 },
      '127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 499 -',
    ],
    [
      'the time is that of the request, not of its end',
      { durationMs: 37_000 },
      '127.0.0.1 - - [10/Oct/2000:20:54:59 +0000] "GET /apache_pb.gif HTTP/1.0" 200 2326',
    ],
  ])('%s', (_what, row, line) => {
    expect(LINE_WRITERS.common(exchangeOf(row), AT_MS)).toBe(`${line}\n`);
  });

  test('a request over TLS has the same line', () => {
    const tls = { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', isResumed: false, serverName: 'a.test' };
    expect(LINE_WRITERS.common(exchangeOf({ tls }), AT_MS)).toBe(LINE_WRITERS.common(exchangeOf({}), AT_MS));
  });

  test('a malformed request has a client and an empty request line', () => {
    const line = '127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "-" 400 20\n';
    expect(LINE_WRITERS.common(refused(400, 20), AT_MS)).toBe(line);
  });
});

describe('combined: the same, and "%{Referer}i" "%{User-agent}i"', () => {
  const START = '127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 200 2326';

  test.each<[headers: Readonly<Record<string, string>>, end: string]>([
    [
      { referer: 'http://www.example.com/start.html', 'user-agent': 'Mozilla/4.08 [en] (Win98; I ;Nav)' },
      '"http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"',
    ],
    [{}, '"-" "-"'],
    [{ referer: '' }, '"" "-"'],
    [{ 'user-agent': 'a "b" \\ c' }, '"-" "a \\"b\\" \\\\ c"'],
    [{ 'user-agent': '-" 200 1 "' }, '"-" "-\\" 200 1 \\""'],
    [{ 'user-agent': 'a\tb' }, '"-" "a\\tb"'],
    [{ 'user-agent': 'a\r\nb' }, '"-" "a\\r\\nb"'],
    [{ 'user-agent': '\b\v\f\0\x07' }, '"-" "\\b\\v\\x0c\\x00\\x07"'],
    [{ 'user-agent': '\x1b[31m\x9b2J\x7f' }, '"-" "\\x1b[31m\\x9b2J\\x7f"'],
    [{ 'user-agent': 'Ã©\xff\x80' }, '"-" "\\xc3\\xa9\\xff\\x80"'],
  ])('%j', (headers, end) => {
    expect(LINE_WRITERS.combined(exchangeOf({ headers }), AT_MS)).toBe(`${START} ${end}\n`);
  });

  test('a malformed request has empty fields', () => {
    const line = '127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "-" 408 30 "-" "-"\n';
    expect(LINE_WRITERS.combined(refused(408, 30), AT_MS)).toBe(line);
  });
});

describe('json: an object', () => {
  test('has every known value', () => {
    const row: Row = {
      requestLine: 'GET /a%20b?c=d HTTP/1.1',
      headers: { host: 'example.org:80', referer: 'http://b/', 'user-agent': 'me "too"' },
      durationMs: 1.234567,
    };
    expect(LINE_WRITERS.json(exchangeOf(row), AT_MS)).toBe(
      '{"time":"2000-10-10T20:55:36.121Z","client":"127.0.0.1","method":"GET","host":"example.org:80","path":"/a%20b",' +
        '"query":"c=d","version":"HTTP/1.1","referer":"http://b/","userAgent":"me \\"too\\"","status":200,"bytes":2326,' +
        '"durationMs":1.235}\n',
    );
  });

  test('has the TLS of the connection', () => {
    const tls = { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', isResumed: true, serverName: 'a.test' };
    expect(LINE_WRITERS.json(exchangeOf({ tls }), AT_MS)).toContain(
      '"version":"HTTP/1.0","tlsProtocol":"TLSv1.3","tlsCipher":"TLS_AES_128_GCM_SHA256","tlsResumed":true,' +
        '"tlsServerName":"a.test","status":200,',
    );
  });

  test('leaves out unknown values', () => {
    expect(LINE_WRITERS.json(refused(400, 20), AT_MS)).toBe(
      '{"time":"2000-10-10T20:55:36.123Z","client":"127.0.0.1","status":400,"bytes":20,"durationMs":0}\n',
    );
    expect(LINE_WRITERS.json(exchangeOf({ client: undefined, status: 0, bodyBytes: 0 }), AT_MS)).toBe(
      '{"time":"2000-10-10T20:55:36.123Z","method":"GET","host":"","path":"/apache_pb.gif","version":"HTTP/1.0","status":499,' +
        '"bytes":0,"durationMs":0}\n',
    );
  });

  test('has no server name if the client did not ask for one', () => {
    const tls = { protocol: 'TLSv1.2', cipher: 'ECDHE-RSA-AES128-GCM-SHA256', isResumed: false, serverName: undefined };
    expect(LINE_WRITERS.json(exchangeOf({ tls }), AT_MS)).toContain('"tlsResumed":false,"status":200,');
  });

  test('escapes the control characters of terminals, and parses to the original text', () => {
    const agent = '\x1b[31m\x7f\x9b2J\u0085é\r\n';
    const line = LINE_WRITERS.json(exchangeOf({ headers: { 'user-agent': agent } }), AT_MS);
    expect(line).toContain('"userAgent":"\\u001b[31m\\u007f\\u009b2J\\u0085é\\r\\n"');
    expect(JSON.parse(line)).toMatchObject({ userAgent: agent });
  });
});

const bytes = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  maxLength: 40,
});

test.each(['common', 'combined', 'json'] as const)('%s: no bytes end the line or reach a terminal', (format) => {
  fc.assert(
    fc.property(bytes, bytes, bytes, (requestLine, referer, agent) => {
      const row = { requestLine, headers: { referer, 'user-agent': agent, host: agent }, tls: { serverName: agent } };
      const line = LINE_WRITERS[format](exchangeOf(row), AT_MS);
      expect(line.endsWith('\n')).toBe(true);
      expect(line.slice(0, -1)).toMatch(format === 'json' ? /^[^\p{Cc}]*$/u : /^[ -~]*$/);
      if (format === 'json') JSON.parse(line);
      else {
        const quoted = format === 'common' ? 1 : 3;
        expect(line.match(/"(?:[^"\\]|\\.)*"/g)).toHaveLength(quoted);
      }
    }),
  );
});

test('midnight, the ends of months and years, and the leap day', () => {
  for (const [iso, time] of [
    ['2026-01-01T00:00:00.000Z', '01/Jan/2026:00:00:00 +0000'],
    ['2026-12-31T23:59:59.999Z', '31/Dec/2026:23:59:59 +0000'],
    ['2028-02-29T12:30:45.000Z', '29/Feb/2028:12:30:45 +0000'],
    ['1999-09-09T09:09:09.009Z', '09/Sep/1999:09:09:09 +0000'],
  ] as const) {
    expect(LINE_WRITERS.common(exchangeOf({}), Date.parse(iso))).toContain(`[${time}]`);
  }
});

test('the access log of real requests has one line for each', async () => {
  const lines: string[] = [];
  await using server = new HttpServer((_request, response) => response.send(200, {}, 'hello'), {
    onResponse: (exchange) => lines.push(LINE_WRITERS.combined(exchange, AT_MS + exchange.durationMs)),
  });
  await using client = await RawClient.connect(server.listen({ address: '127.0.0.1', port: 0 }));
  await client.send(`${get('/a"b?c', 'User-Agent: \xe9 "x"\r\nReferer: http://r/\r\n')}nonsense\r\n\r\n`);
  const [, refusal] = await client.responses(2);
  expect(lines).toEqual([
    '127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET /a\\"b?c HTTP/1.1" 200 5 "http://r/" "\\xe9 \\"x\\""\n',
    `127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "-" 400 ${refusal?.body.length} "-" "-"\n`,
  ]);
});

describe('terminal: a line for a person', () => {
  const TIME = new Date(AT_MS).toTimeString().slice(0, 8);

  test('has the local time, the status, the duration, and the path with its query', () => {
    const row: Row = { requestLine: 'GET /a%20b?c=d HTTP/1.1', durationMs: 1.25 };
    expect(LINE_WRITERS.terminal(exchangeOf(row), AT_MS)).toBe(`${TIME}  200     1.3 ms  GET /a%20b?c=d\n`);
  });

  test('has no escape sequence, whatever the path is', () => {
    const row: Row = { requestLine: 'GET /\x1b[31m\x9b2J HTTP/1.1', durationMs: 10_000 };
    expect(LINE_WRITERS.terminal(exchangeOf(row), AT_MS)).toBe(`${TIME}  200  10000.0 ms  GET /\\x1b[31m\\x9b2J\n`);
  });

  test('a request that could not be understood has no path', () => {
    expect(LINE_WRITERS.terminal(refused(400, 20), AT_MS)).toMatch(/^\d\d:\d\d:\d\d {2}400 +[\d.]+ ms {2}-\n$/);
  });
});
