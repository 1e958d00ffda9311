import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'smol-toml';
import { configSchema } from '../../../src/daemon/config/config-schema.js';
import { defaultOf, environmentNameOf, flagOf, OPTIONS } from '../../../src/daemon/config/options.js';
import { checkShape } from '../../../src/sites/check-shape.js';
import { siteEntries } from '../../../src/sites/options-schema.js';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

describe('the page of the configuration', () => {
  test('describes each key', () => {
    for (const { key } of OPTIONS) expect(page).toContain(`\`${key}\``);
    for (const key of Object.keys(configSchema.entries)) if (key !== '$schema') expect(page).toContain(`\`${key}\``);
  });

  test('says the default of each option beside its key', () => {
    for (const option of OPTIONS.filter((each) => defaultOf(each) !== undefined)) {
      const [word = ''] = `${defaultOf(option)}`.split(',');
      const row = page.split('\n').find((line) => new RegExp(`^\\|[^|]*\`${option.key}\``).test(line)) ?? '';
      expect([option.key, row.split('|')[2]]).toEqual([option.key, expect.stringContaining(word)]);
    }
  });

  test('shows files that are good', () => {
    const files = [...page.matchAll(/```toml\n(.*?)```/gs)].map(([, text]) => text as string);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) checkShape(configSchema, parse(file), []);
    const ofJson = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => text as string);
    expect(ofJson.length).toBeGreaterThan(0);
    for (const file of ofJson) checkShape(configSchema, JSON.parse(file), []);
  });
});

test('the page about files explains each option of a folder, with its flag', () => {
  const filesPage = readFileSync(new URL('../../../docs/files.md', import.meta.url), 'utf8');
  const { root: _root, hosts: _hosts, rules: _rules, ...ofFolder } = siteEntries;
  for (const key of Object.keys(ofFolder)) {
    const row = filesPage.split('\n').find((line) => new RegExp(`^\\|[^|]*\`${key}\``).test(line));
    const [flag] = OPTIONS.filter((option) => option.key === key).map(
      (option) => flagOf(option).match(/--[\w-]+/)?.[0],
    );
    expect([key, row]).toEqual([key, expect.stringContaining(flag as string)]);
  }
});

test('an option has one name, in the form of each place', () => {
  const option = OPTIONS.find(({ key }) => key === 'shutdownGraceMs');
  if (option === undefined) throw new Error('there is no such option');
  expect([flagOf(option), environmentNameOf(option)]).toEqual([
    '--shutdown-grace-ms <MS>',
    'EPOLL_REACTOR_SHUTDOWN_GRACE_MS',
  ]);
});

test('every flag is a key of a file', () => {
  expect(Object.keys(configSchema.entries)).toEqual(expect.arrayContaining(OPTIONS.map(({ key }) => key)));
});
