/** The cache follows the disk: after any change to a file, a request gets its new state. */

import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { constants as os } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import { fileHandler } from '../../src/files/file-handler.js';
import { encodeAddress, type InternetAddress } from '../../src/linux/socket-address.js';
import { constants, native } from '../../src/native/addon.js';
import { STAT_FILESYSTEM } from '../../src/native/native-api.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { READABLE } from '../../src/reactor/readiness.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { HttpServer } from '../../src/server/http-server.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { deferred } from '../server/test-server.js';
import { Descriptors, write } from '../support/descriptors.js';
import { countWatches } from './inotify-watches.js';
import { OpenCount } from './open-count.js';
import { SiteFolder } from './site-folder.js';

const SMALL = 'before';
const LARGE = 'x'.repeat(FILE_INLINE_BYTES_MAX + 1);
const PATH = '/a/b/file.txt';
const NAME = 'a/b/file.txt';
const GONE = undefined;

type Change = (site: SiteFolder, before: string) => string | typeof GONE;

function written(site: SiteFolder, content: string): string {
  site.write(NAME, content);
  return content;
}

function having(act: () => void, result: string | typeof GONE): string | typeof GONE {
  act();
  return result;
}

/** Changes the file, and says what it is then. */
const CHANGES: readonly [string, Change][] = [
  ['written anew', (site) => written(site, 'after!')],
  [
    'written to in place, with its length and its time kept',
    (site, before) => {
      const after = 'y'.repeat(before.length);
      const fd = native.openat2(constants.AT_FDCWD, site.path(NAME), constants.O_WRONLY | constants.O_CLOEXEC, 0, 0);
      native.write(fd, Buffer.from(after), 0, after.length);
      native.close(fd);
      utimesSync(site.path(NAME), 1_700_000_000, 1_700_000_000);
      return after;
    },
  ],
  ['appended to', (site, before) => having(() => appendFileSync(site.path(NAME), '+'), `${before}+`)],
  ['cut short', (site, before) => having(() => truncateSync(site.path(NAME), 3), before.slice(0, 3))],
  ['emptied', (site) => having(() => truncateSync(site.path(NAME)), '')],
  ['deleted', (site) => having(() => rmSync(site.path(NAME)), GONE)],
  [
    'deleted and made anew',
    (site) => {
      rmSync(site.path(NAME));
      return written(site, 'again');
    },
  ],
  [
    'renamed over',
    (site) => {
      site.write('next', 'next');
      renameSync(site.path('next'), site.path(NAME));
      return 'next';
    },
  ],
  ['renamed', (site) => having(() => renameSync(site.path(NAME), site.path('a/b/other.txt')), GONE)],
  [
    'written to by another name, outside',
    (site) => {
      linkSync(site.path(NAME), site.path('../link'));
      writeFileSync(site.path('../link'), 'by the link');
      return 'by the link';
    },
  ],
  [
    'made a folder',
    (site) => {
      rmSync(site.path(NAME));
      mkdirSync(site.path(NAME));
      return GONE;
    },
  ],
  [
    'made a symbolic link to outside',
    (site) => {
      site.write('../secret', 'secret');
      rmSync(site.path(NAME));
      symlinkSync('../../../secret', site.path(NAME));
      return GONE;
    },
  ],
  ['in a folder that is renamed', (site) => having(() => renameSync(site.path('a/b'), site.path('a/c')), GONE)],
  ['in a folder that is moved out', (site) => having(() => renameSync(site.path('a'), site.path('../a')), GONE)],
  ['in a folder that is deleted', (site) => having(() => rmSync(site.path('a'), { recursive: true }), GONE)],
  [
    'in a folder that is deleted and made anew',
    (site) => {
      rmSync(site.path('a'), { recursive: true });
      site.write(NAME, 'another');
      return 'another';
    },
  ],
  [
    'in a folder whose place another one takes',
    (site) => {
      site.write('next/b/file.txt', 'of another folder');
      renameSync(site.path('a'), site.path('old'));
      renameSync(site.path('next'), site.path('a'));
      return 'of another folder';
    },
  ],
  [
    'in a folder whose place a link to outside takes',
    (site) => {
      site.write('../beside/file.txt', 'secret');
      renameSync(site.path('a/b'), site.path('old'));
      symlinkSync('../../beside', site.path('a/b'));
      return GONE;
    },
  ],
  [
    'where the root is moved, and then written to',
    (site) => {
      renameSync(site.root, site.path('../moved'));
      writeFileSync(site.path(`../moved/${NAME}`), 'moved');
      renameSync(site.path('../moved'), site.root);
      return 'moved';
    },
  ],
];

describe.each([
  ['small', SMALL],
  ['large', LARGE],
])('a cached %s file is not sent after it is', (_, before) => {
  test.each(CHANGES)('%s', async (_, change) => {
    using site = new SiteFolder({ [NAME]: before, 'a/beside.txt': 'beside' });
    utimesSync(site.path(NAME), 1_700_000_000, 1_700_000_000);
    await using target = site.serve();
    await using client = await RawClient.connect(target.address);
    const answer = async (): Promise<string | typeof GONE> => {
      await client.send(get(PATH));
      const { status, body } = await client.response();
      return status === 200 ? body.toString() : GONE;
    };
    expect(await answer()).toBe(before);
    {
      using opens = new OpenCount();
      expect(await answer()).toBe(before);
      expect(opens.count).toBe(0);
    }
    const after = change(site, before);
    for (let i = 0; i < 3; i++) expect(await answer()).toBe(after);
    // And so on.
    rmSync(site.path('a'), { recursive: true, force: true });
    expect(await answer()).toBe(GONE);
    for (const content of ['first', 'second']) {
      site.write(NAME, content);
      for (let i = 0; i < 2; i++) expect(await answer()).toBe(content);
    }
    expect(target.errors).toEqual([]);
  });
});

test('a file is looked up again when its permissions have changed, or those of a folder above it', async () => {
  using site = new SiteFolder({ [NAME]: SMALL });
  await using target = site.serve();
  await ask(target.address, get(PATH));
  for (const path of [NAME, 'a/b', 'a', '']) {
    chmodSync(site.path(path), 0o755);
    using opens = new OpenCount();
    expect((await ask(target.address, get(PATH))).status).toBe(200);
    expect([path, opens.count > 0]).toEqual([path, true]);
  }
});

test('a change beside a cached file does not drop it', async () => {
  using site = new SiteFolder({ [NAME]: SMALL, 'a/b/other.txt': 'other', 'a/c/d.txt': '' });
  await using target = site.serve();
  await ask(target.address, get(PATH));
  site.write('a/b/new.txt', 'new');
  site.write('a/b/other.txt', 'changed');
  renameSync(site.path('a/c'), site.path('a/d'));
  mkdirSync(site.path('a/b/folder'));
  rmSync(site.path('a/b/new.txt'));
  using opens = new OpenCount();
  expect((await ask(target.address, get(PATH))).body.toString()).toBe(SMALL);
  expect(opens.count).toBe(0);
});

/** A reactor whose turns the test makes, before Node's loop gets to it. */
function attached(): Reactor {
  const reactor = new Reactor();
  reactor.attach();
  return reactor;
}

describe('on a filesystem that another machine can change without notice', () => {
  const { fstatfs, openat2_job } = native;
  const FUSE = 0x65735546;
  const tellsFuse: typeof openat2_job = (dirFd, path, flags, resolve, done) => {
    openat2_job(dirFd, path, flags, resolve, (fd, stat) => {
      stat[STAT_FILESYSTEM] = FUSE;
      done(fd, stat);
    });
  };

  test.each([
    ['small', SMALL],
    ['large', LARGE],
  ])('a %s file is looked up each time, by a thread, and is not watched', async (_, content) => {
    Object.assign(native, { fstatfs: () => FUSE, openat2_job: tellsFuse });
    try {
      using site = new SiteFolder({ [NAME]: content });
      await using target = site.serve();
      const watchesBefore = countWatches();
      for (let i = 0; i < 3; i++) {
        using opens = new OpenCount();
        expect((await ask(target.address, get(PATH))).body.toString()).toBe(content);
        expect(opens.count).toBeGreaterThan(0);
      }
      expect(countWatches()).toBe(watchesBefore);
    } finally {
      Object.assign(native, { fstatfs, openat2_job });
    }
  });
});

/** A client whose bytes are in the server's socket when send() returns, whatever the loop is at. */
class ImmediateClient {
  readonly fd: number;

  constructor(fds: Descriptors, address: InternetAddress) {
    const { AF_INET, SOCK_CLOEXEC, SOCK_STREAM } = constants;
    this.fd = fds.own(native.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    native.setsockopt(this.fd, constants.IPPROTO_TCP, constants.TCP_NODELAY, 1);
    native.connect(this.fd, encodeAddress(address));
  }

  send(text: string): void {
    native.send(this.fd, Buffer.from(text), 0, text.length, 0);
  }

  /** The bytes that have come so far. */
  received(): string {
    const buffer = Buffer.alloc(65_536);
    const n = native.recv(this.fd, buffer, 0, buffer.length, constants.MSG_DONTWAIT);
    return buffer.toString('latin1', 0, Math.max(0, n));
  }
}

describe('a request that comes in the middle of a turn, after a change, gets the new content', () => {
  /** A reactor that the test turns, and a descriptor whose handler comes first in the next batch. */
  async function inTurn(
    act: (site: SiteFolder, fds: Descriptors, reactor: Reactor, address: InternetAddress) => void,
  ): Promise<void> {
    using fds = new Descriptors();
    using site = new SiteFolder({ 'a.txt': 'before' });
    using reactor = attached();
    const handler = fileHandler(site.root);
    const server = new HttpServer(handler, { reactor });
    const address = server.listen({ address: '127.0.0.1', port: 0 });
    try {
      act(site, fds, reactor, address);
    } finally {
      handler.close();
      await server.close();
    }
  }

  /** Has `act` done at the beginning of the next turn, when its batch is fixed. */
  function atItsBeginning(fds: Descriptors, reactor: Reactor, act: () => void): void {
    while (reactor.turn(0) > 0); // what was ready once stays before what becomes ready now, until it is not any more
    const [reading, writing] = fds.pair();
    reactor.register(reading, READABLE, () => {
      reactor.unregister(reading);
      act();
    });
    write(writing);
  }

  test('pipelined after one that was there before', async () => {
    await inTurn((site, fds, reactor, address) => {
      const client = new ImmediateClient(fds, address);
      client.send(get('/a.txt'));
      while (!client.received().endsWith('before')) reactor.turn(0);
      atItsBeginning(fds, reactor, () => {
        site.write('a.txt', 'after');
        client.send(get('/a.txt').repeat(3));
      });
      client.send(get('/a.txt'));
      reactor.turn(0);
      const bodies = client.received().match(/before|after/g);
      expect(bodies?.slice(-3)).toEqual(['after', 'after', 'after']);
      expect(bodies).toHaveLength(4);
    });
  });

  test('also if it has waited for a slow one', async () => {
    const release = deferred();
    let answered = Promise.resolve();
    const wrap =
      (handler: HttpHandler): HttpHandler =>
      (request, response) => {
        if (request.path !== '/slow') return handler(request, response);
        answered = release.promise.then(() => response.send(200, {}, 'slow'));
        return answered;
      };
    using fds = new Descriptors();
    using site = new SiteFolder({ 'a.txt': 'before' });
    using reactor = attached();
    const handler = fileHandler(site.root);
    const server = new HttpServer(wrap(handler), { reactor });
    const client = new ImmediateClient(fds, server.listen({ address: '127.0.0.1', port: 0 }));
    client.send(get('/a.txt'));
    while (!client.received().endsWith('before')) reactor.turn(0);
    atItsBeginning(fds, reactor, () => {
      site.write('a.txt', 'after');
      client.send(get('/a.txt'));
    });
    client.send(get('/slow'));
    reactor.turn(0); // reads both, and waits for the first
    release.resolve();
    await answered;
    await new Promise(setImmediate); // without a turn: the second request is served where the first ended
    expect(client.received().match(/slow|before|after/g)).toEqual(['slow', 'after']);
    handler.close();
    await server.close();
  });
});

test('each of two reactors that serve one folder learns of a change', async () => {
  using site = new SiteFolder({ 'a.txt': '0' });
  const handler = fileHandler(site.root);
  using one = attached();
  using other = attached();
  using fds = new Descriptors();
  const clients = [one, other].map((reactor) => {
    const server = new HttpServer(handler, { reactor });
    return { reactor, server, client: new ImmediateClient(fds, server.listen({ address: '127.0.0.1', port: 0 })) };
  });
  for (let i = 0; i < 10; i++) {
    site.write('a.txt', `${i}`);
    // Now one hears of it, now the other; and the other is not turned meanwhile.
    for (const { reactor, client } of i % 3 === 0 ? clients : [...clients].reverse()) {
      for (let asked = 0; asked < 2; asked++) {
        client.send(get('/a.txt'));
        let text = '';
        while (!text.includes('\r\n\r\n')) {
          reactor.turn(0);
          text += client.received();
        }
        expect(text.at(-1)).toBe(`${i}`);
      }
    }
  }
  handler.close();
  for (const { server } of clients) await server.close();
});

describe('the result of a thread is not cached if the file changes meanwhile:', () => {
  const { openat2, openat2_job, preadv2, pread_job } = native;

  /** Nothing is in memory, and the job of this number waits until the file has changed. */
  async function answersAround(held: number, change: (site: SiteFolder) => string): Promise<void> {
    using site = new SiteFolder({ [NAME]: SMALL });
    await using target = site.serve();
    const began = deferred<() => void>();
    let jobs = 0;
    const holding =
      <Args extends unknown[], Given extends unknown[]>(
        call: (...args: [...Args, (...given: Given) => void]) => void,
      ) =>
      (...args: [...Args, (...given: Given) => void]): void => {
        const done = args.pop() as (...given: Given) => void;
        const isHeld = jobs++ === held;
        call(...(args as unknown as Args), (...given) => {
          if (isHeld) began.resolve(() => done(...given));
          else done(...given);
        });
      };
    Object.assign(native, {
      openat2: (dirFd: number, path: string, flags: number, mode: number, resolve: number) =>
        (resolve & constants.RESOLVE_CACHED) !== 0 ? -os.errno.EAGAIN : openat2(dirFd, path, flags, mode, resolve),
      preadv2: () => -os.errno.EAGAIN,
      openat2_job: holding(openat2_job),
      pread_job: holding(pread_job),
    });
    try {
      const asked = ask(target.address, get(PATH));
      const release = await began.promise;
      const after = change(site);
      release();
      const { status } = await asked;
      expect([200, 404]).toContain(status);
      for (let i = 0; i < 2; i++) expect((await ask(target.address, get(PATH))).body.toString()).toBe(after);
      expect(target.errors).toEqual([]);
    } finally {
      Object.assign(native, { openat2, openat2_job, preadv2, pread_job });
    }
  }

  const MEANWHILE: readonly [string, (site: SiteFolder) => string][] = [
    ['written', (site) => written(site, 'after!')],
    [
      'renamed over',
      (site) => {
        site.write('next', 'after!');
        renameSync(site.path('next'), site.path(NAME));
        return 'after!';
      },
    ],
    [
      'in a folder that is another now',
      (site) => {
        renameSync(site.path('a'), site.path('old'));
        site.write(NAME, 'after!');
        return 'after!';
      },
    ],
    [
      'in a folder in a folder that is another now',
      (site) => {
        renameSync(site.path('a/b'), site.path('old'));
        site.write(NAME, 'after!');
        return 'after!';
      },
    ],
  ];
  const JOBS = ['the root', 'its folder', 'the folder in it', 'the file', 'its bytes'];

  test.each(JOBS.flatMap((job, held) => MEANWHILE.map(([what, change]) => [job, what, held, change] as const)))(
    'when a thread was at %s, and the file is %s',
    (_job, _what, held, change) => answersAround(held, change),
  );
});
