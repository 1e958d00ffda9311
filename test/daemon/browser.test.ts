/** The sample site in a real browser. */
import { existsSync } from 'node:fs';
import { expect } from '@jest/globals';
import { chromium } from 'playwright-core';
import { CommandProcess } from './command.js';
import { testWhere } from './programs.js';

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

testWhere(existsSync(CHROMIUM), `there is no ${CHROMIUM}`)(
  'the sample site renders, leads to its second page, and measures the server',
  async () => {
    await using command = await CommandProcess.serve();
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    try {
      const page = await browser.newPage();
      const wrongs: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') wrongs.push(`console: ${message.text()}`);
      });
      page.on('pageerror', (error) => wrongs.push(`page: ${error.message}`));
      page.on('requestfailed', (request) => wrongs.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
      page.on('response', (response) => {
        if (response.status() !== 200) wrongs.push(`${response.status()}: ${response.url()}`);
      });

      await page.goto(command.url, { waitUntil: 'networkidle' });
      expect(await page.title()).toBe('epoll-reactor: sample site');
      expect(await page.locator('h1').textContent()).toBe('epoll-reactor');
      // The style sheet has been applied: without it, the reactor's ring would be filled black.
      expect(await page.evaluate('getComputedStyle(document.querySelector(".ring")).fill')).toBe('none');

      await page.locator('#run').click();
      await page.locator('#result', { hasText: 'Median' }).waitFor();
      expect(await page.locator('#result').textContent()).toMatch(
        /^Median (?:[\d.]+ (?:µs|ms)|below the clock’s step)$/,
      );
      expect(await page.locator('#bars li.drawn').count()).toBe(10);
      expect(await page.locator('#server').textContent()).toContain(new URL(command.url).host);

      await page.locator('main a[href="how-it-works/"]').first().click();
      await page.waitForURL('**/how-it-works/', { waitUntil: 'networkidle' });
      expect(await page.locator('h1').count()).toBe(1);
      await page.goBack({ waitUntil: 'networkidle' });
      expect(page.url()).toBe(command.url);

      await page.locator('nav a[hreflang="zh-CN"]').click();
      await page.waitForURL('**/zh/', { waitUntil: 'networkidle' });
      expect(await page.evaluate('getComputedStyle(document.querySelector(".ring")).fill')).toBe('none');
      await page.locator('#run').click();
      await page.locator('#result', { hasText: '中位数' }).waitFor();
      await page.locator('main a[href="how-it-works/"]').first().click();
      await page.waitForURL('**/zh/how-it-works/', { waitUntil: 'networkidle' });
      await page.locator('nav a[hreflang="en"]').click();
      await page.waitForURL('**/how-it-works/', { waitUntil: 'networkidle' });
      expect(await page.evaluate('document.documentElement.lang')).toBe('en');
      expect(wrongs).toEqual([]);
    } finally {
      await browser.close();
    }
    expect(command.stderr).toBe('');
  },
);
