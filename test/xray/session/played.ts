/** A program that has played all experiments, one after the other, and what the page's state was meanwhile. */
import type { Call, ClientActed, ExperimentName, XrayRecord } from '../../../src/xray/records.js';
import { startProgram } from '../../../src/xray/session/start-program.js';
import { reduce } from '../../../src/xray/view/reduce.js';
import type { Descriptor, State } from '../../../src/xray/view/state.js';
import { CLI } from '../../daemon/command.js';
import { Recorded, started } from './recorded.js';

/** No person watches. */
const PACE = { paceMs: 5, patienceMs: 30_000 };

/** One experiment on one program. */
export class Played {
  readonly records: XrayRecord[] = [];
  /** After each record. */
  readonly states: State[] = [];

  get calls(): Call[] {
    return this.records.filter((record) => 'call' in record);
  }

  /** Calls by name that succeeded. */
  done(name: string): Call[] {
    return this.calls.filter(({ call, ret }) => call === name && ret >= 0);
  }

  acts(does: ClientActed['does']): ClientActed[] {
    return this.records.filter((record) => 'does' in record).filter((act) => act.does === does);
  }

  get last(): State {
    return this.states.at(-1) as State;
  }

  /**
   * The descriptor of a client's connection at the server, from its connect on, after each record. Only looks tell its address, and the
   * records of two threads may come in another order than they were made.
   */
  rowsOf(client: number): Descriptor[] {
    const from = this.records.findIndex((record) => 'does' in record && record.client === client);
    const port = this.acts('connect').find((act) => act.client === client)?.port;
    const isOfClient = (row: Descriptor): boolean => row.address?.endsWith(`:${port}`) === true;
    const all = this.states.slice(from).flatMap(({ descriptors }) => [...descriptors.values()]);
    const one = all.find((row) => row.kind === 'connection' && isOfClient(row));
    return all.filter((row) => row.key === one?.key && (row.address === undefined || isOfClient(row)));
  }

  /** The most connections of clients that the table showed open at once. */
  get openMax(): number {
    const ports = new Set(this.acts('connect').map(({ port }) => `${port}`));
    return Math.max(
      ...this.states.map(
        ({ descriptors }) =>
          [...descriptors.values()].filter(({ isOpen, address }) => isOpen && ports.has(address?.split(':')[1] ?? ''))
            .length,
      ),
    );
  }

  /** The longest accept queue. */
  get acceptQueueMax(): number {
    return Math.max(
      ...this.states.map(({ descriptors }) =>
        Math.max(...[...descriptors.values()].map((row) => (row.kind === 'listener' ? (row.unread ?? 0) : 0))),
      ),
    );
  }
}

/** Plays the experiments on a model, or on `server`, with the sample site. */
export async function playAll(model: string, names: readonly ExperimentName[]): Promise<Map<ExperimentName, Played>> {
  const args = model === 'server' ? [] : ['model', model];
  const command = [process.execPath, CLI, ...args, '--port', '0'] as const;
  const program = started(await startProgram({ model, command, stdio: 'ignore' }, PACE));
  const recorded = new Recorded(program);
  const all = new Map<ExperimentName, Played>();
  try {
    for (const name of names) {
      const from = recorded.records.length;
      await program.runExperiment(name);
      await recorded.until((record) => 'experiment' in record && record.state === 'ends', from);
    }
  } finally {
    recorded.close();
    await program.close();
  }
  let state: State | undefined;
  let played: Played | undefined;
  for (const line of recorded.records) {
    state = reduce(state, line);
    if ('experiment' in line && line.state === 'begins') {
      played = new Played();
      all.set(line.experiment, played);
    }
    played?.records.push(line);
    played?.states.push(state);
  }
  return all;
}
