import { describe, type Exercise } from '../exercise.js';
import { Program } from '../program.js';

export const ghostFd: Exercise = {
  name: '12-ghost-fd',
  story: {
    en: `serve() sends back one message, closes the descriptor, and goes on waiting.
But another descriptor of the same connection is open, as after a fork. The
connection is still in epoll's interest set, under a number that is closed.`,
    zh: `serve() 发回一条消息，关闭描述符，继续等待。
但同一个连接还有另一个打开的描述符，就像 fork 之后那样。
连接仍在 epoll 的兴趣集合里，而它的编号已经关闭。`,
  },
  todo: { en: 'take the descriptor out of the set before it is closed', zh: '关闭之前先把描述符移出集合' },
  hints: [
    {
      en: 'epoll watches the open connection (the open file description), not the number. close removes it only when it closes the last number.',
      zh: 'epoll 盯着的是打开文件描述（open file description），不是编号。只有最后一个编号关闭时，close 才会移除它。',
    },
    {
      en: 'epoll.unregister(fd), before sockets.close(fd).',
      zh: '在 sockets.close(fd) 之前调用 epoll.unregister(fd)。',
    },
  ],
  lesson: {
    en: `The interest set holds open file descriptions. While a copy is open (dup, fork, a descriptor that was passed on), closing one
number removes nothing, and afterwards EPOLL_CTL_DEL fails with EBADF. Unregister first, then close.`,
    zh: `兴趣集合里存的是打开文件描述。只要还有副本（dup、fork、传出去的描述符），关闭一个编号什么也不会移除，之后 EPOLL_CTL_DEL 会返回 EBADF。先注销，再关闭。`,
  },
  man: 'epoll(7), question 6; close(2)',
  source: 'src/reactor/interest-set.ts, src/models/epoll.ts',
  judge: (learner) =>
    Program.run(learner, { setup: { clients: 1, hasCopies: true } }, async (program) => {
      const [client] = program.clients;
      const [fd] = program.fds;
      await client?.send('one');
      const closed = await program.until(() => client?.text === 'one' && program.calls.includes(`close(${fd}) = 0`));
      if (closed.kind !== 'met') return describe(closed, program);
      const before = await program.rest();
      if (before.kind !== 'stands') return describe(before, program);
      const calls = program.calls.length;
      await client?.send('two');
      const after = await program.rest();
      const event = program.calls.slice(calls).find((line) => line.startsWith(`epoll_wait(`));
      if (event === undefined) return after.kind === 'stands' ? undefined : describe(after, program);
      const next = program.calls[program.calls.indexOf(event, calls) + 1] ?? '';
      return {
        en: `After close(${fd}) the client sent more, and epoll reported it under the closed number:
    ${event}
    ${next}`,
        zh: `close(${fd}) 之后客户端又发了数据，epoll 用已关闭的编号报告它：
    ${event}
    ${next}`,
      };
    }),
};
