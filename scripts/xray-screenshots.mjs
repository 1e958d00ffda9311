/**
 * Makes the pictures of docs/xray.md, docs/xray/*.png, from the built command and Chromium:
 *
 *     npm run build && node scripts/xray-screenshots.mjs
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const CLI = fileURLToPath(new URL('../dist/cli.cjs', import.meta.url));
const FOLDER = fileURLToPath(new URL('../docs/xray/', import.meta.url));

/** One picture each: at three widths, light and dark, and two programs beside each other. */
const SHOTS = [
  { name: 'page', width: 1280, height: 1180 },
  { name: 'dark', width: 1280, height: 1180, colorScheme: 'dark' },
  { name: 'tablet', width: 768, height: 1024 },
  { name: 'phone', width: 360, height: 740 },
  { name: 'two', width: 1280, height: 1180, beside: 'threads' },
];

mkdirSync(FOLDER, { recursive: true });
const command = spawn(process.execPath, [CLI, 'xray', 'epoll', '--no-open'], { stdio: ['ignore', 'pipe', 'inherit'] });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const [printed] = await once(command.stdout, 'data');
  const [url] = /http:\S+/.exec(String(printed));
  for (const shot of SHOTS) await picture(url, shot);
} finally {
  await browser.close();
  command.kill('SIGINT');
  await once(command, 'exit');
}

/** A client has stopped reading, and the program waits for room to send: the mask has EPOLLOUT. */
async function picture(url, { name, width, height, colorScheme = 'light', beside }) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
  await page.goto(url);
  await page.locator('#app[data-program="running"]').waitFor();
  if (beside !== undefined) {
    await page.getByLabel('Compare with').selectOption(beside);
    await page.locator(`article[data-model="${beside}"]`).waitFor();
  }
  await page.getByLabel('Speed').selectOption('4');
  await page.locator('button[aria-keyshortcuts="4"]').click();
  await page.locator('tr[data-mask*="EPOLLOUT"]').first().waitFor();
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  if (beside === undefined) await page.locator('#app[data-program="paused"]').waitFor();
  // The turn in which the program began to wait for room.
  const calls = page.locator('.log').first();
  for (let i = 0; i < 20 && !(await calls.textContent())?.includes('EPOLLOUT'); i++) {
    await page.getByRole('button', { name: 'Back', exact: true }).click();
  }
  await page.evaluate('window.scrollTo(0, 0)');
  await page.screenshot({ path: `${FOLDER}${name}.png`, animations: 'disabled' });
  // The client reads again, and the experiment ends.
  if (beside === undefined) {
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByLabel('Speed').selectOption('full');
    await page.getByText('This experiment has ended').waitFor();
  }
  await page.close();
}
