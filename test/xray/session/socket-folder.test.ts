import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { native } from '../../../src/native/addon.js';
import { openListeningSocket } from '../../../src/net/listening-socket.js';
import { SocketFolder } from '../../../src/xray/session/socket-folder.js';
import { Folder } from '../../support/sockets.js';

const AGE_SECONDS = 120;

test('a session has its socket in /tmp if the path of the temporary folder is too long for the address of a socket', () => {
  using temporary = new Folder();
  const long = join(temporary.path, 'x'.repeat(100));
  mkdirSync(long);
  for (const [parent, expected] of [
    [long, '/tmp'],
    [temporary.path, temporary.path],
  ]) {
    const own = new SocketFolder(parent);
    try {
      expect(dirname(dirname(own.socketPath))).toBe(expected);
      native.close(openListeningSocket({ path: own.socketPath }));
    } finally {
      own.remove();
    }
  }
});

test('a session removes the folder that a killed X-ray has left, and none of an X-ray that runs or starts', () => {
  using temporary = new Folder();
  const left = ['killed', 'runs', 'starts'].map((name) => {
    const path = join(temporary.path, `epoll-reactor-xray-${name}`);
    mkdirSync(path);
    const fd = openListeningSocket({ path: join(path, 'observer') });
    if (name !== 'runs') native.close(fd); // the file stays; a socket that does not listen yet refuses likewise
    const at = Date.now() / 1000 - (name === 'starts' ? 0 : AGE_SECONDS);
    utimesSync(path, at, at);
    return { path, fd };
  });
  const own = new SocketFolder(temporary.path);
  try {
    expect(left.map(({ path }) => existsSync(path))).toEqual([false, true, true]);
  } finally {
    own.remove();
    native.close((left[1] as { fd: number }).fd);
  }
});
