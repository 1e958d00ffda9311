/**
 * A line of an access log, in Apache's formats or as JSON, or for a person at a terminal. Text from clients is escaped: no
 * request can end a line, begin another, or reach a terminal.
 */

import type { SocketAddress } from '../../linux/socket-address.js';
import type { RequestTls } from '../../server/connection-security.js';
import type { Exchange } from '../../server/exchange.js';
import type { HttpRequest } from '../../server/http-request.js';
import type { HttpResponse } from '../../server/http-response.js';
import type { LineFormat } from '../config/value-shapes.js';

/** nginx's status for a client that left before the response. */
const CLIENT_GONE = 499;

/** @param nowMs  when the exchange ended */
export type LineWriter = (exchange: Exchange, nowMs: number) => string;

export const LINE_WRITERS: Readonly<Record<LineFormat, LineWriter>> = { common, combined, json, terminal };

/** `%h - - %t "%r" %>s %b` of Apache's mod_log_config. */
function common(exchange: Exchange, nowMs: number): string {
  return `${commonPart(exchange, nowMs)}\n`;
}

/** The same, and `"%{Referer}i" "%{User-agent}i"`. */
function combined(exchange: Exchange, nowMs: number): string {
  const { request } = exchange;
  const referer = escaped(request?.header('referer'));
  return `${commonPart(exchange, nowMs)} "${referer}" "${escaped(request?.header('user-agent'))}"\n`;
}

function commonPart({ clientAddress, request, response, durationMs }: Exchange, nowMs: number): string {
  const time = timeOf(nowMs - durationMs);
  const line = escaped(request?.requestLine);
  return `${hostOf(clientAddress) ?? '-'} - - [${time}] "${line}" ${statusOf(response)} ${response.bodyBytes || '-'}`;
}

function json({ clientAddress, request, response, durationMs }: Exchange, nowMs: number): string {
  const line = JSON.stringify({
    time: new Date(nowMs - durationMs).toISOString(),
    client: hostOf(clientAddress),
    ...(request !== undefined && requestFields(request)),
    ...(request?.tls !== undefined && tlsFields(request.tls)),
    status: statusOf(response),
    bytes: response.bodyBytes,
    durationMs: Math.round(durationMs * 1000) / 1000,
  });
  // JSON does not escape these; to a terminal, 0x9b begins an escape sequence.
  return `${line.replace(/[\x7f-\x9f]/g, (character) => `\\u00${hex(character)}`)}\n`;
}

/** `14:03:07  200    1.2 ms  GET /page?q=1`, in the time of the user. */
function terminal({ request, response, durationMs }: Exchange, nowMs: number): string {
  const time = new Date(nowMs).toTimeString().slice(0, 8);
  const duration = `${durationMs.toFixed(1)} ms`.padStart(9);
  const target =
    request === undefined ? '' : `${request.method} ${request.path}${request.query && `?${request.query}`}`;
  return `${time}  ${statusOf(response)}  ${duration}  ${escaped(target || undefined)}\n`;
}

function requestFields(request: HttpRequest): Readonly<Record<string, string | undefined>> {
  const { method, authority, path, query, minorVersion } = request;
  return {
    method,
    host: authority,
    path,
    query: query || undefined,
    version: `HTTP/1.${minorVersion}`,
    referer: request.header('referer'),
    userAgent: request.header('user-agent'),
  };
}

function tlsFields({ protocol, cipher, isResumed, serverName }: RequestTls): Readonly<Record<string, unknown>> {
  return { tlsProtocol: protocol, tlsCipher: cipher, tlsResumed: isResumed, tlsServerName: serverName };
}

function hostOf(address: SocketAddress | undefined): string | undefined {
  return address !== undefined && 'path' in address ? 'unix:' : address?.address;
}

function statusOf(response: HttpResponse): number {
  return response.status || CLIENT_GONE;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** As ap_escape_logitem() of Apache's server/util.c does it; a character is a byte. */
function escaped(text: string | undefined): string {
  if (text === undefined) return '-';
  if (!/["\\]|[^ -~]/.test(text)) return text;
  return text.replace(/["\\]|[^ -~]/g, (character) => ESCAPES[character] ?? `\\x${hex(character)}`);
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

let lastSecond = Number.NaN;
let lastTime = '';

/** `25/Nov/2026:10:46:16 +0000`: in UTC, which needs no file of time zones, and has each hour once a day. */
function timeOf(atMs: number): string {
  const second = Math.floor(atMs / 1000);
  if (second !== lastSecond) {
    const iso = new Date(atMs).toISOString();
    lastTime = `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
    lastSecond = second;
  }
  return lastTime;
}
