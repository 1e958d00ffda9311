/** The manual page and the schema of the configuration file agree with the program. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { configSchema } from '../../src/daemon/config/config-schema.js';
import { flagOf, OPTIONS } from '../../src/daemon/config/options.js';
import { ACCESS_LOG_FORMATS, LOG_LEVELS, SANDBOX_MODES } from '../../src/daemon/config/value-shapes.js';
import { exists, testWhere } from './programs.js';

const ROOT = new URL('../../', import.meta.url);
const PAGE = fileURLToPath(new URL('man/epoll-reactor.1', ROOT));
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

describe('the manual page', () => {
  const page = read('man/epoll-reactor.1');

  test('has each flag, and its values', () => {
    for (const option of OPTIONS) {
      const flag = flagOf(option).slice(1).replace(/ <.*$/, ''); // `Fl -port`: the first dash is the macro's
      expect(page).toMatch(new RegExp(`^\\.It Fl ${option.short ? `${option.short} , Fl ` : ''}${flag}(?: |$)`, 'm'));
    }
    for (const flag of ['c , Fl -config Ar FILE', '-xray', '-check', '-print-config', 'V , -version']) {
      expect(page).toContain(`.It Fl ${flag}\n`);
    }
    for (const choices of [SANDBOX_MODES, ACCESS_LOG_FORMATS, LOG_LEVELS]) {
      const shown = choices.join(' | ');
      expect([...page.matchAll(/Cm (.* \| .*)$/gm)].map(([, text]) => text?.split(' | ').sort().join(' | '))).toContain(
        shown.split(' | ').sort().join(' | '),
      );
    }
  });

  test('has only flags of the command', () => {
    const known = OPTIONS.map((option) => flagOf(option).replace(/ <.*$/, ''));
    const others = [
      'config',
      'xray',
      'check',
      'print-config',
      'version',
      'help',
      'trace',
      'list',
      'lang',
      'no-length',
      'no-open',
    ];
    const named = [...page.matchAll(/(?:Fl|,) -([a-z-]+)/g)].map(([, name]) => `--${name}`);
    expect(named.length).toBeGreaterThan(OPTIONS.length);
    expect(named.filter((name) => !known.includes(name) && !others.includes(name.slice(2)))).toEqual([]);
  });

  testWhere(exists('mandoc'), 'there is no mandoc')('is good mdoc(7)', () => {
    // Whether the pages that it refers to are on this machine is no matter of this page.
    const { stdout, status } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', PAGE], { encoding: 'utf8' });
    expect([stdout, status]).toEqual(['', 0]);
  });

  testWhere(exists('man') && exists('groff'), 'there is no man')('is shown by man(1) without a warning', () => {
    const { stdout, stderr, status } = spawnSync('man', ['--warnings', '-l', PAGE], {
      encoding: 'utf8',
      env: { ...process.env, MANPAGER: 'cat', MANWIDTH: '80', LC_ALL: 'C' },
    });
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout).toContain('serve a folder over HTTP');
  });
});

describe('the schema', () => {
  test('is the one by which the command checks', () => {
    const { status, stderr } = spawnSync(process.execPath, ['schema/generate.mjs', '--check'], {
      cwd: fileURLToPath(ROOT),
      encoding: 'utf8',
    });
    expect([stderr, status]).toEqual(['', 0]);
  });

  test('has each key, with a description', () => {
    const { properties, additionalProperties } = JSON.parse(read('schema/config.schema.json'));
    expect(additionalProperties).toBe(false);
    expect(Object.keys(properties)).toEqual(Object.keys(configSchema.entries));
    for (const [key, { description }] of Object.entries<{ description: string }>(properties)) {
      expect([key, description]).toEqual([key, expect.stringMatching(/^[A-Z`].*\.$/)]);
    }
  });
});

test('the package has both', () => {
  const { man, files } = JSON.parse(read('package.json'));
  expect(man).toEqual(['man/epoll-reactor.1']); // npm links no single text, only a list
  expect(existsSync(PAGE)).toBe(true);
  expect(files).toEqual(expect.arrayContaining(['man', 'schema/config.schema.json']));
});
