/**
 * The example of each framework answers the questions of questions.ts. docs/frameworks.md is made of the answers; to write it anew:
 *
 *     WRITE_FRAMEWORKS=1 npm run test:only -- test/frameworks
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ExampleProcess } from './example-process.js';
import { FRAMEWORKS, type Framework } from './frameworks.js';
import { frameworksPage, type Tried } from './frameworks-page.js';
import { QUESTIONS } from './questions.js';

const PAGE = new URL('../../docs/frameworks.md', import.meta.url);

const tried = new Map<Framework, Tried>();

function textOf(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

function versionOf(framework: Framework): string {
  return JSON.parse(textOf(`node_modules/${framework.package}/package.json`)).version;
}

// At once: most of the time an example waits for its next event.
test.concurrent.each(FRAMEWORKS)('the example of $name answers, and ends at Ctrl-C', async (framework) => {
  await using example = new ExampleProcess(framework.example);
  const url = await example.url();
  const answers = new Map<string, string>();
  for (const { title, ask } of QUESTIONS) answers.set(title, await ask(url, example));
  const code = textOf(`examples/${framework.example}`);
  tried.set(framework, { framework, version: versionOf(framework), answers, code });
  expect(await example.interrupt()).toBe(0);
});

test('the example of the middleware serves a folder, and ends at Ctrl-C', async () => {
  await using example = new ExampleProcess('middleware.mjs');
  const url = await example.url();
  const page = await fetch(url);
  expect([page.status, await page.text()]).toEqual([200, textOf('docs/files.md')]);
  const unchanged = { 'if-none-match': page.headers.get('etag') ?? '' };
  expect((await fetch(url, { headers: unchanged })).status).toBe(304);
  const missing = await fetch(`${url}none`);
  expect([missing.status, await missing.text()]).toEqual([404, 'not here\n']);
  expect(await example.interrupt()).toBe(0);
});

test('docs/frameworks.md says what the examples have answered', () => {
  const inOrder = FRAMEWORKS.flatMap((framework) => tried.get(framework) ?? []);
  const page = frameworksPage(inOrder, textOf('examples/middleware.mjs'));
  if (process.env['WRITE_FRAMEWORKS']) writeFileSync(PAGE, page);
  expect(page).toBe(readFileSync(PAGE, 'utf8'));
});
