/** All cases of npm run bench, in the order of the report. */
import { EPOLL_CASES } from './epoll.mjs';
import { FILE_CASES } from './files.mjs';
import { HELLO_CASES } from './hello.mjs';
import { HTTPS_CASES } from './https.mjs';
import { idle } from './idle.mjs';
import { start } from './start.mjs';

/** @type {readonly import('../types.js').Case[]} */
export const CASES = [...FILE_CASES, ...HELLO_CASES, ...HTTPS_CASES, idle, start, ...EPOLL_CASES];
