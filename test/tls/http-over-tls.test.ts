/** The suites of the server that need no socket of their own, over TLS. The raw requests run over both in raw-requests.test.ts. */
import { speakTls } from '../client/transport.js';

speakTls();
await import('../server/keep-alive.test.js');
await import('../server/pipelining.test.js');
await import('../server/expect-continue.test.js');
await import('../server/request-body.test.js');
await import('../server/unread-body.test.js');
await import('../server/streaming.test.js');
await import('../server/backpressure.test.js');
await import('../server/client-gone.test.js');
await import('../server/ends-of-an-exchange.test.js');
