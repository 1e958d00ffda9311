import { describe, expect, test } from '@jest/globals';
import { contendersOf, judge } from '../../benchmarks/bench/bounds.mjs';
import { CPU_PER_REQUEST, REQUESTS_PER_SECOND } from '../../benchmarks/bench/figures.mjs';
import { summarize } from '../../benchmarks/harness/statistics.mjs';

const MEDIANS: Record<string, Record<string, number>> = {
  ours: { cpuMicrosPerRequest: 7, requestsPerSecond: 120 },
  nginx: { cpuMicrosPerRequest: 10, requestsPerSecond: 80 },
  bun: { cpuMicrosPerRequest: 8, requestsPerSecond: 100 },
};

const measured = (contender: string, figure: string) => {
  const median = MEDIANS[contender]?.[figure];
  return median === undefined ? undefined : summarize([median]);
};

describe('a bound', () => {
  test.each([
    ['reached at its limit', { over: ['nginx'], atMost: 0.7 }, 0.7, true],
    ['missed above it', { over: ['nginx'], atMost: 0.65 }, 0.7, false],
    ['of the figure itself', { atMost: 8 }, 7, true],
    ['over the better of two, which is the one with less', { over: ['nginx', 'bun'], atMost: 0.8 }, 7 / 8, false],
  ])('is %s', (_, bound, value, isReached) => {
    expect(judge({ figure: CPU_PER_REQUEST, of: 'ours', ...bound }, measured)).toMatchObject({ value, isReached });
  });

  test('that is a least is over the better of two, which is the one with more', () => {
    const bound = { figure: REQUESTS_PER_SECOND, of: 'ours', over: ['nginx', 'bun'], atLeast: 1.2 };
    expect(judge(bound, measured)).toMatchObject({ value: 1.2, isReached: true, limit: '≥ 1.2' });
  });

  test('is neither reached nor missed where one of its contenders has no figure', () => {
    const bound = { figure: CPU_PER_REQUEST, of: 'ours', over: ['nginx', 'sirv'], atMost: 1 };
    const verdict = judge(bound, measured);
    expect(verdict.why).toBe('no figure of sirv');
    expect(verdict).not.toHaveProperty('isReached');
    expect(judge({ figure: CPU_PER_REQUEST, of: 'sirv', atMost: 1 }, measured).why).toBe('no figure of sirv');
  });

  test('says what it compares', () => {
    const bound = { figure: CPU_PER_REQUEST, of: 'ours', over: ['nginx', 'bun'], atMost: 1 };
    expect(judge(bound, measured).text).toBe('ours: CPU/request ÷ the better of nginx, bun');
    expect(contendersOf([bound])).toEqual(new Set(['ours', 'nginx', 'bun']));
  });
});
