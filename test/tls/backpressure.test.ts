/** A WriteQueue on a TlsChannel whose client reads as it likes: each byte arrives once, and in order. */
import { mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fileHandler } from '../../src/files/file-handler.js';
import { native } from '../../src/native/addon.js';
import { CUT_SHORT, type FilePart, FLUSHED, WAIT_UNTIL_WRITABLE, WriteQueue } from '../../src/net/write-queue.js';
import { HttpServer } from '../../src/server/http-server.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import { isOpen } from '../net/socket-pair.js';
import { TlsPair } from './tls-pair.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-backpressure-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Bytes that differ at each position. */
function pattern(length: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed) & 0xff;
  return bytes;
}

function file(content: Uint8Array, name = 'file'): FilePart {
  const path = join(folder, name);
  writeFileSync(path, content);
  const fd = openSync(path, 'r');
  return { fd, position: 0, end: content.length, close: () => native.close(fd) };
}

async function withPair(use: (pair: TlsPair) => void | Promise<void>): Promise<void> {
  const pair = await TlsPair.established({ sendBufferBytes: 4096 });
  try {
    await use(pair);
  } finally {
    pair.close();
  }
}

const chunk = fc.record({
  kind: fc.constantFrom('bytes', 'file'),
  length: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 100_000 })),
});
/** The number of bytes that the client reads after each flush. With 0 the server still tries again. */
const reads = fc.array(fc.oneof(fc.constantFrom(0, 1, 22, 23), fc.integer({ min: 0, max: 20_000 })), {
  minLength: 1,
  maxLength: 50,
});

describe('a client that reads as it likes', () => {
  test('gets bytes and files whole and in order', async () => {
    await withPair((pair) =>
      fc.assert(
        fc.property(fc.array(chunk, { minLength: 1, maxLength: 8 }), reads, (chunks, sizes) => {
          const queue = new WriteQueue();
          const contents = chunks.map(({ length }, i) => pattern(length, i));
          for (const [i, content] of contents.entries()) {
            queue.push(chunks[i]?.kind === 'bytes' ? content : file(content, `file-${i}`));
          }
          const read: Buffer[] = [];
          for (const size of sizes) {
            if (queue.flush(pair.channel) === FLUSHED) break;
            read.push(pair.read(size));
          }
          read.push(...untilFlushed(queue, pair));
          expect(Buffer.concat(read).equals(Buffer.concat(contents))).toBe(true);
        }),
        { seed: 17, numRuns: 60 },
      ),
    );
  });
});

/** What the client reads meanwhile, and afterwards. */
function untilFlushed(queue: WriteQueue, pair: TlsPair): Buffer[] {
  const read: Buffer[] = [];
  for (;;) {
    const result = queue.flush(pair.channel);
    read.push(pair.read());
    if (result === FLUSHED) return read;
    expect(result).toBe(WAIT_UNTIL_WRITABLE);
  }
}

describe('a byte whose record the socket did not take', () => {
  const ways: [name: string, send: (pair: TlsPair, bytes: Buffer) => number | Promise<number>][] = [
    ['send()', ({ channel }, bytes) => channel.send(bytes, 0, false)],
    ['sendAll()', ({ channel }, bytes) => channel.sendAll([bytes], 0)],
    ['sendFile()', ({ channel }, bytes) => using(file(bytes), ({ fd }) => channel.sendFile(fd, 0, bytes.length))],
    [
      'sendFileOnThread()',
      ({ channel }, bytes) =>
        using(
          file(bytes),
          ({ fd }) => new Promise<number>((resolve) => channel.sendFileOnThread(fd, 0, bytes.length, resolve)),
        ),
    ],
  ];

  async function using<T>(part: FilePart, use: (part: FilePart) => T | Promise<T>): Promise<T> {
    try {
      return await use(part);
    } finally {
      part.close();
    }
  }

  test.each(ways)('is counted when it comes again by %s, and is sent once', (_, send) =>
    withPair(async (pair) => {
      let count = 0;
      while ((await send(pair, Buffer.from('x'))) === 1) count++;
      expect(pair.read().toString()).toBe('x'.repeat(count));
      expect(await send(pair, Buffer.from('x'))).toBe(1);
      expect(pair.read().toString()).toBe('x');
      expect(await send(pair, Buffer.from('yz'))).toBe(2);
      expect(pair.read().toString()).toBe('yz');
    }),
  );

  test.each(ways)('is skipped if %s comes with it and with more', (_, send) =>
    withPair(async (pair) => {
      while (pair.channel.send(Buffer.from('x'), 0, false) === 1);
      pair.read();
      expect(await send(pair, Buffer.from('xyz'))).toBe(3);
      expect(pair.read().toString()).toBe('xyz');
    }),
  );
});

describe('a file', () => {
  test('that this thread began to send and a disk thread continues arrives whole', () =>
    withPair(async (pair) => {
      const content = pattern(1_000_000);
      const part = file(content);
      const queue = new WriteQueue();
      queue.push(part);
      expect(queue.flush(pair.channel)).toBe(WAIT_UNTIL_WRITABLE);
      const read = [pair.read(3000)];
      while (isOpen(part.fd)) {
        await new Promise<void>((resolve) => queue.sendOnThread(pair.channel, resolve));
        read.push(pair.read());
      }
      expect(Buffer.concat(read).equals(content)).toBe(true);
    }));

  test('that a disk thread reads while the connection ends is dropped', () =>
    withPair(async ({ channel, sockets }) => {
      const part = file(pattern(100_000));
      const result = new Promise<number>((resolve) => channel.sendFileOnThread(part.fd, 0, part.end, resolve));
      channel.endBoth();
      expect(await result).toBe(-os.errno.EPIPE);
      expect(sockets.read().length).toBe(0);
      part.close();
    }));

  test('that was truncated meanwhile is cut short', () =>
    withPair((pair) => {
      const content = pattern(200_000);
      const part = file(content);
      const queue = new WriteQueue();
      queue.push(part);
      expect(queue.flush(pair.channel)).toBe(WAIT_UNTIL_WRITABLE);
      truncateSync(join(folder, 'file'), 1000);
      const read = [pair.read()];
      let result = queue.flush(pair.channel);
      for (; result === WAIT_UNTIL_WRITABLE; result = queue.flush(pair.channel)) read.push(pair.read());
      expect(result).toBe(CUT_SHORT);
      const sent = Buffer.concat([...read, pair.read()]);
      expect(sent.equals(content.subarray(0, sent.length))).toBe(true);
      queue.clear();
      expect(isOpen(part.fd)).toBe(false);
    }));

  // For files on tmpfs the kernel does not say whether they are in memory, so a disk thread reads them.
  test.each([tmpdir(), '/dev/shm'])('of 5 MB in %s is served whole', async (parent) => {
    const root = mkdtempSync(join(parent, 'tls-files-'));
    const content = pattern(5_000_000);
    writeFileSync(join(root, 'large'), content);
    const files = fileHandler(root);
    const server = new HttpServer(files, { tls: selfSigned({ names: ['localhost'], days: 1 }) });
    const { port } = server.listen({ address: '127.0.0.1', port: 0 });
    const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    client.write('GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const response = await buffer(client);
    await server.close();
    files.close();
    rmSync(root, { recursive: true });
    expect(response.subarray(response.indexOf('\r\n\r\n') + 4).equals(content)).toBe(true);
  });
});
