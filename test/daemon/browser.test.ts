/** The sample site in a real browser. */
import { expect } from '@jest/globals';
import { launchChromium, testInBrowser, wrongsOf } from '../support/chromium.js';
import { CommandProcess } from './command.js';

testInBrowser('the sample site renders, leads to its second page, and measures the server', async () => {
  await using command = await CommandProcess.serve();
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const wrongs = wrongsOf(page);

    await page.goto(command.url, { waitUntil: 'networkidle' });
    expect(await page.title()).toBe('epoll-reactor: sample site');
    expect(await page.locator('h1').textContent()).toBe('epoll-reactor');
    // The style sheet has been applied: without it, the reactor's ring would be filled black.
    expect(await page.evaluate('getComputedStyle(document.querySelector(".ring")).fill')).toBe('none');

    await page.locator('#run').click();
    await page.locator('#result', { hasText: 'Median' }).waitFor();
    expect(await page.locator('#result').textContent()).toMatch(/^Median (?:[\d.]+ (?:µs|ms)|below the clock’s step)$/);
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
});
