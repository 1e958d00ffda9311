/**
 * HTTP Basic authentication:
 *
 *     credentials = "Basic" 1*SP token68      RFC 7617 §2: base64 of user-id ":" password
 *
 * scrypt takes a quarter of a second for a password, so valid credentials are remembered as a digest, keyed with random bytes
 * of this process. No password stays in memory, and a digest is useless elsewhere.
 */
import crypto from 'node:crypto';
import { Task } from '../disk/cancellable-task.js';
import { JobQueue } from '../disk/job-queue.js';
import { Memo } from '../http/memo.js';
import { decoy, type PasswordHash, preparedPassword, verifyPassword } from './password-hash.js';

export const ALLOWED = 'allowed';
export const REFUSED = 'refused';
/** Too many passwords are being checked: 503. */
export const BUSY = 'busy';
export type Verdict = typeof ALLOWED | typeof REFUSED | typeof BUSY;

/** Passwords that are checked at once. Each takes a core for a quarter of a second, 32 MiB, and one of libuv's four threads. */
export const PASSWORD_JOBS_MAX = 1;

/** Passwords that may wait for a check, so that a flood of wrong ones does not take all cores. A further one is answered 503 … */
export const PASSWORD_JOBS_WAITING_MAX = 16;
/** … with this Retry-After: the time to check the waiting ones. */
export const PASSWORD_RETRY_AFTER_SECONDS = 4;

/** A longer Authorization header is refused as wrong. */
export const BASIC_CREDENTIALS_CHARACTERS_MAX = 2_048;

/** Valid credentials that are remembered, 32 bytes each. */
const KEPT_CREDENTIALS_MAX = 2_048;

const CREDENTIALS = /^Basic +([A-Za-z0-9+/]+={0,2})$/i;

const digestKey = crypto.randomBytes(32).toString('hex');
/** One queue for the process, because the checks share its cores. */
const jobs = new JobQueue(PASSWORD_JOBS_MAX, PASSWORD_JOBS_WAITING_MAX);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/**
 * SHA-256 of the secret key and the text. The digest is never shown. crypto.hash() (Node 20.12) takes 0.3 µs and leaves no
 * garbage; an Hmac takes 1.4 µs.
 */
function digestOf(authorization: string): string {
  const text = digestKey + authorization;
  if (crypto.hash === undefined) return crypto.createHash('sha256').update(text).digest('base64');
  return crypto.hash('sha256', text, 'base64');
}

export class BasicAuth {
  /** WWW-Authenticate. `charset` makes clients send UTF-8 (RFC 7617 §2.1). */
  readonly challenge: string;
  readonly #users: ReadonlyMap<string, PasswordHash>;
  /** The hash that is checked for unknown users, so that the time does not reveal which users exist. */
  readonly #decoy: PasswordHash;
  readonly #allowed = new Memo<true>(KEPT_CREDENTIALS_MAX);
  /** Checks under way, by digest: a browser sends the same credentials on six connections at once. */
  readonly #underWay = new Map<string, Promise<Verdict>>();
  readonly #verify: typeof verifyPassword;

  /** @param users  by their names in NFC; if their hashes differ in cost, an unknown name costs as much as the first user */
  constructor(realm: string, users: ReadonlyMap<string, PasswordHash>, verify: typeof verifyPassword = verifyPassword) {
    const [first] = users.values();
    this.challenge = `Basic realm="${realm.replace(/["\\]/g, '\\$&')}", charset="UTF-8"`;
    this.#users = users;
    this.#decoy = decoy(first);
    this.#verify = verify;
  }

  /** @param authorization  the header, or undefined if it was not sent */
  check(authorization: string | undefined): Verdict | Promise<Verdict> {
    if (authorization === undefined || authorization.length > BASIC_CREDENTIALS_CHARACTERS_MAX) return REFUSED;
    const digest = digestOf(authorization);
    if (this.#allowed.get(digest) === true) return ALLOWED;
    const underWay = this.#underWay.get(digest);
    if (underWay !== undefined) return underWay;
    const credentials = parseCredentials(authorization);
    if (credentials === undefined) return REFUSED;
    const known = this.#users.get(credentials.user);
    const hash = known ?? this.#decoy;
    if (jobs.isFull) return BUSY;
    const verdict = jobs
      .run(digest, new Task(), () => this.#verify(credentials.password, hash))
      .then((isRight) => this.#verdict(digest, isRight && known !== undefined))
      .finally(() => this.#underWay.delete(digest));
    this.#underWay.set(digest, verdict);
    return verdict;
  }

  #verdict(digest: string, isAllowed: boolean): Verdict {
    if (isAllowed) this.#allowed.set(digest, true);
    return isAllowed ? ALLOWED : REFUSED;
  }
}

/** @returns  undefined unless it is base64 of UTF-8 with a colon and without control characters (RFC 7617 §2) */
export function parseCredentials(authorization: string): Credentials | undefined {
  const base64 = CREDENTIALS.exec(authorization)?.[1];
  if (base64 === undefined) return undefined;
  const text = decoded(base64);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 0) return undefined;
  const user = preparedPassword(text.slice(0, colon));
  const password = preparedPassword(text.slice(colon + 1));
  return user === undefined || password === undefined ? undefined : { user, password };
}

function decoded(base64: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}
