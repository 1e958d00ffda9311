/** All cases of npm run bench, in the order of the report. */
import { epoll, epollRing } from './epoll.mjs';
import * as files from './files.mjs';
import { hello, hono } from './hello.mjs';
import { idle } from './idle.mjs';
import { start } from './start.mjs';

/** @type {readonly import('../types.js').Case[]} */
export const CASES = [
  files.hotFile,
  files.pipelined,
  files.file100k,
  files.file10m,
  files.manyFiles,
  files.notModified,
  files.range,
  files.newConnections,
  files.browser,
  hello,
  hono,
  idle,
  start,
  epoll,
  epollRing,
];
