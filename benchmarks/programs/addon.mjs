/** The addon's calls, which the package does not export. */
import { createRequire } from 'node:module';

/** @type {{ native: import('../../src/native/native-api.js').Native, constants: import('../../src/native/native-api.js').Native['constants'] }} */
const addon = createRequire(import.meta.url)('../../dist/addon.cjs');

export const { native, constants } = addon;

/** @param {number} result  of a call @param {string} syscall */
export function checked(result, syscall) {
  if (result < 0) throw new Error(`${syscall}: error number ${-result}`);
  return result;
}
