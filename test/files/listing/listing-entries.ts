/** Entries of a folder, and what a listing of them says. */
import type { ListingEntry } from '../../../src/files/listing/listing-page.js';

export const MODIFIED = Date.UTC(2026, 10, 24, 4, 38, 32, 999);
export const BASE = 'http://h/a/b/';

export function file(name: string): ListingEntry {
  return { name, kind: 'file', size: 1536, modifiedMs: MODIFIED };
}

export function folder(name: string): ListingEntry {
  return { name, kind: 'folder', size: 4096, modifiedMs: MODIFIED };
}

export function unescapeHtml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/** Where the entries' links lead, as the browser has it. */
export function links(html: string, base: string = BASE): string[] {
  const hrefs = html.matchAll(/<a class="(?:file|folder)" href="([^"]*)">/g);
  return Array.from(hrefs, ([, href]) => new URL(unescapeHtml(href as string), base).href);
}

/** The page without what names say: its tags, with the values of their links left out. */
export function skeleton(html: string): string[] {
  return (html.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/(href|value)="[^"]*"/, '$1'));
}
