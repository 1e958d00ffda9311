import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/limits.js';

const ROOT = new URL('../..', import.meta.url).pathname;

const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(ROOT, 'docs/course')).map((name) => `docs/course/${name}`),
  'benchmarks/README.md',
];

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** Whether a file has the line that `L12` or `L12-L15` names, or the heading that GitHub gives this anchor. */
function hasAnchor(file: string, anchor: string | undefined): boolean {
  if (anchor === undefined) return true;
  const line = /^L(\d+)(?:-L(\d+))?$/.exec(anchor);
  if (line !== null) return Number(line[2] ?? line[1]) <= textOf(file).split('\n').length;
  const headings = textOf(file)
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#+ (.*)$/gm);
  return [...headings].some(([, heading]) => slug(heading as string) === anchor);
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/ /g, '-');
}

describe('the documents', () => {
  test('show the examples as they are', () => {
    const shown = pages.map(textOf).join('');
    const examples = readdirSync(join(ROOT, 'examples'));
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const code = readFileSync(join(ROOT, 'examples', example), 'utf8');
      expect(shown).toContain(`\`\`\`js\n${code}\`\`\``);
    }
  });

  test.each([
    ['of the browser and of Node', ['--lib', 'es2022,dom,dom.iterable']],
    ['of Node alone', ['--lib', 'es2022']],
  ])('show examples that compile against the types that ship, with Request and Response %s', (_, lib) => {
    const examples = readdirSync(join(ROOT, 'examples')).map((name) => join(ROOT, 'examples', name));
    // Types of frameworks want those of a browser, or packages that are not there: here it is ours that count.
    const isOurs = (path: string): boolean =>
      !/from '(?:elysia|express|fastify|h3|hono|koa|srvx)/.test(readFileSync(path, 'utf8'));
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

  test('link to files, headings and lines that exist', () => {
    const broken: string[] = [];
    for (const page of pages) {
      for (const [, target] of textOf(page).matchAll(/\]\((?!https?:)([^)\s]+)/g)) {
        const [path, anchor] = (target as string).split('#') as [path: string, anchor?: string];
        const file = path === '' ? page : join(dirname(page), path);
        if (!existsSync(join(ROOT, file)) || !hasAnchor(file, anchor)) broken.push(`${page}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('are all reached from README.md', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      // The loop also walks those that it adds.
      for (const [, path] of textOf(page).matchAll(/\]\((?!https?:)([^)#\s]+\.md)/g)) {
        reached.add(join(dirname(page), path as string));
      }
    }
    expect(pages.filter((page) => !reached.has(page))).toEqual([]);
  });

  test('README.zh.md has the code and the commands of README.md', () => {
    const codeOf = (page: string): string[] => {
      const fenced = [...textOf(page).matchAll(/^```[\s\S]*?^```/gm)].map(([code]) => code);
      const indented = textOf(page).match(/^ {4}.*$/gm) ?? [];
      return [...fenced, ...indented.map((line) => line.replace(/ +# .*$/, ''))];
    };
    expect(codeOf('README.zh.md')).toEqual(codeOf('README.md'));
  });

  test.each(['docs/models.md', 'docs/models.zh.md'])('%s quotes each model as it is', (page) => {
    const sections = textOf(page)
      .split(/^## \d+\. /m)
      .slice(1);
    const stale = sections.flatMap((section) => {
      const model = textOf(`src/models/${section.split('\n', 1)[0]}.ts`);
      const quoted = [...section.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code as string);
      expect(quoted).not.toEqual([]);
      return quoted.filter((code) => !model.includes(code));
    });
    expect(stale).toEqual([]);
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
        // Our version unregisters before it closes; the original closes first.
        const word = call === 'close' ? 'unregister' : call;
        expect([row, model[Number(line) - 1]?.toLowerCase()]).toEqual([row, expect.stringContaining(word as string)]);
      }
    },
  );
});
