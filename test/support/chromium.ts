/** A real browser for tests of pages: Debian's Chromium. Where it is missing, they are skipped. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { testWhere } from '../daemon/programs.js';

const CHROMIUM = '/usr/bin/chromium';
/** Nothing but the page: no sandbox (tests may run as root), and no calls home. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const testInBrowser = testWhere(existsSync(CHROMIUM), `there is no ${CHROMIUM}`);

/** @param home  a folder with the user's settings */
export function launchChromium(home?: string): Promise<Browser> {
  const env = { ...process.env, ...(home !== undefined && { HOME: home }) };
  return chromium.launch({ executablePath: CHROMIUM, args: ARGS, env });
}

/** What goes wrong on a page from now on: errors and warnings of its console, exceptions, requests that fail or are refused. */
export function wrongsOf(page: Page): string[] {
  const wrongs: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') wrongs.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => wrongs.push(`page: ${error.message}`));
  page.on('requestfailed', (request) => {
    const error = request.failure()?.errorText;
    if (error !== 'net::ERR_ABORTED') wrongs.push(`failed: ${request.url()} ${error}`); // which is the page's own doing
  });
  page.on('response', (response) => {
    if (!response.ok()) wrongs.push(`${response.status()}: ${response.url()}`);
  });
  return wrongs;
}
