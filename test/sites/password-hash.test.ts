/** Passwords as they are kept: the form of the PHC, scrypt within. */
import { describe, expect, test } from '@jest/globals';
import { hashPassword, parsePasswordHash, verifyPassword } from '../../src/sites/password-hash.js';

test('a hash verifies its password, and no other one', async () => {
  const text = await hashPassword('correct horse');
  expect(text).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  const hash = parsePasswordHash(text);
  expect(await verifyPassword('correct horse', hash)).toBe(true);
  expect(await verifyPassword('correct horsf', hash)).toBe(false);
  expect(await verifyPassword('', hash)).toBe(false);
  expect(await verifyPassword('Correct horse', hash)).toBe(false);
});

test('a password has a different hash each time', async () => {
  expect(await hashPassword('x')).not.toBe(await hashPassword('x'));
});

test('a hash of another program is verified: RFC 7914 §12', async () => {
  const bytes = Buffer.from(
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    'hex',
  );
  const [salt, hash] = [Buffer.from('SodiumChloride'), bytes].map((part) =>
    part.toString('base64').replaceAll('=', ''),
  );
  const parsed = parsePasswordHash(`$scrypt$ln=14,r=8,p=1$${salt}$${hash}`);
  expect(await verifyPassword('pleaseletmein', parsed)).toBe(true);
  expect(await verifyPassword('pleaseletmeout', parsed)).toBe(false);
});

describe('a malformed hash is refused with a message that does not repeat it', () => {
  const SALT = 'c2FsdHNhbHRzYWx0';
  const HASH = 'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo';
  test.each([
    ['a password', 'hunter2', '$scrypt$'],
    ['nothing', '', '$scrypt$'],
    ['bcrypt', '$2y$05$abcdefghijklmnopqrstuv', 'bcrypt'],
    ['apr1', '$apr1$abcdefgh$abcdefghijklmnopqrstuv', '.htpasswd'],
    ['SHA-1', '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', '.htpasswd'],
    ['argon2', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA', 'argon2'],
    ['with padding', `$scrypt$ln=15,r=8,p=1$${SALT}=$${HASH}`, '$scrypt$'],
    ['without a salt', `$scrypt$ln=15,r=8,p=1$$${HASH}`, '$scrypt$'],
    ['a short hash', `$scrypt$ln=15,r=8,p=1$${SALT}$aGFzaA`, '$scrypt$'],
    ['parameters in another order', `$scrypt$r=8,ln=15,p=1$${SALT}$${HASH}`, '$scrypt$'],
    ['no cost', `$scrypt$ln=0,r=8,p=1$${SALT}$${HASH}`, 'at least 1'],
    ['no blocks', `$scrypt$ln=15,r=0,p=1$${SALT}$${HASH}`, 'at least 1'],
    ['too many lanes', `$scrypt$ln=15,r=8,p=17$${SALT}$${HASH}`, '1 to 16'],
    ['too much memory', `$scrypt$ln=19,r=8,p=1$${SALT}$${HASH}`, '256 MiB'],
    ['far too much memory', `$scrypt$ln=99,r=999,p=1$${SALT}$${HASH}`, '256 MiB'],
    ['a line end', `$scrypt$ln=15,r=8,p=1$${SALT}$${HASH}\n`, '$scrypt$'],
  ])('%s', (_, text, expected) => {
    let message = '';
    try {
      parsePasswordHash(text);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(expected);
    expect(message).not.toContain('hunter2');
  });
});

test('a password with control characters is refused, and letters are compared in NFC', async () => {
  await expect(hashPassword('a\tb')).rejects.toThrow('control characters');
  const hash = parsePasswordHash(await hashPassword('gru\u0308n'));
  expect(await verifyPassword('gr\u00fcn', hash)).toBe(true);
});
