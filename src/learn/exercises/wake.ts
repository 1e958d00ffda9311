import { describe, type Exercise, plus } from '../exercise.js';
import { Program } from '../program.js';

export const wake: Exercise = {
  name: '17-wake',
  story: {
    en: `A thread computes, and sets a flag when it is done. serve() looks at the flag
whenever its wait returns, and then says "done". But nothing ends the wait:
a flag in memory is no event.`,
    zh: `一个线程在计算，完成时设置一个标志。serve() 每次等待返回时看一眼标志，
然后说 "done"。但没有什么会唤醒等待：内存里的标志不是事件。`,
  },
  todo: { en: 'let the thread wake the wait', zh: '让那个线程唤醒等待' },
  hints: [
    {
      en: 'epoll waits for descriptors alone. So the thread needs a descriptor that it can make readable.',
      zh: 'epoll 只等描述符。所以那个线程需要一个它能变为可读的描述符。',
    },
    {
      en: 'new Waker() is an eventfd: register waker.fileno(). Pass that number to the thread, which calls Waker.wake(fd).',
      zh: 'new Waker() 就是一个 eventfd：注册 waker.fileno()，把这个编号传给线程，线程调用 Waker.wake(fd)。',
    },
    {
      en: "In the thread: require('epoll-reactor').Waker.wake(fd), after Atomics.store. In the loop: waker.read() when it is reported.",
      zh: "线程里：在 Atomics.store 之后 require('epoll-reactor').Waker.wake(fd)。循环里：被报告时调用 waker.read()。",
    },
  ],
  lesson: {
    en: `All that a loop waits for must be a descriptor: eventfd for threads, timerfd for time, signalfd or a pipe for signals. First write
the data, then wake; and read the eventfd, or it stays readable.`,
    zh: `循环等待的一切都必须是描述符：线程用 eventfd，时间用 timerfd，信号用 signalfd 或管道。先写好数据，再唤醒；还要读 eventfd，否则它一直可读。`,
  },
  man: 'eventfd(2)',
  source: 'src/linux/waker.ts, src/reactor/reactor.ts (wakeFd)',
  judge: (learner) =>
    Program.run(learner, { setup: { clients: 1 } }, async (program) => {
      const [client] = program.clients;
      const done = await program.until(() => client?.text === 'done\n');
      if (done.kind === 'stands' && done.call === 'epoll_wait') {
        return plus(describe(done, program), {
          en: 'The thread has set the flag. No descriptor of the set has become ready, so serve() does not look at the flag.',
          zh: '线程已设置标志。集合里没有描述符变为就绪，所以 serve() 没有去看标志。',
        });
      }
      if (done.kind !== 'met') return describe(done, program);
      const rested = await program.rest();
      if (rested.kind !== 'stands') return describe(rested, program);
      return rested.call === 'epoll_wait' ? undefined : describe(rested, program);
    }),
};
