/** The models in the order of the story, with what each of them teaches. */

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
    teaches: 'one client at a time: whoever comes second waits for the first to go',
    load: () => import('./blocking.js'),
  },
  {
    name: 'threads',
    teaches: 'a thread for each connection: simple, and each costs a JavaScript engine',
    load: () => import('./threads.js'),
  },
  {
    name: 'thread-pool',
    teaches: 'eight threads share the listening socket: the ninth client waits',
    load: () => import('./thread-pool.js'),
  },
  {
    name: 'coroutines',
    teaches: 'straight-line code that is parked where it would wait: gevent, in sight',
    load: () => import('./coroutines.js'),
  },
  {
    name: 'busy-polling',
    teaches: 'sockets that do not block, asked again and again: nobody waits, nothing rests',
    load: () => import('./busy-polling.js'),
  },
  {
    name: 'select',
    teaches: 'one wait for many, given as bits at each call: up to descriptor 1,023',
    load: () => import('./select.js'),
  },
  {
    name: 'poll',
    teaches: 'one wait for many, given as a list at each call: any number, and each is looked at',
    load: () => import('./poll.js'),
  },
  {
    name: 'epoll',
    teaches: 'the interest set stays in the kernel, which tells what is ready: cost by events, not by connections',
    load: () => import('./epoll.js'),
  },
  {
    name: 'epoll-edge',
    teaches: 'told once when it becomes ready: drain it, or wait for ever',
    load: () => import('./epoll-edge.js'),
  },
  {
    name: 'epoll-workers',
    teaches: 'one epoll server per processor, dealt out by the kernel (SO_REUSEPORT)',
    load: () => import('./epoll-workers.js'),
  },
];
