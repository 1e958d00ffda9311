/** The tables of an exchange, over TLS: an end is close_notify and then the end of the stream. */
import { speakTls } from '../client/transport.js';

speakTls();
await import('../server/exchange-states.test.js');
