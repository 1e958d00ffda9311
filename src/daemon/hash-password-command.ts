/** `epoll-reactor hash-password`. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { hashPassword } from '../sites/password-hash.js';
import { UserError } from './config/user-error.js';

export async function hashPasswordCommand(): Promise<void> {
  const password = await readPassword();
  if (password === '')
    throw new UserError(
      'a password has at least one character',
      'type it, or: printf %s "$PASSWORD" | epoll-reactor hash-password',
    );
  console.log(await hashPassword(password));
}

/** Without an echo. Never from the command line, which other users can see. */
async function readPassword(): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write('Password: ');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
}
