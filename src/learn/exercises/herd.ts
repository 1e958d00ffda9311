import { describe, type Exercise, same } from '../exercise.js';
import { Program } from '../program.js';
import { sleepsInEpoll } from '../standstill.js';

const CLIENTS = 20;
/** Some wake beside the first one while it is on its way to accept. */
const WAKEUPS_MAX = CLIENTS * 2;

export const herd: Exercise = {
  name: '19-herd',
  story: {
    en: `Four threads wait for one listening socket, each in an Epoll of its own. One
client comes at a time, and all four wake: one accepts, and three find
nothing. That is the thundering herd.`,
    zh: `四个线程等同一个监听套接字，各自用自己的 Epoll。一次来一个客户端，
四个线程都被唤醒：一个接受到连接，三个一无所获。这就是惊群。`,
  },
  todo: { en: 'wake one thread for each client', zh: '每个客户端只唤醒一个线程' },
  hints: [
    {
      en: 'It is a flag of the registration. Look at the list of flags in epoll_ctl(2), or at the exports of epoll-reactor that begin with EPOLL.',
      zh: '它是注册时的一个标志。看 epoll_ctl(2) 里的标志，或者 epoll-reactor 导出的以 EPOLL 开头的名字。',
    },
    same('epoll.register(sk, EPOLLIN | EPOLLEXCLUSIVE)'),
  ],
  lesson: {
    en: `EPOLLEXCLUSIVE wakes at least one of the sets that wait for a descriptor, and usually only one. But the clients are not spread
evenly: the first set that waits in the queue takes all it can. With SO_REUSEPORT each process has a queue of its own.`,
    zh: `EPOLLEXCLUSIVE 至少唤醒一个等待该描述符的集合，通常只唤醒一个。但客户端分得并不均匀：队列里第一个在等的集合会尽量全部拿走。用 SO_REUSEPORT 时，每个进程有自己的队列。`,
  },
  man: 'epoll_ctl(2) (EPOLLEXCLUSIVE), socket(7) (SO_REUSEPORT)',
  source: 'src/models/epoll-workers.ts, src/daemon/workers/listening-sockets.ts',
  judge: (learner) =>
    Program.run(learner, { setup: { listens: true } }, async (program) => {
      const registered = await program.until(() => program.count(/EPOLL_CTL_ADD/) === 4);
      if (registered.kind !== 'met') return describe(registered, program);
      let first = 0;
      let last = 0;
      for (let i = 0; i <= CLIENTS; i++) {
        const idle = await program.rest();
        if (idle.kind !== 'stands') return describe(idle, program);
        last = sleepsInEpoll(program.pid);
        first ||= last;
        if (i === CLIENTS) break;
        const client = await program.connect();
        const greeted = await program.until(() => client.text === 'hello\n');
        if (greeted.kind !== 'met') return describe(greeted, program);
      }
      const wakeups = last - first;
      if (wakeups <= WAKEUPS_MAX) return undefined;
      const returned = program.count(/^epoll_wait\(\d+, \[\[/);
      return {
        en: `${CLIENTS} clients came, one at a time. The threads woke and slept again ${wakeups} times (voluntary_ctxt_switches). A wait returned ${returned} times; the other wake-ups found no connection left, and slept again in the kernel.`,
        zh: `来了 ${CLIENTS} 个客户端，一次一个。线程醒来又睡去 ${wakeups} 次（voluntary_ctxt_switches）。等待返回了 ${returned} 次；其余的唤醒没有发现连接，又在内核里睡去。`,
      };
    }),
};
