import { describe, type Exercise, grouped } from '../exercise.js';
import { Program } from '../program.js';

const CHATTER_BYTES = 10_000;

export const timer: Exercise = {
  name: '16-timer',
  story: {
    en: `serve() should say "tick" after 10 ms, and uses the timeout of its wait. Its
client has sent 10,000 bytes, and the program receives one byte for each
event. Each event ends the wait, and the next wait begins with 10 ms again.`,
    zh: `serve() 用等待的超时在 10 毫秒后说 "tick"。它的客户端发了 10,000 字节，
程序每个事件接收一个字节。每个事件都结束等待，
下一次等待又从 10 毫秒算起。`,
  },
  todo: {
    en: 'say tick once, 10 ms after the beginning, also while bytes keep coming',
    zh: '从开始起 10 毫秒后说一次 tick，即使一直有字节来',
  },
  hints: [
    {
      en: 'A timeout measures one wait. What measures the time since the beginning?',
      zh: '超时只量一次等待。从开始算起的时间由什么来量？',
    },
    {
      en: 'A timer can be a descriptor (timerfd): new Timer(), timer.set(10), and register timer.fileno() with EPOLLIN.',
      zh: '定时器可以是描述符（timerfd）：new Timer()、timer.set(10)，用 EPOLLIN 注册 timer.fileno()。',
    },
    {
      en: 'When timer.fileno() is reported: timer.read(), or it stays readable and is reported again.',
      zh: '报告 timer.fileno() 时：调用 timer.read()，否则它一直可读，会反复被报告。',
    },
  ],
  lesson: {
    en: `The timeout of a wait limits the time without events; it is not a clock. A loop keeps deadlines: as descriptors (timerfd), or in a list from
which it computes the next timeout. A timer that is on time on a quiet server comes late on a busy one, or never.`,
    zh: `等待的超时限制的是没有事件的时间，它不是时钟。循环要保存期限：作为描述符（timerfd），或者放在列表里，由它算出下一次超时。空闲的服务器上准时的定时器，在忙碌的服务器上会迟到，甚至永远不到期。`,
  },
  man: 'timerfd_create(2), epoll_wait(2) (timeout)',
  source: 'src/reactor/timer.ts, src/reactor/deadlines.ts, src/linux/timer.ts',
  judge: (learner) =>
    Program.run(
      learner,
      {
        setup: { clients: 1 },
        callsMax: 100_000,
        prepare: async ({ clients: [client] }) => client?.send('x'.repeat(CHATTER_BYTES)),
      },
      async (program) => {
        const [client] = program.clients;
        const [fd] = program.fds;
        const ticked = await program.until(() => client?.text.startsWith('tick') === true);
        if (ticked.kind !== 'met') return describe(ticked, program);
        const tick = program.calls.findIndex((line) => line.startsWith(`send(${fd}, "tick`));
        const before = program.calls.slice(0, tick).filter((line) => line.startsWith(`recv(${fd}, "x"`)).length;
        if (before === CHATTER_BYTES) {
          return {
            en: `All ${grouped(before)} bytes were received, one for each wait, before "tick" was said: no wait timed out while bytes came.`,
            zh: `说 "tick" 之前收完了全部 ${grouped(before)} 字节，每次等待一个：有字节来的时候，没有一次等待超时。`,
          };
        }
        const rested = await program.rest();
        if (rested.kind !== 'stands') return describe(rested, program);
        return client?.text === 'tick\n'
          ? undefined
          : { en: `It said ${JSON.stringify(client?.text)}.`, zh: `它说了 ${JSON.stringify(client?.text)}。` };
      },
    ),
};
