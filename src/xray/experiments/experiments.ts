/** What the clients of each experiment do. Each ends by itself if the program answers; otherwise main.ts ends it. */
import type { ExperimentName } from '../records.js';
import { Client, type Stage } from './client.js';

export interface Director extends Stage {
  /** Resolves after a moment, so that a person can see the last act. */
  pace(): Promise<void>;
  /** Resolves when the program has nothing left to do and the X-ray has looked at it. */
  settle(): Promise<void>;
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
/** The shortest. */
const DRIPPED_REQUEST = 'GET / HTTP/1.0\r\n\r\n';

const SILENT_CLIENTS = 10;
/** On `threads` each is a JavaScript engine. */
const BURST_CLIENTS = 20;

/** Three times what the server's send buffer and the client's receive buffer hold for such a client (client.ts). */
const PIPELINED_BYTES = 768 * 1024;
const PIPELINED_MAX = 5_000;

export const EXPERIMENTS_BY_NAME: Readonly<Record<ExperimentName, (director: Director) => Promise<void>>> = {
  silent,
  drip,
  burst,
  'slow-reader': slowReader,
  reset,
  'half-close': halfClose,
  reused,
};

/** Ten clients connect and send nothing. */
async function silent(director: Director): Promise<void> {
  const clients: Client[] = [];
  for (let number = 1; number <= SILENT_CLIENTS; number++) {
    clients.push(await Client.connect(director, number));
    await director.pace();
  }
  await director.settle();
  for (const client of clients) client.close();
}

/** One client sends its request a byte at a time. */
async function drip(director: Director): Promise<void> {
  const client = await Client.connect(director, 1);
  for (const byte of DRIPPED_REQUEST) {
    await client.send(byte);
    await director.settle();
  }
  await client.receive(1);
  client.close();
}

/** Many clients at once, with a request each. */
async function burst(director: Director): Promise<void> {
  const numbers = Array.from({ length: BURST_CLIENTS }, (_, i) => i + 1);
  const clients = await Promise.all(numbers.map((number) => Client.connect(director, number)));
  await director.settle();
  await Promise.all(
    clients.map(async (client) => {
      await client.send(REQUEST);
      await client.receive(1);
      client.close(); // at once: a server that serves one client at a time waits for it
    }),
  );
}

/** A client asks for more than the server's send buffer holds and stops reading; later it reads all. */
async function slowReader(director: Director): Promise<void> {
  const client = await Client.connect(director, 1);
  const count = await pipeline(client);
  client.stopsReading();
  await director.settle();
  await director.pace();
  client.readsAgain();
  await client.receive(count);
  await director.settle();
  client.close();
}

/** A client resets its connection in the middle of a response. */
async function reset(director: Director): Promise<void> {
  const client = await Client.connect(director, 1);
  await pipeline(client);
  await director.settle();
  client.reset();
}

/** A client sends a request and ends its half of the connection; then it reads the response. */
async function halfClose(director: Director): Promise<void> {
  const client = await Client.connect(director, 1);
  await director.settle();
  await client.send(REQUEST);
  client.halfClose();
  await client.receiveAll();
  await director.settle();
  client.close();
}

/** A client closes, and the next one gets its descriptor number at the server. */
async function reused(director: Director): Promise<void> {
  for (const number of [1, 2]) {
    const client = await Client.connect(director, number);
    await client.send(REQUEST);
    await client.receive(1);
    await director.settle();
    client.close();
    await director.settle();
  }
}

/** Sends as many requests as fill the buffers between server and client. @returns  their number */
async function pipeline(client: Client): Promise<number> {
  await client.send(REQUEST);
  const responseBytes = await client.receive(1);
  const count = Math.min(Math.ceil(PIPELINED_BYTES / Math.max(1, responseBytes)), PIPELINED_MAX);
  await client.send(REQUEST.repeat(count));
  return count;
}
