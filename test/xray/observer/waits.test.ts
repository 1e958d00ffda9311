import { expect, test } from '@jest/globals';
import { native } from '../../../src/native/addon.js';
import { callsOf } from '../../../src/native/intercept.js';
import { AcceptLock } from '../../../src/xray/observer/accept-lock.js';
import { blockingWait } from '../../../src/xray/observer/waits.js';

const { MSG_DONTWAIT, MSG_NOSIGNAL } = native.constants;

test.each(['recv', 'send'])('%s on a socket that blocks is a wait, but not with MSG_DONTWAIT', (name) => {
  const waitOf = (flags: number) => {
    const args = [7, Buffer.alloc(8), 0, 8, flags | MSG_NOSIGNAL];
    return blockingWait(native, name, callsOf(native)[name] as never, args, new AcceptLock());
  };
  expect(waitOf(0)).toBeDefined();
  expect(waitOf(MSG_DONTWAIT)).toBeUndefined();
});
