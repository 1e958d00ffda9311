import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { CASES } from '../../benchmarks/cases/catalog.mjs';
import { MODEL_CASES } from '../../benchmarks/cases/models.mjs';
import { charts } from '../../benchmarks/report/charts.mjs';
import { formatResult, rowOf } from '../../benchmarks/report/result.mjs';
import { tables } from '../../benchmarks/report/tables.mjs';

const BENCHMARKS = [
  ['bench', CASES],
  ['models', MODEL_CASES],
] as const;

describe.each(BENCHMARKS)('the committed result of %s', (name, cases) => {
  const folder = new URL(`../../benchmarks/results/${name}/`, import.meta.url);
  const text = readFileSync(new URL(`${name}.json`, folder), 'utf8');

  test('the result file has a line for each contender and each row', () => {
    const result = JSON.parse(text);
    expect(formatResult(result)).toBe(text);
    expect(text.match(/^ {4}\{.*\}/gm)?.length).toBe(result.contenders.length + result.rows.length);
  });

  test('the charts are those of the result file', () => {
    const drawn = charts(JSON.parse(text), cases);
    expect(charts(JSON.parse(text), cases)).toEqual(drawn);
    const files = readdirSync(folder).filter((file) => file.endsWith('.svg'));
    expect(files.sort()).toEqual(
      Object.keys(drawn)
        .map((file) => `${file}.svg`)
        .sort(),
    );
    for (const file of files) {
      expect(readFileSync(new URL(file, folder), 'utf8')).toBe(drawn[file.slice(0, -4)]);
    }
  });

  test('the tables have a row for each contender of each case', () => {
    const result = JSON.parse(text);
    const printed = tables(result, cases);
    for (const { contender } of result.rows)
      expect(printed).toMatch(new RegExp(`^${contender.replace(/[.()]/g, '\\$&')} `, 'm'));
    expect(printed).not.toContain('NaN');
  });
});

describe('a row of a result', () => {
  const point = { contender: 'nginx', series: 'hot-file', step: undefined, measure: async () => ({}), show: () => '' };
  const aCase = CASES[0] as (typeof CASES)[number];

  test('a contender that cannot keeps its reason and what was measured before', () => {
    const outcome = { point, samples: [], cannot: 'no answer', observed: { pssBytes: 5 }, failures: [] };
    expect(rowOf(aCase, outcome)).toEqual({
      case: 'hot-file',
      contender: 'nginx',
      figures: { pssBytes: { median: 5, min: 5, max: 5, samples: 1 } },
      cannot: 'no answer',
    });
  });

  test('a failed round and the complaints of wrk are troubles beside the figures', () => {
    const samples = [{ p50Micros: 3, complaints: ['wrk: Socket errors'] }, { p50Micros: null }];
    const outcome = { point, samples, cannot: undefined, observed: {}, failures: ['the server ended'] };
    expect(rowOf(aCase, outcome)).toMatchObject({
      figures: { p50Micros: { median: 3, samples: 1 } },
      troubles: ['in one round: the server ended', 'wrk: Socket errors'],
    });
  });
});
