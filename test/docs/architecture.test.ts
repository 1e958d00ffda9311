/** ARCHITECTURE.md says how the source is arranged. These tests read the page and the source, and compare them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DISK_JOBS_MAX, DISK_JOBS_WAITING_MAX } from '../../src/disk/disk-queue.js';
import { IN_MEMORY_PIECE_BYTES, KNOWN_IN_MEMORY_MS } from '../../src/disk/page-cache.js';
import { SPARES_MAX } from '../../src/limits.js';

const ROOT = new URL('../..', import.meta.url).pathname;
const FOLDER_FILES_MAX = 22;
const FILE_LINES_MAX = 350;

const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

const sources = new Map(filesBelow('src').map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
const nativeSources = new Map(filesBelow('native').map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));

/** The files whose text matches. */
function filesWith(pattern: RegExp, texts: ReadonlyMap<string, string> = sources): string[] {
  return [...texts].filter(([, text]) => pattern.test(text)).map(([path]) => path);
}

/** `| `src/net/` | what it is for | where to start |` */
const rooms = [...page.matchAll(/^\| `(src\/\w+)\/` \| (.*) \| (.*) \|$/gm)].map(([, room, purpose, start]) => ({
  room: room as string,
  purpose: purpose as string,
  start: start as string,
}));

/** `a/ ← b/, c/ ← d/` as [[a], [b, c], [d]]. */
function order(diagram: string): string[][] {
  return diagram.split(' ← ').map((level) => [...level.matchAll(/(\w+)\//g)].map(([, name]) => name as string));
}

/** The files that a file of src imports. */
function importsOf(path: string): string[] {
  const specifiers = (sources.get(path) as string).matchAll(/(?:\bfrom |^import |\bimport\()'(\.[^']+)\.js'/gm);
  return [...specifiers].map(([, specifier]) => `${join(dirname(path), specifier as string)}.ts`);
}

/** Imports that cross from one room to another, as `importer -> imported`. */
function crossings(roomOf: (path: string) => string | undefined): (readonly [from: string, to: string])[] {
  const pairs = [...sources.keys()].flatMap((path) => importsOf(path).map((to) => [roomOf(path), roomOf(to)] as const));
  return pairs.filter((pair): pair is readonly [string, string] => {
    const [from, to] = pair;
    return from !== undefined && to !== undefined && from !== to;
  });
}

/** Crossings of rooms in that order which do not point left. */
function wrongWay(levels: readonly string[][], pairs: readonly (readonly [from: string, to: string])[]): string[] {
  const level = (room: string): number => levels.findIndex((names) => names.includes(room));
  return pairs
    .filter(([from, to]) => level(from) >= 0 && level(to) >= 0 && level(to) >= level(from))
    .map(([from, to]) => `${from} imports ${to}`);
}

describe('the table of rooms in ARCHITECTURE.md', () => {
  test('names each folder of src, and no other', () => {
    const named = rooms.flatMap(({ room, purpose }) => [
      room,
      ...[...purpose.matchAll(/`(\w+)\/`/g)].map(([, inner]) => `${room}/${inner}`),
    ]);
    const folders = new Set([...sources.keys()].map(dirname).filter((folder) => folder !== 'src'));
    expect(named.sort()).toEqual([...folders].sort());
  });

  test('names files of that room to start with', () => {
    const starts = rooms.flatMap(({ room, start }) =>
      [...start.matchAll(/`([\w.-]+)`/g)].map(([, name]) => `${room}/${name}`),
    );
    expect(starts.length).toBeGreaterThanOrEqual(rooms.length);
    expect(starts.filter((path) => !sources.has(path))).toEqual([]);
  });
});

test('each file that ARCHITECTURE.md names exists', () => {
  const names = new Set([...sources.keys(), ...nativeSources.keys()].map((path) => basename(path)));
  const named = [...page.matchAll(/`([\w./-]+\.(?:ts|cc|h|json|md))`/g)].map(([, name]) => name as string);
  expect(named.length).toBeGreaterThan(20);
  const exists = (name: string): boolean => [ROOT, join(ROOT, 'src')].some((folder) => existsSync(join(folder, name)));
  expect(named.filter((name) => !names.has(name) && !exists(name))).toEqual([]);
});

test('no folder of src has more than 22 files', () => {
  const counts = new Map<string, number>();
  for (const path of sources.keys()) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > FOLDER_FILES_MAX)).toEqual([]);
  expect(page).toContain(`at most ${FOLDER_FILES_MAX} files`);
});

test('no file of src has more than 350 lines, but for those that ARCHITECTURE.md names with their reason', () => {
  const exceptions = /at most 350 lines\. (.*?)\n\n/s.exec(page)?.[1] ?? '';
  const named = [...exceptions.matchAll(/`(src\/[\w/.-]+)`/g)].map(([, path]) => path as string);
  const long = [...sources].filter(([, text]) => text.split('\n').length - 1 > FILE_LINES_MAX).map(([path]) => path);
  expect(long.filter((path) => !named.includes(path))).toEqual([]);
});

describe('imports', () => {
  const roomOf = (path: string): string | undefined => /^src\/(\w+)\//.exec(path)?.[1];
  const pairs = crossings(roomOf);

  test('point left in the order of the rooms', () => {
    const levels = order(/^ {4}(native\/ ← .*)$/m.exec(page)?.[1] ?? '');
    expect(levels.length).toBeGreaterThan(6);
    expect(wrongWay(levels, pairs)).toEqual([]);
  });

  test('of two rooms go one way', () => {
    const both = pairs.filter(([from, to]) => pairs.some(([other, back]) => other === to && back === from));
    expect(new Set(both.map(String))).toEqual(new Set());
  });

  test('of daemon/ go one way, too, and no other room imports it', () => {
    const purpose = rooms.find(({ room }) => room === 'src/daemon')?.purpose ?? '';
    const levels = order(purpose);
    levels[levels.length - 1] = ['command'];
    const daemonRoomOf = (path: string): string | undefined =>
      path.startsWith('src/daemon/') ? (/^src\/daemon\/(\w+)\//.exec(path)?.[1] ?? 'command') : undefined;
    expect(wrongWay(levels, crossings(daemonRoomOf))).toEqual([]);
    const importers = [...sources.keys()].filter((path) => importsOf(path).some((to) => to.startsWith('src/daemon/')));
    expect(importers.filter((path) => !path.startsWith('src/daemon/'))).toEqual([]);
  });

  test('of http/ stay within it, but for limits.ts', () => {
    const outside = [...sources.keys()]
      .filter((path) => path.startsWith('src/http/'))
      .flatMap(importsOf)
      .filter((to) => !to.startsWith('src/http/'));
    expect(new Set(outside)).toEqual(new Set(['src/limits.ts']));
  });

  test('are checked by the linter in each room, and it gives the reason', () => {
    const { linter, overrides } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
    expect(linter.rules.suspicious.noImportCycles).toEqual({ level: 'error', options: { ignoreTypes: false } });
    const ruled: string[] = [];
    for (const { includes, linter: own } of overrides) {
      const rule = own.rules.style?.noRestrictedImports;
      if (rule === undefined) continue;
      expect(rule.level).toBe('error');
      for (const { message } of rule.options.patterns) expect(message).toMatch(/\w/);
      ruled.push(...includes);
    }
    // The files of the command, directly in daemon/, may import every room.
    const unruled = rooms.filter(({ room }) => !ruled.some((glob) => glob.startsWith(`${room}/`)));
    expect(unruled).toEqual([]);
  });
});

describe('as ARCHITECTURE.md says,', () => {
  test('native/addon.ts alone loads the addon', () => {
    expect(filesWith(/from 'node-gyp-build'|\bdlopen\b/)).toEqual(['src/native/addon.ts']);
  });

  test('all reads and writes of a connection pass its ByteChannel', () => {
    const callers = filesWith(/\bnative\.(?:recv|send|read|write|writev|sendfile|sendfile_job)\(/);
    const ofConnections = callers.filter((path) => /^src\/(?:net|tls|http|files|fetch|sites)\//.test(path));
    expect(ofConnections).toEqual(['src/net/byte-channel.ts', 'src/tls/tls-channel.ts']);
  });

  test('linux/epoll.ts alone waits for the loop', () => {
    const pattern = /\bnative\.epoll_p?wait2?\(/;
    expect(filesWith(pattern)).toEqual(['src/linux/epoll.ts']);
  });

  test('no stream, socket or server of Node is on the path of a request', () => {
    const served = new Map([...sources].filter(([path]) => !/^src\/(?:daemon|models|learn)\//.test(path)));
    expect(filesWith(/^(?!import type ).*'node:(?:http|https|http2|tls|dgram)'/m)).toEqual([]);
    const ofTypes = filesWith(/^import type .*'node:(?:http|https|http2|tls|dgram)'/m);
    expect(new Set(ofTypes.map(dirname))).toEqual(new Set(['src/connect']));
    expect(new Set(filesWith(/'node:stream'/, served).map(dirname))).toEqual(new Set(['src/connect']));
    const ofNet = [...served.values()].flatMap((text) => [...text.matchAll(/^import (.*) from 'node:net';$/gm)]);
    const imported = ofNet.flatMap(([, names]) => [...(names as string).matchAll(/\w+/g)].map(String));
    expect(new Set(imported)).toEqual(new Set(['type', 'BlockList', 'isIP']));
  });

  test('no request reaches a file by node:fs', () => {
    const users = filesWith(/'node:fs(?:\/promises)?'/).filter(
      (path) => !/^src\/(?:daemon|models|learn|xray)\//.test(path),
    );
    expect(users).toEqual([
      'src/files/precompressed.ts', // counts files of a site at its start
      'src/native/package-folder.ts', // finds the addon and the sample site
      'src/native/syscall-trace.ts', // writes to stderr
      'src/net/connections-max.ts', // /proc
      'src/net/listening-socket.ts', // the file of a Unix socket
    ]);
  });

  test('the handlers of files/ and sites/ say that they run no user code, and no other does', () => {
    expect(filesWith(/\brunsNoUserCode: true\b/).map(dirname)).toEqual(['src/files', 'src/sites', 'src/sites']);
  });

  test('no timer of Node that repeats runs outside the command', () => {
    expect(filesWith(/\bsetInterval\(/).filter((path) => !path.startsWith('src/daemon/'))).toEqual([]);
  });

  test('three files of C++ have state to guard between threads', () => {
    const guarded = filesWith(/\bstd::(?:mutex|atomic)\b/, nativeSources);
    expect(guarded).toEqual(['native/disk_threads.cc', 'native/sandbox.cc', 'native/signal_handler.cc']);
    for (const path of guarded) expect(nativeSources.get(path)).toMatch(/\bstd::mutex\b/);
  });

  test.each([
    [`up to ${SPARES_MAX} sends in a row`],
    [
      `a byte of each ${IN_MEMORY_PIECE_BYTES / 1024} KiB, ${KNOWN_IN_MEMORY_MS === 1000 ? 'once a second' : ''} for each`,
    ],
    [
      `${DISK_JOBS_MAX} of the ${/kThreadsMax = (\d+);/.exec(nativeSources.get('native/disk_threads.cc') ?? '')?.[1]} threads`,
    ],
    [`when ${DISK_JOBS_WAITING_MAX.toLocaleString('en')} jobs wait`],
  ])('the figure is right: %s', (claim) => {
    expect(page.replace(/\s+/g, ' ')).toContain(claim);
  });

  test('reactor.ts numbers the steps of a turn as ARCHITECTURE.md does', () => {
    const ofPage = [...page.matchAll(/^(\d)\. \*\*(\w+)\*\*/gm)].map(([, number, step]) => `${number} ${step}`);
    const ofSource = [...(sources.get('src/reactor/reactor.ts') ?? '').matchAll(/^ \* {3}(\d)\. (\w+)/gm)];
    expect(ofPage).toHaveLength(6);
    expect(ofSource.map(([, number, step]) => `${number} ${step}`)).toEqual(ofPage);
  });
});
