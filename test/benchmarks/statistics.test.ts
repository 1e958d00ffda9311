import { describe, expect, test } from '@jest/globals';
import { quantile, spread, summarize } from '../../benchmarks/report/statistics.mjs';

describe('statistics of several rounds', () => {
  test('a summary has the median, the least and the most', () => {
    expect(summarize([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9, samples: 3 });
    expect(summarize([4, 2])).toEqual({ median: 3, min: 2, max: 4, samples: 2 });
  });

  test('one disturbed round does not move the median', () => {
    expect(summarize([7, 7.1, 7.2, 7.1, 900]).median).toBe(7.1);
  });

  test('figures are rounded to four digits', () => {
    expect(summarize([6.123456]).median).toBe(6.123);
  });

  test('the spread is half of the range, as a share of the median', () => {
    expect(spread(summarize([90, 100, 110]))).toBeCloseTo(0.1);
  });

  test('a quantile may lie between two samples', () => {
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
    expect(quantile([1, 2, 3], 0.5)).toBe(2);
  });
});
