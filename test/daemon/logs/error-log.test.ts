/** Lines of the error log: what an error quotes can neither begin a line nor reach a terminal. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { UserError } from '../../../src/daemon/config/user-error.js';
import { ErrorLog, fileLine, toStderr } from '../../../src/daemon/logs/error-log.js';

const FORGED = '/x\nepoll-reactor: forged\r\x1b[2J\x9b\u2028\t';
const ESCAPED = '/x\\nepoll-reactor: forged\\r\\x1b[2J\\x9b\\u2028\\t';

afterEach(() => {
  jest.restoreAllMocks();
});

/** The text on stderr. */
function onStderr(write: () => void): string {
  let text = '';
  jest.spyOn(console, 'error').mockImplementation((line: string) => {
    text += `${line}\n`;
  });
  write();
  return text;
}

describe('a message with control characters', () => {
  test('is one line on stderr', () => {
    expect(onStderr(() => toStderr('error', `cannot open ${FORGED}`))).toBe(`epoll-reactor: cannot open ${ESCAPED}\n`);
  });

  test('is one line of a file', () => {
    expect(fileLine('warn', FORGED)).toMatch(/^\S+ warn \[\d+\] [^\n]*\n$/);
    expect(fileLine('warn', FORGED)).toContain(` ${ESCAPED}\n`);
  });

  test('of an error is escaped, and its stack keeps its lines', () => {
    const text = onStderr(() => new ErrorLog('info', toStderr).error('a handler failed', new Error(FORGED)));
    const [first, ...frames] = text.trimEnd().split('\n');
    expect(first).toBe(`epoll-reactor: a handler failed: Error: ${ESCAPED}`);
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) expect(frame).toMatch(/^ {4}at \S/);
  });

  test('that imitates a stack begins no line of its own', () => {
    const text = onStderr(() => toStderr('error', '/x\n    at forged\nepoll-reactor: forged'));
    expect(text.match(/^epoll-reactor/gm)).toHaveLength(1);
  });

  test('is escaped in the error of a user, and in its hint', () => {
    const error = new UserError(`there is no folder ${FORGED}`, `mkdir ${FORGED}`);
    expect([error.message, error.hint]).toEqual([`there is no folder ${ESCAPED}`, `mkdir ${ESCAPED}`]);
  });
});
