/**
 * Passwords are stored as scrypt hashes (RFC 7914), in the format of the Password Hashing Competition:
 *
 *     $scrypt$ln=15,r=8,p=3$salt$hash      base64 without padding; ln is the logarithm of the cost N
 *
 * Hashes of .htpasswd are refused: a graphics card breaks apr1 and SHA-1, and Node has no bcrypt.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

export interface PasswordHash {
  readonly costLog2: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** OWASP's parameters for 32 MiB (Password Storage Cheat Sheet): 0.20 to 0.25 s. */
const COST_LOG2 = 15;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 3;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Bounds for one check. */
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;
const PARALLELIZATION_MAX = 16;

const FORM = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** The text is not a hash. The message does not contain the text, which may be the password itself. */
export class PasswordHashError extends Error {}

/** @throws  PasswordHashError that names the expected form */
export function parsePasswordHash(text: string): PasswordHash {
  if (/^\$(?:2[abxy]?|apr1|1|5|6|argon2\w*)\$|^\{SHA\}/.test(text)) {
    throw new PasswordHashError('a hash of scrypt, which bcrypt, argon2, and the others of .htpasswd are not');
  }
  const match = FORM.exec(text);
  if (match === null) throw new PasswordHashError('$scrypt$ln=…,r=…,p=…$salt$hash, as hashPassword() makes it');
  const [costLog2, blockSize, parallelization] = match.slice(1, 4).map(Number) as [number, number, number];
  if (costLog2 < 1 || blockSize < 1 || parallelization < 1 || parallelization > PARALLELIZATION_MAX) {
    throw new PasswordHashError(`ln and r of at least 1, p from 1 to ${PARALLELIZATION_MAX}`);
  }
  if (memoryBytes(costLog2, blockSize, parallelization) > MEMORY_BYTES_MAX) {
    throw new PasswordHashError('ln and r that take 256 MiB at most');
  }
  const [salt, hash] = match.slice(4).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer];
  return { costLog2, blockSize, parallelization, salt, hash };
}

/**
 * The hash of a password, to store instead of the password. It differs each time, because the salt is random.
 * @throws  TypeError for a password with control characters, which Basic cannot carry (RFC 7617 §2)
 */
export async function hashPassword(password: string): Promise<string> {
  const text = preparedPassword(password);
  if (text === undefined) throw new TypeError('password: expected a string without control characters');
  const {
    costLog2: ln,
    blockSize: r,
    parallelization: p,
    salt,
    hash: { length },
  } = decoy();
  const hash = await derive(text, { costLog2: ln, blockSize: r, parallelization: p, salt, hash: Buffer.alloc(length) });
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Whether the password matches the hash. A thread computes it, and takes the same time in both cases. */
export async function verifyPassword(password: string, of: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, of), of.hash);
}

/**
 * A hash that matches no password. Checking it takes as long as checking `like`.
 * @param like  default: a hash as hashPassword() makes it
 */
export function decoy(like?: PasswordHash): PasswordHash {
  const {
    costLog2 = COST_LOG2,
    blockSize = BLOCK_SIZE,
    parallelization = PARALLELIZATION,
    salt: { length: saltBytes } = { length: SALT_BYTES },
    hash: { length: hashBytes } = { length: HASH_BYTES },
  } = like ?? {};
  return { costLog2, blockSize, parallelization, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) };
}

/**
 * The form in which passwords are compared: NFC, because keyboards differ (RFC 8265 §4.2.2).
 * @returns  undefined if it has control characters
 */
export function preparedPassword(password: string): string | undefined {
  return /\p{Cc}/u.test(password) ? undefined : password.normalize('NFC');
}

function derive(password: string, of: PasswordHash): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, of.salt, of.hash.length, optionsOf(of), (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

function optionsOf({ costLog2, blockSize, parallelization }: PasswordHash): ScryptOptions {
  // maxmem: Node's own limit is too low for N = 2^15.
  return { N: 2 ** costLog2, r: blockSize, p: parallelization, maxmem: 2 * MEMORY_BYTES_MAX };
}

/** N blocks, and p more (RFC 7914 §5, §6). */
function memoryBytes(costLog2: number, blockSize: number, parallelization: number): number {
  return 128 * blockSize * (2 ** costLog2 + parallelization);
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
