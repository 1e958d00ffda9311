/** The models in the order of the story, with what each teaches. */

/** Serves `folder` until the process is ended. */
export type Serve = (folder: string, port: number) => void;

export interface Model {
  readonly name: string;
  readonly teaches: string;
  load(): Promise<{ readonly serve: Serve }>;
}

export const MODELS: readonly Model[] = [
  {
    name: 'blocking',
    teaches: 'one client at a time: the second waits until the first has gone',
    load: () => import('./blocking.js'),
  },
  {
    name: 'threads',
    teaches: 'a thread for each connection: simple, but each is a JavaScript engine',
    load: () => import('./threads.js'),
  },
  {
    name: 'thread-pool',
    teaches: 'eight threads share the listening socket: the ninth client waits',
    load: () => import('./thread-pool.js'),
  },
  {
    name: 'coroutines',
    teaches: 'straight-line code that is parked where it would block: gevent, without the magic',
    load: () => import('./coroutines.js'),
  },
  {
    name: 'busy-polling',
    teaches: 'non-blocking sockets, tried again and again: no client waits, the processor never rests',
    load: () => import('./busy-polling.js'),
  },
  {
    name: 'select',
    teaches: 'one wait for many descriptors, passed as bits at each call: up to descriptor 1,023',
    load: () => import('./select.js'),
  },
  {
    name: 'poll',
    teaches: 'one wait for many descriptors, passed as a list at each call: any number, each examined',
    load: () => import('./poll.js'),
  },
  {
    name: 'epoll',
    teaches: 'the interest set stays in the kernel: a wait costs by events, not by connections',
    load: () => import('./epoll.js'),
  },
  {
    name: 'epoll-edge',
    teaches: 'reported once, when it becomes ready: drain it, or wait for ever',
    load: () => import('./epoll-edge.js'),
  },
  {
    name: 'epoll-workers',
    teaches: 'one epoll server per processor: the kernel distributes the connections (SO_REUSEPORT)',
    load: () => import('./epoll-workers.js'),
  },
  {
    name: 'io-uring',
    teaches: 'the kernel does the work and reports what is done: no readiness, no EAGAIN, rings in shared memory',
    load: () => import('./io-uring.js'),
  },
];
