/** The requests to both servers. A row is named by its request: `GET /a.txt | Range: bytes=0-4`. */

export interface Row {
  readonly name: string;
  readonly request: string;
  /** Asked of the server that serves `name.gz` for `name`. */
  readonly isPrecompressed: boolean;
}

/** When every file of the folder was modified, in the three forms that a date has (RFC 9110 §5.6.7). */
export const MODIFIED_SECONDS = 784_111_777;
const MODIFIED = 'Sun, 06 Nov 1994 08:49:37 GMT';
const MODIFIED_RFC_850 = 'Sunday, 06-Nov-94 08:49:37 GMT';
const MODIFIED_ASCTIME = 'Sun Nov  6 08:49:37 1994';
const EARLIER = 'Sun, 06 Nov 1994 08:49:36 GMT';
const LATER = 'Mon, 07 Nov 1994 08:49:37 GMT';
const FUTURE = 'Fri, 01 Jan 2100 00:00:00 GMT';

function row(method: string, target: string, headers: readonly string[], isPrecompressed = false): Row {
  const lines = headers.map((header) => `${header}\r\n`).join('');
  const title = `${method} ${target}${isPrecompressed ? ' (compressed beforehand)' : ''}`;
  return {
    name: [title, ...headers].map(abridged).join(' | '),
    request: `${method} ${target} HTTP/1.1\r\nHost: test\r\n${lines}\r\n`,
    isPrecompressed,
  };
}

function abridged(text: string): string {
  return text.length > 100 ? `${text.slice(0, 40)}… (${text.length} bytes)` : text;
}

const PATHS = [
  ...['/', '/index.html', '/?x=1', '/a.txt', '/a.txt?x=1', '/a.txt?', '/empty.txt', '/data', '/A.TXT', '/large.bin'],
  ...['/style.css', '/app.js', '/data.json', '/image.svg', '/photo.png', '/page.html', '/unknown.none', '/UPPER.TXT'],
  // Names, and how they are written.
  ...['/a%2etxt', '/a%2Etxt', '/%61.txt', '/a%20b.txt', '/a+b.txt', '/a%2Bb.txt', '/100%25.txt', '/a%23b%3F.txt'],
  ...[
    '/%C3%BC.txt',
    '/%c3%bc.txt',
    '/back%5Cslash.txt',
    '/back\\slash.txt',
    '/a%252etxt',
    '/;x',
    '/a.txt;x',
    '/~',
    '/a&b=c.txt',
  ],
  // Folders.
  ...['/folder', '/folder/', '/folder?x=1', '/folder?', '/folder/?x=1', '/folder/index.html', '/folder/b.txt'],
  ...['/empty', '/empty/', '/no-page', '/no-page/', '/no-page/c.txt', '/folder%20x', '/folder%20x/', '/%66older'],
  // Missing files.
  ...[
    '/missing',
    '/missing/',
    '/missing.txt?x',
    '/folder/missing',
    '/missing/a.txt',
    '/a.txt/',
    '/a.txt/b',
    '/a.txt/../a.txt',
  ],
  // Dots and slashes.
  ...[
    '//',
    '//a.txt',
    '///folder',
    '//folder',
    '/folder//',
    '/folder//b.txt',
    '/./a.txt',
    '/.',
    '/folder/.',
    '/folder/..',
  ],
  ...[
    '/folder/../a.txt',
    '/folder/%2e%2e/a.txt',
    '/folder/./b.txt',
    '/%2e/a.txt',
    '/missing/../a.txt',
    '/..',
    '/../a.txt',
  ],
  ...[
    '/../secret',
    '/%2e%2e/secret',
    '/folder/../../secret',
    '/..%2fsecret',
    '/..%5Csecret',
    '/%252e%252e/secret',
    '//etc/passwd',
  ],
  ...['/folder%2Fb.txt', '/folder%2f', '/%2fetc/passwd', '/folder/..%2fa.txt'],
  // Invalid encodings, and encodings that are not UTF-8.
  ...[
    '/%',
    '/%2',
    '/%zz',
    '/a.txt%',
    '/%00',
    '/a.txt%00',
    '/a.txt%00.png',
    '/%ff',
    '/%c0%af',
    '/..%c0%afsecret',
    '/%ed%a0%80',
  ],
  `/${'x'.repeat(255)}`,
  `/${'x'.repeat(256)}`,
  `/${'x/'.repeat(2048)}`,
  `/${'./'.repeat(2000)}a.txt`,
  // Names with a dot.
  ...['/.env', '/.well-known/x.txt', '/.git/config', '/folder/.hidden', '/.well-known', '/folder/.well-known/x.txt'],
  // Symbolic links.
  ...['/link', '/link-to-folder', '/link-to-folder/', '/link-to-folder/b.txt', '/link-to-link', '/dangling', '/loop'],
  ...['/outside', '/outside-folder/b.txt', '/outside-folder/', '/absolute', '/to-proc'],
  // Files that are not regular.
  ...['/fifo', '/fifo/'],
  // Other forms of a target.
  ...[
    'http://test/a.txt',
    'http://other/a.txt',
    'http://test',
    'a.txt',
    '*',
    '/a.txt#f',
    '/a%20b.txt#',
    '/a.txt?a=%zz',
    '/a.txt?a\\b',
  ],
];

const METHODS = [
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'MKCOL',
  'FOO',
  'get',
  'GETX',
];

const CONDITIONS: readonly (readonly string[])[] = [
  // Tags.
  ['If-None-Match: {etag}'],
  ['If-None-Match: W/{etag}'],
  ['If-None-Match: "other"'],
  ['If-None-Match: W/"other"'],
  ['If-None-Match: *'],
  ['If-None-Match: "other", {etag}'],
  ['If-None-Match: "other",{etag},"more"'],
  ['If-None-Match: "other", W/{etag}'],
  ['If-None-Match: , ,{etag},'],
  ['If-None-Match: "a,b", {etag}'],
  ['If-None-Match: "other", *'],
  ['If-None-Match: "other"', 'If-None-Match: {etag}'],
  ['If-None-Match:'],
  ['If-None-Match: other'],
  ['If-None-Match: "other'],
  ['If-None-Match: w/{etag}'],
  ['If-None-Match: W/ {etag}'],
  ['If-None-Match: ""'],
  ['If-Match: {etag}'],
  ['If-Match: W/{etag}'],
  ['If-Match: "other"'],
  ['If-Match: *'],
  ['If-Match: "other", {etag}'],
  ['If-Match: "other"', 'If-Match: {etag}'],
  ['If-Match:'],
  ['If-Match: other'],
  // Dates.
  ...[MODIFIED, MODIFIED_RFC_850, MODIFIED_ASCTIME, EARLIER, LATER, FUTURE].map((date) => [
    `If-Modified-Since: ${date}`,
  ]),
  ['If-Modified-Since: Monday, 07-Nov-94 08:49:37 GMT'],
  ['If-Modified-Since: Mon Nov  7 08:49:37 1994'],
  ['If-Modified-Since: Sat, 06 Nov 1994 08:49:37 GMT'],
  ['If-Modified-Since: 06 Nov 1994 08:49:37 GMT'],
  ['If-Modified-Since: Sun, 06 Nov 1994 08:49:37 +0000'],
  ['If-Modified-Since: Sun, 06 Nov 1994 08:49:37'],
  ['If-Modified-Since: Sun, 06 Nov 1994 10:49:37 CET'],
  ['If-Modified-Since: sun, 06 nov 1994 08:49:37 gmt'],
  ['If-Modified-Since: Sun, 31 Feb 1994 08:49:37 GMT'],
  ['If-Modified-Since: yesterday'],
  ['If-Modified-Since: 784111777'],
  ['If-Modified-Since:'],
  ...[MODIFIED, MODIFIED_RFC_850, MODIFIED_ASCTIME, EARLIER, LATER].map((date) => [`If-Unmodified-Since: ${date}`]),
  ['If-Unmodified-Since: yesterday'],
  ['If-Unmodified-Since:'],
  ['If-None-Match: *', `If-Modified-Since: ${EARLIER}`],
  ['If-Match: *', `If-Modified-Since: ${MODIFIED}`],
];

/** Each true, false or not there, in every combination: §13.2.2 has the order in which they are looked at. */
const COMBINATIONS: readonly (readonly string[])[] = [
  ['If-Match: {etag}', 'If-Match: "other"'],
  [`If-Unmodified-Since: ${MODIFIED}`, `If-Unmodified-Since: ${EARLIER}`],
  ['If-None-Match: {etag}', 'If-None-Match: "other"'],
  [`If-Modified-Since: ${MODIFIED}`, `If-Modified-Since: ${EARLIER}`],
]
  .reduce<string[][]>(
    (combinations, headers) =>
      combinations.flatMap((combination) => [combination, ...headers.map((header) => [...combination, header])]),
    [[]],
  )
  .filter((combination) => combination.length > 1);

const RANGES: readonly string[] = [
  // Ranges of a file of 26 bytes.
  ...[
    '0-0',
    '0-4',
    '5-',
    '0-',
    '-5',
    '-1',
    '-26',
    '-100',
    '-0',
    '0-25',
    '0-26',
    '0-1000',
    '25-25',
    '25-',
    '26-',
    '26-30',
    '100-',
  ],
  ...[
    '5-2',
    'a-b',
    '',
    '-',
    '--5',
    '1',
    '1-2-3',
    '0-4;x',
    '00-004',
    '0x0-4',
    '+0-4',
    '0.0-4',
    ' 0-4',
    '0 - 4',
    '0- 4',
    '0-4 ',
  ],
  ...[
    '99999999999999999999-',
    '0-99999999999999999999',
    '-99999999999999999999',
    '18446744073709551616-18446744073709551617',
  ],
  // Several.
  ...[
    '0-0,2-2',
    '0-0, 2-2',
    '0-4,10-14',
    '10-14,0-4',
    '0-0,-1',
    '0-4,5-9',
    '0-4,2-6',
    '0-10,5-6',
    '0-,0-',
    '0-25,0-25',
    '-5,-3',
  ],
  ...[
    '0-4,',
    ',0-4',
    ',,0-4,,',
    '0-4,100-200',
    '100-,0-4',
    '100-,200-',
    '0-0,5-2',
    '5-2,0-0',
    '0-4,a-b',
    '-0,0-0',
    '0-4,,6-7',
  ],
  ...[new Array(10).fill('0-').join(','), new Array(1000).fill('0-0').join(','), new Array(1000).fill('0-').join(',')],
  new Array(13)
    .fill(0)
    .map((_, i) => `${2 * i}-${2 * i}`)
    .join(','),
  new Array(101)
    .fill(0)
    .map((_, i) => `${i % 20}-${i % 20}`)
    .join(','),
];

const IF_RANGE = [
  '{etag}',
  'W/{etag}',
  '"other"',
  MODIFIED,
  MODIFIED_RFC_850,
  MODIFIED_ASCTIME,
  EARLIER,
  LATER,
  'yesterday',
  '',
];

const ACCEPT_ENCODINGS = [
  ...[
    'gzip',
    'GZIP',
    'gzip;q=1',
    'gzip;q=0.5',
    'gzip;q=0.001',
    'gzip;q=0',
    'gzip;q=0.000',
    'gzip; q=0',
    'gzip ; q=0.5',
  ],
  ...[
    '*',
    '*;q=0',
    'gzip;q=0, *',
    'identity;q=0',
    'identity',
    'x-gzip',
    'br',
    'deflate, gzip',
    'br, gzip;q=0.1',
    'gzipx',
  ],
  ...['identity;q=1, gzip;q=0.5', 'gzip;q=0.5, identity;q=0.1', 'gzip;q=2', 'gzip;q=', 'gzip;x=1', '', 'gzip, br;q=0'],
];

export const ROWS: readonly Row[] = [
  ...PATHS.map((path) => row('GET', path, [])),
  ...['/', '/folder', '/missing', '/empty/', '/fifo', '/large.bin'].map((path) => row('HEAD', path, [])),
  ...METHODS.map((method) => row(method, '/a.txt', [])),
  ...['/', '/folder', '/missing', '/fifo'].map((path) => row('POST', path, [])),
  row('POST', '/a.txt', ['Content-Length: 0']),
  row('OPTIONS', '*', []),
  row('CONNECT', 'test:80', []),
  ...CONDITIONS.map((headers) => row('GET', '/a.txt', headers)),
  ...COMBINATIONS.map((headers) => row('GET', '/a.txt', headers)),
  row('HEAD', '/a.txt', ['If-None-Match: {etag}']),
  row('HEAD', '/a.txt', [`If-Modified-Since: ${MODIFIED}`]),
  row('HEAD', '/a.txt', ['If-Match: "other"']),
  // No condition is about what is not there, nor about a redirect (§13.2.1).
  ...['/missing', '/folder'].flatMap((path) =>
    ['If-None-Match: *', 'If-Match: *', 'If-Match: "other"', `If-Unmodified-Since: ${EARLIER}`].map((header) =>
      row('GET', path, [header]),
    ),
  ),
  row('POST', '/a.txt', ['If-None-Match: *']),
  ...RANGES.map((ranges) => row('GET', '/a.txt', [`Range: bytes=${ranges}`])),
  ...['Bytes=0-4', 'BYTES=0-4', 'lines=0-4', 'bytes', 'bytes 0-4', '0-4', 'bytes =0-4', 'bytes: 0-4', ''].map((range) =>
    row('GET', '/a.txt', [`Range: ${range}`]),
  ),
  row('GET', '/a.txt', ['Range: bytes=0-4', 'Range: bytes=6-8']),
  ...['0-0', '0-', '-1', '-0', '1-', '0-0,-1', '5-2'].map((range) =>
    row('GET', '/empty.txt', [`Range: bytes=${range}`]),
  ),
  ...['0-0', '-1', '299999-', '300000-', '0-99999,200000-299999', '65536-131072'].map((range) =>
    row('GET', '/large.bin', [`Range: bytes=${range}`]),
  ),
  row('HEAD', '/a.txt', ['Range: bytes=0-4']),
  row('HEAD', '/a.txt', ['Range: bytes=100-']),
  row('HEAD', '/a.txt', ['Range: bytes=0-0,2-2']),
  ...['/missing', '/folder', '/'].map((path) => row('GET', path, ['Range: bytes=0-4'])),
  row('GET', '/folder/', ['Range: bytes=-2']),
  ...IF_RANGE.map((value) => row('GET', '/a.txt', ['Range: bytes=0-4', `If-Range: ${value}`])),
  row('GET', '/a.txt', ['Range: bytes=100-', 'If-Range: "other"']),
  row('GET', '/a.txt', ['Range: bytes=100-', 'If-Range: {etag}']),
  row('GET', '/a.txt', ['If-Range: {etag}']),
  row('HEAD', '/a.txt', ['Range: bytes=0-4', 'If-Range: {etag}']),
  row('GET', '/a.txt', ['Range: bytes=0-4', 'If-None-Match: {etag}']),
  row('GET', '/a.txt', ['Range: bytes=0-4', 'If-Match: {etag}']),
  row('GET', '/a.txt', ['Range: bytes=0-4', 'If-Match: "other"']),
  row('GET', '/a.txt', ['Range: bytes=0-4', `If-Modified-Since: ${MODIFIED}`]),
  row('GET', '/a.txt', ['Range: bytes=100-', `If-Unmodified-Since: ${EARLIER}`]),
  row('GET', '/text.txt', [], true),
  ...ACCEPT_ENCODINGS.map((value) => row('GET', '/text.txt', [`Accept-Encoding: ${value}`], true)),
  row('HEAD', '/text.txt', ['Accept-Encoding: gzip'], true),
  row('GET', '/text.txt', ['Accept-Encoding: gzip', 'Range: bytes=0-1'], true),
  row('GET', '/text.txt', ['Accept-Encoding: gzip', 'If-None-Match: {etag}'], true),
  row('GET', '/text.txt', ['Accept-Encoding: gzip', `If-Modified-Since: ${MODIFIED}`], true),
  row('GET', '/text.txt', ['Accept-Encoding: deflate', 'Accept-Encoding: gzip'], true),
  ...['/a.txt', '/folder/', '/text.txt.gz', '/missing', '/only.txt'].map((path) =>
    row('GET', path, ['Accept-Encoding: gzip'], true),
  ),
];
