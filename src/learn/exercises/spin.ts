import { describe, type Exercise, grouped, same } from '../exercise.js';
import { Program } from '../program.js';

const CALLS_WHILE_IDLE_MAX = 5;

export const spin: Exercise = {
  name: '02-spin',
  story: {
    en: `The socket is non-blocking: recv returns WOULD_BLOCK (the kernel's EAGAIN)
when no data has come. serve() tries again at once, and again: it uses a
whole processor to learn that nothing has happened.`,
    zh: `套接字是非阻塞的：没有数据时 recv 返回 WOULD_BLOCK（内核的 EAGAIN）。
serve() 马上再试，一直试：它占满一个处理器，只为知道什么也没发生。`,
  },
  todo: { en: 'sleep until data has come', zh: '睡眠，直到有数据到来' },
  hints: [
    {
      en: 'WOULD_BLOCK is the moment to wait. In which call does a thread sleep until a descriptor is readable?',
      zh: 'WOULD_BLOCK 正是该等待的时候。线程在哪个调用里睡到描述符可读？',
    },
    {
      en: 'Register fd with EPOLLIN once, before the loop; call epoll.poll() where the program has `continue`.',
      zh: '循环之前用 EPOLLIN 注册一次 fd；在 `continue` 的地方调用 epoll.poll()。',
    },
    same('if (n === sockets.WOULD_BLOCK) { epoll.poll(); continue; }'),
  ],
  lesson: {
    en: `Non-blocking calls keep one client from stopping the others. They say "not now" at once; they do not say when. So each EAGAIN
leads to a wait, and never to the same call again.`,
    zh: `非阻塞调用让一个客户端不会挡住其他客户端。它马上说“现在没有”，但不说什么时候有。所以每个 EAGAIN 之后都要等待，而不是重复同一个调用。`,
  },
  man: 'recv(2), fcntl(2) (O_NONBLOCK)',
  source: 'src/models/busy-polling.ts (the fault), src/net/inbound.ts',
  judge: (learner) =>
    Program.run(learner, { setup: { clients: 1 } }, async (program) => {
      const [client] = program.clients;
      for (const text of ['', 'hello', ' again']) {
        const before = program.calls.length;
        const expected = (client?.text ?? '') + text;
        if (text !== '') await client?.send(text);
        const answered = await program.until(() => client?.text === expected);
        const outcome = answered.kind === 'met' ? await program.rest() : answered;
        const calls = program.calls.length - before;
        const eagain = program.count(/ = -1 EAGAIN$/);
        if (outcome.kind === 'floods') {
          return {
            en: `Your program made ${grouped(outcome.calls)} system calls while its client said nothing. The most frequent, ${grouped(outcome.count)} times:
    ${outcome.line}`,
            zh: `客户端什么也没说，你的程序却做了 ${grouped(outcome.calls)} 次系统调用。最多的一个，${grouped(outcome.count)} 次：
    ${outcome.line}`,
          };
        }
        if (answered.kind !== 'met' || outcome.kind !== 'stands') return describe(outcome, program);
        if (calls > CALLS_WHILE_IDLE_MAX + (text === '' ? 0 : CALLS_WHILE_IDLE_MAX)) {
          return {
            en: `Your program made ${calls} system calls before it slept, ${eagain} of them with EAGAIN: it waits too late.`,
            zh: `你的程序睡着之前做了 ${calls} 次系统调用，其中 ${eagain} 次是 EAGAIN：等得太晚。`,
          };
        }
      }
      return undefined;
    }),
};
