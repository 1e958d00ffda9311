/** Names and passwords (RFC 7617), off the loop, in constant time, and without letting a flood in. */
import { describe, expect, test } from '@jest/globals';
import {
  ALLOWED,
  BASIC_CREDENTIALS_CHARACTERS_MAX,
  BasicAuth,
  BUSY,
  PASSWORD_JOBS_MAX,
  PASSWORD_JOBS_WAITING_MAX,
  parseCredentials,
  REFUSED,
} from '../../src/sites/basic-auth.js';
import { type PasswordHash, parsePasswordHash } from '../../src/sites/password-hash.js';
import { deferred } from '../server/test-server.js';

function basic(credentials: string | Uint8Array): string {
  return `Basic ${Buffer.from(credentials as string).toString('base64')}`;
}

describe('credentials', () => {
  test.each<[header: string, user: string, password: string]>([
    [basic('Aladdin:open sesame'), 'Aladdin', 'open sesame'],
    ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'Aladdin', 'open sesame'],
    ['basic QWxhZGRpbjpvcGVuIHNlc2FtZQ', 'Aladdin', 'open sesame'],
    ['BASIC   QTpi', 'A', 'b'],
    [basic('a:b:c'), 'a', 'b:c'],
    [basic('a:'), 'a', ''],
    [basic(':b'), '', 'b'],
    [basic(':'), '', ''],
    [basic('test:123£'), 'test', '123£'],
    [basic('gru\u0308n:gru\u0308n'), 'grün', 'grün'],
    [basic('\ufeffa:b'), '\ufeffa', 'b'],
    [basic(' a : b '), ' a ', ' b '],
  ])('%s is %j and %j', (header, user, password) => {
    expect(parseCredentials(header)).toEqual({ user, password });
  });

  test.each([
    ['', 'nothing'],
    ['Basic', 'no credentials'],
    ['Basic ', 'no credentials'],
    ['QTpi', 'no scheme'],
    ['Bearer QTpi', 'another scheme'],
    ['BasicQTpi', 'no space'],
    ['Basic QTpi QTpi', 'two'],
    ['Basic QTpi, Basic QTpi', 'two lines'],
    ['Basic QT*i', 'no base64'],
    ['Basic QTpi===', 'too much padding'],
    ['Basic Q=Tpi', 'padding within'],
    ['Basic QTpi\n', 'a line end'],
    ['Basic A:b', 'not encoded'],
    [basic('no colon'), 'no colon'],
    [basic(Buffer.from([0x61, 0x3a, 0xff])), 'no UTF-8'],
    [basic(Buffer.from('a:£', 'latin1')), 'latin1'],
    [basic('a\0:b'), 'a NUL'],
    [basic('a:b\r\n'), 'control characters'],
  ])('%j are none: %s', (header) => {
    expect(parseCredentials(header)).toBeUndefined();
  });
});

describe('a check', () => {
  const CHEAP = '$scrypt$ln=1,r=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo';

  /** The calls of scrypt, with answers from the test. */
  function watched(users: Record<string, string>, answer: (password: string) => boolean | Promise<boolean>) {
    const asked: { password: string; hash: PasswordHash }[] = [];
    const hashes = new Map(Object.entries(users).map(([user, hash]) => [user, parsePasswordHash(hash)]));
    const auth = new BasicAuth('realm', hashes, async (password, hash) => {
      asked.push({ password, hash });
      return answer(password);
    });
    return { auth, asked, hashes };
  }

  test('of an unknown name costs the same scrypt as of a known one, and is refused whatever the result', async () => {
    const { auth, asked, hashes } = watched({ alice: CHEAP }, () => true);
    expect(await auth.check(basic('bob:secret'))).toBe(REFUSED);
    expect(await auth.check(basic('alice:secret'))).toBe(ALLOWED);
    const [decoy, real] = asked;
    expect(real?.hash).toBe(hashes.get('alice'));
    expect(decoy?.hash).not.toBe(real?.hash);
    for (const key of ['costLog2', 'blockSize', 'parallelization'] as const)
      expect(decoy?.hash[key]).toBe(real?.hash[key]);
    expect([decoy?.hash.salt.length, decoy?.hash.hash.length]).toEqual([
      real?.hash.salt.length,
      real?.hash.hash.length,
    ]);
  });

  test('of right credentials is made once; of wrong ones, each time', async () => {
    const { auth, asked } = watched({ alice: CHEAP }, (password) => password === 'right');
    for (let time = 0; time < 3; time++) {
      expect(await auth.check(basic('alice:right'))).toBe(ALLOWED);
      expect(await auth.check(basic('alice:wrong'))).toBe(REFUSED);
    }
    expect(auth.check(basic('alice:right'))).toBe(ALLOWED); // at once
    expect(asked.map(({ password }) => password)).toEqual(['right', 'wrong', 'wrong', 'wrong']);
  });

  test('is made once for requests with the same credentials at the same time', async () => {
    const { promise, resolve } = deferred<boolean>();
    const { auth, asked } = watched({ alice: CHEAP }, () => promise);
    const verdicts = [1, 2, 3, 4, 5, 6].map(() => auth.check(basic('alice:right')));
    resolve(true);
    expect(await Promise.all(verdicts)).toEqual(Array(6).fill(ALLOWED));
    expect(asked).toHaveLength(1);
  });

  test('is not made of malformed credentials, or of too long ones', () => {
    const { auth, asked } = watched({ alice: CHEAP }, () => true);
    for (const header of [
      undefined,
      '',
      'Basic QTpi, x',
      basic('no colon'),
      basic(`a:${'x'.repeat(BASIC_CREDENTIALS_CHARACTERS_MAX)}`),
    ]) {
      expect(auth.check(header)).toBe(REFUSED);
    }
    expect(asked).toHaveLength(0);
  });

  test('of another realm does not count', async () => {
    const one = watched({ alice: CHEAP }, () => true);
    const other = watched({ alice: CHEAP }, () => false);
    expect(await one.auth.check(basic('alice:p'))).toBe(ALLOWED);
    expect(await other.auth.check(basic('alice:p'))).toBe(REFUSED);
  });

  test('is bounded in a flood: some wait, further ones are BUSY, and remembered credentials are allowed', async () => {
    const { promise, resolve } = deferred<boolean>();
    const { auth, asked } = watched({ alice: CHEAP }, (password) => (password === 'right' ? true : promise));
    expect(await auth.check(basic('alice:right'))).toBe(ALLOWED);
    const flood = Array.from({ length: 1000 }, (_, i) => auth.check(basic(`alice:${i}`)));
    expect(asked).toHaveLength(1 + PASSWORD_JOBS_MAX);
    expect(auth.check(basic('alice:right'))).toBe(ALLOWED);
    expect(auth.check(basic('alice:other'))).toBe(BUSY);
    const waiting = flood.filter((verdict) => typeof verdict !== 'string');
    expect(waiting).toHaveLength(PASSWORD_JOBS_MAX + PASSWORD_JOBS_WAITING_MAX);
    expect(flood.filter((verdict) => verdict === BUSY)).toHaveLength(1000 - waiting.length);
    resolve(false);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([REFUSED]));
    expect(await auth.check(basic('alice:another'))).toBe(REFUSED);
  });

  test('that fails gives its place to the next one', async () => {
    const { auth } = watched({ alice: CHEAP }, (password) => {
      if (password === 'bad') throw new Error('no memory');
      return true;
    });
    await expect(auth.check(basic('alice:bad'))).rejects.toThrow('no memory');
    expect(await auth.check(basic('alice:right'))).toBe(ALLOWED);
  });
});

test('the challenge names the realm, quoted, and UTF-8', () => {
  expect(new BasicAuth('a "b" \\ c', new Map()).challenge).toBe('Basic realm="a \\"b\\" \\\\ c", charset="UTF-8"');
});
