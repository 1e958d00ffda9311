/** More connections than the sets of select have bits. */
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { constants } from '../../src/native/addon.js';
import { get, type RawClient } from '../client/raw-client.js';
import { descriptorLimit, openDescriptors, until } from '../support/process-info.js';
import { ok } from './answers.js';
import { endModels, ModelProcess } from './model-process.js';
import { MODELS_HERE } from './models-here.js';
import { PAGE, Site } from './site.js';

const CLIENTS = 1_030;
/** The clients, and the other descriptors of a process. The models inherit this process's limit. */
const DESCRIPTORS_NEEDED = CLIENTS + 170;
const hasRoom = descriptorLimit('self') >= DESCRIPTORS_NEEDED;
const testWithRoom = hasRoom ? test : test.skip;
const condition = hasRoom ? '' : ` (skipped: needs ulimit -n ${DESCRIPTORS_NEEDED})`;

const site = new Site();
afterEach(endModels);
afterAll(() => site[Symbol.dispose]());

interface Outcome {
  readonly served: readonly RawClient[];
  readonly refused: readonly RawClient[];
}

/** One connection after the other; each sends one request and stays. */
async function connectMany(model: ModelProcess): Promise<Outcome> {
  const served: RawClient[] = [];
  const refused: RawClient[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const client = await model.connect();
    await client.send(get('/page.html'));
    const answer = await client.untilBytes(ok(PAGE).length).catch(() => client.received);
    if (answer.length > 0) expect(answer.toString('latin1')).toBe(ok(PAGE));
    (answer.length > 0 ? served : refused).push(client);
  }
  return { served, refused };
}

describe('the model select', () => {
  testWithRoom(
    `select closes connections with a descriptor of 1,024 or more, and serves all others${condition}`,
    async () => {
      await using model = await ModelProcess.start('select', site.folder);
      const before = openDescriptors(model.pid).length;
      const outcome = await connectMany(model);
      // The kernel gives the lowest free number: all those below 1,024 are taken before the first that is not.
      expect(outcome.served.length).toBe(constants.FD_SETSIZE - before);
      expect(outcome.refused.length).toBe(CLIENTS - outcome.served.length);
      expect(openDescriptors(model.pid).length).toBe(constants.FD_SETSIZE);

      const last = outcome.served.at(-1) as RawClient; // descriptor 1,023: the highest bit
      await last.send(get('/page.html'));
      await last.untilBytes(2 * ok(PAGE).length);

      await outcome.served[0]?.close();
      await until('there is room for one', () => openDescriptors(model.pid).length < constants.FD_SETSIZE);
      const next = await model.connect();
      await next.send(get('/page.html'));
      expect((await next.untilBytes(1)).length).toBeGreaterThan(0);
    },
  );
});

describe.each(['poll', 'epoll', 'io-uring'].filter((name) => MODELS_HERE.includes(name)))('%s', (name) => {
  testWithRoom(`${CLIENTS} connections are served at once${condition}`, async () => {
    await using model = await ModelProcess.start(name, site.folder);
    const outcome = await connectMany(model);
    expect(outcome.served.length).toBe(CLIENTS);
    for (const client of outcome.served.slice(-10)) {
      await client.send(get('/page.html'));
      await client.untilBytes(2 * ok(PAGE).length);
    }
  });
});
