/** A model can be restarted at once, although the kernel keeps its last connections for a minute (TIME_WAIT). */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { get } from '../client/raw-client.js';
import { until } from '../support/process-info.js';
import { ok } from './answers.js';
import { endModels, ModelProcess } from './model-process.js';
import { MODELS_HERE } from './models-here.js';
import { PAGE, Site } from './site.js';

const site = new Site();
afterEach(endModels);
afterAll(() => site[Symbol.dispose]());

const TIME_WAIT = '06';

function isInTimeWait(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'latin1').split('\n');
  return lines.map((line) => line.trim().split(/\s+/)).some((fields) => fields[1] === local && fields[3] === TIME_WAIT);
}

test.each(MODELS_HERE)('%s starts again while a connection of its port is in TIME_WAIT', async (name) => {
  let port: number;
  {
    await using first = await ModelProcess.start(name, site.folder);
    port = first.port;
    const client = await first.connect();
    await client.send(get('/page.html', 'Connection: close\r\n'));
    await client.untilEnd(); // the server closes first: TIME_WAIT is on its side
    await client.close();
    await until('the connection is in TIME_WAIT', () => isInTimeWait(port));
  }
  expect(isInTimeWait(port)).toBe(true);
  await using second = await ModelProcess.start(name, site.folder, '--port', `${port}`);
  const client = await second.connect();
  await client.send(get('/page.html', 'Connection: close\r\n'));
  expect((await client.untilEnd()).toString('latin1')).toBe(ok(PAGE));
});
