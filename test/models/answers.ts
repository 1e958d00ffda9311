/** What every model answers, byte for byte: one table for all of them. */
import { BYTES, INDEX, INNER, PAGE, SPACED } from './site.js';

export interface Row {
  readonly title: string;
  /** A character a byte. */
  readonly request: string;
  readonly answer: string;
  /** The server closes after its answer; otherwise the connection is kept. */
  readonly closes: boolean;
}

export function ok(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

export const NOT_FOUND = 'HTTP/1.1 404 NOT FOUND\r\nContent-Length: 22\r\n\r\n--- file not found ---';
export const NOT_ALLOWED = 'HTTP/1.1 405 METHOD NOT ALLOWED\r\nContent-Length: 16\r\n\r\n--- only GET ---';

export function get(target: string, headers = ''): string {
  return `GET ${target} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`;
}

function kept(title: string, request: string, answer: string): Row {
  return { title, request, answer, closes: false };
}

function closed(title: string, request: string, answer: string): Row {
  return { title, request, answer, closes: true };
}

export const ROWS: readonly Row[] = [
  kept('gives the index for the folder itself', get('/'), ok(INDEX)),
  kept('gives a file', get('/page.html'), ok(PAGE)),
  kept('gives a file in a folder', get('/folder/inner.txt'), ok(INNER)),
  kept('gives an empty file', get('/nothing.txt'), ok('')),
  kept('gives every byte as it is', get('/bytes.bin'), ok(BYTES)),
  kept('decodes a name', get('/a%20name.txt'), ok(SPACED)),
  kept('decodes a name of more than ASCII', get('/gr%C3%B6%c3%9fe.txt'), ok(SPACED)),
  kept('ignores the query', get('/page.html?a=/b&c=..'), ok(PAGE)),
  kept('ignores the query of the folder itself', get('/?page.html'), ok(INDEX)),
  kept('follows a link that stays within', get('/link-within'), ok(PAGE)),
  kept('walks up where it stays within', get('/folder/../page.html'), ok(PAGE)),
  kept('takes a head of nearly 8 KiB', get('/page.html', `X: ${'x'.repeat(8000)}\r\n`), ok(PAGE)),
  kept('takes bytes that are no UTF-8 in a header', get('/page.html', 'X: \xff\xfe\xc3\x28\0\r\n'), ok(PAGE)),

  kept('finds no file that is not there', get('/missing.html'), NOT_FOUND),
  kept('finds no file beneath a file', get('/page.html/x'), NOT_FOUND),
  kept('finds no file where a folder is', get('/folder'), NOT_FOUND),
  kept('looks for no index in a folder', get('/folder/'), NOT_FOUND),
  kept('finds no file whose name is no UTF-8', get('/\xff\xfe'), NOT_FOUND),
  kept('finds no file whose name is wrongly encoded', get('/%zz%'), NOT_FOUND),
  kept('finds no file whose encoded name is no UTF-8', get('/%ff'), NOT_FOUND),
  kept('finds no file whose name goes on behind a NUL', get('/page.html%00.txt'), NOT_FOUND),
  kept('finds no file whose name is too long', get(`/${'x'.repeat(5000)}`), NOT_FOUND),
  kept('does not wait for the writer of a FIFO', get('/fifo'), NOT_FOUND),

  kept('does not walk out of the folder', get('/../secret.txt'), NOT_FOUND),
  kept('does not walk out of the folder by its neighbour', get('/../www-secret/secret.txt'), NOT_FOUND),
  kept('does not walk out and in again', get('/../www/page.html'), NOT_FOUND),
  kept('does not walk out by encoded dots', get('/%2e%2e/secret.txt'), NOT_FOUND),
  kept('does not walk out by encoded slashes', get('/..%2fsecret.txt'), NOT_FOUND),
  kept('does not walk out from below', get('/folder/../../secret.txt'), NOT_FOUND),
  kept('takes no absolute path', get('//etc/passwd'), NOT_FOUND),
  kept('takes no absolute path that is encoded', get('/%2fetc%2fpasswd'), NOT_FOUND),
  kept('does not follow a link out', get('/link-out'), NOT_FOUND),
  kept('does not follow a link to a folder outside', get('/folder-out/secret.txt'), NOT_FOUND),
  kept('does not follow an absolute link, wherever it leads', get('/link-absolute'), NOT_FOUND),

  closed('closes when the client asks for it', get('/page.html', 'Connection: close\r\n'), ok(PAGE)),
  closed('closes when the client asks for it in capitals', get('/x', 'CONNECTION:CLOSE\r\n'), NOT_FOUND),
  closed('closes after HTTP/1.0', 'GET /page.html HTTP/1.0\r\n\r\n', ok(PAGE)),
  closed('allows GET only, and closes', 'POST /page.html HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}', NOT_ALLOWED),
  closed('does not take a body for a request', `PUT / HTTP/1.1\r\nHost: test\r\n\r\n${get('/page.html')}`, NOT_ALLOWED),
  closed('takes methods as they are written', 'get / HTTP/1.1\r\n\r\n', NOT_ALLOWED),
  closed('knows no empty request', '\r\n\r\n', NOT_ALLOWED),
  closed('answers what came before the last', get('/') + get('/', 'Connection: close\r\n'), ok(INDEX) + ok(INDEX)),
  closed('answers nothing behind the last', get('/', 'Connection: close\r\n') + get('/page.html'), ok(INDEX)),
];
