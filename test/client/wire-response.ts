/** Parses a response from the wire strictly: anything that this server would not send throws. */
import { isBodyless } from '../../src/http/response/status.js';

export interface WireResponse {
  readonly status: number;
  /** The head with the empty line that ends it. */
  readonly head: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Bytes of head and body. */
  readonly length: number;
}

/** The response at the front of `bytes`; undefined while it is not complete. */
export function takeResponse(bytes: Buffer, toHead: boolean): WireResponse | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd + 4);
  const [statusLine = '', ...lines] = head.slice(0, -4).split('\r\n');
  const match = /^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(statusLine);
  if (match === null) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const header = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): (.*)$/.exec(line);
    if (header === null) throw new Error(`not a header: ${JSON.stringify(line)}`);
    const name = (header[1] as string).toLowerCase();
    if (headers.has(name)) throw new Error(`a second ${name}`);
    headers.set(name, header[2] as string);
  }
  const status = Number(match[1]);
  const bodyLength = toHead || isBodyless(status) ? 0 : Number(headers.get('content-length'));
  if (!Number.isInteger(bodyLength)) throw new Error(`no Content-Length: ${JSON.stringify(head)}`);
  const length = headEnd + 4 + bodyLength;
  if (bytes.length < length) return undefined;
  return { status, head, headers, body: bytes.subarray(headEnd + 4, length), length };
}
