import { describe, type Exercise, grouped, plus } from '../exercise.js';
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
  todo: { en: 'receive until nothing is left', zh: '一直接收到什么也不剩' },
  hints: [
    {
      en: 'It is the same rule as in 09-edge-accept. Which result of recv says that nothing is left?',
      zh: '规则和 09-edge-accept 一样。recv 的哪个结果说明什么也不剩？',
    },
    {
      en: 'for (;;) { const n = sockets.recv(ready, buffer); if (n === sockets.WOULD_BLOCK) break; … }',
      zh: 'for (;;) { const n = sockets.recv(ready, buffer); if (n === sockets.WOULD_BLOCK) break; … }',
    },
  ],
  lesson: {
    en: `Unread bytes are no new activity. A client that waits for its answer sends nothing more, so both wait for ever. On a stream a
recv that returns less than it was given room for has drained it too, except that the end of the stream may be behind it.`,
    zh: `没读完的字节不算新的活动。客户端等回答时不再发送，于是双方都永远等下去。在流上，如果 recv 返回的比缓冲区小，也说明排空了，只是后面可能还有流的结束。`,
  },
  man: 'epoll(7) (EPOLLET, question 9)',
  source: 'src/models/epoll-edge.ts, src/net/inbound.ts',
  judge: (file) =>
    Program.run(
      file,
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
              en: `${grouped(unread)} bytes of ${grouped(MESSAGE.length)} are unread in ${fd}, and epoll is silent: for it, nothing new has happened.`,
              zh: `${fd} 里还有 ${grouped(MESSAGE.length)} 字节中的 ${grouped(unread)} 字节没读，而 epoll 不出声：在它看来没有新的事发生。`,
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
