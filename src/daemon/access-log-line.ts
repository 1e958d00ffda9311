/**
 * A line of an access log, as Apache's formats have it or as JSON. What a client has sent is escaped: no request can end a line,
 * begin another one, or reach a terminal.
 */
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import type { SocketAddress } from '../socket-address.js';
import type { AccessLogFormat } from './config.js';

/** What nginx logs where the client has gone before it was answered. */
const CLIENT_GONE = 499;

export type LineWriter = (
  response: HttpResponse,
  request: HttpRequest | undefined,
  durationMs: number,
  nowMs: number,
) => string;

export const LINE_WRITERS: Readonly<Record<AccessLogFormat, LineWriter>> = { common, combined, json };

/** `%h - - [%t] "%r" %>s %b` of Apache's mod_log_config. */
function common(response: HttpResponse, request: HttpRequest | undefined, _durationMs: number, nowMs: number): string {
  const { bodyBytes } = response;
  const status = response.status || CLIENT_GONE;
  return `${clientOf(request)} - - [${timeOf(nowMs)}] "${requestLine(request)}" ${status} ${bodyBytes}\n`;
}

/** The same, and `"%{Referer}i" "%{User-agent}i"`. */
function combined(response: HttpResponse, request: HttpRequest | undefined, durationMs: number, nowMs: number): string {
  const line = common(response, request, durationMs, nowMs).slice(0, -1);
  return `${line} "${headerOf(request, 'referer')}" "${headerOf(request, 'user-agent')}"\n`;
}

function json(response: HttpResponse, request: HttpRequest | undefined, durationMs: number, nowMs: number): string {
  const line = JSON.stringify({
    time: new Date(nowMs).toISOString(),
    client: clientOf(request),
    method: request?.method,
    host: request?.authority,
    path: request?.path,
    query: request?.query || undefined,
    version: request === undefined ? undefined : `HTTP/1.${request.minorVersion}`,
    status: response.status || CLIENT_GONE,
    bytes: response.bodyBytes,
    durationMs: Math.round(durationMs * 1000) / 1000,
    referer: request?.header('referer'),
    userAgent: request?.header('user-agent'),
  });
  // JSON lets these stand: to a terminal, 0x9b begins an escape sequence.
  return `${line.replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)}\n`;
}

function clientOf(request: HttpRequest | undefined): string {
  const address = request?.clientAddress;
  return address === undefined ? '-' : hostOf(address);
}

function hostOf(address: SocketAddress): string {
  return 'path' in address ? 'unix:' : address.address;
}

function requestLine(request: HttpRequest | undefined): string {
  if (request === undefined) return '-';
  const { method, path, query, minorVersion } = request;
  return escaped(`${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.${minorVersion}`);
}

function headerOf(request: HttpRequest | undefined, name: string): string {
  const value = request?.header(name);
  return value === undefined ? '-' : escaped(value);
}

/** A byte a character; as nginx and Apache do it: `\x22`. */
function escaped(text: string): string {
  return /["\\]|[^ -~]/.test(text)
    ? text.replace(
        /["\\]|[^ -~]/g,
        (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
      )
    : text;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

let lastSecond = Number.NaN;
let lastTime = '';

/** `25/Nov/2026:10:46:16 +0000`: in UTC, which needs no file of time zones, and has each hour once a day. */
function timeOf(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== lastSecond) {
    const iso = new Date(nowMs).toISOString();
    lastTime = `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
    lastSecond = second;
  }
  return lastTime;
}
