/** `epoll-reactor model NAME --trace`: the system calls of one request. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { POLLOUT, Poll } from '../../src/linux/select-and-poll.js';
import { constants, native } from '../../src/native/addon.js';
import { get } from '../client/raw-client.js';
import { CLI } from '../daemon/command.js';
import { describeWithIoUring } from '../support/io-uring.js';
import { until } from '../support/process-info.js';
import { ok } from './answers.js';
import { endModels, ModelProcess } from './model-process.js';
import { MODELS_HERE } from './models-here.js';
import { PAGE, Site } from './site.js';

const site = new Site();
afterEach(endModels);
afterAll(() => site[Symbol.dispose]());

const RECEIVED = 'recv(CONN, "GET /page.html HTTP/1.1\\r\\nHost: test\\r\\n\\r\\n", 1024, 0) = 39';
const SIZE = ok(PAGE).length;
const SENT = `send(CONN, ${JSON.stringify(ok(PAGE).slice(0, 48))}..., ${SIZE}, MSG_NOSIGNAL) = ${SIZE}`;

/** The trace of one request and the end of its connection. */
async function traceOf(name: string): Promise<readonly string[]> {
  await using model = await ModelProcess.start(name, site.folder, '--trace');
  const client = await model.connect();
  const clientPort = client.socket.localPort as number;
  await client.send(get('/page.html'));
  await client.response();
  await client.close();
  await model.untilTraced(/^recv\(\d+, "", 1024, 0\) = 0$/);
  const [, conn] = /^recv\((\d+), "", 1024/.exec(model.trace.find((line) => /^recv\(\d+, ""/.test(line)) ?? '') ?? [];
  await model.untilTraced(new RegExp(`^close\\(${conn}\\) = 0$`));
  const roles: Record<string, string> = {
    [`127.0.0.1:${clientPort}`]: 'CLIENT',
    [`127.0.0.1:${model.port}`]: 'SERVER',
    [`"${site.folder}"`]: 'FOLDER',
  };
  return named(
    model.trace.map((line) => Object.entries(roles).reduce((text, [from, to]) => text.replace(from, to), line)),
  );
}

/** The same lines, with names in place of descriptors. */
function named(lines: readonly string[]): string[] {
  const makers: [RegExp, string][] = [
    [/^openat2\(AT_FDCWD, .* = (\d+)$/, 'ROOT'],
    [/^openat2\(\d+, .* = (\d+)$/, 'FILE'],
    [/^socket\(.* = (\d+)$/, 'SK'],
    [/^epoll_create1\(.* = (\d+)$/, 'EPL'],
    [/^accept4\(.* = (\d+)$/, 'CONN'],
  ];
  const names = new Map<string, string>();
  return lines.map((line) => {
    const known = (fd: string): string => names.get(fd) ?? fd;
    let result = line.replace(/^(\w+\()(\d+)\b/, (_, call: string, fd: string) => call + known(fd));
    if (result.startsWith('epoll_ctl'))
      result = result.replace(/(_(?:ADD|MOD|DEL), )(\d+)/, (_, op: string, fd: string) => op + known(fd));
    if (result.startsWith('epoll_wait')) result = result.replace(/\[(\d+), /g, (_, fd: string) => `[${known(fd)}, `);
    for (const [made, name] of makers) {
      const fd = made.exec(line)?.[1];
      if (fd === undefined) continue;
      names.set(fd, name);
      result = result.replace(/\d+$/, name);
    }
    return result;
  });
}

test('the trace of epoll has the calls of the tutorial in its order', async () => {
  // Without the calls that the tutorial lacks or Python hides: setblocking, getsockname, and the size of the file.
  const trace = (await traceOf('epoll')).filter((line) => !/^(fcntl|getsockname|fstat)\(/.test(line));
  expect(trace).toEqual([
    'openat2(AT_FDCWD, FOLDER, O_PATH|O_DIRECTORY|O_CLOEXEC, 0, 0) = ROOT',
    'socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0) = SK', // sk = socket.socket(AF_INET, SOCK_STREAM)
    'setsockopt(SK, SOL_SOCKET, SO_REUSEADDR, 1) = 0', // sk.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    'bind(SK, 127.0.0.1:0) = 0', // sk.bind(('0.0.0.0', 9369))
    `listen(SK, ${constants.SOMAXCONN}) = 0`, // sk.listen(5)
    'epoll_create1(EPOLL_CLOEXEC) = EPL', // epl = select.epoll()
    'epoll_ctl(EPL, EPOLL_CTL_ADD, SK, EPOLLIN) = 0', // epl.register(sk.fileno(), EPOLLIN)
    'epoll_wait(EPL, [[SK, EPOLLIN]], -1) = 1', // epl.poll()
    'accept4(SK, CLIENT, SOCK_NONBLOCK|SOCK_CLOEXEC) = CONN', // conn, addr = sk.accept()
    'epoll_ctl(EPL, EPOLL_CTL_ADD, CONN, EPOLLIN) = 0', // epl.register(conn.fileno(), EPOLLIN)
    'epoll_wait(EPL, [[CONN, EPOLLIN]], -1) = 1',
    RECEIVED, // data = conn.recv(1024)
    'openat2(ROOT, "page.html", O_NONBLOCK|O_CLOEXEC, 0, RESOLVE_BENEATH) = FILE', // f = open(path, 'rb')
    `pread(FILE, ${JSON.stringify(PAGE)}, ${PAGE.length}, 0) = ${PAGE.length}`, // f.read()
    'close(FILE) = 0', // f.close()
    SENT, // conn.send(send_header), conn.send(send_body)
    'epoll_wait(EPL, [[CONN, EPOLLIN]], -1) = 1',
    'recv(CONN, "", 1024, 0) = 0',
    'epoll_ctl(EPL, EPOLL_CTL_DEL, CONN, 0) = 0', // the tutorial has these two the other way round
    'close(CONN) = 0',
  ]);
});

describe.each(MODELS_HERE.filter((name) => name !== 'io-uring'))('%s', (name) => {
  test('the trace has the calls for a client, from accept to close, with their arguments', async () => {
    const story = /^(accept4|recv|openat2\(ROOT|send|close\(CONN)/;
    const trace = (await traceOf(name)).filter((line) => story.test(line));
    const waits = ['blocking', 'threads', 'thread-pool'].includes(name);
    // The pool's threads accept in turn, so another thread opens their listening descriptor.
    expect(trace.map((line) => line.replace(/^accept4\(\d+/, 'accept4(SK'))).toEqual([
      `accept4(SK, CLIENT, ${waits ? 'SOCK_CLOEXEC' : 'SOCK_NONBLOCK|SOCK_CLOEXEC'}) = CONN`,
      RECEIVED,
      'openat2(ROOT, "page.html", O_NONBLOCK|O_CLOEXEC, 0, RESOLVE_BENEATH) = FILE',
      SENT,
      'recv(CONN, "", 1024, 0) = 0',
      'close(CONN) = 0',
    ]);
  });
});

describeWithIoUring('io-uring', () => {
  test('the trace has what was submitted and what is done, and one kind of system call for all of it', async () => {
    await using model = await ModelProcess.start('io-uring', site.folder, '--trace');
    const client = await model.connect();
    await client.send(get('/page.html'));
    await client.response();
    await client.close();
    await model.untilTraced(/^ {2}done close/);
    const story = /^(?: {2}|io_uring_enter)/;
    const begin = model.trace.findIndex((line) => line.startsWith('io_uring_enter'));
    const trace = model.trace.slice(begin).filter((line) => story.test(line));
    const [, sk, conn] = /accept\((\d+)\) = (\d+)/.exec(trace[1] as string) ?? [];
    const [, ring] = /\((\d+)/.exec(trace[0] as string) ?? [];
    const named = (line: string): string =>
      line
        .replace(`(${sk})`, '(SK)')
        .replace(`(${ring},`, '(RING,')
        .replace(`(${conn}`, '(CONN')
        .replace(/ = \d+$/, (n) => (n === ` = ${conn}` ? ' = CONN' : n));
    const wait = (n: number): string => `io_uring_enter(RING, ${n}, 1, IORING_ENTER_GETEVENTS) = ${n}`;
    const answer = `${JSON.stringify(ok(PAGE).slice(0, 48))}..., ${SIZE}`;
    expect(trace.map(named)).toEqual([
      wait(2),
      '  done accept(SK) = CONN',
      '  submit recv(CONN)',
      '  submit accept(SK)',
      wait(2),
      '  done recv(CONN, "GET /page.html HTTP/1.1\\r\\nHost: test\\r\\n\\r\\n", 39, buffer 0) = 39',
      `  submit send(CONN, ${answer}, buffer 0)`,
      wait(1),
      `  done send(CONN) = ${SIZE}`,
      '  submit provide_buffers(1)',
      '  submit recv(CONN)',
      wait(2),
      '  done recv(CONN) = 0',
      '  submit close(CONN)',
      wait(1),
      '  done close(CONN) = 0',
    ]);
  });
});

test('a slow reader of the trace makes the model wait, and does not end it', async () => {
  const ends = new Int32Array(2);
  expect(native.pipe2(ends, constants.O_CLOEXEC)).toBe(0);
  const [readEnd, writeEnd] = [...ends] as [number, number];
  const child = spawn(process.execPath, [CLI, 'model', 'busy-polling', site.folder, '--port', '0', '--trace'], {
    stdio: ['ignore', 'ignore', writeEnd],
  });
  const ended = once(child, 'close');
  try {
    const pipe = new Poll();
    pipe.register(writeEnd, POLLOUT);
    await until('the pipe is full', () => pipe.poll(0).length === 0);
    native.close(writeEnd);
    let lines = 0;
    for await (const chunk of createReadStream('', { fd: readEnd, encoding: 'latin1' })) {
      lines += String(chunk).split('\n').length - 1;
      if (lines > 10_000) break; // some ten times what fits into the pipe
    }
    expect(lines).toBeGreaterThan(10_000);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
});
