/**
 * A thread changes files as fast as it can, while many clients request them. Each response is a whole version that the file
 * has had since the request, and never an older one.
 */
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import { get, RawClient } from '../client/raw-client.js';
import type { WireResponse } from '../client/wire-response.js';
import { SiteFolder } from './site-folder.js';

/** The number of changes of each kind. After a change there is a moment in which the file can be cached. */
const ROUNDS = 150;
const CLIENTS_PER_FILE = 3;

/** How often a change was begun, and how often one was done: `[begun, done]` for each file. */
type Progress = Int32Array;

/** Version n is this letter, over and over; so a mixture shows. */
function letter(version: number): string {
  return String.fromCharCode(97 + (version % 26));
}

const KINDS = [
  ['rewritten in place', 1_000],
  ['renamed over', 1_000],
  ['renamed over, and large', 2 * FILE_INLINE_BYTES_MAX],
  ['deleted and made anew', 1_000],
  ['cut short and made longer', 1_000],
] as const;

const WRITER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const fs = require('node:fs');
  const { paths, sizes, rounds, progress } = workerData;
  const letter = (version) => String.fromCharCode(97 + (version % 26));
  const content = (kind, version) => letter(version).repeat(sizes[kind]);
  const change = [
    (path, kind, version) => {
      const fd = fs.openSync(path, 'r+');
      fs.writeSync(fd, content(kind, version), 0);
      fs.closeSync(fd);
    },
    replace,
    replace,
    (path, kind, version) => {
      fs.rmSync(path);
      replace(path, kind, version);
    },
    (path, kind, version) => {
      fs.truncateSync(path, version % 2 === 0 ? sizes[kind] : 10);
    },
  ];
  function replace(path, kind, version) {
    fs.writeFileSync(path + '.next', content(kind, version));
    fs.renameSync(path + '.next', path);
  }
  for (let version = 1; version <= rounds; version++) {
    paths.forEach((path, kind) => {
      Atomics.store(progress, 2 * kind, version);
      change[kind](path, kind, version);
      Atomics.store(progress, 2 * kind + 1, version);
    });
    // Until clients have had the time to ask for it twice.
    const seen = Atomics.load(progress, 2 * paths.length);
    while (Atomics.load(progress, 2 * paths.length) < seen + 40) Atomics.wait(progress, 2 * paths.length, seen, 1);
  }
  parentPort.postMessage('done');
`;

/** The version of a file that was seen. @returns  undefined if the file never had it */
function isOneOf(kind: number, { status, body }: WireResponse, from: number, to: number): boolean {
  const size = KINDS[kind]?.[1] as number;
  const text = body.toString('latin1');
  for (let version = from; version <= to; version++) {
    if (kind === 4) {
      const bytes = version % 2 === 0 ? size : 10;
      // A file that is made longer is filled with zeros.
      if (status === 200 && text.length === bytes && /^a{1,10}\0*$|^a+$/.test(text)) return true;
    } else if (status === 200 && text === letter(version).repeat(size)) {
      return true;
    }
  }
  // Between two versions it was not there.
  return kind === 3 && status === 404 && to > from;
}

test('files that change under load: no response is older than its request, or a mixture of two versions', async () => {
  const files = Object.fromEntries(KINDS.map(([, size], kind) => [`${kind}.txt`, letter(0).repeat(size)]));
  using site = new SiteFolder({ ...files, 'other.txt': 'other' });
  await using target = site.serve();
  const progress: Progress = new Int32Array(new SharedArrayBuffer(4 * (2 * KINDS.length + 1)));
  const paths = KINDS.map((_, kind) => site.path(`${kind}.txt`));
  const writer = new Worker(WRITER, {
    eval: true,
    workerData: { paths, sizes: KINDS.map(([, size]) => size), rounds: ROUNDS, progress },
  });
  let isDone = false;
  const done = new Promise<void>((resolve, reject) => writer.once('message', () => resolve()).once('error', reject));
  void done.finally(() => {
    isDone = true;
  });
  let answers = 0;
  const strange: string[] = [];
  const askAgainAndAgain = async (
    path: string,
    isRight: (response: WireResponse, from: number) => boolean,
    index: number,
  ): Promise<void> => {
    await using client = await RawClient.connect(target.address);
    while (!isDone) {
      const from = Atomics.load(progress, index);
      await client.send(get(path));
      const response = await client.response();
      if (!isRight(response, from))
        strange.push(`${path} ${from}: ${response.status} ${response.body.toString('latin1', 0, 20)}`);
      answers++;
      Atomics.add(progress, 2 * KINDS.length, 1);
      Atomics.notify(progress, 2 * KINDS.length);
    }
  };
  const clients = KINDS.flatMap((_, kind) =>
    Array.from({ length: CLIENTS_PER_FILE }, () =>
      askAgainAndAgain(
        `/${kind}.txt`,
        (response, from) => isOneOf(kind, response, from, Atomics.load(progress, 2 * kind)),
        2 * kind + 1,
      ),
    ),
  );
  const others = askAgainAndAgain('/other.txt', ({ status, body }) => status === 200 && body.toString() === 'other', 1);
  await done;
  await Promise.all([...clients, others]);
  await writer.terminate();
  expect(strange).toEqual([]);
  expect(target.errors).toEqual([]);
  expect(answers).toBeGreaterThan(ROUNDS);
});
