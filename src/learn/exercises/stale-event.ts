import { describe, type Exercise } from '../exercise.js';
import { Program } from '../program.js';

export const staleEvent: Exercise = {
  name: '13-stale-event',
  story: {
    en: `Clients A and B have both sent something, so one wait reports both. When A
says "next", serve() closes B and accepts another client, which gets the
number of B. Then it comes to the event that was for B.`,
    zh: `客户端 A 和 B 都发了数据，所以一次等待同时报告两者。A 说 "next" 时，
serve() 关闭 B 并接受另一个客户端，后者得到 B 的编号。
然后它处理原本属于 B 的事件。`,
  },
  todo: {
    en: 'skip events of descriptors that were registered after the wait returned',
    zh: '等待返回之后才注册的描述符，跳过它的事件',
  },
  hints: [
    {
      en: 'A list of events is a picture of the past. What has changed since epoll.poll() returned?',
      zh: '事件列表是过去的快照。epoll.poll() 返回之后什么变了？',
    },
    {
      en: 'Keep a Set of the descriptors that this batch has registered or closed, and look into it before each event.',
      zh: '用一个 Set 记下这一批里注册过或关闭过的描述符，处理每个事件之前先查它。',
    },
    {
      en: 'const fresh = new Set() before the inner loop; fresh.add(conn.fd) after the accept; if (fresh.has(fd)) continue.',
      zh: '内层循环之前 const fresh = new Set()；accept 之后 fresh.add(conn.fd)；if (fresh.has(fd)) continue。',
    },
  ],
  lesson: {
    en: `The kernel gives the lowest free number, so a closed number comes back at once. A loop that dispatches a batch must know which
registrations are newer than the batch: a stamp per registration, a generation, or closing at the end of the turn.`,
    zh: `内核总给最小的空闲编号，所以关闭的编号马上又会出现。分发一批事件的循环必须知道哪些注册比这批事件新：给每次注册加时间戳或代号（generation），或者到一轮结束才关闭。`,
  },
  man: 'epoll(7), "If using an event cache"',
  source: 'src/reactor/interest-set.ts (the turn of a registration)',
  judge: (learner) =>
    Program.run(
      learner,
      {
        setup: { clients: 2, listens: true },
        prepare: async (program) => {
          const [a, b] = program.clients;
          await a?.send('next');
          await b?.send('from B');
          await program.connect();
        },
      },
      async (program) => {
        const { calls } = program;
        const [, fdB] = program.fds;
        const newcomer = program.clients[2];
        const rested = await program.rest();
        const accepted = calls.findIndex((line) => /^accept4\(.* = \d+$/.test(line));
        const stale =
          calls[accepted + 1 + calls.slice(accepted + 1).findIndex((line) => /^(?:recv|epoll_wait)\(/.test(line))];
        if (accepted !== -1 && stale?.startsWith(`recv(${fdB},`)) {
          return {
            en: `The event of B reached the client that was accepted under the same number, but no wait had reported that client:
    close(${fdB}) = 0
    ${calls[accepted]}
    ${stale}`,
            zh: `B 的事件落到了用它的编号接受的客户端头上；没有哪次等待报告过这个客户端：
    close(${fdB}) = 0
    ${calls[accepted]}
    ${stale}`,
          };
        }
        if (rested.kind !== 'stands') return describe(rested, program);
        await newcomer?.send('hello');
        const answered = await program.until(() => newcomer?.text === 'hello');
        return answered.kind === 'met' ? undefined : describe(answered, program);
      },
    ),
};
