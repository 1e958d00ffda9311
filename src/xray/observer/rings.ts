/**
 * The operations that a program passes to io_uring, read from the memory of its rings. Each is shown as the call that does the same
 * (io_uring_enter(2) names it), with its arguments.
 */
import type { Native } from '../../native/native-api.js';
import { CQE_WORDS, type RingLayout, ringLayout, SQE_WORDS } from '../../native/ring-layout.js';

/** An operation that is done. */
export interface Operation {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly result: number;
  /** When it was submitted, in real milliseconds. */
  readonly sinceMs: number;
}

/** An operation that is under way, and where its bytes are. */
interface Submission {
  readonly name: string;
  readonly fd: number;
  readonly offset: number;
  readonly length: number;
  readonly flags: number;
  readonly sinceMs: number;
}

interface Ring extends RingLayout {
  readonly rings: Uint32Array;
  readonly sqes: Uint32Array;
  readonly arena: Uint8Array;
  readonly address: number;
  /** The next completion. The program takes some that came after the look at the end of its wait. */
  next: number;
  bufferBytes: number;
  /** By what a completion gives back of its submission. */
  readonly underWay: Map<number, Submission>;
}

const HIGH_WORD = 2 ** 32;

export class Rings {
  readonly #constants: Native['constants'];
  readonly #now: () => number;
  readonly #names: ReadonlyMap<number, string>;
  readonly #rings = new Map<number, Ring>();

  constructor({ constants }: Native, now: () => number) {
    this.#constants = constants;
    this.#now = now;
    this.#names = new Map([
      [constants.IORING_OP_ACCEPT, 'accept4'],
      [constants.IORING_OP_RECV, 'recv'],
      [constants.IORING_OP_SEND, 'send'],
      [constants.IORING_OP_CLOSE, 'close'],
    ]);
  }

  /** The addon's class, whose rings this one follows. A closed ring has no memory, and is not entered. */
  following(IoUring: Native['IoUring']): Native['IoUring'] {
    const opened = (fd: number, ring: Ring): unknown => this.#rings.set(fd, ring);
    return class extends IoUring {
      constructor(entries: number, arenaBytes: number, params: Uint32Array) {
        super(entries, arenaBytes, params);
        if (this.fd < 0) return;
        opened(this.fd, {
          ...ringLayout(params),
          rings: new Uint32Array(this.rings),
          sqes: new Uint32Array(this.sqes),
          arena: new Uint8Array(this.arena),
          address: this.address,
          next: 0,
          bufferBytes: 0,
          underWay: new Map(),
        });
      }
    };
  }

  /**
   * The kernel has taken the first `taken` of the last `offered` submissions.
   * @returns  the operations whose results a program awaits, by name and descriptor
   */
  submitted(fd: number, offered: number, taken: number): (readonly [name: string, fd: number])[] {
    const ring = this.#rings.get(fd);
    const operations: (readonly [string, number])[] = [];
    if (ring === undefined) return operations;
    const { rings, sqes, submission } = ring;
    const mask = rings[submission.mask] as number;
    const begin = (rings[submission.tail] as number) - offered;
    for (let i = begin; i < begin + taken; i++) {
      const at = SQE_WORDS * ((i & mask) >>> 0);
      const word = (n: number): number => sqes[at + n] as number;
      const operation = word(0) & 0xff;
      if (operation === this.#constants.IORING_OP_PROVIDE_BUFFERS) ring.bufferBytes = word(6);
      const name = this.#names.get(operation);
      if (name === undefined) continue;
      ring.underWay.set(word(8) * HIGH_WORD + word(9), {
        name,
        fd: word(1),
        offset: word(5) * HIGH_WORD + word(4) - ring.address,
        length: word(6),
        flags: word(7),
        sinceMs: this.#now(),
      });
      operations.push([name, word(1)]);
    }
    return operations;
  }

  /** The operations that are done since the last time. */
  done(fd: number): Operation[] {
    const ring = this.#rings.get(fd);
    if (ring === undefined) return [];
    const { rings, completion } = ring;
    const mask = rings[completion.mask] as number;
    const end = Atomics.load(rings, completion.tail);
    const operations: Operation[] = [];
    for (; ring.next !== end; ring.next = (ring.next + 1) >>> 0) {
      const at = completion.cqes + CQE_WORDS * ((ring.next & mask) >>> 0);
      const key = (rings[at] as number) * HIGH_WORD + (rings[at + 1] as number);
      const submission = ring.underWay.get(key);
      if (submission === undefined) continue;
      ring.underWay.delete(key);
      const { name, sinceMs } = submission;
      const args = this.#argsOf(ring, submission, rings[at + 3] as number);
      operations.push({ name, args, result: (rings[at + 2] as number) | 0, sinceMs });
    }
    return operations;
  }

  #argsOf({ arena, bufferBytes }: Ring, { name, fd, offset, length, flags }: Submission, cqeFlags: number): unknown[] {
    const { IORING_CQE_F_BUFFER, IORING_CQE_BUFFER_SHIFT } = this.#constants;
    if (name === 'accept4') return [fd, null, flags];
    if (name === 'close') return [fd];
    if (name === 'send') return [fd, arena, offset, length, flags];
    const buffer = cqeFlags & IORING_CQE_F_BUFFER ? cqeFlags >>> IORING_CQE_BUFFER_SHIFT : 0;
    return [fd, arena, buffer * bufferBytes, length, flags];
  }
}
