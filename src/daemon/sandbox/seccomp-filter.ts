/**
 * A list of allowed system calls as a program for the kernel: an array of struct sock_filter, which seccomp(2) runs at each
 * call over a struct seccomp_data { int nr; u32 arch; u64 instruction_pointer; u64 args[6]; }.
 *
 *     arch ≠ ours → end the process
 *     nr > newest → ENOSYS
 *     nr = a      → allow
 *     nr = b      → (args[i] & mask) = v … → allow, else EPERM
 *     …
 *     EPERM
 *
 * The order is that of the list: frequent calls come first. Since Linux 5.11 the kernel remembers the calls that are allowed with any
 * arguments, and runs the program for the others only.
 */

/** A test of the lower 32 bits of an argument. Each argument tested is an int to the kernel, which ignores the upper half. */
export interface Condition {
  /** From 0. */
  readonly argument: number;
  /** The bits that are compared. Default: all. */
  readonly mask?: number;
  readonly oneOf: readonly number[];
}

/** A system call that is allowed, allowed under a condition (else EPERM), or answered with an error. */
export interface Rule {
  readonly number: number;
  readonly where?: Condition;
  readonly errno?: number;
}

export interface FilterOptions {
  /** AUDIT_ARCH_* of the numbers. */
  readonly audit: number;
  /** Higher numbers get ENOSYS, as from an older kernel; so do those of x32, which have bit 30 set. */
  readonly newestNumber: number;
  /** For calls without a rule. Default: EPERM. */
  readonly otherwise?: 'refuse' | 'allow';
}

const OFFSET_NUMBER = 0;
const OFFSET_ARCH = 4;
const OFFSET_ARGS = 16;

// linux/bpf_common.h
const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_GREATER = 0x25; // BPF_JMP | BPF_JGT | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

// linux/seccomp.h
const ALLOW = 0x7fff_0000;
const ERRNO = 0x0005_0000;
/** For a call by the table of another architecture (int 0x80 on x86-64), which no program makes by mistake. */
const KILL_PROCESS = 0x8000_0000;

const EPERM = 1;
const ENOSYS = 38;

/** code, jump if true, jump if false (instructions to skip), operand. */
type Instruction = readonly [code: number, jt: number, jf: number, k: number];

/** @returns  the bytes of the program, for native.seccomp() */
export function seccompFilter(rules: readonly Rule[], options: FilterOptions): Uint8Array {
  const program: Instruction[] = [
    [LOAD_WORD, 0, 0, OFFSET_ARCH],
    [JUMP_EQUAL, 1, 0, options.audit],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD_WORD, 0, 0, OFFSET_NUMBER],
    [JUMP_GREATER, 0, 1, options.newestNumber],
    [RETURN, 0, 0, ERRNO | ENOSYS],
  ];
  for (const rule of rules) {
    const answer = answerTo(rule);
    program.push([JUMP_EQUAL, 0, answer.length, rule.number], ...answer);
  }
  program.push([RETURN, 0, 0, options.otherwise === 'allow' ? ALLOW : ERRNO | EPERM]);
  return encode(program);
}

/** Each rule ends with a return: no jump is longer than a rule, and so none exceeds the 255 instructions that a jump can skip. */
function answerTo({ where, errno }: Rule): Instruction[] {
  if (errno !== undefined) return [[RETURN, 0, 0, ERRNO | errno]];
  const allow: Instruction = [RETURN, 0, 0, ALLOW];
  if (where === undefined) return [allow];
  // Both architectures are little-endian: the lower half comes first.
  const answer: Instruction[] = [[LOAD_WORD, 0, 0, OFFSET_ARGS + 8 * where.argument]];
  if (where.mask !== undefined) answer.push([AND, 0, 0, where.mask]);
  for (const value of where.oneOf) answer.push([JUMP_EQUAL, 0, 1, value], allow);
  answer.push([RETURN, 0, 0, ERRNO | EPERM]);
  return answer;
}

/** struct sock_filter { u16 code; u8 jt; u8 jf; u32 k; } */
function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(8 * program.length);
  const view = new DataView(bytes.buffer);
  for (const [i, [code, jt, jf, k]] of program.entries()) {
    view.setUint16(8 * i, code, true);
    view.setUint8(8 * i + 2, jt);
    view.setUint8(8 * i + 3, jf);
    view.setUint32(8 * i + 4, k, true);
  }
  return bytes;
}
