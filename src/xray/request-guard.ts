/**
 * Which requests the X-ray answers. It shows what a program receives and can stop it, so other programs must not reach it: a web page
 * that the same browser shows, and a user of the same machine.
 *
 *   Host    a page whose name resolves to 127.0.0.1 (DNS rebinding) sends that name
 *   Origin  a page of another site sends its own origin
 *   token   neither of them knows it, nor does another user of this machine. In a header, a page of another site cannot send it at all
 *   ticket  opens the page once. Other users see the command line of a browser (ps), so the token must not be in it
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { HttpError } from '../http/http-error.js';
import type { HttpRequest } from '../server/http-request.js';

const SECRET_BYTES = 24;

const HOSTNAMES = ['127.0.0.1', '[::1]', 'localhost'];

export class RequestGuard {
  readonly token = newSecret();
  #ticket: string | undefined;
  readonly #hosts: ReadonlySet<string>;

  /** @param port  where the X-ray listens */
  constructor(port: number) {
    const hosts = HOSTNAMES.map((name) => `${name}:${port}`);
    this.#hosts = new Set(port === 80 ? [...hosts, ...HOSTNAMES] : hosts); // a browser omits the default port
  }

  /** @throws  HttpError 403 */
  checkSource(request: HttpRequest): void {
    const { authority } = request;
    const origin = request.header('origin');
    if (!this.#hosts.has(authority.toLowerCase())) throw new HttpError(403, 'invalid Host header');
    if (origin === undefined) return;
    const [, host] = /^http:\/\/(.*)$/.exec(origin) ?? [];
    if (host === undefined || !this.#hosts.has(host)) throw new HttpError(403, 'invalid Origin header');
  }

  /** @throws  HttpError 403 */
  checkToken(given: string | null | undefined): void {
    if (!isSame(given, this.token)) {
      throw new HttpError(403, 'invalid token: open the address that the command has printed');
    }
  }

  /** Earlier tickets are no longer valid. */
  newTicket(): string {
    this.#ticket = newSecret();
    return this.#ticket;
  }

  /** @throws  HttpError 403 */
  takeTicket(given: string | null): void {
    const ticket = this.#ticket;
    if (ticket === undefined || !isSame(given, ticket)) {
      throw new HttpError(403, 'this address opens the page once: open the one that the command has printed');
    }
    this.#ticket = undefined;
  }
}

/** Its characters need no escape in a URL. */
function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function isSame(given: string | null | undefined, secret: string): boolean {
  const expected = Buffer.from(secret);
  const bytes = Buffer.from(given ?? '');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
