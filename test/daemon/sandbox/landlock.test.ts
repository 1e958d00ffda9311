/** The rights that Landlock gets to restrict, by its version in the kernel. (sandbox.test.ts tests the effects.) */
import { expect, test } from '@jest/globals';
import { rulesetAttributes } from '../../../src/daemon/sandbox/landlock.js';

test.each([
  // abi, the rights of files up to the highest bit, the network, the scopes
  [1, 0x1fff, 0, 0], // MAKE_SYM
  [2, 0x3fff, 0, 0], // REFER
  [3, 0x7fff, 0, 0], // TRUNCATE
  [4, 0x7fff, 3, 0], // BIND_TCP, CONNECT_TCP
  [5, 0xffff, 3, 0], // IOCTL_DEV
  [6, 0xffff, 3, 3], // ABSTRACT_UNIX_SOCKET, SIGNAL
  [7, 0xffff, 3, 3],
  [99, 0xffff, 3, 3], // a later kernel: its unknown rights are not requested
])('with ABI %d, everything that it can restrict is restricted', (abi, files, network, scopes) => {
  expect([...rulesetAttributes(abi)]).toEqual([BigInt(files), BigInt(network), BigInt(scopes)]);
});
