/** The files of .github/: read by a parser of YAML, and compared with package.json and SECURITY.md. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { works } from '../daemon/programs.js';

const ROOT = new URL('../..', import.meta.url).pathname;

interface Job {
  readonly strategy?: { readonly matrix: { readonly node: readonly number[]; readonly arch: readonly string[] } };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly { readonly run?: string; readonly uses?: string }[];
}

interface Workflow {
  readonly jobs: Readonly<Record<string, Job>>;
}

const paths = readdirSync(join(ROOT, '.github'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));

const describeWhere = works('python3', '-c', 'import yaml') ? describe : describe.skip;

describeWhere('the files of .github (skipped where python3 has no yaml)', () => {
  const program =
    'import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1])), default=str, skipkeys=True))';
  const parse = (path: string): unknown =>
    JSON.parse(execFileSync('python3', ['-c', program, join(ROOT, path)]).toString());
  const workflow = (name: string): Workflow => parse(`.github/workflows/${name}.yml`) as Workflow;
  const stepsOf = (name: string): NonNullable<Job['steps']> =>
    Object.values(workflow(name).jobs).flatMap(({ steps = [] }) => steps);

  test('are YAML', () => {
    expect(paths.length).toBeGreaterThan(4);
    for (const path of paths) expect(parse(path)).toEqual(expect.any(Object));
  });

  test('test each version of Node that the package supports, on each architecture and libc', () => {
    const { jobs } = workflow('ci');
    for (const libc of ['glibc', 'musl']) {
      expect(jobs[libc]?.strategy?.matrix).toEqual({ node: [20, 22, 24, 26], arch: ['x64', 'arm64'] });
    }
  });

  test('pin each action to a major version', () => {
    const actions = ['ci', 'release'].flatMap((name) => stepsOf(name).flatMap(({ uses }) => uses ?? []));
    expect(actions.length).toBeGreaterThan(4);
    expect(actions.filter((action) => !/^actions\/[\w-]+@v\d+$/.test(action))).toEqual([]);
  });

  test('publish with provenance, in a job that has no other right', () => {
    const publishing = Object.values(workflow('release').jobs).filter(({ steps = [] }) =>
      steps.some(({ run }) => run?.startsWith('npm publish ') === true && run.includes('--provenance')),
    );
    expect(publishing.map(({ permissions }) => permissions)).toEqual([{ 'id-token': 'write' }]);
  });

  test('ask for the version and the banner in a report of a fault', () => {
    const form = readFileSync(join(ROOT, '.github/ISSUE_TEMPLATE/bug.yml'), 'utf8');
    expect(form).toContain('epoll-reactor --version');
    expect(form).toMatch(/label: Banner/);
  });

  test('run scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const commands = ['ci', 'release'].flatMap((name) => stepsOf(name).flatMap(({ run }) => run ?? []));
    const named = commands.flatMap((command) =>
      [...command.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => `${name}`),
    );
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});
