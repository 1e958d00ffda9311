/** What each example of a framework is asked. A question returns what the page says of its answer. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { ExampleProcess } from './example-process.js';

export interface Question {
  readonly title: string;
  ask(url: string, example: ExampleProcess): Promise<string>;
}

const UPLOAD_BYTES = 20_000_000;

export const QUESTIONS: readonly Question[] = [
  {
    title: 'parameters of a path',
    ask: async (url) => said(await fetch(`${url}users/ada`), 200, '{"name":"ada"}'),
  },
  {
    title: 'JSON',
    ask: async (url) => said(await fetch(`${url}echo`, json({ a: [1, 'é'] })), 200, '{"a":[1,"é"]}'),
  },
  { title: 'streams', ask: twoEvents },
  { title: 'no route', ask: async (url) => statusOf(await fetch(`${url}none`)) },
  { title: 'a thrown error', ask: async (url) => statusOf(await fetch(`${url}broken`)) },
  { title: `${UPLOAD_BYTES / 1e6} MB upload`, ask: upload },
  { title: 'the client goes', ask: goesAway },
];

async function said(response: Response, status: number, text: string): Promise<string> {
  const answer = await response.text();
  return response.status === status && answer === text ? 'yes' : `${response.status} ${answer}`;
}

async function statusOf(response: Response): Promise<string> {
  await response.arrayBuffer();
  return `${response.status}`;
}

function json(value: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
}

/** The second event comes later than the first: the response is not gathered. */
async function twoEvents(url: string): Promise<string> {
  const leaving = new AbortController();
  const response = await fetch(`${url}events`, { signal: leaving.signal });
  let text = '';
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    if ([...text.matchAll(/^data: .*\n/gm)].length >= 2) break;
  }
  leaving.abort();
  return response.headers.get('content-type')?.startsWith('text/event-stream') === true ? 'yes' : 'no';
}

async function upload(url: string): Promise<string> {
  const headers = { 'content-type': 'application/octet-stream' };
  const body = new Uint8Array(UPLOAD_BYTES);
  return said(await fetch(`${url}upload`, { method: 'POST', body, headers }), 200, `${UPLOAD_BYTES} bytes`);
}

/** The example prints a line when its events end, and answers the next client. */
async function goesAway(url: string, example: ExampleProcess): Promise<string> {
  const before = example.lines.length;
  const leaving = request(`${url}events`).end();
  const [response] = await once(leaving, 'response');
  await once(response, 'data');
  leaving.destroy();
  response.on('error', () => {});
  await example.line(/^a client of .events has gone$/, before);
  return said(await fetch(url), 200, 'hello');
}
