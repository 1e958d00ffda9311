/**
 *     request-target = origin-form / absolute-form / authority-form / asterisk-form     RFC 9112 §3.2
 *     origin-form    = absolute-path [ "?" query ]
 *     absolute-form  = absolute-URI
 *     authority-form = uri-host ":" port
 *     asterisk-form  = "*"
 */
import { isAuthority } from './authority.js';
import type { Rejection } from './rejection.js';
import type { RequestHead } from './request-head.js';
import { equalsIgnoringCase, startsWith } from './tokens.js';

const ASTERISK = 0x2a;
const SLASH = 0x2f;
const COLON = 0x3a;
const QUESTION_MARK = 0x3f;

/** Writes the offsets of path, query and host of the target, bytes [target, end), into `head`. The method is known already. */
export function splitTarget(bytes: Uint8Array, target: number, end: number, head: RequestHead): Rejection | undefined {
  if (head.method === 'CONNECT') return isAuthority(bytes, target, end, true) ? NO_PROXY : BAD_CONNECT;
  const { start } = head;
  let path = target;
  head.targetHostStart = 0;
  head.targetHostEnd = 0;
  const isAsteriskForm = bytes[target] === ASTERISK && end === target + 1 && head.method === 'OPTIONS';
  if (!isAsteriskForm && bytes[target] !== SLASH) {
    const authority = authorityOfAbsoluteForm(bytes, target, end);
    if (authority < 0) return NO_PATH;
    path = authority;
    while (path < end && bytes[path] !== SLASH && bytes[path] !== QUESTION_MARK) path++;
    if (!isAuthority(bytes, authority, path)) return NO_PATH;
    head.targetHostStart = authority - start;
    head.targetHostEnd = path - start;
  }
  let pathEnd = path;
  while (pathEnd < end && bytes[pathEnd] !== QUESTION_MARK) pathEnd++;
  head.pathStart = path - start;
  head.pathEnd = pathEnd - start;
  head.queryStart = Math.min(end, pathEnd + 1) - start;
  head.queryEnd = end - start;
  return undefined;
}

/**
 * absolute-URI with a scheme of this server: http or https.
 * @returns  the start of the authority, or -1
 */
function authorityOfAbsoluteForm(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== COLON) at++;
  if (!equalsIgnoringCase(bytes, start, at, 'http') && !equalsIgnoringCase(bytes, start, at, 'https')) return -1;
  return startsWith(bytes, at, end, '://') ? at + 3 : -1;
}

const NO_PATH: Rejection = { status: 400, reason: 'request target is neither a path nor an http URI' };
const NO_PROXY: Rejection = { status: 501, reason: 'CONNECT is not implemented' };
const BAD_CONNECT: Rejection = { status: 400, reason: 'CONNECT without a host and a port' };
