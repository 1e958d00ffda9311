import { describe, type Exercise, grouped, same } from '../exercise.js';
import { Program } from '../program.js';
import { bodyOf } from '../setup.js';

const SENT_BYTES = 32 * 1024 * 1024;
const HELD_BYTES_MAX = 256 * 1024;

export const slowReader: Exercise = {
  name: '15-slow-reader',
  story: {
    en: `serve() sends back what the client sends. Its client sends 32 MiB and reads
nothing. Bytes that the socket does not take are queued in memory without a
bound: one client can take all the memory of the server.`,
    zh: `serve() 把客户端发来的字节发回。它的客户端发 32 MiB，却什么也不读。
套接字收不下的字节在内存里排队，没有上限：
一个客户端就能占满服务器的内存。`,
  },
  todo: {
    en: 'hold at most 256 KiB: receive nothing while so much is queued',
    zh: '最多存 256 KiB：排队的字节这么多时就不再接收',
  },
  hints: [
    {
      en: 'If you do not receive, the bytes stay in the kernel, and when its buffers are full the client cannot send.',
      zh: '如果你不接收，字节就留在内核里；内核的缓冲区满了，客户端就发不出去。',
    },
    {
      en: 'Leave EPOLLIN out of the interest while the queue is long. Add it again when the queue is shorter.',
      zh: '队列太长时把 EPOLLIN 从关注里去掉，队列变短后再加回来。',
    },
    same('const held = queue.reduce((sum, { length }) => sum + length, 0); (held < 128 * 1024 ? EPOLLIN : 0) | …'),
  ],
  lesson: {
    en: `That is backpressure: a full queue stops the reading, the kernel's buffers fill, TCP's window closes, and the sender gets EAGAIN.
No byte is lost, and the client can send only as fast as it reads. Each queue needs such a bound.`,
    zh: `这就是背压：队列满了就停止读，内核缓冲区填满，TCP 窗口关闭，发送方得到 EAGAIN。一个字节也不丢，客户端读多快就只能发多快。每个队列都需要这样的上限。`,
  },
  man: 'tcp(7), send(2) (EAGAIN)',
  source: 'src/net/write-queue.ts (the high-water mark), src/net/connection.ts',
  judge: (learner) =>
    Program.run(learner, { setup: { clients: 1 }, areReading: false, callsMax: 50_000 }, async (program) => {
      const [client] = program.clients;
      const [fd] = program.fds;
      const body = bodyOf(SENT_BYTES);
      void client?.send(body);
      const full = await program.rest();
      if (full.kind !== 'stands') return describe(full, program);
      const held = program.bytes('recv', fd) - program.bytes('send', fd);
      if (held > HELD_BYTES_MAX) {
        return {
          en: `The client has read nothing. Your program has received ${grouped(program.bytes('recv', fd))} bytes, and the socket has taken ${grouped(program.bytes('send', fd))} of them back: your program holds ${grouped(held)} bytes.`,
          zh: `客户端什么也没读。你的程序收了 ${grouped(program.bytes('recv', fd))} 字节，只发回 ${grouped(program.bytes('send', fd))} 字节：它存着 ${grouped(held)} 字节。`,
        };
      }
      client?.resume();
      const all = await program.until(() => (client?.length ?? 0) >= SENT_BYTES);
      if (all.kind !== 'met') return describe(all, program);
      return client?.received.equals(body)
        ? undefined
        : { en: 'All bytes came back, but not in their order.', zh: '字节都回来了，但顺序不对。' };
    }),
};
