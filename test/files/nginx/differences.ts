/**
 * The differences from nginx, with the section that decides. A row is one of rows.ts, with each field that differs: by nginx, and here.
 */
export interface Difference {
  readonly title: string;
  /** The section of the standard that decides. */
  readonly section: string;
  readonly why: string;
  readonly rows: Readonly<Record<string, readonly string[]>>;
  /** A difference of many rows. */
  readonly everywhere?: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    title: 'Allow in a 405',
    section: 'RFC 9110 §15.5.6',
    why: 'A 405 MUST name the supported methods in `Allow`. nginx does not.',
    rows: {},
    everywhere: 'Allow: – | GET, HEAD',
  },
  {
    title: 'An unknown method',
    section: 'RFC 9110 §9.1',
    why: 'An unrecognized or unimplemented method SHOULD be answered 501; 405 is for a known one that is not allowed. Methods are case-sensitive, so `get` is unknown, and not a syntax error.',
    rows: {
      'PROPFIND /a.txt': ['status: 405 | 501'],
      'MKCOL /a.txt': ['status: 405 | 501'],
      'FOO /a.txt': ['status: 405 | 501'],
      'get /a.txt': ['status: 400 | 501'],
      'GETX /a.txt': ['status: 405 | 501'],
      'CONNECT test:80': ['status: 400 | 501'],
    },
  },
  {
    title: 'A method that is not allowed, for a path without a file',
    section: 'RFC 9110 §15.5.6',
    why: 'The folder answers GET and HEAD for every path. nginx looks the path up first.',
    rows: {
      'POST /folder': ['status: 301 | 405'],
      'POST /missing': ['status: 404 | 405'],
      'POST /fifo': ['status: 404 | 405'],
    },
  },
  {
    title: '`OPTIONS *`',
    section: 'RFC 9110 §9.3.7',
    why: 'It is a request about the server: the response names the methods in `Allow`. For nginx it is a syntax error.',
    rows: {
      'OPTIONS *': ['status: 400 | 405'],
    },
  },
  {
    title: 'A field in two lines',
    section: 'RFC 9110 §5.3',
    why: 'Several lines of a list are one list. nginx 1.22 refuses a second `If-Match` or `If-None-Match`, and reads one line of the other two. Two Range lines, joined, are a malformed Range, which is ignored (§14.2).',
    rows: {
      'GET /a.txt | If-None-Match: "other" | If-None-Match: {etag}': ['status: 400 | 304'],
      'GET /a.txt | If-Match: "other" | If-Match: {etag}': ['status: 400 | 200'],
      'GET /a.txt | Range: bytes=0-4 | Range: bytes=6-8': ['status: 206 | 200'],
      'GET /text.txt (compressed beforehand) | Accept-Encoding: deflate | Accept-Encoding: gzip': [
        'body: 1000 bytes | 33 bytes',
        'Content-Encoding: – | gzip',
      ],
    },
  },
  {
    title: 'If-None-Match beside If-Modified-Since',
    section: 'RFC 9110 §13.1.3',
    why: 'If-Modified-Since MUST be ignored, because a tag says more. nginx sends the file unless both match.',
    rows: {
      'GET /a.txt | If-None-Match: * | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT': ['status: 200 | 304'],
      'GET /a.txt | If-None-Match: {etag} | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT': ['status: 200 | 304'],
      'GET /a.txt | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT | If-None-Match: {etag} | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT':
        ['status: 200 | 304'],
      'GET /a.txt | If-Match: {etag} | If-None-Match: {etag} | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT': [
        'status: 200 | 304',
      ],
      'GET /a.txt | If-Match: {etag} | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT | If-None-Match: {etag} | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT':
        ['status: 200 | 304'],
    },
  },
  {
    title: 'If-Match beside If-Unmodified-Since',
    section: 'RFC 9110 §13.1.4',
    why: 'If-Unmodified-Since MUST be ignored.',
    rows: {
      'GET /a.txt | If-Match: {etag} | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT': ['status: 412 | 200'],
      'GET /a.txt | If-Match: {etag} | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT':
        ['status: 412 | 304'],
      'GET /a.txt | If-Match: {etag} | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT':
        ['status: 412 | 200'],
      'GET /a.txt | If-Match: {etag} | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | If-None-Match: {etag}': [
        'status: 412 | 304',
      ],
      'GET /a.txt | If-Match: {etag} | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | If-None-Match: {etag} | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT':
        ['status: 412 | 304'],
      'GET /a.txt | If-Match: {etag} | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | If-None-Match: {etag} | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT':
        ['status: 412 | 304'],
      'GET /a.txt | If-Match: {etag} | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | If-None-Match: "other"': [
        'status: 412 | 200',
      ],
      'GET /a.txt | If-Match: {etag} | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | If-None-Match: "other" | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT':
        ['status: 412 | 200'],
      'GET /a.txt | If-Match: {etag} | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | If-None-Match: "other" | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT':
        ['status: 412 | 200'],
    },
  },
  {
    title: 'An invalid date',
    section: 'RFC 9110 §13.1.3, §13.1.4',
    why: 'A condition with an invalid date MUST be ignored. nginx reads a date without a zone, or with another one, as GMT, and answers 412 to an If-Unmodified-Since that it cannot read.',
    rows: {
      'GET /a.txt | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 +0000': ['status: 304 | 200'],
      'GET /a.txt | If-Modified-Since: Sun, 06 Nov 1994 08:49:37': ['status: 304 | 200'],
      'GET /a.txt | If-Modified-Since: Sun, 06 Nov 1994 10:49:37 CET': ['status: 304 | 200'],
      'GET /a.txt | If-Unmodified-Since: yesterday': ['status: 412 | 200'],
      'GET /a.txt | If-Unmodified-Since:': ['status: 412 | 200'],
    },
  },
  {
    title: 'A date in the future',
    section: 'RFC 9110 §13.1.3',
    why: 'It is ignored: no Last-Modified ever had it (§8.8.2.1), and every change until then would be answered 304. RFC 2616 §14.25 calls such a date invalid. §13.1.3 no longer does, but its 304 is a SHOULD. nginx answers 304.',
    rows: {
      'GET /a.txt | If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT': ['status: 304 | 200'],
    },
  },
  {
    title: 'Accept-Ranges',
    section: 'RFC 9110 §14.3',
    why: 'It is sent with each file, also in a 206 and with a compressed form. nginx sends it in a 200 without compression.',
    rows: {},
    everywhere: 'Accept-Ranges: – | bytes',
  },
  {
    title: 'Range in a request other than GET',
    section: 'RFC 9110 §14.2',
    why: 'Range MUST be ignored for other methods: HEAD gets the head of the whole file. nginx answers as to GET.',
    rows: {
      'HEAD /a.txt | Range: bytes=0-4': ['status: 206 | 200'],
      'HEAD /a.txt | Range: bytes=100-': ['status: 416 | 200'],
      'HEAD /a.txt | Range: bytes=0-0,2-2': ['status: 206 | 200'],
      'HEAD /a.txt | Range: bytes=0-4 | If-Range: {etag}': ['status: 206 | 200'],
    },
  },
  {
    title: 'If-Range with the date of a file whose time was set',
    section: 'RFC 9110 §13.1.5, §8.8.2.2',
    why: 'The date has to be a strong validator. It is not if a program has set the time of the file (`cp -p`, `rsync -t`, `tar x`): earlier bytes may have had the same. The whole file is sent; a client that sends the tag gets its range. nginx compares the dates.',
    rows: {
      'GET /a.txt | Range: bytes=0-4 | If-Range: Sun, 06 Nov 1994 08:49:37 GMT': ['status: 206 | 200'],
      'GET /a.txt | Range: bytes=0-4 | If-Range: Sunday, 06-Nov-94 08:49:37 GMT': ['status: 206 | 200'],
      'GET /a.txt | Range: bytes=0-4 | If-Range: Sun Nov  6 08:49:37 1994': ['status: 206 | 200'],
    },
  },
  {
    title: 'Empty elements in a list of ranges',
    section: 'RFC 9110 §5.6.1.2',
    why: 'A recipient MUST ignore a reasonable number of empty elements. For nginx the list is malformed.',
    rows: {
      'GET /a.txt | Range: bytes=0-4,': ['status: 416 | 206'],
      'GET /a.txt | Range: bytes=,0-4': ['status: 416 | 206'],
      'GET /a.txt | Range: bytes=,,0-4,,': ['status: 416 | 206'],
      'GET /a.txt | Range: bytes=0-4,,6-7': ['status: 416 | 206'],
    },
  },
  {
    title: 'A last position behind the end',
    section: 'RFC 9110 §14.1.2',
    why: 'It means the end of the file, however large; a suffix longer than the file is the whole file. nginx answers 416 to a number beyond 64 bits.',
    rows: {
      'GET /a.txt | Range: bytes=0-99999999999999999999': ['status: 416 | 206'],
      'GET /a.txt | Range: bytes=-99999999999999999999': ['status: 416 | 206'],
    },
  },
  {
    title: 'Ranges that overlap or touch',
    section: 'RFC 9110 §15.3.7.2, §14.2',
    why: 'They are merged, as the RFC allows, so no byte is sent twice. nginx sends each as a part, and 200 with the whole file if the parts are longer than the file.',
    rows: {
      'GET /a.txt | Range: bytes=0-4,5-9': [
        'Content-Type: multipart/byteranges | text/plain; charset=utf-8',
        'body: 196 bytes | abcdefghij',
        'Content-Range: – | bytes 0-9/26',
      ],
      'GET /a.txt | Range: bytes=0-4,2-6': [
        'Content-Type: multipart/byteranges | text/plain; charset=utf-8',
        'body: 196 bytes | abcdefg',
        'Content-Range: – | bytes 0-6/26',
      ],
      'GET /a.txt | Range: bytes=0-10,5-6': [
        'Content-Type: multipart/byteranges | text/plain; charset=utf-8',
        'body: 200 bytes | abcdefghijk',
        'Content-Range: – | bytes 0-10/26',
      ],
      'GET /a.txt | Range: bytes=0-,0-': ['status: 200 | 206'],
      'GET /a.txt | Range: bytes=0-25,0-25': ['status: 200 | 206'],
      'GET /a.txt | Range: bytes=-5,-3': [
        'Content-Type: multipart/byteranges | text/plain; charset=utf-8',
        'body: 198 bytes | vwxyz',
        'Content-Range: – | bytes 21-25/26',
      ],
      'GET /a.txt | Range: bytes=0-,0-,0-,0-,0-,0-,0-,0-,0-,0-': ['status: 200 | 206'],
    },
  },
  {
    title: 'A malformed Range',
    section: 'RFC 9110 §14.1.1, §14.2',
    why: 'One invalid range makes the whole set invalid, which a server MAY ignore or refuse. It is ignored: the client gets the file, for which it has to be prepared. nginx refuses most (416), skips a range whose end is before its start, and accepts blanks within a range.',
    rows: {
      'GET /a.txt | Range: bytes=5-2': ['status: 416 | 200'],
      'GET /a.txt | Range: bytes=a-b': ['status: 416 | 200'],
      'GET /a.txt | Range: bytes=-': ['status: 416 | 200'],
      'GET /a.txt | Range: bytes=--5': ['status: 416 | 200'],
      'GET /a.txt | Range: bytes=1': ['status: 416 | 200'],
      'GET /a.txt | Range: bytes=1-2-3': ['status: 416 | 200'],
      'GET /a.txt | Range: bytes=0-4;x': ['status: 416 | 200'],
      'GET /a.txt | Range: bytes=0x0-4': ['status: 416 | 200'],
      'GET /a.txt | Range: bytes=+0-4': ['status: 416 | 200'],
      'GET /a.txt | Range: bytes=0.0-4': ['status: 416 | 200'],
      'GET /a.txt | Range: bytes=0 - 4': ['status: 206 | 200'],
      'GET /a.txt | Range: bytes=0- 4': ['status: 206 | 200'],
      'GET /a.txt | Range: bytes=0-0,5-2': ['status: 206 | 200'],
      'GET /a.txt | Range: bytes=5-2,0-0': ['status: 206 | 200'],
      'GET /a.txt | Range: bytes=0-4,a-b': ['status: 416 | 200'],
    },
  },
  {
    title: 'Ranges of an empty file',
    section: 'RFC 9110 §14.2',
    why: 'No Content-Range can describe a range of it, so Range is ignored.',
    rows: {
      'GET /empty.txt | Range: bytes=1-': ['status: 416 | 200'],
      'GET /empty.txt | Range: bytes=5-2': ['status: 416 | 200'],
    },
  },
  {
    title: 'Vary without a compressed form',
    section: 'RFC 9110 §12.5.5',
    why: 'If a compressed form could be chosen, the response depends on `Accept-Encoding`, and says so to caches also if this file has none. nginx says so if it has found one.',
    rows: {},
    everywhere: 'Vary: – | Accept-Encoding',
  },
  {
    title: '`*` in Accept-Encoding',
    section: 'RFC 9110 §12.5.3',
    why: 'It matches each coding that is not named, such as gzip. nginx looks for the name only.',
    rows: {
      'GET /text.txt (compressed beforehand) | Accept-Encoding: *': [
        'body: 1000 bytes | 33 bytes',
        'Content-Encoding: – | gzip',
      ],
    },
  },
  {
    title: '`x-gzip`',
    section: 'RFC 9110 §8.4.1.3',
    why: 'A recipient SHOULD treat it as gzip. nginx does not.',
    rows: {
      'GET /text.txt (compressed beforehand) | Accept-Encoding: x-gzip': [
        'body: 1000 bytes | 33 bytes',
        'Content-Encoding: – | gzip',
      ],
    },
  },
  {
    title: 'identity with a higher weight than gzip',
    section: 'RFC 9110 §12.5.3, §12.4.2',
    why: 'The weights decide: `identity;q=1, gzip;q=0.5` prefers the file as it is. nginx only looks whether the weight of gzip is 0.',
    rows: {
      'GET /text.txt (compressed beforehand) | Accept-Encoding: identity;q=1, gzip;q=0.5': [
        'Content-Encoding: gzip | –',
        'body: 33 bytes | 1000 bytes',
      ],
    },
  },
  {
    title: 'A range of a compressed form',
    section: 'RFC 9110 §14.2, §8.4',
    why: 'A range is of the representation that is chosen, and the compressed form has its own tag. nginx sends the whole.',
    rows: {
      'GET /text.txt (compressed beforehand) | Accept-Encoding: gzip | Range: bytes=0-1': ['status: 200 | 206'],
    },
  },
  {
    title: 'A compressed form without its file',
    section: 'RFC 9110 §12.1',
    why: 'A compressed form is one of a file; without the file the path is not found. nginx sends `only.txt.gz` to clients that accept gzip, and 404 to others.',
    rows: {
      'GET /only.txt (compressed beforehand) | Accept-Encoding: gzip': ['status: 200 | 404'],
    },
  },
  {
    title: 'A link that leads out of the folder',
    section: 'RFC 9110 §17.3',
    why: 'Nothing outside the folder is served. An absolute link counts as leading out, also if it comes back. nginx follows all links, unless `disable_symlinks` forbids all.',
    rows: {
      'GET /outside': ['status: 200 | 404'],
      'GET /outside-folder/b.txt': ['status: 200 | 404'],
      'GET /outside-folder/': ['status: 403 | 404'],
      'GET /absolute': ['status: 200 | 404'],
      'GET /to-proc': ['status: 200 | 404'],
    },
  },
  {
    title: 'Names that begin with a dot',
    section: 'RFC 9110 §17.3',
    why: '`.env` and `.git` are for programs: 404, except for `/.well-known/` (RFC 8615). nginx serves them.',
    rows: {
      'GET /.env': ['status: 200 | 404'],
      'GET /.git/config': ['status: 200 | 404'],
      'GET /folder/.hidden': ['status: 200 | 404'],
      'GET /folder/.well-known/x.txt': ['status: 200 | 404'],
    },
  },
  {
    title: 'A path that leads above the root',
    section: 'RFC 3986 §5.2.4',
    why: 'The RFC drops such dots, and neither server does. Here the path is not found. For nginx it is a syntax error.',
    rows: {
      'GET /..': ['status: 400 | 404'],
      'GET /../a.txt': ['status: 400 | 404'],
      'GET /../secret': ['status: 400 | 404'],
      'GET /%2e%2e/secret': ['status: 400 | 404'],
      'GET /folder/../../secret': ['status: 400 | 404'],
    },
  },
  {
    title: 'An encoded slash',
    section: 'RFC 3986 §2.2',
    why: 'A reserved character and its encoded form are not equivalent: `%2F` is part of a name, and no name on disk has a slash. nginx reads it as a slash.',
    rows: {
      'GET /..%2fsecret': ['status: 400 | 404'],
      'GET /folder%2Fb.txt': ['status: 200 | 404'],
      'GET /folder%2f': ['status: 200 | 404'],
      'GET /folder/..%2fa.txt': ['status: 200 | 404'],
    },
  },
  {
    title: '`..` behind a file or a missing folder',
    section: 'RFC 3986 §6.2.2.3',
    why: 'Clients remove dots before they send a path (§5.2.4). The kernel follows those that arrive, and goes back from folders only. nginx removes them from the text.',
    rows: {
      'GET /a.txt/../a.txt': ['status: 200 | 404'],
      'GET /missing/../a.txt': ['status: 200 | 404'],
    },
  },
  {
    title: 'A folder named `.` or `..`',
    section: 'RFC 3986 §6.2.2.3',
    why: 'The path names a folder and does not end with a slash, so it is redirected to the one with a slash. nginx removes the dots first.',
    rows: {
      'GET /.': ['status: 200 | 301'],
      'GET /folder/.': ['status: 200 | 301'],
      'GET /folder/..': ['status: 200 | 301'],
    },
  },
  {
    title: 'An empty first segment',
    section: 'RFC 3986 §3.3',
    why: '`//a.txt` is another path than `/a.txt`, and is not found. nginx merges slashes.',
    rows: {
      'GET //': ['status: 200 | 404'],
      'GET //a.txt': ['status: 200 | 404'],
      'GET ///folder': ['status: 301 | 404'],
      'GET //folder': ['status: 301 | 404'],
    },
  },
  {
    title: 'A percent sign without two hex digits',
    section: 'RFC 9112 §3.2',
    why: 'The RFC advises 400 for a target that breaks the grammar. But browsers send a percent sign as it was typed (URL Standard §4.4), so such a path is not found, with the page for a 404.',
    rows: {
      'GET /%': ['status: 400 | 404'],
      'GET /%2': ['status: 400 | 404'],
      'GET /%zz': ['status: 400 | 404'],
      'GET /a.txt%': ['status: 400 | 404'],
    },
  },
  {
    title: 'An encoded NUL',
    section: 'RFC 3986 §2.1',
    why: '`%00` is valid syntax and names no file. For nginx it is a syntax error.',
    rows: {
      'GET /%00': ['status: 400 | 404'],
      'GET /a.txt%00': ['status: 400 | 404'],
      'GET /a.txt%00.png': ['status: 400 | 404'],
    },
  },
  {
    title: 'A fragment',
    section: 'RFC 9112 §3.2',
    why: 'A request-target has no fragment: `#` is a syntax error. nginx cuts it off.',
    rows: {
      'GET /a.txt#f': ['status: 200 | 400'],
      'GET /a%20b.txt#': ['status: 200 | 400'],
    },
  },
  {
    title: 'Location of the redirect to a folder',
    section: 'RFC 3986 §6.2.2.2',
    why: 'It is the path as sent, with a slash. nginx sends the normalized path. The two are equivalent.',
    rows: {
      'GET /%66older': ['Location: /folder/ | /%66older/'],
    },
  },
  {
    title: 'A folder without an index',
    section: 'RFC 9110 §15.5.4',
    why: 'A server that does not want to show that a resource exists MAY answer 404. nginx answers 403.',
    rows: {
      'GET /empty/': ['status: 403 | 404'],
      'GET /no-page/': ['status: 403 | 404'],
      'HEAD /empty/': ['status: 403 | 404'],
    },
  },
  {
    title: 'A circle of symbolic links',
    section: 'RFC 9110 §15.5.5',
    why: 'It is not found, like a link to a missing file. nginx answers 403.',
    rows: {
      'GET /loop': ['status: 403 | 404'],
    },
  },
];
