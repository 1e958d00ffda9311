import { describe, type Exercise, grouped, plus } from '../exercise.js';
import { Program } from '../program.js';
import { BODY_BYTES } from '../setup.js';

export const letGo: Exercise = {
  name: '06-let-go',
  story: {
    en: `serve() asks for EPOLLOUT to send the rest of 8 MiB, and all bytes arrive.
But then it still asks for EPOLLOUT. A socket with nothing to send nearly
always has room: epoll reports that again and again.`,
    zh: `serve() 关注 EPOLLOUT，以便发送 8 MiB 的剩余部分，字节也都到了。
但之后它仍然关注 EPOLLOUT。没有数据要发的套接字几乎总有空间：
epoll 一遍又一遍地报告。`,
  },
  todo: { en: 'ask for EPOLLOUT only while something is unsent', zh: '只在还有字节没发完时关注 EPOLLOUT' },
  hints: [
    {
      en: 'Level-triggered epoll reports a condition as long as it holds. When is the condition "there is room" of no interest?',
      zh: '水平触发的 epoll 只要条件成立就一直报告。“有空间”这个条件什么时候没有意义？',
    },
    {
      en: 'After the send that takes the last byte: epoll.modify(fd, EPOLLIN).',
      zh: '发完最后一个字节之后：epoll.modify(fd, EPOLLIN)。',
    },
  ],
  lesson: {
    en: `Interest follows need: EPOLLIN while you can receive, EPOLLOUT while you have bytes to send. If a descriptor is ready but the
program has nothing to do with it, the loop spins; processor time is the only sign.`,
    zh: `关注随需要而变：能收时关注 EPOLLIN，有东西要发时关注 EPOLLOUT。描述符就绪而程序无事可做，循环就会空转，唯一的迹象是处理器时间。`,
  },
  man: 'epoll(7), "Level-triggered and edge-triggered"',
  source: 'src/models/epoll.ts, src/reactor/interest-set.ts',
  judge: (learner) =>
    Program.run(learner, { setup: { clients: 1, bodyBytes: BODY_BYTES } }, async (program) => {
      const [client] = program.clients;
      const all = await program.until(() => (client?.length ?? 0) >= BODY_BYTES);
      const sends = program.count(/^send\(/);
      const outcome = all.kind === 'met' ? await program.rest() : all;
      if (all.kind === 'met' && outcome.kind === 'floods') {
        const events = program.count(/^epoll_wait\(.*EPOLLOUT/);
        return {
          en: `All bytes have come. Then, with nothing left to send, epoll_wait reported EPOLLOUT at least ${grouped(events - sends)} times: your program never rests.
    ${outcome.line}`,
          zh: `字节都到了。之后已没有数据可发，epoll_wait 还报告了 ${grouped(events - sends)} 次以上 EPOLLOUT：你的程序一刻不停。
    ${outcome.line}`,
        };
      }
      if (outcome.kind !== 'stands' || all.kind !== 'met') return describe(outcome, program);
      await client?.send('are you there?');
      const awake = await program.until(() => program.count(/^recv\(.*are you there/) > 0);
      if (awake.kind === 'met') return undefined;
      return plus(describe(awake, program), {
        en: 'The client has sent 14 bytes since, and no call reads them.',
        zh: '此后客户端又发了 14 个字节，却没有调用去读。',
      });
    }),
};
