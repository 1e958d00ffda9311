/** What handlers leave behind that fails later: the process goes on, and the client is answered where there is still one. */
import { expect, test } from '@jest/globals';
import { ask, get, RawClient } from '../client/raw-client.js';
import { TestServer } from './test-server.js';

test.each([
  ['at once', false],
  ['later', true],
])('default headers that are none, and a handler that fails %s: a 500', async (_, isLater) => {
  await using target = new TestServer((_request, response) => {
    response.defaultHeaders = { 'X-Who': 'caf\u0107' };
    if (isLater) return Promise.reject(new Error('late'));
    throw new Error('at once');
  });
  expect((await ask(target.address, get('/'))).status).toBe(500);
  expect(target.errors.length).toBeGreaterThan(0);
});

test('onGone that throws is told to onHandlerError, and closing goes on', async () => {
  await using target = new TestServer((_request, response) => {
    response.onGone = () => {
      throw new Error('onGone');
    };
  });
  const clients = await Promise.all([1, 2, 3].map(() => RawClient.connect(target.address)));
  for (const client of clients) await client.send(get('/'));
  target.turns();
  expect(target.server.connectionCount).toBe(3);
  await target.server.close();
  expect(target.server.connectionCount).toBe(0);
  expect(target.errors).toEqual([new Error('onGone'), new Error('onGone'), new Error('onGone')]);
  expect(target.server.counters.aborted).toBe(3);
  await Promise.all(clients.map((client) => client.close()));
});
