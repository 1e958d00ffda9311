/** Completions, as the shells make them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from '@jest/globals';
import { flagOf, OPTIONS } from '../../src/daemon/config/options.js';
import { Folder } from '../support/sockets.js';
import { run } from './command.js';
import { exists, testWhere } from './programs.js';

const LONGS = OPTIONS.map((option) => flagOf(option).split(' ')[0] as string);

const scripts: Record<string, string> = {};
beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout, stderr, code } = await run(['completion', shell]);
    expect([code, stderr]).toEqual([0, '']);
    scripts[shell] = stdout;
  }
});

/** Runs a script in a folder with another folder, `a b`, and a file, `site.toml`. */
function inFolder(program: string, args: readonly string[], script = ''): string[] {
  using folder = new Folder();
  mkdirSync(join(folder.path, 'a b'));
  writeFileSync(join(folder.path, 'site.toml'), '');
  const options = {
    cwd: folder.path,
    encoding: 'utf8',
    input: script,
    env: { ...process.env, HOME: folder.path },
  } as const;
  const { stdout, stderr, status } = spawnSync(program, args, options);
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter(Boolean);
}

/** The completions of bash for the last of these words. */
function byBash(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  // Outside of a completion there is nothing that compopt could set.
  const call = `compopt() { :; }; COMP_WORDS=(epoll-reactor ${quoted}); COMP_CWORD=${words.length}; _epoll_reactor`;
  return inFolder('bash', ['--norc'], `set -u\n${scripts['bash']}\n${call}\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`);
}

describe('bash completes', () => {
  const it = testWhere(exists('bash'), 'there is no bash');

  it('every flag', () => {
    expect(byBash('--')).toEqual(expect.arrayContaining([...LONGS, '--config', '--check', '--print-config']));
    expect(byBash('--log')).toEqual(['--log-level']);
  });

  it('values where there are some to choose from, also behind =', () => {
    expect(byBash('--sandbox', '')).toEqual(['off', 'on', 'required']);
    expect(byBash('--sandbox', '=')).toEqual(['off', 'on', 'required']);
    expect(byBash('--sandbox', '=', 'r')).toEqual(['required']);
  });

  it('files where a flag wants one, nothing where it wants a number, and else folders', () => {
    expect(byBash('--config', '')).toEqual(expect.arrayContaining(['a b', 'site.toml']));
    expect(byBash('--port', '')).toEqual([]);
    expect(byBash('--listing', '')).toEqual(['a b']);
  });

  it('commands in the first place, and what follows them', () => {
    expect(byBash('')).toEqual(['model', 'xray', 'learn', 'hash-password', 'completion', 'a b']);
    expect(byBash('model', 'e')).toEqual(['epoll', 'epoll-edge', 'epoll-workers']);
    expect(byBash('xray', 'epoll-')).toEqual(['epoll-edge', 'epoll-workers']);
    expect(byBash('xray', 'site')).toEqual(['site.toml']);
    expect(byBash('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });
});

describe('fish completes', () => {
  const it = testWhere(exists('fish'), 'there is no fish');

  /** The completions of fish for a line: a word, a tab and its description. */
  function byFish(line: string): string[] {
    const script = `${scripts['fish']}\ncomplete -C '${line}'\n`;
    return inFolder('fish', ['--no-config', '-c', script]).map((each) => each.split('\t')[0] as string);
  }

  it('every flag', () => {
    expect(byFish('epoll-reactor --')).toEqual(expect.arrayContaining([...LONGS, '--config']));
  });

  it('values, files, folders and commands', () => {
    expect(byFish('epoll-reactor --sandbox ').sort()).toEqual(['off', 'on', 'required']);
    expect(byFish('epoll-reactor --config ')).toEqual(expect.arrayContaining(['site.toml']));
    expect(byFish('epoll-reactor --port ')).toEqual([]);
    expect(byFish('epoll-reactor ').sort()).toEqual(['a b/', 'completion', 'hash-password', 'model', 'xray']);
    expect(byFish('epoll-reactor xray site')).toEqual(['site.toml']);
    expect(byFish('epoll-reactor model e')).toEqual(expect.arrayContaining(['epoll', 'epoll-edge']));
  });
});

describe('zsh', () => {
  const it = testWhere(exists('zsh'), 'there is no zsh');

  it('has it for the command, with its flags and their values', () => {
    // _arguments works only within an editor, so its arguments are printed.
    const asked = `_arguments() { print -rl -- "$@" }; _epoll_reactor; print -r -- "is \${_comps[epoll-reactor]}"`;
    const lines = inFolder('zsh', ['-f'], `${scripts['zsh']}\n${asked}\n`);
    expect(lines.at(-1)).toBe('is _epoll_reactor');
    for (const long of LONGS) expect(lines.some((line) => line.replace(/^\*/, '').startsWith(`${long}[`))).toBe(true);
    expect(lines.find((line) => line.startsWith('--sandbox'))).toMatch(/:value:\(off on required\)$/);
    expect(lines.find((line) => line.startsWith('--config'))).toMatch(/:value:_files$/);
    expect(lines.find((line) => line.startsWith('*--listen'))).toContain('127.0.0.1\\:9369, \\[\\:\\:\\]\\:80');
  });
});
