/** An exercise: a program that is broken on purpose, and the judge that says what the kernel has seen. */
import type { Learner, Outcome, Program } from './program.js';

export type Language = 'en' | 'zh';
export type Text = Readonly<Record<Language, string>>;

export interface Exercise {
  /** The name of its file in programs/, without `.mjs`: `01-one-thread`. */
  readonly name: string;
  /** The comment above the program: what it should do, and what it does. */
  readonly story: Text;
  /** What to change. It stands where the program has TODO. */
  readonly todo: Text;
  readonly hints: readonly Text[];
  /** Printed after the exercise is solved. */
  readonly lesson: Text;
  /** Pages of the manual. */
  readonly man: string;
  /** Where this package does it right. */
  readonly source: string;
  /** @returns  the failure that was seen; undefined if the program is right */
  judge(learner: Learner): Promise<Text | undefined>;
}

/** A text that is the same in each language. */
export function same(text: string): Text {
  return { en: text, zh: text };
}

export const WRONG_BYTES: Text = {
  en: 'The number of bytes is right, but the bytes are not.',
  zh: '字节数对了，内容不对。',
};

/** Adds a sentence. */
export function plus(one: Text, other: Text): Text {
  return { en: `${one.en} ${other.en}`, zh: `${one.zh}${other.zh}` };
}

/** Describes an outcome for which the exercise has no message of its own. */
export function describe(outcome: Outcome, program: Program): Text {
  switch (outcome.kind) {
    case 'met':
      return same('');
    case 'stands': {
      const { call, fd } = outcome;
      const place = /^[a-z_]+$/.test(call) && !/^(?:poll|select)$/.test(call) ? `${call}(${fd})` : call;
      return { en: `Your program stands still in ${place}.`, zh: `你的程序停在 ${place} 里。` };
    }
    case 'floods': {
      const { calls, count, line } = outcome;
      return {
        en: `Your program made ${calls} system calls without a pause; ${count} of them were\n    ${line}`,
        zh: `你的程序不停地做了 ${calls} 次系统调用，其中 ${count} 次是\n    ${line}`,
      };
    }
    case 'computes':
      return {
        en: 'Your program uses the processor all the time, and makes no system call.',
        zh: '你的程序一直占用处理器，却不做任何系统调用。',
      };
    case 'ended': {
      if (outcome.error === '') {
        const last = program.calls.at(-1);
        const after =
          last === undefined ? same('') : { en: ` Its last call:\n    ${last}`, zh: `最后一次调用：\n    ${last}` };
        return { en: `serve() has returned too early.${after.en}`, zh: `serve() 返回得太早。${after.zh}` };
      }
      return {
        en: `Your program ended with an error:\n${outcome.error}`,
        zh: `你的程序因错误结束：\n${outcome.error}`,
      };
    }
  }
}

/** A number with its thousands apart. */
export function grouped(n: number): string {
  return n.toLocaleString('en');
}
