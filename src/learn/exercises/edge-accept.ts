import { describe, type Exercise, plus } from '../exercise.js';
import { Program } from '../program.js';

const CLIENTS = 3;
const GREETING = 'hello\n';

export const edgeAccept: Exercise = {
  name: '09-edge-accept',
  story: {
    en: `Three clients connect before serve() begins. It greets each one that it
accepts. The listening socket is registered with EPOLLET: epoll reports new
activity, but not connections that still wait.`,
    zh: `serve() 开始之前有三个客户端连接。它向接受的每个客户端问好。
监听套接字用 EPOLLET 注册：epoll 报告新的活动，而不报告还有连接在等。`,
  },
  todo: { en: 'for each event, accept all connections that wait', zh: '每个事件都接受所有在等的连接' },
  hints: [
    {
      en: 'How many connections can wait behind one event? When do you know that none is left?',
      zh: '一个事件后面可能有多少连接在等？怎么知道没有剩下的了？',
    },
    {
      en: 'Repeat accept until it returns WOULD_BLOCK: that is called draining.',
      zh: '重复 accept 直到它返回 WOULD_BLOCK：这叫排空。',
    },
  ],
  lesson: {
    en: `An edge-triggered event says that something has happened, but not how much. So the program drains: it repeats the call until
would-block. Connections or bytes that it leaves are reported only with the next activity, if there is any.`,
    zh: `边缘触发的事件只说有事发生，不说有多少。所以程序要排空：重复调用，直到返回 WOULD_BLOCK。剩下的连接或字节要等下一次活动才会被报告，如果还有下一次的话。`,
  },
  man: 'epoll(7) (EPOLLET), accept(2)',
  source: 'src/models/epoll-edge.ts',
  judge: (learner) =>
    Program.run(
      learner,
      {
        setup: { listens: true },
        prepare: async (program) => {
          for (let i = 0; i < CLIENTS; i++) await program.connect();
        },
      },
      async (program) => {
        const greeted = (): number => program.clients.filter(({ text }) => text === GREETING).length;
        const all = await program.until(() => greeted() === CLIENTS);
        if (all.kind === 'stands' && all.call === 'epoll_wait') {
          return plus(describe(all, program), {
            en: `${CLIENTS - greeted()} of ${CLIENTS} clients wait to be accepted, but epoll does not report them: nothing new has happened.`,
            zh: `${CLIENTS} 个客户端里有 ${CLIENTS - greeted()} 个在等接受，而 epoll 不报告它们：没有新的活动。`,
          });
        }
        if (all.kind !== 'met') return describe(all, program);
        const idle = await program.rest();
        if (idle.kind !== 'stands') return describe(idle, program);
        await program.connect();
        const later = await program.until(() => greeted() === CLIENTS + 1);
        return later.kind === 'met' ? undefined : describe(later, program);
      },
    ),
};
