/** Finds the line of source behind a place in a built file, by its source map. */
import { readFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { originalPositionFor, sourceContentFor, TraceMap } from '@jridgewell/trace-mapping';
import { PACKAGE_FOLDER } from '../../native/package-folder.js';

interface SourceLine {
  /** Such as `src/models/epoll.ts:48`. */
  readonly src: string;
  /** Its text, without the blanks around it. undefined for the user's own files. */
  readonly text: string | undefined;
}

/** Places are those of the calls in a program: a few hundred. */
const PLACES_MAX = 10_000;

export class SourcePlaces {
  readonly #maps = new Map<string, TraceMap | undefined>();
  readonly #ownFiles: ReadonlySet<string>;
  readonly #known = new Map<string, SourceLine>();

  /** @param ownFiles  those outside the package whose text may be read */
  constructor(ownFiles: readonly string[] = []) {
    this.#ownFiles = new Set(ownFiles);
  }

  /**
   * @param line    from 1
   * @param column  from 1, as in a stack trace
   */
  find(path: string, line: number, column: number): SourceLine {
    const key = `${path}:${line}:${column}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = this.#find(path, line, column);
      if (this.#known.size < PLACES_MAX) this.#known.set(key, found);
    }
    return found;
  }

  #find(path: string, line: number, column: number): SourceLine {
    if (this.#ownFiles.has(path)) return { src: `${basename(path)}:${line}`, text: lineOf(path, line) };
    // The observed program names the path, and clients may control it. So no file outside the package is read.
    if (!isBeneathPackage(path) || line < 1 || column < 1) {
      return { src: `${basename(path)}:${line}`, text: undefined };
    }
    const map = this.#mapOf(path);
    const place = map && originalPositionFor(map, { line, column: column - 1 });
    if (map === undefined || !place?.source)
      return { src: `${relative(PACKAGE_FOLDER, path)}:${line}`, text: undefined };
    const lines = sourceContentFor(map, place.source)?.split('\n');
    const source = relative(PACKAGE_FOLDER, resolve(dirname(path), place.source));
    return { src: `${source}:${place.line}`, text: lines?.[place.line - 1]?.trim() };
  }

  #mapOf(path: string): TraceMap | undefined {
    if (!this.#maps.has(path) && this.#maps.size < PLACES_MAX) this.#maps.set(path, load(path));
    return this.#maps.get(path);
  }
}

function lineOf(path: string, line: number): string | undefined {
  try {
    return readFileSync(path, 'utf8').split('\n')[line - 1]?.trim();
  } catch {
    return undefined; // it was removed
  }
}

function load(path: string): TraceMap | undefined {
  try {
    return new TraceMap(readFileSync(`${path}.map`, 'utf8'));
  } catch {
    return undefined;
  }
}

function isBeneathPackage(path: string): boolean {
  return path.startsWith(`${PACKAGE_FOLDER}/`) && path === resolve(path);
}
