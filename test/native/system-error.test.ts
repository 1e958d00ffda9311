import { once } from 'node:events';
import { createServer } from 'node:net';
import { constants as os } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { checked, SystemError, type SystemErrorContext } from '../../src/native/system-error.js';
import { thrownBy } from '../support/thrown-error.js';

const { EADDRINUSE, EBADF, ECONNREFUSED, EMFILE, ENOENT } = os.errno;

describe('A SystemError', () => {
  const messages: [number, string, SystemErrorContext | undefined, string][] = [
    [EBADF, 'epoll_ctl', undefined, 'epoll_ctl EBADF: bad file descriptor'],
    [EMFILE, 'accept4', {}, 'accept4 EMFILE: too many open files'],
    [ENOENT, 'connect', { path: '/run/x.sock' }, 'connect ENOENT: no such file or directory /run/x.sock'],
    [
      ENOENT,
      'openat2',
      { path: '/x\n2026-11-29 error \x1b[2J\u2028\x9b' },
      'openat2 ENOENT: no such file or directory /x\\n2026-11-29 error \\x1b[2J\\u2028\\x9b',
    ],
    [
      EADDRINUSE,
      'listen',
      { address: '0.0.0.0', port: 9369 },
      'listen EADDRINUSE: address already in use 0.0.0.0:9369',
    ],
    [
      ECONNREFUSED,
      'connect',
      { address: '127.0.0.1', port: 0 },
      'connect ECONNREFUSED: connection refused 127.0.0.1:0',
    ],
    [EADDRINUSE, 'bind', { address: '::1', port: 80 }, 'bind EADDRINUSE: address already in use [::1]:80'],
    [EADDRINUSE, 'bind', { address: '10.0.0.1' }, 'bind EADDRINUSE: address already in use 10.0.0.1'],
  ];
  test.each(messages)('of error %d in %s with %j says: %4$s', (errno, syscall, context, message) => {
    expect(new SystemError(-errno, syscall, context).message).toBe(message);
  });

  test("has what Node's own errors have: code, negative errno, syscall, and what the call was about", () => {
    const error = new SystemError(-EADDRINUSE, 'bind', { address: '127.0.0.1', port: 80 });
    expect({ ...error }).toEqual({
      name: 'SystemError',
      code: 'EADDRINUSE',
      errno: -EADDRINUSE,
      syscall: 'bind',
      address: '127.0.0.1',
      port: 80,
    });
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe('SystemError: bind EADDRINUSE: address already in use 127.0.0.1:80');
    expect(error.stack).toContain('system-error.test.ts');
  });

  test('has no property that its context does not have', () => {
    const error = new SystemError(-EBADF, 'close');
    expect(Object.keys(error).sort()).toEqual(['code', 'errno', 'name', 'syscall']);
  });

  test('has the message that Node has for the same failure', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const address = first.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const second = createServer().listen(port, '127.0.0.1');
    const [nodes]: unknown[] = await once(second, 'error');
    const ours = new SystemError(-EADDRINUSE, 'listen', { address: '127.0.0.1', port });
    const { name: _, ...fields } = { ...ours };
    expect(nodes).toMatchObject({ ...fields, message: ours.message });
    first.close();
    await once(first, 'close');
  });

  test('of a number that libuv does not know has a code', () => {
    expect(new SystemError(-4000, 'ioctl')).toMatchObject({
      code: 'E4000',
      errno: -4000,
      message: 'ioctl E4000: error number 4000',
    });
  });
});

describe('checked()', () => {
  test.each([0, 1, 2 ** 40])('passes %d on', (n) => {
    expect(checked(n, 'read')).toBe(n);
  });

  test('throws a SystemError with its context for a negative number', () => {
    expect(thrownBy(() => checked(-ENOENT, 'connect', { path: '/x' }))).toMatchObject({
      name: 'SystemError',
      code: 'ENOENT',
      syscall: 'connect',
      path: '/x',
      message: 'connect ENOENT: no such file or directory /x',
    });
  });
});
