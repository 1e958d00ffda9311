import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { contendersOf } from '../../benchmarks/bench/bounds.mjs';
import { CASES } from '../../benchmarks/cases/catalog.mjs';
import { contenders } from '../../benchmarks/contenders/catalog.mjs';
import { exists, testWhere } from '../daemon/programs.js';

const BENCH = fileURLToPath(new URL('../../benchmarks/bench.mjs', import.meta.url));

const bench = (...args: string[]) => spawnSync(process.execPath, [BENCH, ...args], { encoding: 'utf8' });

describe('the cases', () => {
  test('name contenders that there are', () => {
    const { servers, rings } = contenders(process.execPath);
    const known = [...servers, ...rings].map(({ name }) => name);
    expect(new Set(known).size).toBe(known.length);
    for (const each of CASES) expect(known).toEqual(expect.arrayContaining([...each.contenders]));
  });

  test('bind only what they measure', () => {
    for (const { contenders: names, figures, bounds } of CASES) {
      expect(names).toEqual(expect.arrayContaining([...contendersOf(bounds)]));
      for (const { figure } of bounds) expect(figures).toContain(figure);
    }
  });
});

describe('the command', () => {
  const isPossible = exists('wrk') && exists('taskset') && exists('cc') && availableParallelism() > 1;

  testWhere(isPossible, 'wrk, taskset, a C compiler or a second core is missing')(
    'measures a case, judges it, and writes what it has seen',
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
        expect(result.cases[0].rows.map((row: { contender: string }) => row.contender)).toEqual([
          'floor',
          'epoll-reactor',
        ]);
        expect(result.cases[0].rows[1].figures.requestsPerSecond.median).toBeGreaterThan(0);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    60_000,
  );

  test('tells a mistake in a line', () => {
    const { status, stderr } = bench('--only', 'nonsense');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^bench: there is no nonsense; there are hot-file, .*\n$/);
  });
});
