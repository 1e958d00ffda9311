import { expect, test } from '@jest/globals';
import { withDefaults } from '../../../src/http/response/default-headers.js';
import type { ResponseHeaders } from '../../../src/http/response/response-head.js';

test.each<[own: ResponseHeaders, defaults: ResponseHeaders, all: [string, string][]]>([
  [{}, {}, []],
  [{ A: '1' }, {}, [['A', '1']]],
  [{}, { A: '1' }, [['A', '1']]],
  [
    { A: '1' },
    { B: '2' },
    [
      ['A', '1'],
      ['B', '2'],
    ],
  ],
  [{ a: '1' }, { A: '2' }, [['a', '1']]],
  [
    { A: 1 },
    new Map([['B', '2']]),
    [
      ['A', '1'],
      ['B', '2'],
    ],
  ],
  [
    { 'Set-Cookie': ['a', 'b'] },
    { 'set-cookie': 'c' },
    [
      ['Set-Cookie', 'a'],
      ['Set-Cookie', 'b'],
    ],
  ],
  [
    {},
    { 'Set-Cookie': ['a', 'b'] },
    [
      ['Set-Cookie', 'a'],
      ['Set-Cookie', 'b'],
    ],
  ],
  [new Headers({ vary: 'Accept' }), { Vary: 'Origin' }, [['vary', 'Accept, Origin']]],
  [
    { Vary: 'Accept' },
    { vary: 'Origin', A: '1' },
    [
      ['Vary', 'Accept, Origin'],
      ['A', '1'],
    ],
  ],
  [{ A: undefined } as never, { A: '1' }, [['A', '1']]],
])('%j with the defaults %j', (own, defaults, all) => {
  expect([...(withDefaults(own, defaults) as Iterable<[string, string]>)]).toEqual(all);
});

test('withDefaults() changes neither of its arguments', () => {
  const own: [string, string][] = [['A', '1']];
  const defaults = { B: '2' };
  withDefaults(own, defaults);
  expect([own, defaults]).toEqual([[['A', '1']], { B: '2' }]);
});
