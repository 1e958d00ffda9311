import { describe, type Exercise, grouped } from '../exercise.js';
import { Program } from '../program.js';

const FIREHOSE_BYTES = 256 * 1024;
const CALLS_MAX = 64;

export const fairness: Exercise = {
  name: '11-fairness',
  story: {
    en: `Client A has sent 256 KiB and B has sent 5 bytes before serve() begins. It
answers with a dot for each piece that it receives. It drains A before it
turns to B: if A never stopped sending, B would never get its answer.`,
    zh: `serve() 开始之前，客户端 A 发了 256 KiB，B 发了 5 字节。
它每收到一块就回答一个点。它先排空 A 再管 B：
如果 A 永不停止，B 就永远得不到回答。`,
  },
  todo: {
    en: 'receive from B after at most 64 receives from A',
    zh: '从 A 最多接收 64 次，就要轮到 B',
  },
  hints: [
    {
      en: 'This epoll is level-triggered: the next wait reports a descriptor again if you leave bytes unread.',
      zh: '这个 epoll 是水平触发的：还有没读完的字节，下一次等待就会再报告。',
    },
    {
      en: 'Limit how often you receive from one descriptor for one event. One recv is enough.',
      zh: '限制每个事件从一个描述符接收的次数。一次 recv 就够。',
    },
  ],
  lesson: {
    en: `A loop serves all clients only if each gets a bounded share of a turn. Level-triggered epoll makes that easy: stop early, and the
next wait reports the descriptor again. An edge-triggered program must keep its own list of descriptors that are still ready
(epoll(7), "Starvation").`,
    zh: `只有每个连接在一轮里的份额有上限，循环才能照顾所有连接。水平触发的 epoll 让这很容易：停下来，它会再报告。边缘触发的程序需要自己的列表，记下还没读完的描述符（epoll(7) 的 “Starvation”）。`,
  },
  man: 'epoll(7), "Possible pitfalls": Starvation',
  source: 'src/net/inbound.ts, src/reactor/reactor.ts',
  judge: (learner) =>
    Program.run(
      learner,
      {
        setup: { clients: 2 },
        prepare: async ({ clients: [a, b] }) => {
          await a?.send(Buffer.alloc(FIREHOSE_BYTES, 'a'));
          await b?.send('hello');
        },
      },
      async (program) => {
        const [fdA, fdB] = program.fds;
        const heard = (): number => program.calls.findIndex((line) => line.startsWith(`recv(${fdB}, "hello"`));
        const isDone = (): boolean => heard() !== -1 && program.bytes('recv', fdA) === FIREHOSE_BYTES;
        const outcome = await program.until(isDone);
        if (outcome.kind !== 'met') return describe(outcome, program);
        const before = program.calls.slice(0, heard()).filter((line) => line.startsWith(`recv(${fdA},`)).length;
        if (before > CALLS_MAX) {
          return {
            en: `Your program called recv(${fdA}) ${grouped(before)} times before recv(${fdB}). The 5 bytes of B had waited from the beginning.`,
            zh: `你的程序调用了 ${grouped(before)} 次 recv(${fdA}) 才调用 recv(${fdB})，而 B 的 5 个字节从一开始就在等。`,
          };
        }
        const idle = await program.rest();
        return idle.kind === 'stands' ? undefined : describe(idle, program);
      },
    ),
};
