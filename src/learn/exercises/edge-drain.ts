import { describe, type Exercise, grouped, plus, same } from '../exercise.js';
import { Program } from '../program.js';

const MESSAGE = '0123456789'.repeat(300);

export const edgeDrain: Exercise = {
  name: '10-edge-drain',
  story: {
    en: `serve() sends back what the client sends. The client sends 3,000 bytes at
once and waits for them. The program receives 1,024 bytes for each event,
and is registered with EPOLLET.`,
    zh: `serve() 把客户端发来的字节发回。客户端一次发 3,000 字节，然后等着。
程序每个事件接收 1,024 字节，并且用 EPOLLET 注册。`,
  },
  todo: { en: 'receive until nothing is left', zh: '一直接收，直到没有数据为止' },
  hints: [
    {
      en: 'It is the same rule as in 09-edge-accept. Which result of recv says that nothing is left?',
      zh: '规则和 09-edge-accept 一样。recv 的哪个结果说明已经没有数据？',
    },
    same('for (;;) { const n = sockets.recv(ready, buffer); if (n === sockets.WOULD_BLOCK) break; … }'),
  ],
  lesson: {
    en: `Unread bytes are no new activity. A client that waits for its answer sends nothing more, so both wait for ever. On a stream, a
recv that does not fill its buffer has drained the socket too, but the end of the stream may still follow.`,
    zh: `没读完的字节不算新的活动。客户端等回答时不再发送，于是双方都永远等下去。对于流，recv 没有填满缓冲区也说明已经排空，只是后面可能还有流的结束。`,
  },
  man: 'epoll(7) (EPOLLET, question 9)',
  source: 'src/models/epoll-edge.ts, src/net/inbound.ts',
  judge: (learner) =>
    Program.run(
      learner,
      { setup: { clients: 1 }, prepare: async ({ clients: [client] }) => client?.send(MESSAGE) },
      async (program) => {
        const [client] = program.clients;
        const [fd] = program.fds;
        for (const times of [1, 2]) {
          if (times === 2) await client?.send(MESSAGE);
          const all = await program.until(() => client?.text === MESSAGE.repeat(times));
          if (all.kind === 'stands' && all.call === 'epoll_wait') {
            const unread = MESSAGE.length * times - program.bytes('recv', fd);
            return plus(describe(all, program), {
              en: `${grouped(unread)} of ${grouped(MESSAGE.length)} bytes are unread on descriptor ${fd}, but epoll does not report them: nothing new has happened.`,
              zh: `描述符 ${fd} 还有 ${grouped(unread)} 字节没读（共 ${grouped(MESSAGE.length)} 字节），而 epoll 不报告：没有新的活动。`,
            });
          }
          if (all.kind !== 'met') return describe(all, program);
          const idle = await program.rest();
          if (idle.kind !== 'stands') return describe(idle, program);
        }
        return undefined;
      },
    ),
};
