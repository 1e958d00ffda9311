import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { CASES } from '../../benchmarks/cases/catalog.mjs';
import { contenders } from '../../benchmarks/contenders/catalog.mjs';
import { contendersOf } from '../../benchmarks/report/bounds.mjs';
import { exists, testWhere } from '../daemon/programs.js';

const BENCH = fileURLToPath(new URL('../../benchmarks/bench.mjs', import.meta.url));

const bench = (...args: string[]) => spawnSync(process.execPath, [BENCH, ...args], { encoding: 'utf8' });

describe('the cases of npm run bench', () => {
  test('each contender that a case names exists, under a name of its own', () => {
    const keys = { cert: '', key: '' };
    const known = contenders(process.execPath, process.version, keys).map(({ name }) => name);
    expect(new Set(known).size).toBe(known.length);
    for (const { contenders: names = [] } of CASES) expect(known).toEqual(expect.arrayContaining([...names]));
  });

  test('a case sets bounds only for contenders and figures that it measures', () => {
    for (const { contenders: names, figures, bounds = [] } of CASES) {
      expect(names).toEqual(expect.arrayContaining([...contendersOf(bounds)]));
      for (const { figure } of bounds) expect(figures).toContain(figure);
    }
  });
});

describe('the command npm run bench', () => {
  const isPossible = exists('wrk') && exists('taskset') && exists('cc') && availableParallelism() > 1;

  testWhere(isPossible, 'wrk, taskset, a C compiler or a second core is missing')(
    'bench measures a case, judges its bounds and writes the result',
    () => {
      const args = ['--quick', '--only', 'hot-file', '--contenders', 'floor,epoll-reactor', '--seconds', '1'];
      const { status, stdout, stderr } = bench(...args);
      const folder = /^written to (.*)$/m.exec(stderr)?.[1] as string;
      try {
        expect(status).toBe(0);
        expect(stdout).toMatch(/^epoll-reactor +\d/m);
        expect(stdout).toMatch(/^hot-file: epoll-reactor: CPU\/request ÷ floor .* ≤ 1\.1 /m);
        expect(stdout).toContain('not known: no figure of nginx');
        const result = JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8'));
        expect(result.rows).toMatchObject([
          { case: 'hot-file', contender: 'floor' },
          { case: 'hot-file', contender: 'epoll-reactor' },
        ]);
        expect(result.rows[1].figures.requestsPerSecond.median).toBeGreaterThan(0);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  test('an unknown case is an error of one line that lists the cases', () => {
    const { status, stderr } = bench('--only', 'nonsense');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^bench: there is no nonsense; there are hot-file, .*\n$/);
  });
});
