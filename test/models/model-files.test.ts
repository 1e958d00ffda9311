/** A model is short and readable alone, beside the tutorial. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { MODELS } from '../../src/models/catalog.js';

const FOLDER = new URL('../../src/models/', import.meta.url);
const NOT_MODELS = ['catalog.ts', 'respond.ts'];
const FILES = readdirSync(FOLDER).filter((file) => !NOT_MODELS.includes(file));

/** A model may import how to answer and how to wait, and nothing else of the project. */
const ALLOWED = [
  './respond.js',
  '../linux/epoll.js',
  '../linux/ring.js',
  '../linux/select-and-poll.js',
  '../linux/sockets.js',
];
const LINES_MAX = 100;

/** The modules that a file imports, exports from, or loads when it runs. */
function importsOf(source: string): string[] {
  const statements = source.matchAll(/^\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm);
  const bare = source.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm);
  const dynamic = source.matchAll(/\b(?:import|require)\(\s*['"]?([^'")]*)/g);
  return [...statements, ...bare, ...dynamic].map(([, module]) => module as string);
}

test('the catalog names each model, and each model has a file', () => {
  expect(FILES.sort()).toEqual(MODELS.map((model) => `${model.name}.ts`).sort());
});

describe.each(FILES)('%s', (file) => {
  const source = readFileSync(new URL(file, FOLDER), 'utf8');

  test(`the model has at most ${LINES_MAX} lines`, () => {
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(LINES_MAX);
  });

  test('the model imports only how to answer and how to wait', () => {
    const imports = importsOf(source);
    expect(imports).toContain('./respond.js');
    const others = imports.filter((module) => !module.startsWith('node:') && !ALLOWED.includes(module));
    expect(others).toEqual([]);
  });

  test('the first comment says what the model teaches', () => {
    expect(source.startsWith('/**\n * Teaches ')).toBe(true);
  });

  test('the catalog loads the model', async () => {
    const model = MODELS.find(({ name }) => `${name}.ts` === file);
    expect(typeof (await model?.load())?.serve).toBe('function');
  });
});
