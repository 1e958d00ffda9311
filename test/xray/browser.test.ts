/** The page of the X-ray in a real browser, over a real program. One X-ray and one browser serve all tests of this file. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import * as v from 'valibot';
import type { Target } from '../client/raw-client.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import type { WireResponse } from '../client/wire-response.js';
import { CommandProcess } from '../daemon/command.js';
import { launchChromium, testInBrowser, wrongsOf } from '../support/chromium.js';
import { descendantsOf, until } from '../support/process-info.js';
import { TRACE } from './view/trace-schema.js';

const WAIT_MS = 50_000;

let command: CommandProcess;
let browser: Browser;
let page: Page;
let wrongs: string[];
const clients: RawClient[] = [];
/** Where the observed program listens. */
let target: Target;

beforeAll(async () => {
  browser = await launchChromium();
  command = new CommandProcess(['xray', 'epoll', '--no-open']);
  await until('it serves', () => command.stdout.includes('Ctrl-C') || !command.isRunning);
  const { body } = await askXray('GET', '/sessions');
  target = { address: '127.0.0.1', port: JSON.parse(body.toString())[0].port };
});

afterAll(async () => {
  await browser.close();
  await command[Symbol.asyncDispose]();
  expect(command.stderr).toBe('');
});

beforeEach(async () => {
  await askXray('POST', '/control', { session: '1', do: 'speed', value: null });
  await askXray('POST', '/control', { session: '1', do: 'resume' });
  page = await browser.newPage({ reducedMotion: 'reduce' });
  page.setDefaultTimeout(WAIT_MS);
  wrongs = wrongsOf(page);
  await page.goto(pageUrl().href);
  await appIs({ program: 'running' });
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await page.close();
  expect(wrongs).toEqual([]);
});

/** With the token. */
function pageUrl({ stdout } = command): URL {
  return new URL(/http:\S+/.exec(stdout)?.[0] ?? '');
}

function askXray(method: string, path: string, body?: object): Promise<WireResponse> {
  const { hostname, port, host, searchParams } = pageUrl();
  const text = body === undefined ? '' : JSON.stringify(body);
  const head = `Host: ${host}\r\nX-Xray-Token: ${searchParams.get('token')}\r\nContent-Length: ${text.length}\r\n`;
  return ask({ address: hostname, port: Number(port) }, `${method} ${path} HTTP/1.1\r\n${head}\r\n${text}`);
}

/** Resolves when the page shows this: data-* attributes of #app. */
async function appIs(data: Readonly<Record<string, string | number | boolean>>): Promise<void> {
  const attributes = Object.entries(data).map(([name, value]) => `[data-${name}="${value}"]`);
  await page.locator(`#app${attributes.join('')}`).waitFor();
}

async function turnShown(): Promise<number> {
  return Number(await page.locator('#app').getAttribute('data-turn'));
}

async function press(button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
}

async function pause(): Promise<void> {
  await press('Pause');
  await appIs({ program: 'paused' });
}

async function connect(): Promise<RawClient> {
  const client = await RawClient.connect(target);
  clients.push(client);
  return client;
}

/** Steps through what a paused program does for a request. @returns  the turns shown */
async function stepThrough(request: string): Promise<number[]> {
  const client = await connect();
  await client.send(request);
  await appIs({ program: 'paused', ready: true });
  const turns: number[] = [];
  while ((await page.locator('#app').getAttribute('data-ready')) === 'true') {
    const turn = (await turnShown()) + 1;
    await press('Step');
    await appIs({ program: 'paused', turn });
    turns.push(turn);
  }
  return turns;
}

/** @returns  the path of the file */
async function download(button: string): Promise<string> {
  await page.getByText('Recording', { exact: true }).click();
  const file = page.waitForEvent('download');
  await press(button);
  return (await file).path();
}

function stage(): Promise<string> {
  return page.locator('.stages').innerHTML();
}

testInBrowser('a step advances the turn by exactly 1, and at rest waits until something is ready', async () => {
  await pause();
  const before = await turnShown();
  const turns = await stepThrough(get('/'));
  expect(turns.length).toBeGreaterThan(1);
  expect(turns).toEqual(turns.map((_, i) => before + i + 1));

  await press('Step');
  await appIs({ program: 'stepping', ready: false, turn: turns.at(-1) as number });
  await connect();
  await appIs({ program: 'paused', turn: (turns.at(-1) as number) + 1 });
});

testInBrowser('forward, back and forward show the same page', async () => {
  await pause();
  await stepThrough(get('/'));
  await press('Back');
  await press('Back');
  const before = await stage();
  await press('Step');
  const after = await stage();
  expect(after).not.toBe(before);
  await press('Back');
  expect(await stage()).toBe(before);
  await press('Step');
  expect(await stage()).toBe(after);
});

testInBrowser(
  'the mask of a client that stops reading gets EPOLLOUT, and loses it when the client reads again',
  async () => {
    await page.getByLabel('Speed').selectOption('4');
    await press('4 A slow reader');
    const waiting = page.locator('tr[data-mask*="EPOLLOUT"]');
    await waiting.first().waitFor();
    await page.getByLabel('Speed').selectOption('full');
    await page.getByText('This experiment has ended').waitFor();
    expect(await waiting.count()).toBe(0);
  },
);

testInBrowser('three clients of a paused program wait in the accept queue of its listening socket', async () => {
  await pause();
  for (let i = 0; i < 3; i++) await connect();
  const listener = page.getByRole('row', { name: 'listening socket' });
  await listener.getByText('3 in queue').waitFor();
  await press('Run');
  await listener.getByText('0 in queue').waitFor();
});

testInBrowser('a recording that was saved is opened again as the same page', async () => {
  await pause();
  await stepThrough(get('/'));
  await press('Back');
  const before = await stage();
  const path = await download('Save the recording');
  expect(JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? '')).toMatchObject({ xray: 1, model: 'epoll' });
  await page.locator('input[type="file"]').setInputFiles(path);
  await appIs({ mode: 'replay', settled: true });
  await page.getByText('The program was asleep: no descriptor was ready.').waitFor();
  await press('Back');
  expect(await stage()).toBe(before);
});

testInBrowser('a page that is opened again shows the speed of the program', async () => {
  await page.getByLabel('Speed').selectOption('4');
  await page.getByText('The program runs in slow motion.').waitFor();
  await page.goto(pageUrl().href);
  await page.getByText('The program runs in slow motion.').waitFor();
  expect(await page.getByLabel('Speed').inputValue()).toBe('4');
});

testInBrowser('the command opens a recording as a replay, from which no program can be reached', async () => {
  await using other = new CommandProcess(['xray', resolve('test/xray/fixtures/epoll.jsonl'), '--no-open']);
  await until('it serves', () => other.stdout.includes('Ctrl-C') || !other.isRunning);
  await page.goto(pageUrl(other).href);
  await appIs({ mode: 'replay', settled: true });
  await page.getByText('Replay of epoll.jsonl').waitFor();
  expect(await turnShown()).toBeGreaterThan(0);
  expect(await page.getByRole('button', { name: 'Back to the live program' }).count()).toBe(0);
});

testInBrowser('the file for Perfetto is accepted by its schema', async () => {
  await (await connect()).send(get('/'));
  await pause();
  const trace: unknown = JSON.parse(readFileSync(await download('Save for Perfetto'), 'utf8'));
  const { issues } = v.safeParse(TRACE, trace);
  expect(issues?.map((issue) => [v.getDotPath(issue), issue.message])).toBeUndefined();
});

testInBrowser('a request that looks like a script is text on the page', async () => {
  await pause();
  await stepThrough(get('/<script>document.title="taken over"</script>'));
  while (!(await page.locator('.log').textContent())?.includes('<script>')) await press('Back');
  expect(await page.locator('script').count()).toBe(1);
  expect(await page.title()).toBe('Reactor X-ray');
});

testInBrowser('a page of another origin, and another name for this machine, are refused', async () => {
  const { origin, host } = pageUrl();
  const other = await browser.newPage();
  await other.goto(`http://127.0.0.1:${'port' in target ? target.port : 0}/`);
  const answer = other.waitForResponse(`${origin}/control`);
  await other.evaluate(`
    const form = Object.assign(document.createElement('form'), { method: 'POST', action: '${origin}/control' });
    document.body.append(form);
    form.submit()`);
  const foreign = await answer;
  expect(await foreign.request().headerValue('origin')).toMatch(/^http:/);
  expect([foreign.status(), await foreign.text()]).toEqual([403, expect.stringContaining('Origin')]);
  const rebound = await other.goto(`http://rebound.localhost:${host.split(':')[1]}/`);
  expect([rebound?.status(), await rebound?.text()]).toEqual([403, expect.stringContaining('Host')]);
  await other.close();
});

testInBrowser('the keyboard alone is enough', async () => {
  const { keyboard } = page;
  await keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await keyboard.press('Space');
  await appIs({ program: 'paused' });
  const turn = await turnShown();
  await (await connect()).send(get('/'));
  await appIs({ ready: true });
  await keyboard.press('ArrowRight');
  await appIs({ program: 'paused', turn: turn + 1 });
  await keyboard.press('ArrowLeft');
  await appIs({ turn });
  await keyboard.press('Space');
  await appIs({ program: 'running' });

  // Tab comes to each element that can be used, and round again.
  const usable = 'button:enabled, select:enabled, input:enabled, summary, [tabindex="0"]';
  const reached = new Set<number>();
  for (let isNew = true; isNew; ) {
    await keyboard.press('Tab');
    const i = (await page.evaluate(
      `[...document.querySelectorAll('${usable}')].filter((each) => each.checkVisibility()).indexOf(document.activeElement)`,
    )) as number;
    isNew = i === -1 || !reached.has(i); // between the last element and the first, it is at none
    if (i !== -1) reached.add(i);
  }
  expect(reached.size).toBe(await page.locator(usable).filter({ visible: true }).count());

  while ((await page.locator('button:focus').count()) === 0) await keyboard.press('Tab'); // a list needs digits itself
  await keyboard.press('7');
  await page.getByRole('button', { name: '7 A reused descriptor', pressed: true }).waitFor();
});

testInBrowser('on a screen of 360 pixels nothing is wider than the screen, in English and in Chinese', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await (await connect()).send(get('/'));
  for (const language of ['en', 'zh-CN']) {
    await page.locator(`html[lang="${language}"]`).waitFor();
    const widest = await page.evaluate(`
      const isScrolled = (element) =>
        element !== document.body && (getComputedStyle(element).overflowX !== 'visible' || isScrolled(element.parentElement));
      const wide = [...document.querySelectorAll('body *')]
        .filter((element) => element.checkVisibility() && !isScrolled(element.parentElement ?? element) && element.getBoundingClientRect().right > 360.5)
        .map((element) => element.outerHTML.slice(0, 80));
      [document.documentElement.scrollWidth, wide]`);
    expect(widest).toEqual([360, []]);
    await page.getByRole('button', { name: /^(Read this page in Chinese|用英文看这一页)$/ }).click();
  }
});

testInBrowser(
  'a program that is killed is shown as ended within a second, and starts again at a click, at the same speed',
  async () => {
    await page.getByLabel('Speed').selectOption('4');
    let ms = Number.POSITIVE_INFINITY;
    // On a machine that is busy, the browser may be late; the X-ray waits for nothing.
    for (let i = 0; i < 5 && ms >= 1_000; i++) {
      const [program] = descendantsOf(command.pid);
      const killed = performance.now();
      process.kill(program as number, 'SIGKILL');
      await page.locator('[data-notice="ended"]').waitFor();
      ms = performance.now() - killed;
      expect(await page.locator('[data-notice="ended"]').textContent()).toContain('SIGKILL');
      const slowed = page.waitForRequest((request) => request.postData()?.includes('"value":4') === true);
      await press('Start it again');
      await slowed;
      await appIs({ program: 'running' });
    }
    expect(ms).toBeLessThan(1_000);
  },
);
