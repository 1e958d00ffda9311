/** What the reader has chosen: language and colours. Kept by the browser. */
import { computed, effect, signal } from '@preact/signals';
import type { Language } from '../view/sentences.js';
import { EN, type Words } from './words-en.js';
import { ZH } from './words-zh.js';

export const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

export const language = signal<Language>(
  kept('language', ['en', 'zh']) ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'),
);
export const theme = signal<Theme>(kept('theme', THEMES) ?? 'auto');

const dark = matchMedia('(prefers-color-scheme: dark)');
const isSystemDark = signal(dark.matches);
dark.addEventListener('change', () => {
  isSystemDark.value = dark.matches;
});

/** The colours that are shown. A canvas is drawn again when they change. */
export const scheme = computed(() => {
  if (theme.value !== 'auto') return theme.value;
  return isSystemDark.value ? 'dark' : 'light';
});

export function words(): Words {
  return language.value === 'zh' ? ZH : EN;
}

/** Keeps the choices, and applies them to the document. */
export function applySettings(): void {
  effect(() => {
    localStorage.setItem('language', language.value);
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
    document.title = words().name;
  });
  effect(() => {
    localStorage.setItem('theme', theme.value);
    document.documentElement.dataset['theme'] = theme.value;
  });
}

export function isMotionReduced(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

function kept<T extends string>(name: string, allowed: readonly T[]): T | undefined {
  const value = localStorage.getItem(name);
  return allowed.find((each) => each === value);
}
