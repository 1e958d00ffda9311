import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = new URL('..', import.meta.url).pathname;

describe('the documents', () => {
  test('show the examples as they are', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const examples = readdirSync(join(ROOT, 'examples'));
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const code = readFileSync(join(ROOT, 'examples', example), 'utf8');
      expect(readme).toContain(`\`\`\`js\n${code}\`\`\``);
    }
  });

  test('show examples that compile against the types that ship', () => {
    const examples = readdirSync(join(ROOT, 'examples')).map((name) => join(ROOT, 'examples', name));
    const options = [
      '--noEmit',
      '--allowJs',
      '--checkJs',
      '--strict',
      'false',
      '--module',
      'nodenext',
      '--target',
      'es2022',
    ];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, '--ignoreConfig', ...examples], {
      encoding: 'utf8',
      cwd: ROOT,
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  test('link to files that exist', () => {
    const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
    for (const page of readdirSync(join(ROOT, 'docs'))) if (page.endsWith('.md')) pages.push(`docs/${page}`);
    const broken: string[] = [];
    for (const page of pages) {
      const text = readFileSync(join(ROOT, page), 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
        if (!existsSync(join(ROOT, dirname(page), target as string))) broken.push(`${page}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });
});
