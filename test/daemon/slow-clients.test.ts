/** Clients that do not read cost the process almost no memory. */
import { expect, test } from '@jest/globals';
import { ask, get, RawClient } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { anonymousKilobytes, cpuTicks, watchFor } from '../support/process-info.js';
import { CommandProcess } from './command.js';

const MEBIBYTE = 1024 * 1024;

test('a file of 50 MiB for ten clients that do not read takes no memory, delays no other client, and arrives', async () => {
  const content = Buffer.alloc(50 * MEBIBYTE, 'abcdefghijklm');
  using site = new SiteFolder({ large: content, 'index.html': 'small' });
  await using command = await CommandProcess.serve([site.root]);
  for (let i = 0; i < 200; i++) await ask(command.address, get('/')); // what Node takes for itself, it has taken then
  const before = anonymousKilobytes(command.pid);
  const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(command.address)));
  for (const client of clients) {
    client.pause();
    await client.send(get('/large'));
  }
  for (let i = 0; i < 50; i++) expect((await ask(command.address, get('/'))).body.toString()).toBe('small');
  expect(anonymousKilobytes(command.pid) - before).toBeLessThan(10 * 1024);

  const [first] = clients as [RawClient];
  first.resume();
  expect((await first.response()).body.equals(content)).toBe(true);
  expect(anonymousKilobytes(command.pid) - before).toBeLessThan(10 * 1024);
  await Promise.all(clients.map((client) => client.close()));
});

test('requests sent ahead by a client that does not read take no memory beyond the high-water mark, and no time', async () => {
  using site = new SiteFolder({ 'file.txt': Buffer.alloc(60_000, 'a') });
  await using command = await CommandProcess.serve([site.root]);
  for (let i = 0; i < 200; i++) await ask(command.address, get('/file.txt'));
  const before = anonymousKilobytes(command.pid);
  await using client = await RawClient.connect(command.address);
  client.pause();
  void client.send(get('/file.txt').repeat(20_000)); // 1.2 GB of answers
  for (let i = 0; i < 50; i++) await ask(command.address, get('/file.txt'));
  expect(anonymousKilobytes(command.pid) - before).toBeLessThan(20 * 1024);
  // Unread requests keep the socket readable: a server that waits for readability would spin. Only time shows it.
  const ticks = cpuTicks(command.pid);
  await watchFor(500);
  expect(cpuTicks(command.pid) - ticks).toBeLessThan(5);
  client.resume();
  await client.responses(500);
});
