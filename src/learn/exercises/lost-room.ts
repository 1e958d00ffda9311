import { describe, type Exercise, grouped, plus, WRONG_BYTES } from '../exercise.js';
import { Program } from '../program.js';
import { BODY_BYTES, bodyOf } from '../setup.js';

export const lostRoom: Exercise = {
  name: '05-lost-room',
  story: {
    en: `serve() sends the bytes that fit, and keeps the rest until the socket has
room again. It sends the rest when epoll reports EPOLLOUT. But epoll reports
only the events that the program asked for.`,
    zh: `serve() 发出放得下的部分，把剩下的留到套接字又有空间的时候。
EPOLLOUT 被报告时它发剩下的。但 epoll 只报告你要求它报告的事件。`,
  },
  todo: { en: 'ask for EPOLLOUT while something is unsent', zh: '还有字节没发完时，关注 EPOLLOUT' },
  hints: [
    {
      en: 'The interest of fd is EPOLLIN. Which method changes the interest of a descriptor that is registered already?',
      zh: 'fd 的关注事件是 EPOLLIN。哪个方法能改变已注册描述符的关注事件？',
    },
    {
      en: 'epoll.modify(fd, EPOLLIN | EPOLLOUT), once a send has left something.',
      zh: '第一次 send 有剩余时：epoll.modify(fd, EPOLLIN | EPOLLOUT)。',
    },
  ],
  lesson: {
    en: `The interest set says what the loop waits for. A sender that keeps bytes and does not ask for EPOLLOUT waits for ever, although
its peer has read everything. There is no error and no event: the connection just stops.`,
    zh: `兴趣集合决定循环等什么。发送方留着字节却不关注 EPOLLOUT，就会永远等下去，哪怕对方已经读完：没有错误，没有事件，连接就这么停住了。`,
  },
  man: 'epoll_ctl(2)',
  source: 'src/models/epoll.ts, src/net/outbound.ts',
  judge: (learner) =>
    Program.run(learner, { setup: { clients: 1, bodyBytes: BODY_BYTES }, areReading: false }, async (program) => {
      const [client] = program.clients;
      await program.rest();
      client?.resume();
      const outcome = await program.until(() => (client?.length ?? 0) >= BODY_BYTES);
      if (outcome.kind === 'met') {
        return client?.received.equals(bodyOf(BODY_BYTES)) ? undefined : WRONG_BYTES;
      }
      if (outcome.kind !== 'stands') return describe(outcome, program);
      const received = client?.length ?? 0;
      const asked = program.calls.findLast((line) => /^epoll_ctl\(\d+, EPOLL_CTL_(?:ADD|MOD)/.test(line)) ?? '';
      return plus(describe(outcome, program), {
        en: `The client has read all ${grouped(received)} bytes that came, so there is room; ${grouped(BODY_BYTES - received)} bytes are unsent. Your program asked epoll for:
    ${asked}`,
        zh: `客户端已读完收到的 ${grouped(received)} 字节，所以有空间；还有 ${grouped(BODY_BYTES - received)} 字节没发。你的程序要求 epoll 报告的是：
    ${asked}`,
      });
    }),
};
