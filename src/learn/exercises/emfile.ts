import { describe, type Exercise, grouped } from '../exercise.js';
import { Program } from '../program.js';

const CLIENTS = 4;
/** The program has descriptors for its Epoll and two more. */
const DESCRIPTORS_LEFT = 3;

export const emfile: Exercise = {
  name: '18-emfile',
  story: {
    en: `serve() greets each client. The process may open three more descriptors, and
four clients come. accept fails with EMFILE, and the client that it could not
take goes on waiting: so the listening socket stays ready, and the loop spins.`,
    zh: `serve() 向每个客户端问好。进程只能再打开三个描述符，却来了四个客户端。
accept 因 EMFILE 失败，没被接受的客户端继续等：
于是监听套接字一直就绪，循环空转。`,
  },
  todo: {
    en: 'keep a spare descriptor, and use it to refuse a client when no other is free',
    zh: '预留一个描述符；没有空闲描述符时，用它来拒绝客户端',
  },
  hints: [
    {
      en: 'To refuse a connection you have to accept it, and for that you need a descriptor. Where can you get one?',
      zh: '要拒绝一个连接，先得接受它，而这需要一个描述符。它从哪里来？',
    },
    {
      en: "Open something at the beginning: let spare = openSync('/dev/null') of node:fs. On EMFILE: closeSync(spare), accept, close, open it again.",
      zh: "开始时先打开一个：node:fs 的 let spare = openSync('/dev/null')。遇到 EMFILE：closeSync(spare)，accept，close，再打开它。",
    },
  ],
  lesson: {
    en: `A full table of descriptors is a normal state of a server. Level-triggered epoll turns a failing accept into a spin, so each server
needs a policy: refuse with a spare descriptor, as here; or take the listening socket out of the set until a connection has ended.`,
    zh: `描述符用完是服务器的正常状态。水平触发的 epoll 会让失败的 accept 变成空转，所以每个服务器都要有对策：像这里一样用备用描述符拒绝，或者把监听套接字移出集合，直到有连接结束。`,
  },
  man: 'accept(2) (EMFILE), getrlimit(2) (RLIMIT_NOFILE)',
  source: 'src/net/listener.ts, src/disk/spare-descriptors.ts',
  judge: (learner) =>
    Program.run(
      learner,
      {
        setup: { listens: true, descriptorsLeft: DESCRIPTORS_LEFT },
        prepare: async (program) => {
          for (let i = 0; i < CLIENTS; i++) await program.connect();
        },
      },
      async (program) => {
        const isAnswered = (): boolean => program.clients.every(({ text, hasEnded }) => text === 'hello\n' || hasEnded);
        const all = await program.until(isAnswered);
        const outcome = all.kind === 'met' ? await program.rest() : all;
        const accepted = program.clients.filter(({ text }) => text !== '').length;
        if (outcome.kind === 'floods') {
          const failed = program.calls.filter((line) => / = -1 EMFILE$/.test(line));
          return {
            en: `${accepted} of ${CLIENTS} clients were greeted. Since then epoll has reported the listening socket again and again, and accept failed ${grouped(failed.length)} times:
    ${failed.at(-1)}`,
            zh: `${CLIENTS} 个客户端里问候了 ${accepted} 个。此后 epoll 一再报告监听套接字，accept 失败了 ${grouped(failed.length)} 次：
    ${failed.at(-1)}`,
          };
        }
        if (outcome.kind !== 'stands' || all.kind !== 'met') return describe(outcome, program);
        return accepted > 0 ? undefined : { en: 'No client was greeted.', zh: '没有一个客户端得到问候。' };
      },
    ),
};
