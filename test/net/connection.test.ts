/** A Connection alone, on a socketpair and a reactor whose turns the test takes. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS, READ_BUFFER_BYTES } from '../../src/limits.js';
import { ByteChannel } from '../../src/net/byte-channel.js';
import { Connection } from '../../src/net/connection.js';
import { CLOSES, LINGERS } from '../../src/net/protocol.js';
import { CHUNK_OVERHEAD_BYTES } from '../../src/net/write-queue.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { RecordingProtocol } from './recording-protocol.js';
import { isOpen, SocketPair } from './socket-pair.js';
import { TcpPair } from './tcp-pair.js';

const { writeHighWaterBytes: WRITE_HIGH_WATER_BYTES } = DEFAULT_LIMITS;

let reactor: Reactor;
let pair: SocketPair;
let connection: Connection;
let protocol: RecordingProtocol;

beforeEach(() => {
  reactor = new Reactor();
  pair = new SocketPair();
  ({ connection, protocol } = open(pair));
});

afterEach(() => {
  connection.destroy();
  pair.close();
  reactor.close();
});

function open(on: { readonly fd: number }): { connection: Connection; protocol: RecordingProtocol } {
  const protocols: RecordingProtocol[] = [];
  const made = new Connection(reactor, new ByteChannel(on.fd), (its) => {
    protocols.push(new RecordingProtocol(its));
    return protocols[0] as RecordingProtocol;
  });
  return { connection: made, protocol: protocols[0] as RecordingProtocol };
}

/** Turns until nothing is ready any more. Bounded: a connection that stays ready for nothing would spin. */
function turns(): void {
  for (let i = 0; i < 100; i++) if (reactor.turn(0) === 0) return;
  throw new Error('the connection spins: ready in a hundred turns');
}

describe('reading', () => {
  test('bytes are given to the protocol as they arrive', () => {
    pair.write('abc');
    turns();
    pair.write('def');
    turns();
    expect(protocol.calls).toEqual(['bytes abc', 'bytes def']);
  });

  test('bytes that the protocol did not consume come again, with more behind them', () => {
    protocol.consume = (text) => text.lastIndexOf('\n') + 1;
    pair.write('one\ntw');
    turns();
    pair.write('o\nthree');
    turns();
    pair.write('\n');
    turns();
    expect(protocol.calls).toEqual(['bytes one\ntw', 'bytes two\nthree', 'bytes three\n']);
  });

  test('each connection keeps its own bytes, though all read into one buffer', () => {
    const other = new SocketPair();
    const second = open(other);
    protocol.consume = () => 0;
    second.protocol.consume = () => 0;
    for (const [mine, theirs] of ['ax', 'by', 'cz']) {
      pair.write(mine as string);
      other.write(theirs as string);
      turns();
    }
    expect(protocol.calls.at(-1)).toBe('bytes abc');
    expect(second.protocol.calls.at(-1)).toBe('bytes xyz');
    second.connection.destroy();
    other.close();
  });

  test('bytes that one read leaves in the kernel are read next, though no more arrive', () => {
    const text = 'a'.repeat(2 * READ_BUFFER_BYTES + 1);
    pair.write(text);
    turns();
    expect(protocol.calls.map((call) => call.length - 'bytes '.length)).toEqual([
      READ_BUFFER_BYTES,
      READ_BUFFER_BYTES,
      1,
    ]);
  });

  test('bytes behind urgent data, at which a read stops, are read too', () => {
    const tcp = new TcpPair();
    const second = open(tcp);
    tcp.write('abc');
    tcp.writeUrgent('!');
    tcp.write('def');
    turns();
    expect(second.protocol.calls.map((call) => call.slice('bytes '.length)).join('')).toBe('abcdef');
    tcp.write('ghi');
    turns();
    expect(second.protocol.calls.at(-1)).toBe('bytes ghi');
    second.connection.destroy();
    tcp.close();
  });

  test('bytes that arrive with the end of the stream are given to the protocol before onEnd()', () => {
    pair.write('abc');
    pair.shutWriting();
    turns();
    expect(protocol.calls).toEqual(['bytes abc', 'end']);
  });

  test.each([0, 3])(
    'a protocol that pauses at bytes that arrive with the end of the stream, and consumes %i of them, learns of the end',
    (consumed) => {
      protocol.consume = () => {
        connection.pause();
        return consumed;
      };
      pair.write('abc');
      pair.shutWriting();
      turns();
      // With unread bytes it is only closing: the end comes after them.
      expect(protocol.calls).toEqual(['bytes abc', consumed === 3 ? 'end' : 'peer closing']);
      protocol.consume = (text) => text.length;
      connection.resume();
      turns();
      expect(protocol.calls.slice(2)).toEqual(consumed === 3 ? [] : ['bytes abc', 'end']);
    },
  );

  test('a paused connection leaves bytes in the kernel until it is resumed', () => {
    connection.pause();
    pair.write('abc');
    turns();
    expect(protocol.calls).toEqual([]);
    connection.resume();
    turns();
    expect(protocol.calls).toEqual(['bytes abc']);
  });

  test('resume() gives the protocol the bytes that it left when it paused', () => {
    protocol.consume = (text) => {
      if (text !== 'abc') return text.length;
      connection.pause();
      return 1;
    };
    pair.write('abc');
    turns();
    connection.resume();
    expect(protocol.calls).toEqual(['bytes abc', 'bytes bc']);
  });

  test('a protocol that resumes another connection keeps its own bytes in the shared buffer', () => {
    const other = new SocketPair();
    const second = open(other);
    second.protocol.consume = (text) => {
      if (text === 'later') return text.length;
      second.connection.pause();
      return 'now '.length;
    };
    other.write('now later');
    turns();
    protocol.consume = (text) => {
      second.connection.resume();
      return text.length - 1; // the last byte comes again: it is kept from the shared buffer after this call
    };
    pair.write('mine');
    turns();
    pair.write('.');
    turns();
    expect(protocol.calls).toEqual(['bytes mine', 'bytes e.']);
    expect(second.protocol.calls).toEqual(['bytes now later', 'bytes later']);
    second.connection.destroy();
    other.close();
  });

  test('a connection that is paused again before its bytes are delivered keeps them until the next resume()', () => {
    const other = new SocketPair();
    const second = open(other);
    second.protocol.consume = () => {
      second.connection.pause();
      return 0;
    };
    other.write('abc');
    turns();
    protocol.consume = (text) => {
      second.connection.resume(); // the buffer is in use: delivered in the next turn
      second.connection.pause();
      return text.length;
    };
    pair.write('x');
    turns();
    expect(second.protocol.calls).toEqual(['bytes abc']);
    second.connection.resume();
    expect(second.protocol.calls).toEqual(['bytes abc', 'bytes abc']);
    second.connection.destroy();
    other.close();
  });

  test('onPeerClosing() is called once, however often the protocol resumes and pauses before the end', () => {
    protocol.consume = () => {
      connection.pause();
      return 1;
    };
    pair.write('abc');
    pair.shutWriting();
    turns();
    for (let i = 0; i < 3; i++) {
      connection.resume();
      turns();
    }
    expect(protocol.calls).toEqual(['bytes abc', 'peer closing', 'bytes bc', 'bytes c', 'end']);
    expect(connection.isPeerGone).toBe(true);
  });
});

describe('writing', () => {
  test('bytes are sent, whether they are written in a turn or outside of one', () => {
    protocol.consume = (text) => {
      connection.write(Buffer.from(`<${text}>`));
      return text.length;
    };
    pair.write('a');
    turns();
    connection.write(Buffer.from('b'));
    expect(pair.read().toString()).toBe('<a>b');
  });

  test('bytes wait for a peer that does not read, and onFlushed() says when all are sent', () => {
    const bytes = Buffer.alloc(2_000_000, 'a');
    connection.write(bytes);
    expect(connection.isAboveHighWater).toBe(true);
    turns();
    expect(protocol.calls).toEqual([]);
    let read = 0;
    while (read < bytes.length) {
      read += pair.read().length;
      reactor.turn(0);
    }
    expect(connection.isAboveHighWater).toBe(false);
    expect(protocol.calls).toEqual(['flushed']);
    turns();
  });

  test('isAboveHighWater is true one byte beyond the high-water mark, and not at it', () => {
    // Two megabytes first, to fill the socket: what comes then stays queued whole.
    connection.write(Buffer.alloc(2_000_000));
    pair.read(1);
    expect(connection.isAboveHighWater).toBe(true);
    const quiet = new SocketPair();
    const second = open(quiet);
    second.protocol.consume = (text) => {
      second.connection.write(Buffer.alloc(WRITE_HIGH_WATER_BYTES - CHUNK_OVERHEAD_BYTES));
      second.protocol.calls.push(`${second.connection.isAboveHighWater}`);
      second.connection.write(Buffer.alloc(1));
      second.protocol.calls.push(`${second.connection.isAboveHighWater}`);
      return text.length;
    };
    quiet.write('x');
    turns();
    expect(second.protocol.calls).toEqual(['bytes x', 'false', 'true']);
    second.connection.destroy();
    quiet.close();
  });

  test('a write to a peer that is gone closes the connection, and does not throw', () => {
    pair.closePeer();
    expect(() => connection.write(Buffer.from('a'))).not.toThrow();
    turns();
    expect(connection.isClosed).toBe(true);
    expect(protocol.calls.filter((call) => call === 'close')).toHaveLength(1);
  });
});

describe('ending', () => {
  test('onEnd() is called once when the peer shuts its half, and what is written then still arrives', () => {
    protocol.react = (call) => {
      if (call !== 'end') return;
      connection.write(Buffer.from('last words'));
      connection.finish();
    };
    pair.write('abc');
    pair.shutWriting();
    turns();
    expect(protocol.calls).toEqual(['bytes abc', 'end', 'close']);
    expect(pair.read().toString()).toBe('last words');
    expect(pair.hasEnded).toBe(true);
  });

  test('finish() closes when all is sent, and takes no more bytes', () => {
    const bytes = Buffer.alloc(2_000_000, 'a');
    connection.write(bytes);
    connection.finish();
    connection.write(Buffer.from('too late'));
    let read = 0;
    while (!connection.isClosed) {
      read += pair.read().length;
      reactor.turn(0);
    }
    read += pair.read().length;
    expect(read).toBe(bytes.length);
    expect(protocol.calls).toEqual(['close']);
  });

  test('finish(LINGERS) drops the bytes that still come, until the peer shuts its half', () => {
    connection.write(Buffer.from('bye'));
    connection.finish(LINGERS);
    pair.write('more and more');
    turns();
    expect(connection.isClosed).toBe(false);
    expect(pair.read().toString()).toBe('bye');
    expect(pair.hasEnded).toBe(true);
    pair.shutWriting();
    turns();
    expect(connection.isClosed).toBe(true);
    expect(protocol.calls).toEqual(['close']);
  });

  test('finish(CLOSES) closes at once, though the peer has sent more', () => {
    pair.write('more');
    connection.pause();
    connection.write(Buffer.from('bye'));
    connection.finish(CLOSES);
    expect(connection.isClosed).toBe(true);
  });

  test.each(['after', 'before'])(
    'finish(CLOSES) lingers for a peer that has sent more and was waited for %s the call: a reset would lose what it has not read',
    (when) => {
      protocol.consume = (text) => {
        connection.pause();
        if (when === 'after') {
          connection.write(Buffer.alloc(300_000, 'a'));
          connection.finish(CLOSES); // and then as much is written as it takes
        }
        return text.length;
      };
      pair.write('go');
      turns();
      if (when === 'before') {
        connection.write(Buffer.alloc(300_000, 'a')); // of which it takes a part
        connection.finish(CLOSES);
      }
      pair.write('more');
      let read = 0;
      for (let n = -1; n !== 0; n = pair.read().length) {
        read += Math.max(0, n);
        turns();
      }
      expect(read).toBe(300_000);
      expect(connection.isClosed).toBe(false);
      pair.shutWriting();
      turns();
      expect(connection.isClosed).toBe(true);
    },
  );

  test('destroy() closes at once, calls onClose() once, and closes the descriptor once', () => {
    connection.write(Buffer.alloc(2_000_000));
    connection.destroy();
    expect(isOpen(pair.fd)).toBe(false);
    const successor = new SocketPair(); // takes the number that has become free
    connection.destroy();
    connection.finish();
    connection.write(Buffer.from('a'));
    connection.resume();
    expect(protocol.calls).toEqual(['close']);
    expect(isOpen(successor.fd)).toBe(true);
    successor.close();
  });

  test('a paused connection whose peer has hung up is closed', () => {
    connection.pause();
    pair.closePeer();
    turns();
    expect(protocol.calls).toEqual(['close']);
  });

  test('a protocol that throws loses its connection, and turn() throws the error', () => {
    protocol.consume = () => {
      throw new Error('a bug in the protocol');
    };
    pair.write('a');
    expect(() => reactor.turn(0)).toThrow('a bug in the protocol');
    expect(connection.isClosed).toBe(true);
    expect(isOpen(pair.fd)).toBe(false);
    turns();
  });
});
