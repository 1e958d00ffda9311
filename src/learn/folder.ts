/** The learner's folder: a program for each exercise, and which of them are solved. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PACKAGE_FOLDER } from '../native/package-folder.js';
import { EXERCISES } from './catalog.js';
import type { Exercise, Language } from './exercise.js';

const PROGRAMS = join(PACKAGE_FOLDER, 'dist/learn/programs');
const SOLUTIONS = join(PACKAGE_FOLDER, 'dist/learn/solutions');
const PROGRESS = '.progress.json';

export class ExerciseFolder {
  readonly path: string;
  readonly #language: Language;
  readonly #solved: Set<string>;

  /** Opens the folder, and adds what it does not have. */
  constructor(path: string, language: Language) {
    this.path = path;
    this.#language = language;
    mkdirSync(path, { recursive: true });
    this.#solved = new Set(readProgress(join(path, PROGRESS)));
    linkPackage(path);
    for (const exercise of EXERCISES) if (!existsSync(this.fileOf(exercise))) this.reset(exercise);
  }

  fileOf({ name }: Exercise): string {
    return join(this.path, `${name}.mjs`);
  }

  /** Writes the program as it was at first. */
  reset(exercise: Exercise): void {
    writeFileSync(this.fileOf(exercise), programText(exercise, this.#language));
  }

  isSolved({ name }: Exercise): boolean {
    return this.#solved.has(name);
  }

  setSolved({ name }: Exercise): void {
    this.#solved.add(name);
    writeFileSync(join(this.path, PROGRESS), `${JSON.stringify({ solved: [...this.#solved].sort() }, null, 2)}\n`);
  }
}

/** The program that a learner starts with: its story, and its code. */
export function programText({ name, story, todo }: Exercise, language: Language): string {
  const code = readFileSync(join(PROGRAMS, `${name}.mjs`), 'utf8');
  const comment = [name, '', ...story[language].split('\n')].map((line) => `// ${line}`.trimEnd()).join('\n');
  return `${comment}\n\n${code.replace('// TODO', `// TODO: ${todo[language]}`)}`;
}

export function solutionText({ name }: Exercise): string {
  return readFileSync(join(SOLUTIONS, `${name}.mjs`), 'utf8');
}

function readProgress(path: string): string[] {
  try {
    const { solved } = JSON.parse(readFileSync(path, 'utf8')) as { solved?: unknown };
    return Array.isArray(solved) ? solved.map(String) : [];
  } catch {
    return []; // no exercise was solved yet, or the file was edited
  }
}

/** The programs import epoll-reactor. Where it is not installed (npx), they and editors find this package by a link. */
function linkPackage(folder: string): void {
  for (let parent = folder; ; parent = dirname(parent)) {
    if (existsSync(join(parent, 'node_modules/epoll-reactor'))) return;
    if (parent === dirname(parent)) break;
  }
  const link = join(folder, 'node_modules/epoll-reactor');
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true }); // an old link, to a package that is gone
  symlinkSync(PACKAGE_FOLDER, link);
}
