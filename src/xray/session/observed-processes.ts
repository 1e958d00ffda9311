/** The processes of an observed program: which descriptors they use, and looks at these. */
import type { ObservedCall } from '../protocol.js';
import type { KernelLook } from '../records.js';
import { opened } from '../view/calls.js';
import { KernelLooks, TcpTables } from './kernel-look.js';

type Pairs = readonly (readonly [fd: number, bits: number])[];

interface ObservedProcess {
  readonly used: Map<number, string | undefined>;
  /** The descriptors of the observer, by thread. */
  readonly channels: Map<number, number>;
  /** The last answer of poll(2), by thread. */
  readonly readable: Map<number, Pairs>;
  readonly looks: KernelLooks;
  /** As JSON. */
  lastLook: string;
}

export class ObservedProcesses {
  readonly #processes = new Map<number, ObservedProcess>();

  get pids(): Iterable<number> {
    return this.#processes.keys();
  }

  threadBegan(tid: number, pid: number, channel: number): void {
    let process = this.#processes.get(pid);
    if (process === undefined) {
      process = { used: new Map(), channels: new Map(), readable: new Map(), looks: new KernelLooks(), lastLook: '[]' };
      this.#processes.set(pid, process);
    }
    process.channels.set(tid, channel);
  }

  threadEnded(tid: number, pid: number): void {
    const process = this.#processes.get(pid);
    process?.channels.delete(tid);
    process?.readable.delete(tid);
    if (process?.channels.size === 0) this.#processes.delete(pid);
  }

  called(pid: number, line: ObservedCall): void {
    const { call, fd, ret } = line;
    const used = this.#processes.get(pid)?.used;
    if (used === undefined || ret < 0) return;
    if (call.startsWith('close')) used.delete(fd);
    else if (fd >= 0 && !used.has(fd)) used.set(fd, undefined);
    for (const [each] of opened(line)) used.set(each, undefined);
  }

  /** Lines are missing: a descriptor that no look has seen may be closed, and Node itself may use its number now. */
  missed(pid: number): void {
    const used = this.#processes.get(pid)?.used ?? new Map<number, string | undefined>();
    for (const [fd, link] of used) if (link === undefined) used.delete(fd);
  }

  polled(tid: number, pid: number, readable: Pairs): void {
    this.#processes.get(pid)?.readable.set(tid, readable);
  }

  /** @param isForced  also if a look shows nothing new */
  look(t: number, isForced: boolean): KernelLook[] {
    const looks: KernelLook[] = [];
    const [first = 0] = this.#processes.keys();
    const tables = new TcpTables(first);
    for (const [pid, process] of this.#processes) {
      const { used, looks: own } = process;
      const readable = new Map([...process.readable.values()].flat());
      const kernel = own.look({ pid, used, readable, channels: new Set(process.channels.values()) }, tables);
      const json = JSON.stringify(kernel);
      if (!isForced && json === process.lastLook) continue;
      process.lastLook = json;
      looks.push({ t, pid, kernel });
    }
    return looks;
  }
}
