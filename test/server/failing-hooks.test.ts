/** Hooks and default headers of a program that fail: the process goes on, and the client is answered. */
import { expect, jest, test } from '@jest/globals';
import { HttpServer } from '../../src/server/http-server.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { until } from './limited-server.js';
import { TestServer } from './test-server.js';

test.each([
  ['at once', false],
  ['later', true],
])('a handler that fails %s under invalid default headers is answered 500', async (_, isLater) => {
  await using target = new TestServer((_request, response) => {
    response.defaultHeaders = { 'X-Who': 'caf\u0107' };
    if (isLater) return Promise.reject(new Error('late'));
    throw new Error('at once');
  });
  expect((await ask(target.address, get('/'))).status).toBe(500);
  expect(target.errors.length).toBeGreaterThan(0);
});

test('an onGone that throws is reported to onHandlerError, and close() closes the other connections', async () => {
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

test('an async onGone, onResponse or onHandlerError that rejects does not end the process', async () => {
  const stderr = jest.spyOn(console, 'error').mockImplementation(() => {});
  const fail = (what: string) => async (): Promise<void> => {
    await null;
    throw new Error(what);
  };
  let calls = 0;
  const errors: unknown[] = [];
  const onHandlerError = async (error: unknown): Promise<void> => {
    errors.push(error);
    await fail('onHandlerError')();
  };
  const server = new HttpServer(
    (_request, response) => {
      calls++;
      response.onGone = fail('onGone');
    },
    { onHandlerError, onResponse: fail('onResponse') },
  );
  const client = await RawClient.connect(server.listen({ address: '127.0.0.1', port: 0 }));
  await client.send(get('/'));
  await until(() => calls === 1, 'the handler is called');
  client.reset();
  await until(() => stderr.mock.calls.length === 2, 'what onHandlerError rejects with is printed');
  expect(errors).toEqual([new Error('onGone'), new Error('onResponse')]);
  expect(stderr).toHaveBeenLastCalledWith('epoll-reactor: onHandlerError failed:', new Error('onHandlerError'));
  stderr.mockRestore();
  await server.close();
});
