import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/limits.js';

const ROOT = new URL('../..', import.meta.url).pathname;

describe('the documents', () => {
  test('show the examples as they are', () => {
    const readme = ['README.md', 'docs/handlers.md', 'docs/sites.md']
      .map((page) => readFileSync(join(ROOT, page), 'utf8'))
      .join('');
    const examples = readdirSync(join(ROOT, 'examples'));
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const code = readFileSync(join(ROOT, 'examples', example), 'utf8');
      expect(readme).toContain(`\`\`\`js\n${code}\`\`\``);
    }
  });

  test.each([
    ['of the browser and of Node', ['--lib', 'es2022,dom,dom.iterable']],
    ['of Node alone', ['--lib', 'es2022']],
  ])('show examples that compile against the types that ship, with Request and Response %s', (_, lib) => {
    const examples = readdirSync(join(ROOT, 'examples')).map((name) => join(ROOT, 'examples', name));
    // Hono's and h3's types want those of a browser, and h3's a package that is not there: here it is ours that count.
    const isOurs = (path: string): boolean => !/from '(?:hono|h3)/.test(readFileSync(path, 'utf8'));
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
      ...lib,
    ];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    for (const arguments_ of [
      examples.filter(isOurs),
      ['--skipLibCheck', ...examples.filter((path) => !isOurs(path))],
    ]) {
      const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, '--ignoreConfig', ...arguments_], {
        encoding: 'utf8',
        cwd: ROOT,
      });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    }
  });

  test('name every limit, and its default', () => {
    const page = readFileSync(join(ROOT, 'docs/handlers.md'), 'utf8');
    for (const [name, value] of Object.entries(DEFAULT_LIMITS)) {
      const shown = name === 'connectionsMax' ? 'half of the free descriptors' : `${value}`;
      expect(page).toContain(`| \`${name}\` | ${shown} |`);
    }
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

  test.each(['docs/tutorial-map.md', 'docs/tutorial-map.zh.md'])(
    '%s links each call to the line that makes it',
    (page) => {
      const model = readFileSync(join(ROOT, 'src/models/epoll.ts'), 'utf8').split('\n');
      // | `sk.bind(('0.0.0.0', 9369))` | [L29](../src/models/epoll.ts#L29) … | what the kernel does |
      const rows = [
        ...readFileSync(join(ROOT, page), 'utf8').matchAll(
          /^\| (?:`[^`]*?\.(\w+)\([^|]*) \| \[L\d[^|]*epoll\.ts#L(\d+)/gm,
        ),
      ];
      expect(rows.length).toBeGreaterThan(8);
      for (const [row, call, line] of rows) {
        if (call === 'fileno') continue; // of a condition, not a call of its own
        // Ours unregisters first where the original closes first.
        const word = call === 'close' ? 'unregister' : call;
        expect([row, model[Number(line) - 1]?.toLowerCase()]).toEqual([row, expect.stringContaining(word as string)]);
      }
    },
  );
});
