/**
 * Idle connections cost no CPU. The one promise that needs time to pass: that nothing happens shows only by watching.
 */
import { expect, test } from '@jest/globals';
import { LOG_FLUSH_MS } from '../../src/daemon/logs/log-writer.js';
import { get, RawClient } from '../client/raw-client.js';
import { cpuTicks, sleeps, watchFor } from '../support/process-info.js';
import { Folder } from '../support/sockets.js';
import { CommandProcess } from './command.js';

const CONNECTIONS = 100;
const WINDOW_MS = 2_000;

test('a hundred idle connections do not wake the server in two seconds', async () => {
  await using command = await CommandProcess.serve();
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => RawClient.connect(command.address)));
  for (const client of clients.slice(CONNECTIONS / 2)) {
    await client.send(get('/ping.txt'));
    await client.response();
  }
  // V8 tidies up after the start: the window begins when that has come to rest.
  await watchFor(WINDOW_MS / 4);
  const before = { ticks: cpuTicks(command.pid), sleeps: sleeps(command.pid) };
  await watchFor(WINDOW_MS);
  expect({ ticks: cpuTicks(command.pid), sleeps: sleeps(command.pid) }).toEqual(before);
  await Promise.all(clients.map((client) => client.close()));
});

test('an idle connection does not wake a server with an access log and metrics', async () => {
  using folder = new Folder();
  const args = ['--access-log', `${folder.path}/access.log`, '--admin', `unix:${folder.path}/admin.sock`];
  await using command = await CommandProcess.serve(args);
  await using client = await RawClient.connect(command.address);
  await using admin = await RawClient.connect({ path: `${folder.path}/admin.sock` });
  await client.send(get('/ping.txt'));
  await client.response();
  await admin.send(get('/metrics'));
  await admin.response();
  await watchFor(LOG_FLUSH_MS + WINDOW_MS / 4);
  const before = { ticks: cpuTicks(command.pid), sleeps: sleeps(command.pid) };
  await watchFor(WINDOW_MS);
  expect({ ticks: cpuTicks(command.pid), sleeps: sleeps(command.pid) }).toEqual(before);
});
