/** Tests that need a program which not every machine has: they are skipped there, and say so. */
import { spawnSync } from 'node:child_process';
import { test } from '@jest/globals';

/** `test`, or `test.skip` after a message why. */
export function testWhere(isPossible: boolean, otherwise: string): typeof test | typeof test.skip {
  if (isPossible) return test;
  process.stderr.write(`skipped: ${otherwise}\n`);
  return test.skip;
}

/** Whether a program is there and does what it is asked. */
export function works(program: string, ...args: string[]): boolean {
  const { status, error } = spawnSync(program, args, { stdio: 'ignore' });
  return error === undefined && status === 0;
}

/** Whether a program is there. */
export function exists(program: string): boolean {
  return works('sh', '-c', `command -v ${program}`);
}
