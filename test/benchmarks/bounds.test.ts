import { describe, expect, test } from '@jest/globals';
import { contendersOf, judge } from '../../benchmarks/report/bounds.mjs';
import { CPU_PER_REQUEST, REQUESTS_PER_SECOND } from '../../benchmarks/report/figures.mjs';
import { summarize } from '../../benchmarks/report/statistics.mjs';

const MEDIANS: Record<string, Record<string, number>> = {
  ours: { cpuMicrosPerRequest: 7, requestsPerSecond: 120 },
  nginx: { cpuMicrosPerRequest: 10, requestsPerSecond: 80 },
  bun: { cpuMicrosPerRequest: 8, requestsPerSecond: 100 },
};

const measured = (contender: string, figure: string) => {
  const median = MEDIANS[contender]?.[figure];
  return median === undefined ? undefined : summarize([median]);
};

describe('judging a bound', () => {
  test.each([
    ['a quotient at its limit reaches it', { over: ['nginx'], atMost: 0.7 }, 0.7, true],
    ['a quotient above its limit misses it', { over: ['nginx'], atMost: 0.65 }, 0.7, false],
    ['without a divisor the figure itself counts', { atMost: 8 }, 7, true],
    [
      'the better of two divisors is the lower figure, where less is better',
      { over: ['nginx', 'bun'], atMost: 0.8 },
      7 / 8,
      false,
    ],
  ])('%s', (_, bound, value, isReached) => {
    expect(judge({ figure: CPU_PER_REQUEST, of: 'ours', ...bound }, measured)).toMatchObject({ value, isReached });
  });

  test('the better of two divisors is the higher figure, where more is better', () => {
    const bound = { figure: REQUESTS_PER_SECOND, of: 'ours', over: ['nginx', 'bun'], atLeast: 1.2 };
    expect(judge(bound, measured)).toMatchObject({ value: 1.2, isReached: true, limit: '≥ 1.2' });
  });

  test('a bound is neither reached nor missed if one of its contenders has no figure', () => {
    const bound = { figure: CPU_PER_REQUEST, of: 'ours', over: ['nginx', 'sirv'], atMost: 1 };
    const verdict = judge(bound, measured);
    expect(verdict.why).toBe('no figure of sirv');
    expect(verdict).not.toHaveProperty('isReached');
    expect(judge({ figure: CPU_PER_REQUEST, of: 'sirv', atMost: 1 }, measured).why).toBe('no figure of sirv');
  });

  test('the verdict names the contenders that it compares', () => {
    const bound = { figure: CPU_PER_REQUEST, of: 'ours', over: ['nginx', 'bun'], atMost: 1 };
    expect(judge(bound, measured).text).toBe('ours: CPU/request ÷ the better of nginx, bun');
    expect(contendersOf([bound])).toEqual(new Set(['ours', 'nginx', 'bun']));
  });
});
