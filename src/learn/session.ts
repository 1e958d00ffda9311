/** `epoll-reactor learn`: one exercise at a time, run again whenever its file is saved. */
import { watch } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import { EXERCISES } from './catalog.js';
import type { Exercise, Language, Text } from './exercise.js';
import { type ExerciseFolder, solutionText } from './folder.js';

const WORDS = {
  first: {
    en: 'These programs are broken on purpose. Mend the file below in an editor and save it: it runs again.',
    zh: '这些程序是故意写坏的。用编辑器打开下面的文件，改好保存，它就会再运行一次。',
  },
  keys: {
    en: 'h hint · r run · v view · l list · s solution · x reset · n next · q quit',
    zh: 'h 提示 · r 运行 · v 查看 · l 列表 · s 答案 · x 还原 · n 下一个 · q 退出',
  },
  runs: { en: 'running …', zh: '运行中……' },
  view: {
    en: 'v runs it once more, records this run, and opens the recording in the X-ray.',
    zh: '按 v 会再运行一次并录制这次运行，然后在 X 光里打开录制文件。',
  },
  records: { en: 'recording one run …', zh: '正在录制一次运行……' },
  recorded: { en: 'The recording', zh: '录制文件' },
  page: { en: 'The page that shows it', zh: '回放页面' },
  prints: { en: 'Your program printed:', zh: '你的程序打印了：' },
  passes: { en: 'It passes.', zh: '通过。' },
  manual: { en: 'Manual', zh: '手册' },
  source: {
    en: 'In the source of epoll-reactor (https://github.com/epoll-reactor/epoll-reactor)',
    zh: '在 epoll-reactor 的源码里（https://github.com/epoll-reactor/epoll-reactor）',
  },
  noMoreHints: { en: 'There is no further hint: s shows the solution.', zh: '没有更多提示了：按 s 看答案。' },
  notYet: {
    en: 'This one is not solved yet: h gives a hint, s shows the solution.',
    zh: '这一题还没解决：按 h 看提示，按 s 看答案。',
  },
  reset: { en: 'The file is as it was at first.', zh: '文件已还原。' },
  all: { en: 'All exercises are solved.', zh: '所有练习都完成了。' },
} as const satisfies Record<string, Text>;

/** Lines of a program that are shown: a loop can print thousands. */
const LINES_MAX = 20;

/** An editor writes a file in several steps. */
const SAVED_MS = 100;

/** Where a run was recorded, and the page that shows it. */
export interface Shown {
  readonly path: string;
  readonly url: string;
}

/** Runs the program once more, records this run, and shows it in the X-ray. */
export type Show = (exercise: Exercise, file: string) => Promise<Shown>;

export class Session {
  readonly #folder: ExerciseFolder;
  readonly #language: Language;
  readonly #print: (line: string) => void;
  readonly #show: Show;
  #exercise: Exercise;
  #hints = 0;
  #running: Promise<boolean> | undefined;
  #showing: Promise<void> | undefined;
  /** The program has changed since the current run began. */
  #isStale = false;

  constructor(folder: ExerciseFolder, language: Language, print: (line: string) => void, show: Show) {
    this.#folder = folder;
    this.#language = language;
    this.#print = print;
    this.#show = show;
    this.#exercise = EXERCISES.find((each) => !folder.isSolved(each)) ?? (EXERCISES[0] as Exercise);
  }

  /** Runs the current exercise. @returns  whether it passes */
  async runOnce(): Promise<boolean> {
    this.#say('first');
    return this.#run();
  }

  /** Runs exercises until the learner quits. */
  async runInteractively(): Promise<void> {
    const { stdin } = process;
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
    let timer: NodeJS.Timeout | undefined;
    const watcher = watch(this.#folder.path, (_, name) => {
      if (name !== `${this.#exercise.name}.mjs`) return;
      clearTimeout(timer);
      timer = setTimeout(() => void this.#run(), SAVED_MS);
    });
    this.#say('first');
    void this.#run();
    await new Promise<void>((quit) => {
      stdin.on('keypress', (_, key: { readonly name?: string; readonly ctrl?: boolean }) => {
        if (key.name === 'q' || (key.ctrl && key.name === 'c')) quit();
        else this.press(key.name ?? '');
      });
    });
    clearTimeout(timer);
    watcher.close();
    stdin.setRawMode(false);
    stdin.pause();
    this.#isStale = false;
    await this.settled();
  }

  /** Resolves when no run is under way. */
  async settled(): Promise<void> {
    while ((this.#running ?? this.#showing) !== undefined) await (this.#running ?? this.#showing);
  }

  /** One of the keys. */
  press(key: string): void {
    const act: Readonly<Record<string, () => void>> = {
      h: () => this.#hint(),
      r: () => void this.#run(),
      v: () => this.#view(),
      l: () => this.#list(),
      s: () => this.#print(`\n${solutionText(this.#exercise)}`),
      x: () => this.#reset(),
      n: () => this.#next(),
    };
    act[key]?.();
  }

  #reset(): void {
    this.#folder.reset(this.#exercise);
    this.#say('reset');
  }

  #hint(): void {
    const hint = this.#exercise.hints[this.#hints];
    if (hint === undefined) {
      this.#say('noMoreHints');
    } else {
      this.#hints++;
      this.#print(`\n${hint[this.#language]}`);
    }
  }

  /** One recording at a time, and a run beside it may go on. */
  #view(): void {
    this.#showing ??= this.#record().finally(() => {
      this.#showing = undefined;
    });
  }

  async #record(): Promise<void> {
    this.#say('records');
    try {
      const { path, url } = await this.#show(this.#exercise, this.#folder.fileOf(this.#exercise));
      this.#print(`${WORDS.recorded[this.#language]}: ${path}\n${WORDS.page[this.#language]}: ${url}`);
    } catch (error) {
      this.#print(`✗ ${(error as Error).message}`);
    }
  }

  #list(): void {
    const lines = EXERCISES.map(
      (each) => `${each === this.#exercise ? '>' : ' '} ${this.#folder.isSolved(each) ? '✓' : '·'} ${each.name}`,
    );
    this.#print(`\n${lines.join('\n')}`);
  }

  #next(): void {
    if (!this.#folder.isSolved(this.#exercise)) {
      this.#say('notYet');
      return;
    }
    const next = EXERCISES.find((each) => !this.#folder.isSolved(each));
    if (next === undefined) {
      this.#say('all');
    } else {
      this.#exercise = next;
      this.#hints = 0;
      void this.#run();
    }
  }

  /** One run at a time. If the program changes meanwhile, it runs again afterwards. */
  #run(): Promise<boolean> {
    if (this.#running === undefined) {
      this.#running = this.#judge().finally(() => {
        this.#running = undefined;
        if (!this.#isStale) return;
        this.#isStale = false;
        void this.#run();
      });
    } else {
      this.#isStale = true;
    }
    return this.#running;
  }

  async #judge(): Promise<boolean> {
    const exercise = this.#exercise;
    const file = this.#folder.fileOf(exercise);
    this.#print(`\n${file}  ${WORDS.runs[this.#language]}`);
    let printed = '';
    const onPrint = (text: string): void => {
      printed += text;
    };
    const failure = await exercise.judge({ file, onPrint });
    if (printed !== '') this.#print(`\n${WORDS.prints[this.#language]}\n${beginningOf(printed)}`);
    if (failure === undefined) {
      this.#folder.setSolved(exercise);
      this.#print(`✓ ${exercise.name}: ${WORDS.passes[this.#language]}\n\n${exercise.lesson[this.#language]}`);
      this.#print(`${WORDS.manual[this.#language]}: ${exercise.man}`);
      this.#print(`${WORDS.source[this.#language]}: ${exercise.source}`);
    } else {
      this.#print(`✗ ${exercise.name}: ${failure[this.#language]}`);
    }
    if (process.stdin.isTTY) {
      if (failure !== undefined) this.#say('view');
      this.#say('keys');
    }
    return failure === undefined;
  }

  #say(word: keyof typeof WORDS): void {
    this.#print(`\n${WORDS[word][this.#language]}`);
  }
}

function beginningOf(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.length > LINES_MAX ? [...lines.slice(0, LINES_MAX), '…'].join('\n') : lines.join('\n');
}
