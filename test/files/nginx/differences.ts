/**
 * Where this server answers otherwise than nginx, and what decides. A row is one of rows.ts, with what it is answered in each
 * field that differs: by nginx, and here.
 */
export interface Difference {
  readonly title: string;
  /** What decides. */
  readonly section: string;
  readonly why: string;
  readonly rows: Readonly<Record<string, readonly string[]>>;
  /** One that is of no row, but of many. */
  readonly everywhere?: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    title: 'A method that is refused',
    section: 'RFC 9110 §15.5.6',
    why: 'Of a 405, the RFC says that the server MUST tell in `Allow` which methods there are. nginx does not.',
    rows: {},
    everywhere: 'Allow: – | GET, HEAD',
  },
  {
    title: 'A method that nobody knows',
    section: 'RFC 9110 §9.1',
    why: 'A method that is not recognized, or not implemented, SHOULD be answered 501; 405 is for one that is known, and not allowed here. Methods are case-sensitive: `get` is one that nobody knows, and no error of syntax.',
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
    title: 'A method that is refused, where there is no file',
    section: 'RFC 9110 §15.5.6',
    why: 'The folder answers GET and HEAD, whatever the path. nginx looks the path up first, and refuses the method only of what is there.',
    rows: {
      'POST /folder': ['status: 301 | 405'],
      'POST /missing': ['status: 404 | 405'],
      'POST /fifo': ['status: 404 | 405'],
    },
  },
  {
    title: '`OPTIONS *`',
    section: 'RFC 9110 §9.3.7',
    why: 'It asks about the server, and is a request like any other: its answer tells the methods in `Allow`. nginx takes the target for an error of syntax.',
    rows: {
      'OPTIONS *': ['status: 400 | 405'],
    },
  },
  {
    title: 'A field in two lines',
    section: 'RFC 9110 §5.3',
    why: 'Several lines of a list are one list. nginx 1.22 refuses a second `If-Match` or `If-None-Match`, and looks at one line of the other two. Two ranges of bytes, joined, are no Range that can be read (§14.2), and so are ignored.',
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
    why: 'Who sends a tag knows more than a date does: If-Modified-Since MUST be ignored. nginx sends the file again unless both agree.',
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
    why: 'The same: If-Unmodified-Since MUST be ignored.',
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
    title: 'A date that is none',
    section: 'RFC 9110 §13.1.3, §13.1.4',
    why: 'A condition whose date is invalid MUST be ignored. nginx takes dates without a zone, or with another one, for GMT, and answers 412 to an If-Unmodified-Since that it cannot read.',
    rows: {
      'GET /a.txt | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 +0000': ['status: 304 | 200'],
      'GET /a.txt | If-Modified-Since: Sun, 06 Nov 1994 08:49:37': ['status: 304 | 200'],
      'GET /a.txt | If-Modified-Since: Sun, 06 Nov 1994 10:49:37 CET': ['status: 304 | 200'],
      'GET /a.txt | If-Unmodified-Since: yesterday': ['status: 412 | 200'],
      'GET /a.txt | If-Unmodified-Since:': ['status: 412 | 200'],
    },
  },
  {
    title: 'A date from the future',
    section: 'RFC 9110 §13.1.3',
    why: 'Ignored: no Last-Modified has ever said it (§8.8.2.1), and until then every change would be answered 304. RFC 2616 §14.25 calls such a date invalid; §13.1.3 no longer does, but its 304 is a SHOULD. nginx answers 304.',
    rows: {
      'GET /a.txt | If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT': ['status: 304 | 200'],
    },
  },
  {
    title: 'Ranges can be asked for',
    section: 'RFC 9110 §14.3',
    why: '`Accept-Ranges` is said of each file whose ranges can be had, of a 206 and of a compressed form, too. nginx says it of a 200 without compression.',
    rows: {},
    everywhere: 'Accept-Ranges: – | bytes',
  },
  {
    title: 'Range in a request that is no GET',
    section: 'RFC 9110 §14.2',
    why: 'A Range MUST be ignored in a request of another method: the answer to HEAD is that of a GET without it. nginx answers as to a GET.',
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
    why: 'The date has to be a strong validator. It is none where a program has set the time of a file (`cp -p`, `rsync -t`, `tar x`): the bytes before may have had the same. The whole file is sent; a client that sends the tag gets its range. nginx compares the dates.',
    rows: {
      'GET /a.txt | Range: bytes=0-4 | If-Range: Sun, 06 Nov 1994 08:49:37 GMT': ['status: 206 | 200'],
      'GET /a.txt | Range: bytes=0-4 | If-Range: Sunday, 06-Nov-94 08:49:37 GMT': ['status: 206 | 200'],
      'GET /a.txt | Range: bytes=0-4 | If-Range: Sun Nov  6 08:49:37 1994': ['status: 206 | 200'],
    },
  },
  {
    title: 'Empty elements in a list of ranges',
    section: 'RFC 9110 §5.6.1.2',
    why: 'A recipient MUST ignore a reasonable number of empty elements. nginx calls the list malformed.',
    rows: {
      'GET /a.txt | Range: bytes=0-4,': ['status: 416 | 206'],
      'GET /a.txt | Range: bytes=,0-4': ['status: 416 | 206'],
      'GET /a.txt | Range: bytes=,,0-4,,': ['status: 416 | 206'],
      'GET /a.txt | Range: bytes=0-4,,6-7': ['status: 416 | 206'],
    },
  },
  {
    title: 'A last position beyond the end',
    section: 'RFC 9110 §14.1.2',
    why: 'Whatever its size: it means the end of the file; and so does a suffix that is longer than the file. nginx answers 416 to a number that does not fit into 64 bits.',
    rows: {
      'GET /a.txt | Range: bytes=0-99999999999999999999': ['status: 416 | 206'],
      'GET /a.txt | Range: bytes=-99999999999999999999': ['status: 416 | 206'],
    },
  },
  {
    title: 'Ranges that overlap, or touch',
    section: 'RFC 9110 §15.3.7.2, §14.2',
    why: 'Merged, which the RFC allows: no byte is sent twice. nginx sends each as a part of its own, and the whole file with 200 once they are more than the file.',
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
    title: 'A Range that is malformed',
    section: 'RFC 9110 §14.1.1, §14.2',
    why: 'One range that is invalid makes all of them invalid, and a server MAY ignore them or refuse them: ignored, so that the client gets the file, which it has to be prepared for. nginx refuses (416) most; it skips a range whose end lies before its beginning, and lets blanks pass within one.',
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
    why: 'No Content-Range can name a byte of it: a Range is ignored.',
    rows: {
      'GET /empty.txt | Range: bytes=1-': ['status: 416 | 200'],
      'GET /empty.txt | Range: bytes=5-2': ['status: 416 | 200'],
    },
  },
  {
    title: 'A compressed form that was chosen by nobody',
    section: 'RFC 9110 §12.5.5',
    why: 'Where a compressed form might be chosen, the answer depends on `Accept-Encoding`, and says so to caches also when there is none beside this file. nginx says it where it has found one.',
    rows: {},
    everywhere: 'Vary: – | Accept-Encoding',
  },
  {
    title: '`*` in Accept-Encoding',
    section: 'RFC 9110 §12.5.3',
    why: 'It stands for each coding that is not named, gzip among them. nginx knows only the name.',
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
    why: 'A recipient SHOULD consider it equivalent to gzip.',
    rows: {
      'GET /text.txt (compressed beforehand) | Accept-Encoding: x-gzip': [
        'body: 1000 bytes | 33 bytes',
        'Content-Encoding: – | gzip',
      ],
    },
  },
  {
    title: 'A coding that is liked less than none',
    section: 'RFC 9110 §12.5.3, §12.4.2',
    why: 'The weights decide: `identity;q=1, gzip;q=0.5` asks for the file as it is. nginx looks at that of gzip alone, and whether it is 0.',
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
    why: 'A range is one of the representation that is chosen, and the compressed one has a tag of its own. nginx sends all of it.',
    rows: {
      'GET /text.txt (compressed beforehand) | Accept-Encoding: gzip | Range: bytes=0-1': ['status: 200 | 206'],
    },
  },
  {
    title: 'A compressed form of nothing',
    section: 'RFC 9110 §12.1',
    why: 'Codings are forms of a file: without it, there is nothing. nginx finds `only.txt.gz` for who understands gzip, and 404 for others.',
    rows: {
      'GET /only.txt (compressed beforehand) | Accept-Encoding: gzip': ['status: 200 | 404'],
    },
  },
  {
    title: 'A link that leads out of the folder',
    section: 'RFC 9110 §17.3',
    why: 'Nothing outside the folder is served, whatever links say; an absolute link counts as one that leads out, also where it comes back. nginx follows all of them, unless `disable_symlinks` forbids all.',
    rows: {
      'GET /outside': ['status: 200 | 404'],
      'GET /outside-folder/b.txt': ['status: 200 | 404'],
      'GET /outside-folder/': ['status: 403 | 404'],
      'GET /absolute': ['status: 200 | 404'],
      'GET /to-proc': ['status: 200 | 404'],
    },
  },
  {
    title: 'Names with a dot',
    section: 'RFC 9110 §17.3',
    why: '`.env`, `.git`: made for programs, and not found by visitors, but for `/.well-known/` (RFC 8615). nginx serves them.',
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
    why: 'The RFC drops such dots, and neither server does. Here it names nothing: 404. nginx calls it an error of syntax: 400.',
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
    why: 'A reserved character and its encoded form are not equivalent: it is part of a name, and no name on disk has one. nginx takes it for a slash.',
    rows: {
      'GET /..%2fsecret': ['status: 400 | 404'],
      'GET /folder%2Fb.txt': ['status: 200 | 404'],
      'GET /folder%2f': ['status: 200 | 404'],
      'GET /folder/..%2fa.txt': ['status: 200 | 404'],
    },
  },
  {
    title: '`..` behind what is no folder',
    section: 'RFC 3986 §6.2.2.3',
    why: "Removing dots is a client's work, which all do before they send (§5.2.4). Those that arrive are followed by the kernel, which goes back from folders only. nginx goes back in the text.",
    rows: {
      'GET /a.txt/../a.txt': ['status: 200 | 404'],
      'GET /missing/../a.txt': ['status: 200 | 404'],
    },
  },
  {
    title: 'A folder by the name `.` or `..`',
    section: 'RFC 3986 §6.2.2.3',
    why: 'The same: a path that does not end with a slash names a folder, and is redirected to the one that does.',
    rows: {
      'GET /.': ['status: 200 | 301'],
      'GET /folder/.': ['status: 200 | 301'],
      'GET /folder/..': ['status: 200 | 301'],
    },
  },
  {
    title: 'An empty first segment',
    section: 'RFC 3986 §3.3',
    why: '`//a.txt` is another path than `/a.txt`; relative to the root it would be absolute, and leads nowhere. nginx merges slashes.',
    rows: {
      'GET //': ['status: 200 | 404'],
      'GET //a.txt': ['status: 200 | 404'],
      'GET ///folder': ['status: 301 | 404'],
      'GET //folder': ['status: 301 | 404'],
    },
  },
  {
    title: 'A percent sign that encodes nothing',
    section: 'RFC 9112 §3.2',
    why: 'The RFC advises 400 for a target that breaks the grammar. But browsers send a percent sign as it was typed (URL Standard §4.4): such a path is answered like any other that names nothing, also by the own page of a 404.',
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
    why: '`%00` is a path of the grammar, which names nothing. nginx calls it an error of syntax.',
    rows: {
      'GET /%00': ['status: 400 | 404'],
      'GET /a.txt%00': ['status: 400 | 404'],
      'GET /a.txt%00.png': ['status: 400 | 404'],
    },
  },
  {
    title: 'A fragment',
    section: 'RFC 9112 §3.2',
    why: 'A request-target has none: `#` is an error of syntax, 400. nginx cuts it off.',
    rows: {
      'GET /a.txt#f': ['status: 200 | 400'],
      'GET /a%20b.txt#': ['status: 200 | 400'],
    },
  },
  {
    title: "Where a folder's redirect leads",
    section: 'RFC 3986 §6.2.2.2',
    why: 'To the path as it was sent, and a slash. nginx sends it in its normal form. They are equivalent.',
    rows: {
      'GET /%66older': ['Location: /folder/ | /%66older/'],
    },
  },
  {
    title: 'A folder without a page',
    section: 'RFC 9110 §15.5.4',
    why: 'A server that does not want to tell that something is there MAY answer 404. nginx tells: 403.',
    rows: {
      'GET /empty/': ['status: 403 | 404'],
      'GET /no-page/': ['status: 403 | 404'],
      'HEAD /empty/': ['status: 403 | 404'],
    },
  },
  {
    title: 'A link that leads round in circles',
    section: 'RFC 9110 §15.5.5',
    why: 'Names nothing, like one that leads nowhere. nginx answers 403.',
    rows: {
      'GET /loop': ['status: 403 | 404'],
    },
  },
];
