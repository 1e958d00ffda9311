/**
 * Each command that a page shows with its output is run, and what it prints is compared with the page; page-commands.ts has the
 * parts that vary. The Chinese pages have the same commands.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MODELS } from '../../src/models/catalog.js';
import { CLI } from '../daemon/command.js';
import { exists, testWhere, works } from '../daemon/programs.js';
import { endModels, ModelProcess } from '../models/model-process.js';
import { MODELS_HERE } from '../models/models-here.js';
import { until } from '../support/process-info.js';
import { Folder } from '../support/sockets.js';
import { freePort, masked, missingFrom, run, type Section, sectionsOf } from './page-commands.js';

const ROOT = new URL('../..', import.meta.url).pathname;
const SITE = `${ROOT}site`;
const PROGRAMS = ['bash', 'curl', 'openssl', 'ss', 'strace', 'top', 'ps', 'python3'];
const missing = PROGRAMS.filter((program) => !exists(program));
const commandTest = testWhere(missing.length === 0, `the commands of the pages need ${missing.join(', ')}`);

const folder = new Folder();
afterAll(async () => {
  await endModels();
  folder[Symbol.dispose]();
});

/** The commands of all sections of a page. */
function wholePage(path: string): Section {
  const sections = sectionsOf(path);
  return {
    title: path,
    setup: sections.map(({ setup }) => setup).join(''),
    commands: sections.flatMap(({ commands }) => commands),
    traced: [],
  };
}

function expectAsShown({ commands }: Section, printed: readonly string[]): void {
  const shown = commands.map(({ input, output }) => `$ ${input}${masked(output)}`);
  expect(commands.map(({ input }, i) => `$ ${input}${masked(printed[i] ?? '(not run)\n')}`)).toEqual(shown);
}

describe('docs/models.md', () => {
  const [intro, ...sections] = sectionsOf('docs/models.md');
  const ofModels = sections.flatMap((section) => {
    const name = /^\d+\. (\S+)$/.exec(section.title)?.[1];
    const traced = section.traced.filter((line) => !line.endsWith(' = -1 EAGAIN')); // ModelProcess drops these
    return name === undefined ? [] : [{ ...section, name, traced }];
  });
  const ofModelsHere = ofModels.filter(({ name }) => MODELS_HERE.includes(name));
  /** By model: what its commands printed, and its trace of one request. All run at once: most of their time they wait. */
  const printed = new Map<string, readonly string[]>();
  const traces = new Map<string, readonly string[]>();
  const helpers = `${intro?.setup
    .split('\n')
    .filter((line) => line.startsWith('silent()') || line.startsWith('pid()'))
    .join('\n')}\n`;

  beforeAll(async () => {
    if (missing.length > 0) return;
    await Promise.all(
      ofModelsHere.map(async ({ name, commands, traced }) => {
        const [own, other] = [await freePort(), await freePort()];
        {
          await using model = await ModelProcess.start(name, SITE, '--port', `${own}`);
          const ports = { 9369: `${model.port}`, 9370: `${other}`, 'dist/cli.cjs': CLI };
          const cwd = join(folder.path, name);
          mkdirSync(cwd);
          printed.set(name, await run({ setup: helpers, commands }, cwd, ports));
        }
        if (traced.length === 0) return;
        await using model = await ModelProcess.start(name, SITE, '--port', `${own}`, '--trace');
        // As curl sends it. The request is there before the model looks: otherwise the calls depend on which of them is faster.
        const request = `GET /ping.txt HTTP/1.1\r\nHost: 127.0.0.1:${own}\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n`;
        const client = await model.whileStopped(async () => {
          const connected = await model.connect();
          await connected.send(request);
          return connected;
        });
        await client.response();
        await client.close();
        const isWhole = (): boolean => missingFrom(model.trace, traced).length === 0;
        await until('the trace is whole', isWhole, 2_000).catch(() => {}); // the test says what is missing
        traces.set(name, model.trace);
      }),
    );
  });

  test('has a section for each model', () => {
    expect(ofModels.map(({ name }) => name)).toEqual(MODELS.map(({ name }) => name));
  });

  describe.each(ofModelsHere)('$name', (section) => {
    commandTest('prints what the page shows', () => {
      expectAsShown(section, printed.get(section.name) ?? []);
    });

    commandTest('makes the system calls that the page shows', () => {
      expect(missingFrom(traces.get(section.name) ?? [], section.traced)).toEqual([]);
    });
  });
});

describe('docs/tutorial-map.md', () => {
  const sections = sectionsOf('docs/tutorial-map.md');
  const [ofOriginal, ofKernel] = ['2. ', '3. '].map((start) => sections.find(({ title }) => title.startsWith(start)));
  const tutorial = process.env['TUTORIAL'] ?? '';

  const tutorialTest = testWhere(
    missing.length === 0 && tutorial !== '' && works('/usr/bin/python3', '-c', 'import gevent'),
    'the commands on the original need gevent, and the text of the tutorial in the file that TUTORIAL names',
  );
  tutorialTest(
    'the original does what the page shows',
    async () => {
      const section = ofOriginal as Section;
      const replaced = { 'cp tutorial.md': `cp ${tutorial}`, '/tmp/map': folder.path, $DIR: ROOT };
      expectAsShown(section, await run(section, folder.path, replaced));
    },
    120_000,
  );

  commandTest(
    'the kernel does what the page shows',
    async () => {
      const section = ofKernel as Section;
      const ports = { 9430: `${await freePort()}` };
      const setup = `python=python3\n${ofOriginal?.setup.split('\n').find((line) => line.startsWith('up()'))}\n`;
      expectAsShown(section, await run({ ...section, setup }, folder.path, ports));
    },
    60_000,
  );
});

commandTest('the echo server of docs/epoll.md makes the system calls that the page shows', async () => {
  const section = sectionsOf('docs/epoll.md').find(({ title }) => title === 'See what it does') as Section;
  const [command, ...traced] = section.traced as [string, ...string[]];
  const port = await freePort();
  const client = `until exec 3<>/dev/tcp/127.0.0.1/${port}; do sleep .05; done 2> /dev/null; echo x >&3; head -1 <&3 > /dev/null`;
  const input = `PORT=${port} ${command} & ${client}\n`;
  const [trace] = await run({ setup: `cd ${ROOT}\n`, commands: [{ input, output: '' }] }, folder.path);
  expect(missingFrom(`${trace}`.split('\n'), traced)).toEqual([]);
});

commandTest(
  'docs/tls.md prints what the page shows',
  async () => {
    const page = wholePage('docs/tls.md');
    const program = join(folder.path, 'bin');
    mkdirSync(program);
    writeFileSync(join(program, 'epoll-reactor'), `#!/bin/sh\nexec node ${CLI} "$@"\n`, { mode: 0o755 });
    const ports = { 8443: `${await freePort()}`, 8080: `${await freePort()}` };
    const section = { ...page, setup: `PATH=${program}:$PATH\n${page.setup}` };
    expectAsShown(page, await run(section, folder.path, ports));
  },
  60_000,
);

describe('docs/course/', () => {
  const pages = readdirSync(join(ROOT, 'docs/course')).filter((name) => /^\d\d-[a-z-]+\.md$/.test(name));
  const needsRing = (page: string): boolean => page === '12-completion.md' && !MODELS_HERE.includes('io-uring');
  const sections = pages
    .filter((page) => !needsRing(page))
    .map((page) => ({ ...wholePage(`docs/course/${page}`), page }));
  const printed = new Map<string, readonly string[]>();

  beforeAll(async () => {
    if (missing.length > 0) return;
    await Promise.all(
      sections.map(async (section) => {
        printed.set(section.page, await run(section, folder.path));
      }),
    );
  });

  test('has twelve chapters', () => {
    expect(pages).toHaveLength(12);
  });

  describe.each(sections)('$page', (section) => {
    commandTest('prints what the page shows', () => {
      expectAsShown(section, printed.get(section.page) ?? []);
    });
  });
});

const translated = ['docs', 'docs/course'].flatMap((place) =>
  readdirSync(join(ROOT, place)).flatMap((name) => (name.endsWith('.zh.md') ? [`${place}/${name}`] : [])),
);

test.each(translated)('%s has the commands and outputs of the English page', (page) => {
  const commandsOf = (path: string): string[] => {
    const { setup, commands } = wholePage(path);
    return [setup, ...commands.map(({ input, output }) => input + output)].map((text) => text.replace(/ +# .*$/gm, ''));
  };
  expect(commandsOf(page)).toEqual(commandsOf(page.replace('.zh.md', '.md')));
});

test('each page of the course has a Chinese one', () => {
  const pages = readdirSync(join(ROOT, 'docs/course')).filter((name) => !name.endsWith('.zh.md'));
  expect(pages.filter((name) => !translated.includes(`docs/course/${name.replace('.md', '.zh.md')}`))).toEqual([]);
});
