/** All raw requests, by what they are about. */
import { CHUNKS } from './chunks.js';
import { CONNECTIONS } from './connection.js';
import { CONTENT_LENGTHS } from './content-length.js';
import { EXPECTATIONS } from './expect.js';
import { FIELD_LINES } from './field-lines.js';
import { HOSTS } from './host.js';
import { LIMITS } from './limits.js';
import type { RawRequest } from './raw-request.js';
import { REQUEST_LINES } from './request-line.js';
import { SMUGGLING } from './smuggling.js';
import { TARGETS } from './targets.js';
import { TRAILERS } from './trailers.js';
import { TRANSFER_ENCODINGS } from './transfer-encoding.js';
import { VERSIONS } from './versions.js';

export type { Answer, RawRequest } from './raw-request.js';

export const THEMES: Readonly<Record<string, readonly RawRequest[]>> = {
  'request line': REQUEST_LINES,
  version: VERSIONS,
  target: TARGETS,
  header: FIELD_LINES,
  Host: HOSTS,
  'Content-Length': CONTENT_LENGTHS,
  'Transfer-Encoding': TRANSFER_ENCODINGS,
  chunk: CHUNKS,
  trailer: TRAILERS,
  Expect: EXPECTATIONS,
  connection: CONNECTIONS,
  limit: LIMITS,
  smuggling: SMUGGLING,
};

export const RAW_REQUESTS: readonly RawRequest[] = Object.values(THEMES).flat();
