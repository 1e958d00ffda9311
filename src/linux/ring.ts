/**
 * io_uring, as epoll.ts is epoll: two rings in memory that this process and the kernel share, and one call. The program writes
 * operations into the submission ring; the kernel carries them out, and writes their results into the completion ring.
 *
 * The bytes of an operation lie in the ring's own buffers, whose addresses do not change: the garbage collector could move, or free, a
 * buffer of JavaScript while the kernel still writes into it.
 *
 * Source: io_uring(7), io_uring_enter(2). Linux 5.7.
 */
import { constants, native, trace } from '../native/addon.js';
import { quotedBytes, resultText } from '../native/argument-formats.js';
import { isInterrupted, isOutOfBuffers, MISSING_CALL } from '../native/errno.js';
import {
  CQE_WORDS,
  PARAMS_FEATURES,
  PARAMS_WORDS,
  type RingLayout,
  ringLayout,
  SQE_WORDS,
} from '../native/ring-layout.js';
import { checked, SystemError } from '../native/system-error.js';
import { INT_MAX, wholeNumber } from './arguments.js';
import { OwnedDescriptor } from './owned-descriptor.js';

export { checked } from '../native/system-error.js';

/** The operations whose results are reported. */
export const ACCEPT = constants.IORING_OP_ACCEPT;
export const RECV = constants.IORING_OP_RECV;
export const SEND = constants.IORING_OP_SEND;
export const CLOSE = constants.IORING_OP_CLOSE;
const PROVIDE = constants.IORING_OP_PROVIDE_BUFFERS;
const NAMES: Readonly<Record<number, string>> = {
  [ACCEPT]: 'accept',
  [RECV]: 'recv',
  [SEND]: 'send',
  [CLOSE]: 'close',
  [PROVIDE]: 'provide_buffers',
};

/** In a completion: the operation used no buffer of the ring. */
export const NO_BUFFER = -1;

/**
 * A completed operation: its kind, its descriptor, its result as the system call returns it (-errno if it failed), and its buffer. A
 * buffer that recv has filled belongs to the program until it calls provide().
 */
export type Completion = [operation: number, fd: number, result: number, buffer: number];

/** Two rings and a set of buffers. Closing it cancels the operations that are under way. */
export class Ring extends OwnedDescriptor {
  readonly #rings: Uint32Array;
  readonly #sqes: Uint32Array;
  readonly #arena: Buffer;
  readonly #address: number;
  readonly #bufferBytes: number;
  /** Where in #rings the parts of each ring are. */
  readonly #submission: RingLayout['submission'];
  readonly #completion: RingLayout['completion'];
  /** A flag for operations that report only failures, from Linux 5.17 on. */
  readonly #skipSuccess: number;
  /** Operations that the kernel has not seen yet. */
  #unsubmitted = 0;
  /** Descriptors that found no buffer to receive into. */
  readonly #starved: number[] = [];

  /**
   * @param entries      submissions that fit into one io_uring_enter(2): a power of two
   * @param buffers      how many, from 1 to 32,768
   * @param bufferBytes  the size of each
   * @throws  SystemError EPERM (kernel.io_uring_disabled, or a seccomp filter) | ENOSYS (Linux before 5.7) | EMFILE | ENOMEM
   */
  constructor(entries: number, buffers: number, bufferBytes: number) {
    wholeNumber('buffers', buffers, 1, 32_768);
    wholeNumber('bufferBytes', bufferBytes, 1, INT_MAX);
    const params = new Uint32Array(PARAMS_WORDS);
    const ring = new native.IoUring(entries, buffers * bufferBytes, params);
    trace?.(`io_uring_setup(${entries}) = ${resultText(ring.fd)}`);
    super(checked(ring.fd, 'io_uring_setup'), 'Ring', ring);
    const features = params[PARAMS_FEATURES] as number;
    // Without it the kernel has no buffers to select from, either, and a recv takes a thread of the kernel.
    if ((features & constants.IORING_FEAT_FAST_POLL) === 0) {
      this.close();
      throw new SystemError(MISSING_CALL, 'io_uring_setup');
    }
    this.#rings = new Uint32Array(ring.rings);
    this.#sqes = new Uint32Array(ring.sqes);
    this.#arena = Buffer.from(ring.arena);
    this.#address = ring.address;
    this.#bufferBytes = bufferBytes;
    const { submission, completion } = ringLayout(params);
    this.#submission = submission;
    this.#completion = completion;
    this.#skipSuccess = (features & constants.IORING_FEAT_CQE_SKIP) === 0 ? 0 : constants.IOSQE_CQE_SKIP_SUCCESS;
    // The kernel reads submission i from place array[i], so that a program may fill them in another order. This one does not.
    for (let i = 0; i < submission.entries; i++) this.#rings[submission.array + i] = i;
    this.#provide(0, buffers);
  }

  /** The memory of a buffer. Use it only while the buffer belongs to the program. */
  bytes(buffer: number): Buffer {
    const begin = this.#offsetOf(buffer);
    return this.#arena.subarray(begin, begin + this.#bufferBytes);
  }

  /** Takes the next connection of a listening socket. */
  submitAccept(fd: number): void {
    this.#submit(ACCEPT, fd, { flags: constants.SOCK_CLOEXEC });
  }

  /** Receives into a buffer that the kernel chooses when bytes arrive. If no buffer is free, the recv begins after provide(). */
  submitRecv(fd: number): void {
    this.#submit(RECV, fd, { length: this.#bufferBytes, sqeFlags: constants.IOSQE_BUFFER_SELECT });
  }

  /** Sends the first `length` bytes of a buffer, which belongs to the kernel until the send is done. The result may be less. */
  submitSend(fd: number, buffer: number, length: number): void {
    const address = this.#address + this.#offsetOf(buffer);
    wholeNumber('length', length, 0, this.#bufferBytes);
    trace?.(`  submit send(${fd}${this.#shown(buffer, length)})`);
    this.#submit(SEND, fd, { address, length, flags: constants.MSG_NOSIGNAL });
  }

  submitClose(fd: number): void {
    this.#submit(CLOSE, fd, {});
  }

  /** Gives a buffer back to the kernel, which can receive into it again. */
  provide(buffer: number): void {
    this.#offsetOf(buffer);
    this.#provide(buffer, 1);
    const fd = this.#starved.shift();
    if (fd !== undefined) this.submitRecv(fd);
  }

  /**
   * Passes the submissions to the kernel, and waits until an operation is done. This thread sleeps meanwhile.
   * @returns  all completions; none if a signal came
   * @throws   SystemError EBUSY | EAGAIN | ENOMEM  (io_uring_enter(2))
   */
  wait(): Completion[] {
    this.#enter(1, constants.IORING_ENTER_GETEVENTS);
    const { head, tail, mask, cqes } = this.#completion;
    const rings = this.#rings;
    const done: Completion[] = [];
    const end = Atomics.load(rings, tail);
    let i = rings[head] as number;
    for (; i !== end; i = (i + 1) >>> 0) {
      const at = cqes + CQE_WORDS * (i & (rings[mask] as number));
      const result = (rings[at + 2] as number) | 0;
      const flags = rings[at + 3] as number;
      const buffer = flags & constants.IORING_CQE_F_BUFFER ? flags >>> constants.IORING_CQE_BUFFER_SHIFT : NO_BUFFER;
      this.#take([rings[at] as number, rings[at + 1] as number, result, buffer], done);
    }
    Atomics.store(rings, head, i); // the kernel may use these entries again
    return done;
  }

  #take(completion: Completion, done: Completion[]): void {
    const [operation, fd, result, buffer] = completion;
    trace?.(`  done ${NAMES[operation]}(${fd}${this.#shown(buffer, result)}) = ${resultText(result)}`);
    if (operation === PROVIDE) checked(result, 'provide_buffers');
    else if (operation === RECV && isOutOfBuffers(result)) this.#starved.push(fd);
    else done.push(completion);
  }

  /** The operation has the first buffer in the field `offset` and the number of buffers in the field `fd`. */
  #provide(first: number, count: number): void {
    const address = this.#address + first * this.#bufferBytes;
    this.#submit(PROVIDE, count, { address, length: this.#bufferBytes, offset: first, sqeFlags: this.#skipSuccess });
  }

  #submit(operation: number, fd: number, { address = 0, length = 0, flags = 0, offset = 0, sqeFlags = 0 }): void {
    this.fileno(); // throws if this is closed
    wholeNumber('fd', fd, 0, INT_MAX);
    const { tail, mask, entries } = this.#submission;
    if (this.#unsubmitted === entries) this.#enter(0, 0);
    const rings = this.#rings;
    const i = rings[tail] as number;
    const at = SQE_WORDS * (i & (rings[mask] as number));
    const sqes = this.#sqes;
    sqes.fill(0, at, at + SQE_WORDS);
    sqes[at] = operation | (sqeFlags << 8);
    sqes[at + 1] = fd;
    sqes[at + 2] = offset;
    sqes[at + 4] = address; // the low 32 bits
    sqes[at + 5] = address / 2 ** 32;
    sqes[at + 6] = length;
    sqes[at + 7] = flags;
    sqes[at + 8] = operation; // user_data, 64 bits: comes back as it is
    sqes[at + 9] = fd;
    Atomics.store(rings, tail, (i + 1) >>> 0); // after its contents: from here on the kernel may read it
    this.#unsubmitted++;
    if (operation !== SEND) trace?.(`  submit ${NAMES[operation]}(${fd})`);
  }

  #enter(minComplete: number, flags: number): void {
    const n = native.io_uring_enter(this.fileno(), this.#unsubmitted, minComplete, flags);
    if (!isInterrupted(n)) this.#unsubmitted -= checked(n, 'io_uring_enter');
  }

  /** The arguments of the trace that stand for a buffer. */
  #shown(buffer: number, length: number): string {
    return buffer === NO_BUFFER ? '' : `, ${quotedBytes(this.bytes(buffer), 0, length)}, ${length}, buffer ${buffer}`;
  }

  #offsetOf(buffer: number): number {
    return wholeNumber('buffer', buffer, 0, this.#arena.length / this.#bufferBytes - 1) * this.#bufferBytes;
  }
}
