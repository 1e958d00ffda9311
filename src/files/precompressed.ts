/** Files that were compressed beforehand: `name.br`, `name.zst` and `name.gz` beside `name`. */
import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Coding } from './accepted-codings.js';
import { hasDotName } from './dot-names.js';

/** How their names end. */
export const PRECOMPRESSED_ENDINGS: { readonly [C in Coding]: string } = { br: '.br', zstd: '.zst', gzip: '.gz' };

/** In the order in which they are preferred. */
export const PRECOMPRESSED_CODINGS = Object.keys(PRECOMPRESSED_ENDINGS) as Coding[];

/**
 * A compressed file may be this much older than its original. Copying a folder without its times (fs.cpSync, cp -r, tar -m) writes the
 * two moments apart, in any order; FAT and archives keep times to two seconds.
 */
const OLDER_MS_MAX = 2_000;

/** Whether a file has changed since it was compressed. */
export function isOutdated(compressedModifiedMs: number, modifiedMs: number): boolean {
  return modifiedMs - compressedModifiedMs > OLDER_MS_MAX;
}

/** Names that are examined: 0.3 s of CPU time if most are compressed, in steps of microseconds. */
export const COUNTED_NAMES_MAX = 10_000;

export interface PrecompressedCount {
  /** Compressed files that have their file beside them. */
  readonly files: number;
  /** The number of outdated ones among them, which are not sent, and the path of one. */
  readonly outdated: number;
  readonly example: string;
  /** There are more names than were looked at. */
  readonly isBounded: boolean;
}

/** Counts the files below a folder. It follows no symbolic links and skips unreadable folders. */
export async function countPrecompressed(
  root: string,
  namesMax: number = COUNTED_NAMES_MAX,
): Promise<PrecompressedCount> {
  const count = { files: 0, outdated: 0, example: '', isBounded: false };
  const folders = [''];
  let names = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of entriesOf(join(root, folder))) {
      if (++names > namesMax) return { ...count, isBounded: true };
      const name = join(folder, entry.name);
      if (hasDotName(entry.name)) continue;
      if (entry.isDirectory()) folders.push(name);
      if (!entry.isFile()) continue;
      const ending = Object.values(PRECOMPRESSED_ENDINGS).find((each) => name.endsWith(each));
      if (ending === undefined) continue;
      const [compressedMs, ms] = await Promise.all([
        modifiedMs(join(root, name)),
        modifiedMs(join(root, name.slice(0, -ending.length))),
      ]);
      if (compressedMs === undefined || ms === undefined) continue;
      count.files++;
      if (!isOutdated(compressedMs, ms)) continue;
      count.outdated++;
      count.example = name;
    }
  }
  return count;
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder, { bufferSize: 128 });
  } catch {
    // Gone meanwhile, or not for this user: nothing in it is served either.
  }
}

async function modifiedMs(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
