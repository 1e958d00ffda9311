/** The examples that serve the web's kind of handler, run as their page says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from '@jest/globals';

const ROOT = new URL('../..', import.meta.url).pathname;

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill('SIGKILL');
});

/** @returns  its URL, once it listens */
async function start(name: string): Promise<string> {
  child = spawn(process.execPath, [join(ROOT, 'examples', name)], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  return url as string;
}

async function answer(url: string, init?: RequestInit): Promise<string> {
  const response = await fetch(url, init);
  return `${response.status} ${await response.text()}`;
}

function json(value: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
}

/** The data of the first two events. */
async function twoEvents(url: string): Promise<string[]> {
  const leaving = new AbortController();
  const response = await fetch(url, { signal: leaving.signal });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const data: string[] = [];
  let text = '';
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    data.push(...[...text.matchAll(/data: (.*)\n/g)].map(([, line]) => line as string).slice(data.length));
    if (data.length >= 2) break;
  }
  leaving.abort();
  return data;
}

describe('the example', () => {
  test('of web handlers answers, fast or not, and streams events', async () => {
    const url = await start('web.mjs');
    expect(await answer(url)).toBe('200 hello, world\n');
    expect(await answer(`${url}fast?name=Ada`)).toBe('200 hello, Ada\n');
    expect(await answer(`${url}sum`, json([1, 2, 3]))).toBe('200 {"sum":6}');
    expect(await answer(`${url}sum`, { method: 'POST', body: '[1,' })).toBe('400 not JSON\n');
    expect(await answer(`${url}nothing`)).toBe('404 nothing at /nothing\n');
    expect(await twoEvents(`${url}events`)).toHaveLength(2);
  });

  test('of web handlers ends at Ctrl-C', async () => {
    await start('web.mjs');
    child?.kill('SIGINT');
    expect(await once(child as ChildProcess, 'exit')).toEqual([0, null]);
  });
});
