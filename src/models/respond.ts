/**
 * The tutorial's `recv(conn, addr, data)` without the socket: parse the request line, open the file, answer 200 or 404. All
 * models share it, so that they differ only in how they wait.
 */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { inspect } from 'node:util';
import { constants, native } from '../native/addon.js';
import { STAT_LENGTH, STAT_MODE, STAT_SIZE } from '../native/native-api.js';
import { checked } from '../native/system-error.js';

/** The original takes one recv(1024) for one request. Here a request may come in pieces, up to this size. */
const REQUEST_BYTES_MAX = 8 * 1024;

export interface Answer {
  /** An answer to each whole request that was received; empty if none is whole yet. */
  readonly bytes: Buffer;
  /** The bytes after the last whole request: the next bytes received follow them. */
  readonly rest: Buffer;
  /** Close when the answer is sent: the client asked for it, or sent a request that cannot be answered. */
  readonly closes: boolean;
}

const NOTHING = Buffer.alloc(0);

/** --no-length: answers as those of the tutorial's third program. Nothing says where such an answer ends. */
const HAS_LENGTH = process.env['EPOLL_REACTOR_NO_LENGTH'] === undefined;

const STDOUT = 1;

/**
 * What the original prints, for a person at a terminal. Into a file or a pipe nothing is printed, and nothing is to pay.
 * (Not console.log: in a thread it waits for the main thread, which stands still.)
 */
export const print: (value: unknown) => void = isatty(STDOUT) ? printAtTerminal : () => {};

function printAtTerminal(value: unknown): void {
  const text = typeof value === 'string' ? value.replaceAll('\r\n', '\n') : inspect(value);
  writeSync(STDOUT, `${text.replace(/(?!\n)\p{Cc}/gu, '?')}\n`); // a client must not send commands to the terminal
}

/** Opens the folder that is served, once. The original joins its path with that of the request, `..` included. */
export function openFolder(folder: string): number {
  const { AT_FDCWD, O_PATH, O_DIRECTORY, O_CLOEXEC } = constants;
  return checked(native.openat2(AT_FDCWD, folder, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0), 'openat2', { path: folder });
}

/** Answers all the whole requests in `received`. */
export function respond(received: Buffer, folder: number): Answer {
  const answers: Buffer[] = [];
  let rest = received;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) {
      const closes = rest.length > REQUEST_BYTES_MAX;
      return { bytes: Buffer.concat(answers), rest: closes ? NOTHING : rest, closes };
    }
    // The original decodes UTF-8, and an invalid byte ends its server. In latin1 every byte is a character.
    const head = rest.toString('latin1', 0, end);
    rest = rest.subarray(end + 4);
    print('>>>>>>>');
    print(head);
    const isGet = head.startsWith('GET ');
    answers.push(isGet ? answerFile(head, folder) : answer('405 METHOD NOT ALLOWED', Buffer.from('--- only GET ---')));
    // A request of another method may have a body, which would be parsed as the next request.
    if (!isGet || /^connection: *close/im.test(head) || /^[^\r]* HTTP\/1\.0/.test(head)) {
      return { bytes: Buffer.concat(answers), rest: NOTHING, closes: true };
    }
  }
}

function answerFile(head: string, folder: number): Buffer {
  const result = /[^/]+\/([^ ?]*)/.exec(head);
  const uri = result?.[1] || 'index.html';
  print(uri);
  const body = readFile(uri, folder);
  if (body === undefined) return answer('404 NOT FOUND', Buffer.from('--- file not found ---'));
  return answer('200 OK', body);
}

/** The original's epoll server sends a Content-Length; its other servers close instead. With it, all keep the connection. */
function answer(status: string, body: Buffer): Buffer {
  const header = `HTTP/1.1 ${status}\r\n${HAS_LENGTH ? `Content-Length: ${body.length}\r\n` : ''}\r\n`;
  print(header);
  return Buffer.concat([Buffer.from(header), body]);
}

const stat = new Float64Array(STAT_LENGTH);

/** The bytes of the file; undefined if the kernel finds no such file beneath the folder. */
function readFile(uri: string, folder: number): Buffer | undefined {
  const { O_CLOEXEC, O_NONBLOCK, RESOLVE_BENEATH, S_IFMT, S_IFREG } = constants;
  const name = decode(uri);
  if (name === undefined) return undefined;
  const file = native.openat2(folder, name, O_CLOEXEC | O_NONBLOCK, 0, RESOLVE_BENEATH);
  if (file < 0) return undefined;
  try {
    if (native.fstat(file, stat) < 0 || ((stat[STAT_MODE] as number) & S_IFMT) !== S_IFREG) return undefined;
    const body = Buffer.allocUnsafe(stat[STAT_SIZE] as number);
    const read = native.pread(file, body, 0, body.length, 0);
    return read < 0 ? undefined : body.subarray(0, read);
  } finally {
    native.close(file);
  }
}

function decode(uri: string): string | undefined {
  try {
    const name = decodeURIComponent(uri);
    return name.includes('\0') ? undefined : name;
  } catch {
    return undefined;
  }
}
