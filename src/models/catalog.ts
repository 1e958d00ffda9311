/** The models in the order of the story, with what each teaches. */

/** Serves `folder` until the process is ended. */
export type Serve = (folder: string, port: number) => void;

export interface Model {
  readonly name: string;
  readonly teaches: string;
  /** The same in Chinese. */
  readonly teachesZh: string;
  load(): Promise<{ readonly serve: Serve }>;
}

export const MODELS: readonly Model[] = [
  {
    name: 'blocking',
    teaches: 'one client at a time: the second waits until the first has gone',
    teachesZh: '一次一个客户端：第二个要等第一个离开',
    load: () => import('./blocking.js'),
  },
  {
    name: 'threads',
    teaches: 'a thread for each connection: simple, but each is a JavaScript engine',
    teachesZh: '每个连接一个线程：简单，但每个线程都是一个 JavaScript 引擎',
    load: () => import('./threads.js'),
  },
  {
    name: 'thread-pool',
    teaches: 'eight threads share the listening socket: the ninth client waits',
    teachesZh: '八个线程共用一个监听套接字：第九个客户端要等',
    load: () => import('./thread-pool.js'),
  },
  {
    name: 'coroutines',
    teaches: 'straight-line code that is parked where it would block: gevent, without the magic',
    teachesZh: '顺序的代码，在会阻塞的地方挂起：看得见原理的 gevent',
    load: () => import('./coroutines.js'),
  },
  {
    name: 'busy-polling',
    teaches: 'non-blocking sockets, tried again and again: no client waits, the processor never rests',
    teachesZh: '非阻塞套接字，反复尝试：没有客户端等待，处理器也从不休息',
    load: () => import('./busy-polling.js'),
  },
  {
    name: 'select',
    teaches: 'one wait for many descriptors, passed as bits at each call: up to descriptor 1,023',
    teachesZh: '一次等待许多描述符，每次调用都以位的形式传入：到描述符 1,023 为止',
    load: () => import('./select.js'),
  },
  {
    name: 'poll',
    teaches: 'one wait for many descriptors, passed as a list at each call: any number, each examined',
    teachesZh: '一次等待许多描述符，每次调用都以列表传入：多少个都行，每个都要检查',
    load: () => import('./poll.js'),
  },
  {
    name: 'epoll',
    teaches: 'the interest set stays in the kernel: a wait costs by events, not by connections',
    teachesZh: '兴趣集合留在内核里：等待的代价取决于事件数，而不是连接数',
    load: () => import('./epoll.js'),
  },
  {
    name: 'epoll-edge',
    teaches: 'reported only when something new comes: drain it, or the rest waits for more to come',
    teachesZh: '有新数据到来才报告：要排空，否则剩下的要等到新数据再来',
    load: () => import('./epoll-edge.js'),
  },
  {
    name: 'epoll-workers',
    teaches: 'one epoll server per processor: the kernel distributes the connections (SO_REUSEPORT)',
    teachesZh: '每个处理器一个 epoll 服务器：内核分发连接（SO_REUSEPORT）',
    load: () => import('./epoll-workers.js'),
  },
  {
    name: 'io-uring',
    teaches: 'the kernel does the work and reports what is done: no readiness, no EAGAIN, rings in shared memory',
    teachesZh: '内核执行操作并报告完成：没有就绪，也没有 EAGAIN，环在共享内存里',
    load: () => import('./io-uring.js'),
  },
];
