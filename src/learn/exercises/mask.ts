import { describe, type Exercise, grouped } from '../exercise.js';
import { Program } from '../program.js';

export const mask: Exercise = {
  name: '07-mask',
  story: {
    en: `serve() sends back what the client sends, until the connection ends.
Its client resets the connection. epoll then reports several bits at once,
but the program expects exactly one.`,
    zh: `serve() 把客户端发来的字节发回，直到连接结束。
它的客户端重置了连接。这时 epoll 一次报告好几个位，
而程序只认其中单独的一个。`,
  },
  todo: {
    en: 'events are a mask; an ended connection is unregistered and closed',
    zh: 'events 是位掩码；结束的连接要注销并关闭',
  },
  hints: [
    {
      en: 'Print events.toString(16) before the if. EPOLLIN is 1, EPOLLERR 8, EPOLLHUP 10 (hex): which of them are set?',
      zh: '在 if 之前打印 events.toString(16)。EPOLLIN 是 1，EPOLLERR 是 8，EPOLLHUP 是 10（十六进制）：哪些被置位？',
    },
    {
      en: 'EPOLLERR and EPOLLHUP are reported whether asked for or not. Test bits with &. Then recv throws ECONNRESET: catch it.',
      zh: 'EPOLLERR 和 EPOLLHUP 不要求也会报告。用 & 测试位。之后 recv 会抛出 ECONNRESET：要捕获它。',
    },
    {
      en: 'For all of these bits, recv says what happened: a number, 0, or an error. For 0 and for an error: epoll.unregister(fd); sockets.close(fd).',
      zh: '不管是哪些位，recv 都会说出发生了什么：字节数、0 或者错误。为 0 或出错时：epoll.unregister(fd); sockets.close(fd)。',
    },
  ],
  lesson: {
    en: `Events are a set of bits, and EPOLLERR and EPOLLHUP are always in the interest. If the program handles none of the reported bits,
the next wait returns at once: a level-triggered condition lasts until the descriptor is read or closed.`,
    zh: `事件是一组位，EPOLLERR 和 EPOLLHUP 总在关注之列。如果程序不处理收到的位，下一次等待就会立刻返回：水平触发的条件一直成立，直到描述符被读取或关闭。`,
  },
  man: 'epoll_ctl(2) (EPOLLERR, EPOLLHUP)',
  source: 'src/reactor/readiness.ts, src/models/epoll.ts',
  judge: (learner) =>
    Program.run(learner, { setup: { clients: 1 } }, async (program) => {
      const [client] = program.clients;
      const [fd] = program.fds;
      await client?.send('hello');
      const answered = await program.until(() => client?.text === 'hello');
      if (answered.kind !== 'met') return describe(answered, program);
      const before = await program.rest();
      if (before.kind !== 'stands') return describe(before, program);
      client?.reset();
      const isClosed = (): boolean => program.calls.includes(`close(${fd}) = 0`);
      const outcome = await program.until(isClosed);
      if (outcome.kind === 'floods') {
        return {
          en: `The client has reset its connection. Since then your program has waited in vain ${grouped(outcome.count)} times, because each wait ends at once with
    ${outcome.line}`,
          zh: `客户端已重置连接。此后你的程序白等了 ${grouped(outcome.count)} 次，因为每次等待都立刻返回
    ${outcome.line}`,
        };
      }
      if (outcome.kind !== 'met') return describe(outcome, program);
      const after = await program.rest();
      return after.kind === 'stands' || (after.kind === 'ended' && after.error === '')
        ? undefined
        : describe(after, program);
    }),
};
