/** The process of an experiment: `xray-client.cjs NAME PORT PACE_MS PATIENCE_MS`. It ends with its experiment, or when it loses patience. */
import { setTimeout as later } from 'node:timers/promises';
import { SystemError } from '../../native/system-error.js';
import { Reactor } from '../../reactor/reactor.js';
import { EXPERIMENTS, type ExperimentName } from '../records.js';
import type { ClientLine } from './client-lines.js';
import { type Director, EXPERIMENTS_BY_NAME } from './experiments.js';

const [name, port, paceMs, patienceMs] = process.argv.slice(2);

/** Nothing has moved for so long: the program is paused, or dead. */
const patience = setTimeout(() => process.exit(), Number(patienceMs));

process.stdin.on('end', () => process.exit()).resume(); // the X-ray has gone

const reactor = new Reactor();

const director: Director = {
  reactor,
  port: Number(port),
  report: say,
  pace: () => later(Number(paceMs)),
  settle: async () => {
    const settled = new Promise((resolve) => process.stdin.once('data', resolve));
    say({ settle: true });
    await settled;
  },
};

function say(line: ClientLine): void {
  patience.refresh();
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function isExperiment(text: string | undefined): text is ExperimentName {
  return EXPERIMENTS.some((each) => each === text);
}

async function run(): Promise<void> {
  if (!isExperiment(name)) throw new Error(`there is no experiment ${name}`);
  reactor.attach();
  try {
    await EXPERIMENTS_BY_NAME[name](director);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error; // the program has cut a connection, or is gone
  }
  await director.settle(); // the program's reaction to the last act belongs to the experiment
  process.exit();
}

void run();
