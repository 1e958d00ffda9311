import { appendFileSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { ByteChannel } from '../../src/net/byte-channel.js';
import {
  CHUNK_OVERHEAD_BYTES,
  CUT_SHORT,
  type FilePart,
  FLUSHED,
  SENDFILE_BYTES_PER_TURN,
  WAIT_UNTIL_WRITABLE,
  WriteQueue,
} from '../../src/net/write-queue.js';
import { isOpen, SocketPair } from './socket-pair.js';

let pair: SocketPair;
let folder: string;

beforeEach(() => {
  pair = new SocketPair();
  folder = mkdtempSync(join(tmpdir(), 'write-queue-'));
});

afterEach(() => {
  pair.close();
  rmSync(folder, { recursive: true });
});

/** Bytes in which every place looks different. */
function pattern(length: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed) & 0xff;
  return bytes;
}

function file(content: Uint8Array, position = 0, end = content.length): FilePart {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const fd = openSync(path, 'r');
  return { fd, position, end, close: () => native.close(fd) };
}

/** Flushes and reads by turns until all is written. */
function flushWhileReading(queue: WriteQueue): Buffer {
  const chunks: Buffer[] = [];
  for (;;) {
    const result = queue.flush(pair.channel);
    chunks.push(pair.read());
    if (result === FLUSHED) return Buffer.concat(chunks);
    expect(result).toBe(WAIT_UNTIL_WRITABLE);
  }
}

describe('bytes', () => {
  test('bytes are sent in the order of push(), and are counted until then', () => {
    const queue = new WriteQueue();
    for (const text of ['a', '', 'bc', 'def']) queue.push(Buffer.from(text));
    expect(queue.heldBytes).toBe(6 + 3 * CHUNK_OVERHEAD_BYTES);
    expect(queue.flush(pair.channel)).toBe(FLUSHED);
    expect(queue.heldBytes).toBe(0);
    expect(pair.read().toString()).toBe('abcdef');
  });

  test('bytes that the socket does not take wait, and go on where the short write ended', () => {
    pair.close();
    pair = new SocketPair(4096);
    const queue = new WriteQueue();
    const bytes = pattern(1_000_000);
    queue.push(bytes);
    expect(queue.flush(pair.channel)).toBe(WAIT_UNTIL_WRITABLE);
    const queuedBytes = queue.heldBytes - CHUNK_OVERHEAD_BYTES;
    expect(queuedBytes).toBeGreaterThan(0);
    const read = pair.read();
    expect(read.length + queuedBytes).toBe(bytes.length);
    expect(Buffer.concat([read, flushWhileReading(queue)]).equals(bytes)).toBe(true);
    expect(queue.heldBytes).toBe(0);
  });

  test('many small chunks arrive whole through short writes', () => {
    pair.close();
    pair = new SocketPair(4096);
    const queue = new WriteQueue();
    const bytes = pattern(300_000);
    // Chunks of 1 to 97 bytes: more than one writev takes, and cut anywhere by the socket's small buffer.
    let total = 0;
    for (let at = 0, length = 1; at < bytes.length; at += length, length = (length % 97) + 1) {
      queue.push(bytes.subarray(at, at + length));
      total++;
    }
    expect(total).toBeGreaterThan(1000);
    expect(flushWhileReading(queue).equals(bytes)).toBe(true);
  });

  test('bytes pushed while others wait are sent behind them', () => {
    const queue = new WriteQueue();
    const first = pattern(2_000_000);
    queue.push(first);
    expect(queue.flush(pair.channel)).toBe(WAIT_UNTIL_WRITABLE);
    queue.push(Buffer.from('second'));
    expect(flushWhileReading(queue).equals(Buffer.concat([first, Buffer.from('second')]))).toBe(true);
  });

  /** Bytes of a buffer that can shrink or grow (ECMAScript 2024; the types are of 2023). */
  function resizable(length: number): { bytes: Uint8Array<ArrayBuffer>; resize: (length: number) => void } {
    const buffer: ArrayBuffer = Reflect.construct(ArrayBuffer, [length, { maxByteLength: 2 * length }]);
    return {
      bytes: new Uint8Array(buffer),
      resize: (newLength) => void Reflect.apply(Reflect.get(buffer, 'resize'), buffer, [newLength]),
    };
  }

  const tampered: [what: string, tamper: (chunk: ReturnType<typeof resizable>) => void][] = [
    ['detached', ({ bytes }) => void structuredClone(bytes.buffer, { transfer: [bytes.buffer] })],
    ['shrunk', ({ resize }) => resize(50)],
    ['shrunk to nothing', ({ resize }) => resize(0)],
    ['grown', ({ resize }) => resize(150)],
  ];

  describe.each(tampered)('a queued buffer that is %s', (_, tamper) => {
    test.each([
      ['alone', [], []],
      ['behind bytes', ['head'], []],
      ['before bytes', [], ['the next response']],
      ['between bytes', ['head'], ['the next response']],
    ])('%s in the queue is cut short, and none of its bytes are sent', (_where, before, after) => {
      const queue = new WriteQueue();
      const chunk = resizable(100);
      for (const text of before) queue.push(Buffer.from(text));
      queue.push(chunk.bytes);
      for (const text of after) queue.push(Buffer.from(text));
      tamper(chunk);
      expect(queue.flush(pair.channel)).toBe(CUT_SHORT);
      expect(pair.read().length).toBe(0);
    });
  });

  test('a buffer that is detached after a part of it was sent is cut short', () => {
    const queue = new WriteQueue();
    const bytes = new Uint8Array(2_000_000);
    queue.push(bytes);
    queue.push(Buffer.from('the next response'));
    expect(queue.flush(pair.channel)).toBe(WAIT_UNTIL_WRITABLE);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    pair.read();
    expect(queue.flush(pair.channel)).toBe(CUT_SHORT);
    expect(pair.read().length).toBe(0);
  });

  test('a buffer that is detached while the file before it is closed is cut short', () => {
    const queue = new WriteQueue();
    const bytes = new Uint8Array(100);
    const part = file(pattern(10));
    queue.push({
      ...part,
      close: () => {
        part.close();
        structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
      },
    });
    queue.push(bytes);
    expect(queue.flush(pair.channel)).toBe(CUT_SHORT);
    expect(pair.read().equals(pattern(10))).toBe(true);
  });

  test('flush() to a peer that is gone returns -EPIPE', () => {
    pair.closePeer();
    const queue = new WriteQueue();
    queue.push(Buffer.from('a'));
    expect(queue.flush(pair.channel)).toBe(-os.errno.EPIPE);
  });
});

describe('files', () => {
  test('files and bytes are sent in the order of push()', () => {
    const queue = new WriteQueue();
    const content = pattern(10_000, 1);
    queue.push(Buffer.from('head1'));
    queue.push(file(content));
    queue.push(Buffer.from('head2'));
    queue.push(Buffer.from('body2'));
    queue.push(file(content, 10, 20));
    queue.push(file(content, 9_990));
    queue.push(Buffer.from('end'));
    expect(
      flushWhileReading(queue).equals(
        Buffer.concat([
          Buffer.from('head1'),
          content,
          Buffer.from('head2body2'),
          content.subarray(10, 20),
          content.subarray(9_990),
          Buffer.from('end'),
        ]),
      ),
    ).toBe(true);
  });

  test('files are not counted as bytes in memory', () => {
    const queue = new WriteQueue();
    queue.push(file(pattern(10_000)));
    expect(queue.heldBytes).toBe(CHUNK_OVERHEAD_BYTES);
    queue.clear();
  });

  test('a file larger than the socket takes arrives whole', () => {
    const queue = new WriteQueue();
    const content = pattern(3_000_000);
    queue.push(file(content));
    expect(flushWhileReading(queue).equals(content)).toBe(true);
  });

  test('a part beyond 4 GiB of a file is sent', () => {
    const part = file(Buffer.alloc(0), 5 * 2 ** 30, 5 * 2 ** 30 + 3);
    truncateSync(join(folder, 'file'), part.position); // a hole: it takes no room on the disk
    appendFileSync(join(folder, 'file'), 'far');
    const queue = new WriteQueue();
    queue.push(part);
    expect(queue.flush(pair.channel)).toBe(FLUSHED);
    expect(pair.read().toString()).toBe('far');
  });

  test('a file is closed when it is sent', () => {
    const queue = new WriteQueue();
    const part = file(pattern(100));
    queue.push(part);
    expect(isOpen(part.fd)).toBe(true);
    expect(queue.flush(pair.channel)).toBe(FLUSHED);
    expect(isOpen(part.fd)).toBe(false);
  });

  test('a file part of no bytes is closed at once', () => {
    const queue = new WriteQueue();
    const part = file(pattern(100), 100);
    queue.push(part);
    expect(isOpen(part.fd)).toBe(false);
    expect(queue.flush(pair.channel)).toBe(FLUSHED);
  });

  test('a file that was truncated while queued is cut short, and closed by clear()', () => {
    const queue = new WriteQueue();
    const content = pattern(100);
    const part = file(content);
    truncateSync(join(folder, 'file'), 40);
    queue.push(part);
    expect(queue.flush(pair.channel)).toBe(CUT_SHORT);
    expect(pair.read().equals(content.subarray(0, 40))).toBe(true);
    queue.clear();
    expect(isOpen(part.fd)).toBe(false);
  });

  test('a file is sent in portions, so that a fast reader does not keep other connections waiting', () => {
    const part = file(Buffer.alloc(SENDFILE_BYTES_PER_TURN + 1));
    const queue = new WriteQueue();
    // To /dev/null, which always takes all: only the bound can end a flush.
    const sink = openSync('/dev/null', 'w');
    queue.push(part);
    expect(queue.flush(new ByteChannel(sink))).toBe(WAIT_UNTIL_WRITABLE);
    expect(part.position).toBe(SENDFILE_BYTES_PER_TURN);
    expect(queue.flush(new ByteChannel(sink))).toBe(FLUSHED);
    native.close(sink);
  });
});

test('clear() drops all chunks and closes the files', () => {
  const queue = new WriteQueue();
  const parts = [file(pattern(10)), file(pattern(10))];
  queue.push(pattern(2_000_000));
  for (const part of parts) queue.push(part);
  expect(queue.flush(pair.channel)).toBe(WAIT_UNTIL_WRITABLE);
  queue.clear();
  expect(parts.map((part) => isOpen(part.fd))).toEqual([false, false]);
  expect(queue.heldBytes).toBe(0);
  pair.read();
  // It starts afresh: nothing of the half-written chunk is left.
  queue.push(Buffer.from('fresh'));
  expect(queue.flush(pair.channel)).toBe(FLUSHED);
  expect(pair.read().toString()).toBe('fresh');
});
