import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, type Exercise, same, type Text } from '../exercise.js';
import { Program } from '../program.js';

export const connect: Exercise = {
  name: '08-connect',
  story: {
    en: `serve() connects to an address, and returns 'connected', or the name of
the error. The socket does not block: connect begins, and EPOLLOUT reports
its end. But the end may be a failure.`,
    zh: `serve() 连接一个地址，返回 'connected'，或者错误的名字。
套接字是非阻塞的：connect 只是开始，EPOLLOUT 报告它结束了。
但结束不等于成功。`,
  },
  todo: {
    en: 'ask the socket for the result; getSystemErrorName(-n) of node:util names error n',
    zh: '向套接字查询结果；node:util 的 getSystemErrorName(-n) 给出错误 n 的名字',
  },
  hints: [
    {
      en: 'Print the events: EPOLLERR and EPOLLHUP are there too. They say that there is an error, but not which one.',
      zh: '打印 events：还有 EPOLLERR 和 EPOLLHUP。它们说有错误，但不说是哪个。',
    },
    {
      en: 'Each socket keeps its pending error as an option: SO_ERROR, at the level SOL_SOCKET. 0 means no error.',
      zh: '每个套接字把待处理的错误保存为选项：SOL_SOCKET 层的 SO_ERROR。0 表示没有错误。',
    },
    same('const n = sockets.getsockopt(fd, sockets.SOL_SOCKET, sockets.SO_ERROR);'),
  ],
  lesson: {
    en: `A non-blocking connect returns EINPROGRESS, not EAGAIN: it is under way. Writable means that the attempt is over, and SO_ERROR has
its result. Reading SO_ERROR clears it, so read it once.`,
    zh: `非阻塞 connect 返回 EINPROGRESS 而不是 EAGAIN：它正在进行。可写表示连接过程已经结束，SO_ERROR 给出结果。读取 SO_ERROR 会把它清零，所以只读一次。`,
  },
  man: 'connect(2) (EINPROGRESS), socket(7) (SO_ERROR)',
  source: 'src/xray/experiments/client.ts',
  judge: async (learner) => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = (expected: string): Promise<Text | undefined> =>
      Program.run(learner, { setup: { port } }, async (program) => {
        const outcome = await program.until(() => program.returned !== undefined);
        if (outcome.kind !== 'met') return describe(outcome, program);
        if (program.returned === expected) return undefined;
        const reported = program.calls.findLast((line) => line.startsWith('epoll_wait(')) ?? '';
        return {
          en: `${expected === 'connected' ? 'A program listens' : 'No program listens'} at port ${port}, and serve() returned ${JSON.stringify(program.returned)}. epoll reported:
    ${reported}`,
          zh: `端口 ${port} ${expected === 'connected' ? '有' : '没有'}程序在监听，而 serve() 返回了 ${JSON.stringify(program.returned)}。epoll 报告的是：
    ${reported}`,
        };
      });
    try {
      const failure = await ask('connected');
      if (failure !== undefined) return failure;
    } finally {
      server.close();
      await once(server, 'close');
    }
    return ask('ECONNREFUSED');
  },
};
