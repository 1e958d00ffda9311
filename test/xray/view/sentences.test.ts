/** Sentences, in both languages. */
import { describe, expect, test } from '@jest/globals';
import type { XrayRecord } from '../../../src/xray/records.js';
import { INITIAL, reduce } from '../../../src/xray/view/reduce.js';
import { descriptorSentence, findingSentence, SENTENCES, sentenceOf } from '../../../src/xray/view/sentences.js';
import type { Finding, LintName, State } from '../../../src/xray/view/state.js';
import { call, connected, fixture, look, row, stateAfter, turn, woken } from './recording.js';

const ACCEPTED = call(1, 1, 'accept4', '5, 127.0.0.1:55012, SOCK_NONBLOCK|SOCK_CLOEXEC', 7);
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

const said = (record: XrayRecord, state: State = INITIAL): string[] => [
  sentenceOf(record, state, 'en'),
  sentenceOf(record, state, 'zh'),
];

function keys(of: object, path = ''): string[] {
  return Object.entries(of).flatMap(([key, value]) =>
    typeof value === 'object' ? keys(value, `${path}${key}.`) : [`${path}${key}/${(value as () => string).length}`],
  );
}

test('both languages have the same sentences', () => {
  const names = (language: 'en' | 'zh'): string[] => keys(SENTENCES[language]).map((key) => key.replace(/\/\d+$/, ''));
  expect(names('zh').sort()).toEqual(names('en').sort());
});

const RECORDS: [XrayRecord, string, string][] = [
  [
    ACCEPTED,
    'accept4 took a client from the accept queue: descriptor 7, 127.0.0.1:55012.',
    'accept4 从接受队列取出一个客户端：描述符 7，127.0.0.1:55012。',
  ],
  [
    call(1, 1, 'recv', '7, "…", 1024, 0', 26, { head: GET }),
    'recv read 26 bytes from descriptor 7: “GET / HTTP/1.1”.',
    'recv 从描述符 7 读到 26 字节：“GET / HTTP/1.1”。',
  ],
  [
    call(1, 1, 'recv', '7, "…", 1024, 0', 1024),
    'recv filled its buffer with 1,024 bytes from descriptor 7: more may be unread.',
    'recv 从描述符 7 读满了 1,024 字节的缓冲区：可能还有未读数据。',
  ],
  [
    call(1, 1, 'recv', '7, "", 1024, 0', -1, { errno: 'EAGAIN' }),
    'recv would block: descriptor 7 has no data (EAGAIN).',
    'recv 会阻塞：描述符 7 没有数据（EAGAIN）。',
  ],
  [
    call(1, 1, 'recv', '7, "", 1024, 0', 0),
    'recv returned 0: the peer of descriptor 7 will send no more.',
    'recv 返回 0：描述符 7 的对端不会再发送数据。',
  ],
  [
    call(1, 1, 'send', '7, "…", 3000, MSG_NOSIGNAL', 2000),
    'send took 2,000 of 3,000 bytes: the send buffer of descriptor 7 is full.',
    'send 只写入了 3,000 字节中的 2,000 字节：描述符 7 的发送缓冲区已满。',
  ],
  [
    call(1, 1, 'epoll_ctl', '6, EPOLL_CTL_MOD, 7, EPOLLOUT', 0),
    'epoll_ctl changed the interest in descriptor 7 to EPOLLOUT: the program waits for room to send.',
    'epoll_ctl 把对描述符 7 的关注改为 EPOLLOUT：程序在等发送缓冲区有空间。',
  ],
  [
    call(1, 1, 'epoll_wait', '6, [], -1', 2, { dur: 12_400 }),
    'epoll_wait slept 12.4 ms; 2 descriptors are ready.',
    'epoll_wait 睡眠 12.4 ms 后返回；2 个描述符就绪。',
  ],
  [
    call(1, 1, 'epoll_wait', '6, [], 0', 1),
    'epoll_wait returned at once; 1 descriptor is ready.',
    'epoll_wait 立刻返回；1 个描述符就绪。',
  ],
  [
    { ...ACCEPTED, dur: 2_500_000 },
    'After 2.5 s of sleep: accept4 took a client from the accept queue: descriptor 7, 127.0.0.1:55012.',
    '睡眠 2.5 s 后：accept4 从接受队列取出一个客户端：描述符 7，127.0.0.1:55012。',
  ],
  [
    call(1, 1, 'accept4', '5, ..., 0', -1, { errno: 'EMFILE' }),
    'accept4 failed with EMFILE: no descriptor is free, so the client stays in the accept queue.',
    'accept4 失败（EMFILE）：没有空闲的描述符，客户端留在接受队列里。',
  ],
  [
    turn(1, 12, [
      [5, 1],
      [7, 4],
    ]),
    'Turn 12: 5 (EPOLLIN) and 7 (EPOLLOUT) are ready.',
    '第 12 轮：就绪的是 5 (EPOLLIN)、7 (EPOLLOUT)。',
  ],
  [
    { t: 1, program: 'paused', isReady: false },
    'Asleep: a step runs when a descriptor becomes ready.',
    '睡眠中：有描述符就绪时才会执行单步。',
  ],
  [{ t: 1, client: 1, does: 'send', port: 4, bytes: 1 }, 'Client 1 sends 1 byte.', '客户端 1 发送 1 字节。'],
];

test.each(RECORDS.map(([record, en, zh]) => ({ record, en, zh })))('a record reads: $en', ({ record, en, zh }) => {
  expect(said(record)).toEqual([en, zh]);
});

test('the end of a program names its exit and its last call', () => {
  const lines = fixture('epoll');
  const ended = lines.at(-1) as XrayRecord;
  expect(said(ended, stateAfter(lines))).toEqual([
    'The program was killed by SIGKILL. Its last call was close(8) = 0.',
    '程序被 SIGKILL 终止。最后一个调用是 close(8) = 0。',
  ]);
});

test('each record of a recording has a sentence without gaps', () => {
  let state = INITIAL;
  for (const line of fixture('epoll')) {
    state = reduce(state, line);
    if ('xray' in line) continue;
    for (const sentence of said(line, state)) {
      expect(sentence).toMatch(/[.。]$/);
      expect(sentence).not.toMatch(/undefined|NaN|\bnull\b| {2}/);
    }
  }
});

describe('findings', () => {
  const finding = (lint: LintName, values: Finding['values'], key?: string): Finding => ({
    lint,
    key,
    values,
    firstTurn: 1,
    lastTurn: 1,
    count: 1,
  });

  const FINDINGS: [Finding, RegExp, RegExp][] = [
    [
      finding('reported-not-read', { times: 5 }, '4100/7'),
      /^Descriptor 7 was reported 5 times in a row/,
      /^描述符 7 连续 5 次/,
    ],
    [
      finding('short-send-no-epollout', { given: 1000, taken: 600 }, '4100/7'),
      /took 600 of 1,000 bytes.*other 400\.$/,
      /1,000 字节中的 600 字节.*400 字节/,
    ],
    [finding('epollout-nothing-to-send', { times: 6 }, '4100/7'), /writable 6 times/, /6 次被报告可写/],
    [
      finding('edge-not-drained', { bytes: 1976 }, '4100/7'),
      /^1,976 bytes are left unread at descriptor 7/,
      /^描述符 7 还剩 1,976 字节/,
    ],
    [
      finding('edge-not-drained', { clients: 1 }, '4100/5'),
      /^1 client waits in the accept queue of descriptor 5/,
      /还有 1 个客户端/,
    ],
    [
      finding('closed-in-set', { mask: 1 }, '4100/7'),
      /^Descriptor 7 is closed, but still in the interest set/,
      /还在兴趣集合里/,
    ],
    [
      finding('accept-emfile-loop', { times: 5, ms: 0.4 }, '4100/5'),
      /descriptor 5 failed 5 times within 400 µs/,
      /400 µs 内失败了 5 次/,
    ],
    [finding('long-turn', { ms: 70.005 }), /^A turn took 70 ms/, /^一轮用了 70 ms/],
    [
      finding('one-descriptor-took-the-turn', { percent: 99, ms: 29, others: 1 }, '4100/7'),
      /^Descriptor 7 took 99 % of a turn of 29 ms, while 1 other descriptor was ready/,
      /29 ms，其中 99 % 花在描述符 7 上/,
    ],
  ];

  test.each(FINDINGS.map(([one, en, zh]) => ({ lint: one.lint, one, en, zh })))(
    '$lint has a sentence with its figures',
    ({ one, en, zh }) => {
      expect(findingSentence(one, 'en')).toMatch(en);
      expect(findingSentence(one, 'zh')).toMatch(zh);
    },
  );
});

describe('a descriptor', () => {
  const left = (mask: number, rx = 1976): XrayRecord => look(3000, [{ fd: 7, mask, rx, readable: 5 }]);
  const full = [...woken(1000, 2, [[7, 1]]), call(1010, 2, 'recv', '7, "…", 1024, 0', 1024)];

  test('with bytes that edge-triggered epoll does not report again has a sentence', () => {
    const one = row(stateAfter([...connected('EPOLLIN|EPOLLET'), ...full, left(0x80000019)]), 7);
    expect(descriptorSentence(one, 'en')).toBe(
      '1,976 bytes are unread. poll reports the descriptor readable, but edge-triggered epoll reports it again only when more data comes.',
    );
    expect(descriptorSentence(one, 'zh')).toBe(
      '这里有 1,976 字节未读。poll 报告可读，但新数据到来之前，边缘触发的 epoll 不会再报告它。',
    );
  });

  test('with bytes that level-triggered epoll reports again has a sentence', () => {
    const one = row(stateAfter([...connected(), ...full, left(0x19)]), 7);
    expect(descriptorSentence(one, 'en')).toMatch(
      /^1,976 bytes are unread: level-triggered epoll reports the descriptor/,
    );
  });

  test('with nothing to explain has no sentence', () => {
    expect(descriptorSentence(row(stateAfter(connected()), 7), 'en')).toBe('');
  });
});
