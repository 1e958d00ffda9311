/** All models give the same bytes for the same requests: they differ only in how they wait. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { get } from '../client/raw-client.js';
import { NOT_FOUND, ok, ROWS } from './answers.js';
import { ModelProcess } from './model-process.js';
import { MODELS_HERE } from './models-here.js';
import { INDEX, PAGE, Site } from './site.js';

const site = new Site();
afterAll(() => site[Symbol.dispose]());

describe.each(MODELS_HERE)('%s', (name) => {
  let model: ModelProcess;

  beforeAll(async () => {
    model = await ModelProcess.start(name, site.folder);
  });
  afterEach(() => model.closeClients());
  afterAll(() => model[Symbol.asyncDispose]());

  /** All bytes that come. Each step waits for as many answers as it should have, whatever they are. */
  async function conversation(...steps: readonly (readonly [request: string, answers: string])[]): Promise<string> {
    const client = await model.connect();
    let received = '';
    for (const [request, answers] of steps) {
      await client.send(request);
      for (const { head, body } of await client.responses(answers.split('HTTP/1.1 ').length - 1)) {
        received += head + body.toString('latin1');
      }
    }
    client.shutWriting();
    return received + (await client.untilEnd()).toString('latin1');
  }

  test.each(ROWS.filter((row) => !row.closes))('$title', async ({ request, answer }) => {
    // The second request shows that the connection is kept, and that nothing of the first is left.
    const received = await conversation([request, answer], [get('/page.html'), ok(PAGE)]);
    expect(received).toBe(answer + ok(PAGE));
  });

  test.each(ROWS.filter((row) => row.closes))('$title', async ({ request, answer }) => {
    const client = await model.connect();
    await client.send(request);
    expect((await client.untilEnd()).toString('latin1')).toBe(answer);
    expect(client.error).toBeUndefined();
  });

  test('30 requests over one connection are all answered', async () => {
    const targets = Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? '/' : i % 3 === 1 ? '/page.html' : '/missing'));
    const answers = targets.map((_, i) => (i % 3 === 0 ? ok(INDEX) : i % 3 === 1 ? ok(PAGE) : NOT_FOUND));
    const received = await conversation(
      ...targets.map((target, i) => [get(target), answers[i] as string] as [string, string]),
    );
    expect(received).toBe(answers.join(''));
  });

  test('two requests in one packet are both answered', async () => {
    const answers = NOT_FOUND + ok(PAGE);
    expect(await conversation([get('/missing') + get('/page.html'), answers])).toBe(answers);
  });

  test('a hundred requests at once, more than one recv reads, are answered in order', async () => {
    const targets = Array.from({ length: 100 }, (_, i) => (i % 7 === 0 ? '/missing' : '/page.html'));
    const answers = targets.map((target) => (target === '/missing' ? NOT_FOUND : ok(PAGE))).join('');
    expect(await conversation([targets.map((target) => get(target)).join(''), answers])).toBe(answers);
  });

  test('a request in two pieces is answered, wherever it is cut', async () => {
    const request = get('/page.html');
    const cuts = Array.from({ length: request.length - 1 }, (_, i) => i + 1);
    // The first piece comes with the request before it, whose answer shows that the server has read both.
    const pieces = cuts.map((cut, i) => request.slice(cuts[i - 1] ?? 0) + request.slice(0, cut));
    const steps = [...pieces, request.slice(cuts.at(-1))].map((piece) => [piece, ok(PAGE)] as [string, string]);
    expect(await conversation(...steps)).toBe(ok(PAGE).repeat(steps.length));
  });

  test('half a request before the end of the stream closes the connection', async () => {
    const client = await model.connect();
    await client.send(get('/page.html') + get('/page.html').slice(0, -2));
    client.shutWriting();
    expect((await client.untilEnd()).toString('latin1')).toBe(ok(PAGE));
  });
});
