/** The two ways to drive a reactor, so that one test covers both. */
import type { Reactor } from '../../src/reactor/reactor.js';

/** Sets a scenario up and drives the reactor until the scenario calls `finish`. */
type Drive = (reactor: Reactor, scenario: (finish: () => void) => void) => Promise<void>;

const byRun: Drive = async (reactor, scenario) => {
  scenario(() => reactor.stop());
  reactor.run();
};

const byAttach: Drive = (reactor, scenario) =>
  new Promise((resolve) => {
    scenario(() => {
      reactor.detach();
      resolve();
    });
    reactor.attach();
  });

export const DRIVES: [string, Drive][] = [
  ['run()', byRun],
  ['attach()', byAttach],
];
