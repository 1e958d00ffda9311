/** field-line = field-name ":" OWS field-value OWS, then CRLF. */
import { GET, goesOn, HOST, type RawRequest, refuses, withLines } from './raw-request.js';

const HOST_PAIR = ['Host', 'h'] as const;
const ALL_MARKS = "!#$%&'*+-.^_`|~0aZ";
const ECHO = 'GET / []';

export const FIELD_LINES: readonly RawRequest[] = [
  ...goesOn('§5', {
    'no blank before a value': [`${GET}Host:h\r\n\r\n`, ECHO, { headers: [HOST_PAIR] }],
    'blanks around a value': [`${GET}Host: \t h \t \r\n\r\n`, ECHO, { headers: [HOST_PAIR] }],
    'blanks within a value': [withLines('A: b \t c\r\n'), ECHO, { headers: [HOST_PAIR, ['A', 'b \t c']] }],
    'an empty value': [withLines('A:\r\nB: \t\r\n'), ECHO, { headers: [HOST_PAIR, ['A', ''], ['B', '']] }],
    'colons in a value': [withLines('A: b:c: d\r\n'), ECHO, { headers: [HOST_PAIR, ['A', 'b:c: d']] }],
    'a value that begins with a colon': [withLines('A:: b\r\n'), ECHO, { headers: [HOST_PAIR, ['A', ': b']] }],
    'a value that is a header': [withLines('A: Host: x\r\n'), ECHO, { headers: [HOST_PAIR, ['A', 'Host: x']] }],
    'a quote that is not closed in a value': [withLines('A: "b\r\n'), ECHO, { headers: [HOST_PAIR, ['A', '"b']] }],
    'every visible character in a value': [
      withLines('A: !"#$%&\'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\r\n'),
      ECHO,
      { headers: [HOST_PAIR, ['A', '!"#$%&\'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~']] },
    ],
    'bytes beyond ASCII in a value': [
      withLines('A: \x80\xe9\xff\r\n'),
      ECHO,
      { headers: [HOST_PAIR, ['A', '\x80\xe9\xff']] },
    ],
    'a no-break space of Latin-1 around a value, which is no blank': [
      withLines('A: \xa0b\xa0\r\n'),
      ECHO,
      { headers: [HOST_PAIR, ['A', '\xa0b\xa0']] },
    ],
    'names as they were sent': [
      `${GET}hOsT: h\r\nx-LONG_name: 1\r\n\r\n`,
      ECHO,
      {
        headers: [
          ['hOsT', 'h'],
          ['x-LONG_name', '1'],
        ],
      },
    ],
    'a name of every mark a token may have': [
      withLines(`${ALL_MARKS}: 1\r\n`),
      ECHO,
      { headers: [HOST_PAIR, [ALL_MARKS, '1']] },
    ],
    'the same name twice': [withLines('A: 1\r\na: 2\r\n'), ECHO, { headers: [HOST_PAIR, ['A', '1'], ['a', '2']] }],
    'a name that is no other than its prefix says': [
      withLines(
        'Hosts: x y\r\nContent-Lengt: z\r\nContent-Length2: z\r\nTransfer-Encodings: z\r\nConnections: close\r\n',
      ),
      ECHO,
    ],
    'a header of 200 bytes of name': [withLines(`${'n'.repeat(200)}: v\r\n`), ECHO],
  }),
  ...refuses(400, '§2.2', {
    'a bare LF after a header': `${GET}Host: h\n\r\n`,
    'a bare LF after a header that is not the last': `${GET}Host: h\nA: b\r\n\r\n`,
    'a bare LF for the empty line': `${GET}${HOST}\n`,
    'a bare CR for the empty line': `${GET}${HOST}\rX: 1\r\n\r\n`,
    'CR CR LF for the empty line': `${GET}${HOST}\r\r\n`,
    'CR CR LF after a header': withLines('A: b\r\r\n'),
    'a bare CR in a value': withLines('A: b\rc\r\n'),
    'a bare CR at the beginning of a value': withLines('A:\r b\r\n'),
    'a bare CR between two headers': `${GET}${HOST}A: b\rC: d\r\n\r\n`,
    'a bare LF in a value': withLines('A: b\nC: d\r\n'),
    'a bare LF between the colon and the value': withLines('A:\nb\r\n'),
    'a bare CR in a name': withLines('A\rB: c\r\n'),
    'a bare LF in a name': withLines('A\nB: c\r\n'),
    'a bare CR before the first header': `${GET}\r${HOST}\r\n`,
    'a bare LF before the first header': `${GET}\n${HOST}\r\n`,
  }),
  ...refuses(400, '§5.1', {
    'a space before the colon': withLines('A : b\r\n'),
    'a tab before the colon': withLines('A\t: b\r\n'),
    'a space before the colon of Host': `${GET}Host : h\r\n\r\n`,
    'a space within a name': withLines('A B: c\r\n'),
    'an empty name': withLines(': b\r\n'),
    'a colon and nothing else': withLines(':\r\n'),
    'a name and nothing else': withLines('A\r\n'),
    'a name and a value without the colon': withLines('A b\r\n'),
    'an equals sign for the colon': withLines('A= b\r\n'),
    'a request line for a header': withLines('GET /b HTTP/1.1\r\n'),
    'a status line for a header': withLines('HTTP/1.1 200 OK\r\n'),
  }),
  ...refuses(400, 'RFC 9110 §5.1', {
    'a name in quotes': withLines('"A": b\r\n'),
    'a name with a parenthesis': withLines('A(b): c\r\n'),
    'a name with a comma': withLines('A,B: c\r\n'),
    'a name with a slash': withLines('A/B: c\r\n'),
    'a name with brackets': withLines('A[]: c\r\n'),
    'a name with braces': withLines('A{}: c\r\n'),
    'a name with an @': withLines('A@B: c\r\n'),
    'a name with a backslash': withLines('A\\B: c\r\n'),
    'a name with a semicolon': withLines('A;B: c\r\n'),
    'a name with an angle bracket': withLines('<A>: c\r\n'),
    'a name in UTF-8': withLines('\xc3\x84: b\r\n'),
    'a name that ends in a no-break space': withLines('A\xa0: b\r\n'),
    'a NUL in a name': withLines('A\0: b\r\n'),
    'a control character in a name': withLines('A\x01: b\r\n'),
    'DEL in a name': withLines('A\x7f: b\r\n'),
  }),
  ...refuses(400, '§5.2', {
    'obs-fold': withLines('A: b\r\n c\r\n'),
    'obs-fold by a tab': withLines('A: b\r\n\tc\r\n'),
    'obs-fold of a value that is empty so far': withLines('A:\r\n b\r\n'),
    'obs-fold of nothing but blanks': withLines('A: b\r\n \r\n'),
    'obs-fold of Host': `${GET}Host:\r\n h\r\n\r\n`,
  }),
  ...refuses(400, 'RFC 9110 §5.5', {
    'a NUL in a value': withLines('A: b\0c\r\n'),
    'a NUL at the end of a value': withLines('A: b\0\r\n'),
    'a NUL between CR and LF': withLines('A: b\r\0\n'),
    'a control character in a value': withLines('A: \x01\r\n'),
    'a backspace in a value': withLines('A: b\x08c\r\n'),
    'a vertical tab in a value': withLines('A: b\x0bc\r\n'),
    'a form feed in a value': withLines('A: b\x0cc\r\n'),
    'an escape in a value': withLines('A: \x1b[2J\r\n'),
    'DEL in a value': withLines('A: \x7f\r\n'),
  }),
];
