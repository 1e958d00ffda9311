import { describe, expect, test } from '@jest/globals';
import { allocatedBytes, selfMicros, systemCalls } from '../../benchmarks/profile/summaries.mjs';

const frame = (functionName: string, url = '', lineNumber = -1) => ({ functionName, url, lineNumber });
const PARSE = frame('parse', 'file:///x/request-parser.js', 83);

describe('summaries of profiles', () => {
  test('self time is added up by function, whatever its callers', () => {
    const nodes = [
      { id: 1, callFrame: frame('(program)') },
      { id: 2, callFrame: PARSE },
      { id: 3, callFrame: PARSE },
      { id: 4, callFrame: frame('') },
    ];
    expect(selfMicros({ nodes, samples: [1, 2, 3, 4], timeDeltas: [5, 100, 120, 30] })).toEqual([
      { name: 'parse (request-parser.js:84)', amount: 220 },
      { name: '(anonymous) (native)', amount: 30 },
      { name: '(program)', amount: 5 },
    ]);
  });

  test('functions that allocate nothing are left out', () => {
    const head = {
      ...{ callFrame: frame('(root)'), selfSize: 0 },
      children: [{ callFrame: PARSE, selfSize: 64, children: [{ callFrame: PARSE, selfSize: 8, children: [] }] }],
    };
    expect(allocatedBytes(head)).toEqual([{ name: 'parse (request-parser.js:84)', amount: 72 }]);
  });
});

test('the counts of strace are read with their errors', () => {
  const text = `syscall              calls    errors
---------------- --------- ---------
accept4                 65         1
recvfrom              3000          
---------------- --------- ---------
total                 3065         1
`;
  expect(systemCalls(text)).toEqual([
    { name: 'recvfrom', calls: 3000, errors: 0 },
    { name: 'accept4', calls: 65, errors: 1 },
  ]);
});
