/** The scheduler of the model coroutines. */
import { expect, test } from '@jest/globals';
import { Scheduler } from '../../src/models/coroutines.js';

test('a coroutine that awaits something else than ready() ends run() with an error that says so', async () => {
  const gevent = new Scheduler();
  gevent.spawn(() => new Promise((resolve) => setTimeout(resolve, 1)));
  await expect(gevent.run()).rejects.toThrow('a coroutine awaits something that is not ready()');
});

test('a coroutine that fails ends run() with its error', async () => {
  const gevent = new Scheduler();
  gevent.spawn(async () => {
    await null;
    throw new Error('of the coroutine');
  });
  await expect(gevent.run()).rejects.toThrow('of the coroutine');
});
