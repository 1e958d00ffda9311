/** The answers of every model, byte for byte. */
import { get } from '../client/raw-client.js';
import { BYTES, INDEX, INNER, PAGE, SPACED } from './site.js';

export interface Row {
  readonly title: string;
  /** One character per byte. */
  readonly request: string;
  readonly answer: string;
  /** The server closes after its answer; otherwise it keeps the connection. */
  readonly closes: boolean;
}

export function ok(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

export const NOT_FOUND = 'HTTP/1.1 404 NOT FOUND\r\nContent-Length: 22\r\n\r\n--- file not found ---';
export const NOT_ALLOWED = 'HTTP/1.1 405 METHOD NOT ALLOWED\r\nContent-Length: 16\r\n\r\n--- only GET ---';

function kept(title: string, request: string, answer: string): Row {
  return { title, request, answer, closes: false };
}

function closed(title: string, request: string, answer: string): Row {
  return { title, request, answer, closes: true };
}

export const ROWS: readonly Row[] = [
  kept('GET / is answered with index.html', get('/'), ok(INDEX)),
  kept('a file is served', get('/page.html'), ok(PAGE)),
  kept('a file in a subfolder is served', get('/folder/inner.txt'), ok(INNER)),
  kept('an empty file is served', get('/nothing.txt'), ok('')),
  kept('every byte value is sent unchanged', get('/bytes.bin'), ok(BYTES)),
  kept('a percent-encoded name is decoded', get('/a%20name.txt'), ok(SPACED)),
  kept('a percent-encoded name in UTF-8 is decoded', get('/gr%C3%B6%c3%9fe.txt'), ok(SPACED)),
  kept('a query is ignored', get('/page.html?a=/b&c=..'), ok(PAGE)),
  kept('a query after / is ignored', get('/?page.html'), ok(INDEX)),
  kept('a link to a file beneath the folder is followed', get('/link-within'), ok(PAGE)),
  kept('.. that stays beneath the folder is resolved', get('/folder/../page.html'), ok(PAGE)),
  kept('a head of nearly 8 KiB is accepted', get('/page.html', `X: ${'x'.repeat(8000)}\r\n`), ok(PAGE)),
  kept('header bytes that are not UTF-8 are accepted', get('/page.html', 'X: \xff\xfe\xc3\x28\0\r\n'), ok(PAGE)),

  kept('a missing file is 404', get('/missing.html'), NOT_FOUND),
  kept('a path beneath a file is 404', get('/page.html/x'), NOT_FOUND),
  kept('a folder without a slash is 404', get('/folder'), NOT_FOUND),
  kept('a subfolder has no index: 404', get('/folder/'), NOT_FOUND),
  kept('a name that is not UTF-8 is 404', get('/\xff\xfe'), NOT_FOUND),
  kept('a name with a broken percent-encoding is 404', get('/%zz%'), NOT_FOUND),
  kept('an encoded name that is not UTF-8 is 404', get('/%ff'), NOT_FOUND),
  kept('a name with an encoded NUL is 404', get('/page.html%00.txt'), NOT_FOUND),
  kept('a name that is too long is 404', get(`/${'x'.repeat(5000)}`), NOT_FOUND),
  kept('a FIFO is 404 at once, without waiting for a writer', get('/fifo'), NOT_FOUND),

  kept('.. out of the folder is 404', get('/../secret.txt'), NOT_FOUND),
  kept('.. to a sibling folder is 404', get('/../www-secret/secret.txt'), NOT_FOUND),
  kept('.. out of the folder and back is 404', get('/../www/page.html'), NOT_FOUND),
  kept('encoded dots out of the folder are 404', get('/%2e%2e/secret.txt'), NOT_FOUND),
  kept('encoded slashes out of the folder are 404', get('/..%2fsecret.txt'), NOT_FOUND),
  kept('.. out of the folder from a subfolder is 404', get('/folder/../../secret.txt'), NOT_FOUND),
  kept('an absolute path is 404', get('//etc/passwd'), NOT_FOUND),
  kept('an encoded absolute path is 404', get('/%2fetc%2fpasswd'), NOT_FOUND),
  kept('a link to a file outside is 404', get('/link-out'), NOT_FOUND),
  kept('a link to a folder outside is 404', get('/folder-out/secret.txt'), NOT_FOUND),
  kept('an absolute link is 404, even to a file beneath the folder', get('/link-absolute'), NOT_FOUND),

  closed('Connection: close closes after the answer', get('/page.html', 'Connection: close\r\n'), ok(PAGE)),
  closed('CONNECTION:CLOSE closes too', get('/x', 'CONNECTION:CLOSE\r\n'), NOT_FOUND),
  closed('HTTP/1.0 closes after the answer', 'GET /page.html HTTP/1.0\r\n\r\n', ok(PAGE)),
  closed('POST is 405 and closes', 'POST /page.html HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}', NOT_ALLOWED),
  closed(
    'the body of a PUT is not parsed as a request',
    `PUT / HTTP/1.1\r\nHost: test\r\n\r\n${get('/page.html')}`,
    NOT_ALLOWED,
  ),
  closed('a method in lower case is 405', 'get / HTTP/1.1\r\n\r\n', NOT_ALLOWED),
  closed('an empty request line is 405', '\r\n\r\n', NOT_ALLOWED),
  closed(
    'requests before the last one are answered',
    get('/') + get('/', 'Connection: close\r\n'),
    ok(INDEX) + ok(INDEX),
  ),
  closed(
    'requests after Connection: close are not answered',
    get('/', 'Connection: close\r\n') + get('/page.html'),
    ok(INDEX),
  ),
];
