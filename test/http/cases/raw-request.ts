/**
 * The form of a row of the table: bytes that a client sends, and the expected answers of the server.
 *
 * If the RFC leaves a choice, the row has the choice of this server, which is the stricter one: proxies read lenient forms
 * differently. `section` is one of RFC 9112, unless it names another document.
 */

/**
 * A 200 whose body is this text, the request as the runner's handler has understood it: `METHOD PATH?QUERY [BODY]`. Or a
 * status alone, with any body; for HEAD with a Content-Length and no body.
 */
export type Answer = string | number | { readonly toHead: number };

/** The parser's result for the first head, if the answer does not show it. */
export interface HeadFields {
  readonly path?: string;
  readonly minorVersion?: 0 | 1;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly bodyLength?: number;
}

export interface RawRequest {
  readonly promise: string;
  readonly section: string;
  /** A byte a character; every line end is written out: it is what most of these rows are about. Complete in itself. */
  readonly raw: string;
  /** The answers in order. A 100 comes only if no byte of the body has come with the head. */
  readonly answers: readonly Answer[];
  /** The server closes after its last answer, and does not answer later bytes. */
  readonly closes: boolean;
  /** Undefined if the first head is refused. */
  readonly head: HeadFields | undefined;
}

/** By their promises: what is sent, what comes back, and what else the head says. */
type Rows = Readonly<Record<string, readonly [raw: string, answers: Answer | readonly Answer[], head?: HeadFields]>>;

function answered(section: string, rows: Rows, closes: boolean): RawRequest[] {
  return Object.entries(rows).map(([promise, [raw, answers, head = {}]]) => {
    return { promise, section, raw, answers: isList(answers) ? answers : [answers], closes, head };
  });
}

function isList(answers: Answer | readonly Answer[]): answers is readonly Answer[] {
  return Array.isArray(answers);
}

/** Answered, and the connection waits for the next request. */
export function goesOn(section: string, rows: Rows): RawRequest[] {
  return answered(section, rows, false);
}

/** Answered, with `Connection: close`. */
export function closes(section: string, rows: Rows): RawRequest[] {
  return answered(section, rows, true);
}

/** Refused for the first head, and the connection closes. */
export function refuses(status: number, section: string, rows: Readonly<Record<string, string>>): RawRequest[] {
  return Object.entries(rows).map(([promise, raw]) => {
    return { promise, section, raw, answers: [status], closes: true, head: undefined };
  });
}

/** The first head can stand, but not its body; and the connection closes. */
export function refusesBody(status: number, section: string, rows: Readonly<Record<string, string>>): RawRequest[] {
  return Object.entries(rows).map(([promise, raw]) => {
    return { promise, section, raw, answers: [status], closes: true, head: {} };
  });
}

export const HOST = 'Host: h\r\n';
export const GET = 'GET / HTTP/1.1\r\n';

/** A request without a body, with these header lines beside Host. */
export function withLines(lines: string, method = 'GET'): string {
  return `${method} / HTTP/1.1\r\n${HOST}${lines}\r\n`;
}

export function withTarget(target: string, method = 'GET'): string {
  return `${method} ${target} HTTP/1.1\r\n${HOST}\r\n`;
}

/** A POST with these header lines beside Host, and what follows them. */
export function post(lines: string, body: string): string {
  return `${withLines(lines, 'POST')}${body}`;
}

/** A POST in chunks: the body as it is on the wire, with its last chunk and all line ends. */
export function chunked(body: string): string {
  return post('Transfer-Encoding: chunked\r\n', body);
}

/** Text that no server may read as a request if it is a part of another one. */
export const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
