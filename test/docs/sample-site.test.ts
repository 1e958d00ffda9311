/** The pages of the sample site, in two languages. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const PAGES = ['index.html', 'how-it-works/index.html'];

function textOf(path: string): string {
  return readFileSync(new URL(`../../site/${path}`, import.meta.url), 'utf8');
}

/** The elements, without what a translation changes: texts, labels, and the links, which start from another folder. */
function elementsOf(html: string): string[] {
  const tags = [...html.matchAll(/<[^>]+>/g)].map(([tag]) => tag);
  return tags.map((tag) => tag.replace(/ (?:lang|hreflang|aria-label|content|href|src)="[^"]*"/g, ''));
}

/** Texts of four English words and more. */
function sentencesOf(html: string): string[] {
  const texts = html.replace(/<pre[\s\S]*?<\/pre>|<code>.*?<\/code>/g, '').split(/<[^>]+>/);
  return texts.filter((text) => /(?:[A-Za-z]+[ ,]+){3}[A-Za-z]+/.test(text));
}

test.each(PAGES)('site/zh/%s has the elements of the English page', (path) => {
  expect(elementsOf(textOf(`zh/${path}`))).toEqual(elementsOf(textOf(path)));
});

test.each(PAGES)('site/zh/%s has no English sentence', (path) => {
  expect(sentencesOf(textOf(path)).length).toBeGreaterThan(5);
  expect(sentencesOf(textOf(`zh/${path}`))).toEqual([]);
});
