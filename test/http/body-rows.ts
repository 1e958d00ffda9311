/**
 * Raw bodies, and the expected result of the decoder for each. Every line end is written out in the raw text, because most of
 * these rows test line ends.
 */

export interface GoodRow {
  readonly promise: string;
  readonly raw: string;
  readonly body: string;
  /** Left out: the body is chunked. */
  readonly bodyLength?: number;
}

export interface BadRow {
  readonly promise: string;
  /** Ends in the byte that is refused. */
  readonly upTo: string;
  /** The text that makes it look like a body. */
  readonly rest: string;
  readonly status?: number;
}

/** The end of a chunked body. */
const END = '0\r\n\r\n';
const HELLO = '5\r\nhello\r\n';

export const GOOD_ROWS: readonly GoodRow[] = [
  // Content-Length
  { promise: 'one byte', raw: 'x', body: 'x', bodyLength: 1 },
  { promise: 'five bytes', raw: 'hello', body: 'hello', bodyLength: 5 },
  { promise: 'no bytes', raw: '', body: '', bodyLength: 0 },
  { promise: 'bytes that look chunked', raw: `${HELLO}${END}`, body: `${HELLO}${END}`, bodyLength: 15 },
  {
    promise: 'bytes that look like a request',
    raw: 'GET / HTTP/1.1\r\n\r\n',
    body: 'GET / HTTP/1.1\r\n\r\n',
    bodyLength: 18,
  },
  { promise: 'bytes of any kind', raw: '\0\r\n\x7f\x80\xff', body: '\0\r\n\x7f\x80\xff', bodyLength: 6 },
  // chunks
  { promise: 'no chunk but the last', raw: END, body: '' },
  { promise: 'one chunk', raw: `${HELLO}${END}`, body: 'hello' },
  { promise: 'two chunks', raw: `${HELLO}6\r\n world\r\n${END}`, body: 'hello world' },
  { promise: 'chunks of one byte', raw: `1\r\na\r\n1\r\nb\r\n1\r\nc\r\n${END}`, body: 'abc' },
  { promise: 'a size of two digits', raw: `10\r\n0123456789abcdef\r\n${END}`, body: '0123456789abcdef' },
  { promise: 'a size in lower case', raw: `a\r\n0123456789\r\n${END}`, body: '0123456789' },
  { promise: 'a size in upper case', raw: `A\r\n0123456789\r\n${END}`, body: '0123456789' },
  { promise: 'a size in both', raw: `aA\r\n${'x'.repeat(170)}\r\n${END}`, body: 'x'.repeat(170) },
  {
    promise: 'the last letters there are',
    raw: `f\r\n${'x'.repeat(15)}\r\nF\r\n${'y'.repeat(15)}\r\n${END}`,
    body: 'x'.repeat(15) + 'y'.repeat(15),
  },
  { promise: 'a leading zero', raw: `05\r\nhello\r\n${END}`, body: 'hello' },
  { promise: 'a size of 16 digits', raw: `0000000000000005\r\nhello\r\n${END}`, body: 'hello' },
  {
    promise: 'sizes of 16 digits, each counted for itself',
    raw: `${'0000000000000001\r\nx\r\n'.repeat(3)}0000000000000000\r\n\r\n`,
    body: 'xxx',
  },
  { promise: 'a last chunk of many zeros', raw: `${HELLO}000\r\n\r\n`, body: 'hello' },
  { promise: 'data that is line ends', raw: `4\r\n\r\n\r\n\r\n${END}`, body: '\r\n\r\n' },
  { promise: 'data that is the end of a body', raw: `5\r\n${END}\r\n${END}`, body: END },
  { promise: 'data that is a request', raw: `12\r\nGET / HTTP/1.1\r\n\r\n\r\n${END}`, body: 'GET / HTTP/1.1\r\n\r\n' },
  { promise: 'data that begins with digits', raw: `3\r\n123\r\n${END}`, body: '123' },
  { promise: 'data of any kind', raw: `6\r\n\0\r\n\x7f\x80\xff\r\n${END}`, body: '\0\r\n\x7f\x80\xff' },
  // extensions
  { promise: 'an extension', raw: `5;a\r\nhello\r\n${END}`, body: 'hello' },
  { promise: 'an extension with a value', raw: `5;a=b\r\nhello\r\n${END}`, body: 'hello' },
  { promise: 'several extensions', raw: `5;a;b=c;d\r\nhello\r\n${END}`, body: 'hello' },
  { promise: 'an extension of the last chunk', raw: `${HELLO}0;a=b\r\n\r\n`, body: 'hello' },
  { promise: 'a quoted value', raw: `5;a="b c;d"\r\nhello\r\n${END}`, body: 'hello' },
  { promise: 'an empty quoted value', raw: `5;a=""\r\nhello\r\n${END}`, body: 'hello' },
  {
    promise: 'a quote and a backslash in a quoted value',
    raw: `5;a="\\"\\\\";b="c"\r\nhello\r\n${END}`,
    body: 'hello',
  },
  { promise: 'a backslash outside of quotes', raw: `5;a=\\\r\nhello\r\n${END}`, body: 'hello' },
  { promise: 'an extension without a name', raw: `5;\r\nhello\r\n${END}`, body: 'hello' },
  { promise: 'blanks within an extension', raw: `5; a = b\t; c \r\nhello\r\n${END}`, body: 'hello' },
  { promise: 'an extension beyond ASCII', raw: `5;\x80\xe9=\xff\r\nhello\r\n${END}`, body: 'hello' },
  { promise: 'an extension that looks like a size', raw: `5;6\r\nhello\r\n${END}`, body: 'hello' },
  // trailers
  { promise: 'a trailer', raw: `${HELLO}0\r\nA: b\r\n\r\n`, body: 'hello' },
  { promise: 'two trailers', raw: `${HELLO}0\r\nA: b\r\nX-Checksum:  1 \r\n\r\n`, body: 'hello' },
  { promise: 'a trailer without a value', raw: `${HELLO}0\r\nA:\r\nB: \t\r\n\r\n`, body: 'hello' },
  { promise: 'a trailer of every mark a token may have', raw: `0\r\n!#$%&'*+-.^_\`|~0:\r\n\r\n`, body: '' },
  { promise: 'colons and quotes in the value of a trailer', raw: '0\r\nA: ":b:"c\r\n\r\n', body: '' },
  { promise: 'a trailer beyond ASCII', raw: '0\r\nA: \x80\xff\r\n\r\n', body: '' },
  {
    promise: 'trailers that pretend about framing',
    raw: '0\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n',
    body: '',
  },
];

export const BAD_ROWS: readonly BadRow[] = [
  // sizes
  { promise: 'no size', upTo: '\r', rest: `\nhello\r\n${END}` },
  { promise: 'an empty line before the first size', upTo: '\r', rest: `\n${HELLO}${END}` },
  { promise: 'a bare LF before the first size', upTo: '\n', rest: `${HELLO}${END}` },
  { promise: 'an extension without a size', upTo: ';', rest: `a\r\n${END}` },
  { promise: 'a plus', upTo: '+', rest: `${HELLO}${END}` },
  { promise: 'a minus', upTo: '-', rest: `${HELLO}${END}` },
  { promise: 'minus zero', upTo: '-', rest: END },
  { promise: '0x', upTo: '0x', rest: `5\r\nhello\r\n${END}` },
  { promise: '0X', upTo: '0X', rest: `5\r\nhello\r\n${END}` },
  { promise: 'x', upTo: 'x', rest: `5\r\nhello\r\n${END}` },
  { promise: '#', upTo: '#', rest: `5\r\nhello\r\n${END}` },
  { promise: 'an h behind', upTo: '5h', rest: `\r\nhello\r\n${END}` },
  { promise: 'an underscore between digits', upTo: '1_', rest: `0\r\n0123456789abcdef\r\n${END}` },
  { promise: 'a comma between digits', upTo: '1,', rest: `0\r\n0123456789abcdef\r\n${END}` },
  { promise: 'a fraction', upTo: '5.', rest: `0\r\nhello\r\n${END}` },
  { promise: 'a space before', upTo: ' ', rest: `${HELLO}${END}` },
  { promise: 'a tab before', upTo: '\t', rest: `${HELLO}${END}` },
  { promise: 'a space behind', upTo: '5 ', rest: `\r\nhello\r\n${END}` },
  { promise: 'a tab behind', upTo: '5\t', rest: `\r\nhello\r\n${END}` },
  { promise: 'a space before the semicolon', upTo: '5 ', rest: `;a\r\nhello\r\n${END}` },
  { promise: 'a tab before the semicolon', upTo: '5\t', rest: `;a\r\nhello\r\n${END}` },
  { promise: 'a word without a semicolon', upTo: '5 ', rest: `a=b\r\nhello\r\n${END}` },
  { promise: 'a comma for the semicolon', upTo: '5,', rest: `a=b\r\nhello\r\n${END}` },
  { promise: 'two sizes', upTo: '5 ', rest: `6\r\nhello\r\n${END}` },
  { promise: 'the byte before 0', upTo: '/', rest: `\r\n${END}` },
  { promise: 'the byte behind 9', upTo: '5:', rest: `\r\nhello\r\n${END}` },
  { promise: 'the byte before A', upTo: '@', rest: `\r\n${END}` },
  { promise: 'a G', upTo: 'G', rest: `\r\n${END}` },
  { promise: 'the byte before a', upTo: '`', rest: `\r\n${END}` },
  { promise: 'a g', upTo: 'g', rest: `\r\n${END}` },
  { promise: 'a NUL', upTo: '5\0', rest: `\r\nhello\r\n${END}` },
  { promise: 'a vertical tab', upTo: '5\v', rest: `\r\nhello\r\n${END}` },
  { promise: 'DEL', upTo: '5\x7f', rest: `\r\nhello\r\n${END}` },
  { promise: 'a 5 with its highest bit set', upTo: '\xb5', rest: `\r\nhello\r\n${END}` },
  { promise: 'a size in full-width digits', upTo: '\xef', rest: `\xbc\x95\r\nhello\r\n${END}` },
  { promise: 'a 5 with its 0x20 bit taken away', upTo: '\x15', rest: `\r\nhello\r\n${END}` },
  { promise: 'a size of 17 digits', upTo: '00000000000000005', rest: `\r\nhello\r\n${END}` },
  { promise: 'a last chunk of 17 zeros', upTo: '00000000000000000', rest: '\r\n\r\n' },
  { promise: '2^53', upTo: '20000000000000', rest: `\r\nhello\r\n${END}` },
  { promise: '2^53 behind two zeros', upTo: '0020000000000000', rest: `\r\nhello\r\n${END}` },
  { promise: '2^63', upTo: '80000000000000', rest: `00\r\nhello\r\n${END}` },
  {
    promise: '2^64 + 5, which is 5 to a counter of 64 bits',
    upTo: '100000000000000',
    rest: `05\r\nhello\r\n${END}`,
  },
  { promise: 'all digits F', upTo: 'F'.repeat(14), rest: `FF\r\nhello\r\n${END}` },
  { promise: 'a wrong second size', upTo: `${HELLO}x`, rest: `\r\nhello\r\n${END}` },
  { promise: 'another request for the last chunk', upTo: `${HELLO}G`, rest: 'ET / HTTP/1.1\r\nHost: h\r\n\r\n' },
  // the end of a size line
  { promise: 'a bare LF behind a size', upTo: '5\n', rest: `hello\r\n${END}` },
  { promise: 'a bare CR behind a size', upTo: '5\rh', rest: `ello\r\n${END}` },
  { promise: 'two CRs behind a size', upTo: '5\r\r', rest: `\nhello\r\n${END}` },
  { promise: 'LF CR behind a size', upTo: '5\n', rest: `\rhello\r\n${END}` },
  { promise: 'a bare LF behind the last size', upTo: `${HELLO}0\n`, rest: '\r\n' },
  { promise: 'bare LFs for both last lines', upTo: `${HELLO}0\n`, rest: '\n' },
  { promise: 'a bare CR behind the last size', upTo: `${HELLO}0\r\r`, rest: '\n' },
  // extensions
  { promise: 'a bare LF behind an extension', upTo: '5;a\n', rest: `hello\r\n${END}` },
  { promise: 'a bare LF behind a semicolon', upTo: '5;\n', rest: `hello\r\n${END}` },
  { promise: 'a bare LF in an extension', upTo: '5;a\n', rest: `b\r\nhello\r\n${END}` },
  { promise: 'a bare CR in an extension', upTo: '5;a\rb', rest: `\r\nhello\r\n${END}` },
  { promise: 'two CRs behind an extension', upTo: '5;a\r\r', rest: `\nhello\r\n${END}` },
  { promise: 'a NUL in an extension', upTo: '5;a\0', rest: `\r\nhello\r\n${END}` },
  { promise: 'a control character in an extension', upTo: '5;\x01', rest: `\r\nhello\r\n${END}` },
  { promise: 'DEL in an extension', upTo: '5;a=\x7f', rest: `\r\nhello\r\n${END}` },
  { promise: 'CR LF in quotes', upTo: '5;a="\r', rest: `\n"\r\nhello\r\n${END}` },
  { promise: 'CR LF behind a backslash in quotes', upTo: '5;a="\\\r', rest: `\n"\r\nhello\r\n${END}` },
  { promise: 'a bare LF in quotes', upTo: '5;a="b\n', rest: `"\r\nhello\r\n${END}` },
  { promise: 'quotes that do not close', upTo: '5;a="b\r', rest: `\nhello\r\n${END}` },
  { promise: 'quotes whose close is escaped', upTo: '5;a="b\\"\r', rest: `\nhello\r\n${END}` },
  { promise: 'a quote for a name', upTo: '5;"', rest: `a"\r\nhello\r\n${END}` },
  { promise: 'a quote in a name', upTo: '5;a"', rest: `b="c\r\nhello\r\n${END}` },
  { promise: 'a quote within a value', upTo: '5;a=b"', rest: `c"\r\nhello\r\n${END}` },
  { promise: 'a quote right behind quotes', upTo: '5;a="b""', rest: `c"\r\nhello\r\n${END}` },
  { promise: 'a blank before quotes', upTo: '5;a= "', rest: `b"\r\nhello\r\n${END}` },
  { promise: 'extensions of 65 bytes', upTo: `5;${'a'.repeat(64)}`, rest: `\r\nhello\r\n${END}`, status: 413 },
  {
    promise: 'extensions of 65 bytes in quotes',
    upTo: `5;a="${'b'.repeat(61)}`,
    rest: `"\r\nhello\r\n${END}`,
    status: 413,
  },
  {
    promise: 'extensions of 65 bytes over several chunks',
    upTo: `${'1;abc\r\nx\r\n'.repeat(16)}0;`,
    rest: '\r\n\r\n',
    status: 413,
  },
  // the end of the data
  { promise: 'data longer than its size', upTo: '5\r\nhello!', rest: `\r\n${END}` },
  { promise: 'data shorter than its size', upTo: '6\r\nhello\r\n', rest: END },
  { promise: 'data without a line end', upTo: '5\r\nhello0', rest: '\r\n\r\n' },
  { promise: 'a bare LF behind the data', upTo: '5\r\nhello\n', rest: END },
  { promise: 'a bare CR behind the data', upTo: '5\r\nhello\r0', rest: '\r\n\r\n' },
  { promise: 'two CRs behind the data', upTo: '5\r\nhello\r\r', rest: `\n${END}` },
  { promise: 'a space behind the data', upTo: '5\r\nhello ', rest: `\r\n${END}` },
  { promise: 'an empty line between chunks', upTo: `${HELLO}\r`, rest: `\n${END}` },
  { promise: 'a space before the second size', upTo: `${HELLO} `, rest: END },
  // trailers and the end
  { promise: 'a bare LF for the last line', upTo: `${HELLO}0\r\n\n`, rest: '' },
  { promise: 'a bare CR for the last line', upTo: `${HELLO}0\r\n\rG`, rest: 'ET / HTTP/1.1\r\n\r\n' },
  { promise: 'two CRs in the last line', upTo: `${HELLO}0\r\n\r\r`, rest: '\n' },
  { promise: 'a chunk behind the last', upTo: `0\r\n5\r`, rest: `\nhello\r\n${END}` },
  { promise: 'a space before a trailer', upTo: '0\r\n ', rest: 'A: b\r\n\r\n' },
  { promise: 'an empty name', upTo: '0\r\n:', rest: ' b\r\n\r\n' },
  { promise: 'a space before the colon', upTo: '0\r\nA ', rest: ': b\r\n\r\n' },
  { promise: 'a tab before the colon', upTo: '0\r\nA\t', rest: ': b\r\n\r\n' },
  { promise: 'a trailer without a colon', upTo: '0\r\nA\r', rest: '\n\r\n' },
  { promise: 'obs-fold', upTo: '0\r\nA: b\r\n ', rest: 'c\r\n\r\n' },
  { promise: 'obs-fold by a tab', upTo: '0\r\nA: b\r\n\t', rest: 'c\r\n\r\n' },
  { promise: 'a second trailer with an empty name', upTo: '0\r\nA: b\r\n:', rest: ' c\r\n\r\n' },
  { promise: 'a name in quotes', upTo: '0\r\n"', rest: 'A": b\r\n\r\n' },
  { promise: 'a name beyond ASCII', upTo: '0\r\n\xc4', rest: ': b\r\n\r\n' },
  { promise: 'a NUL in a name', upTo: '0\r\nA\0', rest: ': b\r\n\r\n' },
  { promise: 'a NUL in a value', upTo: '0\r\nA: \0', rest: '\r\n\r\n' },
  { promise: 'DEL in a value', upTo: '0\r\nA: b\x7f', rest: '\r\n\r\n' },
  { promise: 'a bare LF behind a trailer', upTo: '0\r\nA: b\n', rest: '\r\n' },
  { promise: 'a bare CR in a trailer', upTo: '0\r\nA: b\rc', rest: '\r\n\r\n' },
  { promise: 'two CRs behind a trailer', upTo: '0\r\nA: b\r\r', rest: '\n\r\n' },
  { promise: 'a request line for a trailer', upTo: '0\r\nGET ', rest: '/ HTTP/1.1\r\nHost: h\r\n\r\n' },
  { promise: 'a trailer of 65 bytes', upTo: `0\r\nA:${'b'.repeat(61)}\r\n`, rest: '\r\n', status: 431 },
  { promise: 'a name of 65 bytes', upTo: `0\r\n${'a'.repeat(65)}`, rest: ': b\r\n\r\n', status: 431 },
  { promise: 'trailers of 65 bytes', upTo: `0\r\n${'A: b\r\n'.repeat(10)}A: b\r`, rest: '\n\r\n', status: 431 },
];
