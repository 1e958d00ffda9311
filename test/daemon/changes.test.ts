import { expect, test } from '@jest/globals';
import { Changes } from '../../src/daemon/changes.js';

interface End {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Changes that end when the test says so. */
class Made {
  readonly begun: string[] = [];
  readonly errors: [string, unknown][] = [];
  readonly changes = new Changes<string>(
    (change) => {
      this.begun.push(change);
      return new Promise((resolve, reject) => this.#ends.push({ resolve, reject }));
    },
    (change, error) => this.errors.push([change, error]),
  );
  readonly #ends: End[] = [];

  /** Ends the change that is running, and resolves when the next one could begin. */
  async end(error?: Error): Promise<void> {
    const { resolve, reject } = this.#ends.shift() as End;
    if (error === undefined) resolve();
    else reject(error);
    await new Promise(setImmediate);
  }
}

test('changes that are requested before the server serves begin when it does, one at a time', async () => {
  const made = new Made();
  made.changes.request('reload');
  made.changes.request('upgrade');
  expect(made.begun).toEqual([]);
  made.changes.start();
  expect(made.begun).toEqual(['reload']);
  await made.end();
  expect(made.begun).toEqual(['reload', 'upgrade']);
});

test('a change that is requested twice before it begins runs once, and once more if it is requested while it runs', async () => {
  const made = new Made();
  made.changes.request('reload');
  made.changes.request('reload');
  made.changes.start();
  expect(made.begun).toEqual(['reload']);
  made.changes.request('reload');
  await made.end();
  expect(made.begun).toEqual(['reload', 'reload']);
  await made.end();
  expect(made.begun).toEqual(['reload', 'reload']);
});

test('a change that rejects is reported, is no unhandled rejection, and the next change runs', async () => {
  const made = new Made();
  const unhandled: unknown[] = [];
  const note = (error: unknown): number => unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    made.changes.start();
    made.changes.request('reload');
    made.changes.request('upgrade');
    const error = new Error('a bug');
    await made.end(error);
    expect(made.errors).toEqual([['reload', error]]);
    expect(made.begun).toEqual(['reload', 'upgrade']);
    await made.end();
    made.changes.request('reload');
    expect(made.begun).toEqual(['reload', 'upgrade', 'reload']);
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test('no change begins after stop(), and the one that is running may end', async () => {
  const made = new Made();
  made.changes.start();
  made.changes.request('upgrade');
  made.changes.request('reload');
  made.changes.stop();
  await made.end();
  made.changes.request('replace-sockets');
  expect(made.begun).toEqual(['upgrade']);
});
