/** What pages ask of programs, and programs that pages start. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { LEFT_ALONE_MS, SESSIONS_MAX } from '../../../src/xray/sessions.js';
import { FakeProgram } from './fake-program.js';
import { TestXray } from './test-xray.js';

let xray: TestXray;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  xray = new TestXray();
});
afterEach(async () => {
  await xray[Symbol.asyncDispose]();
  jest.useRealTimers();
});

const json = ({ body }: { readonly body: Buffer }): unknown => JSON.parse(body.toString());

describe('POST /control', () => {
  test.each([
    [{ do: 'pause' }, 'pause'],
    [{ do: 'resume' }, 'resume'],
    [{ do: 'step' }, 'step'],
    [{ do: 'speed', value: 2.5 }, 'speed 2.5'],
    [{ do: 'speed', value: null }, 'speed undefined'],
    [{ do: 'experiment', value: 'drip' }, 'experiment drip'],
  ])('%j reaches the program as %j', async (control, asked) => {
    expect((await xray.post('/control', { session: '1', ...control })).status).toBe(204);
    expect(xray.main.asked).toEqual([asked]);
  });

  test.each([
    ['no JSON', 'step', 400],
    ['no object', '[]', 400],
    ['an unknown action', { session: '1', do: 'jump' }, 400],
    ['an action without a session', { do: 'step' }, 400],
    ['a session that does not exist', { session: '9', do: 'step' }, 404],
    ['a value that the action does not have', { session: '1', do: 'step', value: 1 }, 400],
    ['no speed', { session: '1', do: 'speed' }, 400],
    ['a speed of 0', { session: '1', do: 'speed', value: 0 }, 400],
    ['a speed that no timer can hold', { session: '1', do: 'speed', value: 1e-300 }, 400],
    ['a speed that is no slow motion', { session: '1', do: 'speed', value: 1e6 }, 400],
    ['an unknown experiment', { session: '1', do: 'experiment', value: 'fire' }, 400],
    ['a body of more than 4 KiB', { session: 'x'.repeat(5_000), do: 'step' }, 413],
    ['the end of the program that the command has started', { session: '1', do: 'close' }, 409],
  ])('with %s is refused, and reaches no program', async (_, body, status) => {
    expect((await xray.post('/control', body)).status).toBe(status);
    expect(xray.main.asked).toEqual([]);
    expect(xray.errors).toEqual([]);
  });

  test('a second experiment waits for the end of the first', async () => {
    const drip = { session: '1', do: 'experiment', value: 'drip' };
    expect((await xray.post('/control', drip)).status).toBe(204);
    expect((await xray.post('/control', drip)).status).toBe(409);
    xray.main.experiment.resolve();
    await new Promise(setImmediate);
    expect((await xray.post('/control', drip)).status).toBe(204);
  });

  test('an experiment is refused if the program listens on Unix sockets only', async () => {
    const program = new FakeProgram('server', 0);
    await using other = new TestXray(program);
    expect((await other.post('/control', { session: '1', do: 'experiment', value: 'drip' })).status).toBe(409);
    expect(program.asked).toEqual([]);
  });

  test('an experiment that fails is reported to the command, and another can begin', async () => {
    const burst = { session: '1', do: 'experiment', value: 'burst' };
    await xray.post('/control', burst);
    const failure = new Error('the clients have ended');
    xray.main.experiment.reject(failure);
    await new Promise(setImmediate);
    expect(xray.errors).toEqual([failure]);
    expect((await xray.post('/control', burst)).status).toBe(204);
  });
});

describe('sessions', () => {
  test('are listed with the header and the speed of their program, the command’s own first', async () => {
    xray.main.setSpeed(2);
    await xray.post('/sessions', { model: 'poll' });
    const listed = json(await xray.get('/sessions'));
    expect(listed).toEqual([
      { session: '1', port: 8080, speed: 2, header: xray.main.header },
      { session: '2', port: 8080, speed: null, header: xray.started[0]?.header },
    ]);
  });

  test('of models are started and closed by a page', async () => {
    const opened = await xray.post('/sessions', { model: 'poll' });
    expect(json(opened)).toMatchObject({ session: '2', port: 8080, header: { model: 'poll' } });
    const page = await xray.watch('2');
    expect((await xray.post('/control', { session: '2', do: 'close' })).status).toBe(204);
    await page.ended();
    expect(xray.started[0]?.asked).toEqual(['close']);
    expect((await xray.get('/events?session=2')).status).toBe(404);
  });

  test.each([
    [{ model: 'no-model' }, 404],
    [{}, 400],
    ['', 400],
    [{ model: 'epoll', port: 1 }, 400],
  ])('with %j are not started', async (body, status) => {
    expect((await xray.post('/sessions', body)).status).toBe(status);
    expect(xray.started).toEqual([]);
  });

  test(`are at most ${SESSIONS_MAX}, also while they start`, async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => xray.post('/sessions', { model: 'epoll' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 409, 409]);
    await xray.post('/control', { session: '2', do: 'close' });
    expect((await xray.post('/sessions', { model: 'epoll' })).status).toBe(200);
  });

  test('that a page has started end when no page watches them', async () => {
    await xray.post('/sessions', { model: 'epoll' });
    const page = await xray.watch('2');
    jest.advanceTimersByTime(10 * LEFT_ALONE_MS);
    expect(xray.started[0]?.asked).toEqual([]);
    page.leave();
    await untilUnwatched(xray, 0);
    jest.advanceTimersByTime(LEFT_ALONE_MS - 1);
    expect(xray.started[0]?.asked).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(xray.started[0]?.asked).toEqual(['close']);
    expect((await xray.get('/events?session=2')).status).toBe(404);
  });

  test('end, too, if no page ever watches them', async () => {
    await xray.post('/sessions', { model: 'epoll' });
    jest.advanceTimersByTime(LEFT_ALONE_MS);
    expect(xray.started[0]?.asked).toEqual(['close']);
  });

  test('a page that is loaded again finds its session as it was', async () => {
    await xray.post('/sessions', { model: 'epoll' });
    (await xray.watch('2')).leave();
    await untilUnwatched(xray, 0);
    jest.advanceTimersByTime(LEFT_ALONE_MS - 1);
    const page = await xray.watch('2');
    jest.advanceTimersByTime(10 * LEFT_ALONE_MS);
    expect(xray.started[0]?.asked).toEqual([]);
    expect(page.isEnded).toBe(false);
  });

  test('the command’s own program runs on when the last page has left: its clients wait', async () => {
    const pages = [await xray.watch(), await xray.watch()];
    await xray.post('/control', { session: '1', do: 'pause' });
    for (const [i, page] of pages.entries()) {
      jest.advanceTimersByTime(10 * LEFT_ALONE_MS);
      expect(xray.main.asked).toEqual(['pause']);
      page.leave();
      await untilUnwatched(xray, undefined, 1 - i);
    }
    jest.advanceTimersByTime(LEFT_ALONE_MS);
    expect(xray.main.asked).toEqual(['pause', 'speed undefined', 'resume']);
  });
});

test('GET /models lists the models and what each teaches', async () => {
  expect(json(await xray.get('/models'))).toEqual([
    { name: 'epoll', teaches: 'the interest set', teachesZh: '兴趣集合' },
  ]);
});

test('the end of the server ends all programs and streams', async () => {
  await xray.post('/sessions', { model: 'poll' });
  const pages = [await xray.watch('1'), await xray.watch('2')];
  await xray.server.close();
  for (const page of pages) await page.ended();
  expect(xray.main.asked).toEqual(['close']);
  expect(xray.started[0]?.asked).toEqual(['close']);
});

/** Waits until so few pages watch a program. @param started  its index; undefined: the command's own */
async function untilUnwatched(xray: TestXray, started: number | undefined, count = 0): Promise<void> {
  const program = started === undefined ? xray.main : xray.started[started];
  while ((program?.subscribers.size ?? 0) > count) await new Promise(setImmediate);
}
