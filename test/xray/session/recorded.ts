/** The records of a program, as a subscriber gets them. */
import type { Header, ProgramState, Turn, XrayRecord } from '../../../src/xray/records.js';
import type { ObservedProgram, ProgramEnd, StartedProgram } from '../../../src/xray/session/observed-program.js';

export class Recorded {
  readonly records: XrayRecord[] = [];
  header: Header | undefined;
  readonly #unsubscribe: () => void;
  #onLines: () => void = () => {};

  constructor(program: ObservedProgram) {
    this.#unsubscribe = program.subscribe((lines) => {
      for (const line of lines) {
        const record = JSON.parse(line) as Header | XrayRecord;
        if ('xray' in record) this.header = record;
        else this.records.push(record);
      }
      this.#onLines();
    });
  }

  /** Resolves with the first record, from the `from`th on, that matches. */
  async until<R extends XrayRecord>(isIt: (record: XrayRecord) => record is R, from?: number): Promise<R>;
  async until(isIt: (record: XrayRecord) => boolean, from?: number): Promise<XrayRecord>;
  async until(isIt: (record: XrayRecord) => boolean, from = 0): Promise<XrayRecord> {
    for (let i = from; ; i++) {
      while (i >= this.records.length) {
        await new Promise<void>((resolve) => {
          this.#onLines = resolve;
        });
      }
      const record = this.records[i] as XrayRecord;
      if (isIt(record)) return record;
    }
  }

  /** The state of the program at some time from the `from`th record on. */
  async untilProgram(program: ProgramState['program'], isReady?: boolean, from = 0): Promise<ProgramState> {
    return await this.until(
      (record): record is ProgramState =>
        'program' in record && record.program === program && (isReady ?? record.isReady) === record.isReady,
      from,
    );
  }

  get turns(): Turn[] {
    return this.records.filter(isTurn);
  }

  close(): void {
    this.#unsubscribe();
  }
}

export function isTurn(record: XrayRecord): record is Turn {
  return 'events' in record;
}

/** A program that listens; an error if it has ended. */
export function started(program: StartedProgram | ProgramEnd): StartedProgram {
  if ('header' in program) return program;
  throw new Error(`the program ended with ${program.signal ?? program.code}`);
}
