/** src/models/epoll.ts is read in two columns with the tutorial's last server: the same lines in the same order. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { transformSync } from '@swc/core';

/** The lines of the tutorial's main(), and ours. Two blanks of ours indent as far as four of Python. */
const MAIN: readonly (readonly [tutorial: string, ours: string])[] = [
  ['    sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM)', 'const sk = socket.socket(socket.AF_INET, '],
  ['    sk.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)', 'socket.setsockopt(sk, socket.SOL_SOCKET, '],
  ["    sk.bind(('0.0.0.0', 9369))", 'socket.bind(sk, '],
  ['    sk.listen(5)', 'socket.listen(sk, '],
  ['    sk.setblocking(False)', 'socket.setblocking(sk, false)'],
  ['    epl = select.epoll()', 'const epl = new select.Epoll()'],
  ['    fd_socket_dict = {}', 'const fdSocketDict = new Map'],
  ['    epl.register(sk.fileno(), select.EPOLLIN)', 'epl.register(sk, select.EPOLLIN)'],
  ['    while True:', 'while (true) {'],
  ['        fd_event_list = epl.poll()', 'const fdEventList = epl.poll()'],
  ['        for fd, event in fd_event_list:', 'for (const [fd, event] of fdEventList) {'],
  ['            if fd == sk.fileno():', 'if (fd === sk) {'],
  ['                conn, addr = sk.accept()', 'const conn = socket.accept(sk, '],
  ['                epl.register(conn.fileno(), select.EPOLLIN)', 'epl.register(conn.fd, select.EPOLLIN)'],
  ['                fd_socket_dict[conn.fileno()] = conn, addr', 'fdSocketDict.set(conn.fd, { ...conn, '],
  ['            elif event == select.EPOLLIN:', '} else if (event & select.EPOLLIN) {'],
  ['                data = fd_socket_dict[fd][0].recv(1024)', 'const data = receive(fd)'],
  ['                if data:', 'if (data.length > 0) {'],
  ['                    recv(fd_socket_dict[fd][0], fd_socket_dict[fd][1], data)', 'recv(conn, conn.address, data)'],
  ['                else:', '} else {'],
  // These three the other way round.
  ['                    epl.unregister(fd)', 'epl.unregister(fd)'],
  ['                    fd_socket_dict[fd][0].close()', 'socket.close(fd)'],
  ['                    fd_socket_dict.pop(fd)', 'fdSocketDict.delete(fd)'],
];

/** The lines of the tutorial's recv(conn, addr, data) and ours, which are in respond.ts and, where they use the socket, in epoll.ts. */
const RECV: readonly (readonly [tutorial: string, ours: string, file: 'epoll' | 'respond'])[] = [
  ['recv_data = data.decode("utf-8")', "const head = rest.toString('latin1', 0, end)", 'respond'],
  ["print('>>>>>>>')", "print('>>>>>>>')", 'respond'],
  ['print(recv_data)', 'print(head)', 'respond'],
  ['result = re.search(r"[^/]+/([^ ]*)", recv_data.splitlines()[0])', 'const result = /[^/]+\\/([^ ?]*)/', 'respond'],
  ["uri = 'index.html'", "'index.html'", 'respond'],
  ['print(path)', 'print(uri)', 'respond'],
  ["send_body = '--- file not found ---'", '--- file not found ---', 'respond'],
  ["send_header = 'HTTP/1.1 200 OK\\r\\n'", "'200 OK'", 'respond'],
  ["send_header += 'Content-Length: %d\\r\\n\\r\\n' % len(send_body)", 'Content-Length: ', 'respond'],
  ['print(send_header)', 'print(header)', 'respond'],
  ['print(addr)', 'print(addr)', 'epoll'],
  ['conn.send(send_header.encode("utf-8")); conn.send(send_body)', 'send(conn)', 'epoll'],
];

function linesOf(model: string): string[] {
  return readFileSync(new URL(`../../src/models/${model}.ts`, import.meta.url), 'utf8').split('\n');
}

/** The lines that begin as `ours` does, in that order, from the one of `start` on; fewer if one is missing or comes too early. */
function inOrder(lines: readonly string[], ours: readonly string[], start: string): string[] {
  const found: string[] = [];
  let at = lines.findIndex((line) => line.includes(start));
  for (const one of ours) {
    at = lines.findIndex((line, i) => i > at && line.includes(one));
    if (at === -1) break;
    found.push(lines[at] as string);
  }
  return found;
}

describe('src/models/epoll.ts', () => {
  const lines = linesOf('epoll');
  const found = inOrder(
    lines,
    MAIN.map(([, ours]) => ours),
    'const root = openFolder',
  );

  test('has each line of the main() of the tutorial, in its order', () => {
    expect(found).toHaveLength(MAIN.length);
    expect(found.map((line, i) => line.trim().startsWith(MAIN[i]?.[1] as string))).toEqual(MAIN.map(() => true));
  });

  test('nests the branches of the loop as the tutorial does', () => {
    const depth = (line: string, indent: number): number => (line.length - line.trimStart().length) / indent;
    expect(found.map((line) => depth(line, 2))).toEqual(MAIN.map(([tutorial]) => depth(tutorial, 4)));
  });

  test('marks each other branch and statement of the loop as added, or as one that looks up the connection', () => {
    const loop = lines.slice(lines.indexOf(found[MAIN.findIndex(([line]) => line.includes('while'))] as string));
    const body = loop.slice(0, loop.indexOf('  }')).filter((line) => !line.trim().startsWith('//'));
    const others = body.filter((line) => !found.includes(line) && !/^\s*\}$/.test(line));
    const unmarked = others.filter((line) => !line.includes('// added: ') && !line.includes(' = fdSocketDict.get(fd)'));
    // The branch that follows the mark of EPOLLOUT.
    expect(unmarked.map((line) => line.trim())).toEqual([
      '} else {',
      'send(conn);',
      'if (conn.unsent.length === 0) epl.modify(fd, select.EPOLLIN);',
    ]);
    expect(others.filter((line) => line.includes('// added: EPOLLOUT'))).toHaveLength(1);
  });
});

test('each line of the recv() of the tutorial is in respond.ts or, where it uses the socket, in the recv() of epoll.ts', () => {
  const files = { epoll: linesOf('epoll'), respond: linesOf('respond') };
  const missing = RECV.filter(([, ours, file]) => inOrder(files[file], [ours], 'import ').length === 0);
  expect(missing).toEqual([]);
  const ours = RECV.filter(([, , file]) => file === 'epoll').map(([, line]) => line);
  expect(inOrder(files.epoll, ours, 'function recv(conn')).toHaveLength(ours.length);
});

test('docs/epoll-model.js is src/models/epoll.ts without types', () => {
  const codeOf = (path: string): string => {
    const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    const { code } = transformSync(text, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } });
    const bare = code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/ .*/g, '');
    return bare.replace(/\s+/g, ' ').replace(/'[./\w]*\/(?=[a-z]+\.js')/g, "'"); // modules without their folders
  };
  expect(codeOf('docs/epoll-model.js')).toBe(codeOf('src/models/epoll.ts'));
});
