import { describe, type Exercise, plus } from '../exercise.js';
import { Program } from '../program.js';

export const oneThread: Exercise = {
  name: '01-one-thread',
  story: {
    en: `Two clients are connected. serve() sends back what each of them sends.
It waits in recv for the first one. While that one is silent, the second
gets no answer, whatever it sends: one thread waits in one call.`,
    zh: `有两个客户端已连接。serve() 把每个客户端发来的字节原样发回。
它在 recv 里等第一个客户端。第一个不说话，第二个发什么都得不到回答：
一个线程只能停在一个调用里。`,
  },
  todo: {
    en: 'wait for both at once, and receive only from a descriptor that is ready',
    zh: '同时等待两个描述符，只从就绪的那个接收',
  },
  hints: [
    {
      en: 'Which call can wait for several descriptors? One that says which of them are ready, before you call recv.',
      zh: '哪个调用能同时等待几个描述符？它要在你调用 recv 之前说出哪些就绪。',
    },
    {
      en: 'Import Epoll and EPOLLIN, too. new Epoll() makes a set; epoll.register(fd, EPOLLIN) adds a descriptor; epoll.poll() waits and returns [fd, events] pairs.',
      zh: '还要导入 Epoll 和 EPOLLIN。new Epoll() 建立一个集合；epoll.register(fd, EPOLLIN) 加入描述符；epoll.poll() 等待并返回 [fd, events]。',
    },
    {
      en: 'Replace `for (const fd of [a, b])` by `for (const [fd] of epoll.poll())`. Register a and b once, before the loop.',
      zh: '把 `for (const fd of [a, b])` 换成 `for (const [fd] of epoll.poll())`。在循环之前各注册一次 a 和 b。',
    },
  ],
  lesson: {
    en: `A blocking call waits for one descriptor. select, poll and epoll wait for many, and report which are ready: a call on those does
not block. That is readiness, and every event loop rests on it.`,
    zh: `阻塞调用只等一个描述符。select、poll、epoll 同时等许多个，并报告哪些就绪：对就绪的描述符做调用不会阻塞。这就是就绪通知，所有事件循环都以它为基础。`,
  },
  man: 'epoll(7), epoll_wait(2)',
  source: 'src/models/blocking.ts (the fault), src/models/epoll.ts',
  judge: (learner) =>
    Program.run(learner, { setup: { clients: 2, isBlocking: true } }, async (program) => {
      const [a, b] = program.clients;
      const [fdA, fdB] = program.fds;
      if (a === undefined || b === undefined) return describe(await program.rest(), program);
      await b.send('hello');
      const first = await program.until(() => b.text === 'hello');
      if (first.kind === 'stands' && first.call === 'recv' && first.fd === fdA) {
        return plus(describe(first, program), {
          en: `The client of ${fdA} has sent nothing. The client of ${fdB} has sent 5 bytes, and no call reads them.`,
          zh: `${fdA} 的客户端什么也没发。${fdB} 的客户端发了 5 个字节，却没有调用去读。`,
        });
      }
      if (first.kind !== 'met') return describe(first, program);
      for (const [client, text] of [
        [a, 'and me'],
        [b, 'hello again'],
      ] as const) {
        const before = client.text;
        await client.send(text);
        const next = await program.until(() => client.text === before + text);
        if (next.kind !== 'met') return describe(next, program);
      }
      const idle = await program.rest();
      return idle.kind === 'stands' ? undefined : describe(idle, program);
    }),
};
