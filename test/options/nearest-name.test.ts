import { expect, test } from '@jest/globals';
import { nearestName } from '../../src/options/nearest-name.js';

const NAMES = [
  'listen',
  'listing',
  'cleanUrls',
  'maxAgeSeconds',
  'workers',
  'port',
  'limits',
  'accessLog',
  'accessLogFormat',
];

test.each([
  ['worker', 'workers'],
  ['wrokers', 'workers'],
  ['clean-urls', 'cleanUrls'],
  ['CLEAN_URLS', 'cleanUrls'],
  ['maxAge', 'maxAgeSeconds'],
  ['prot', 'port'],
  ['accesslog', 'accessLog'],
  ['accessLogFormt', 'accessLogFormat'],
  ['listning', 'listing'],
  ['l', undefined],
  ['', undefined],
  ['toString', undefined],
  ['__proto__', undefined],
  ['x'.repeat(1000), undefined],
])('of these, %p is nearly %p', (meant, name) => {
  expect(nearestName(meant, NAMES)).toBe(name);
});
