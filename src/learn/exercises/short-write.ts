import { describe, type Exercise, grouped, same, WRONG_BYTES } from '../exercise.js';
import { Program } from '../program.js';
import { BODY_BYTES, bodyOf } from '../setup.js';

export const shortWrite: Exercise = {
  name: '04-short-write',
  story: {
    en: `serve() sends 8 MiB to a client that reads slowly, and closes the
connection. The socket is non-blocking: send takes the bytes that fit into
the kernel's buffer, and returns their number. The program ignores it.`,
    zh: `serve() 向一个读得很慢的客户端发 8 MiB，然后关闭连接。
套接字是非阻塞的：send 只取内核缓冲区放得下的部分，返回值是取了多少。
程序没有理会返回值。`,
  },
  todo: {
    en: 'send the rest too, when there is room again; close only then',
    zh: '有空间时把剩下的也发出去，然后才关闭',
  },
  hints: [
    {
      en: 'The result of send is a number of bytes, or WOULD_BLOCK. The rest is body.subarray(n).',
      zh: 'send 的结果是字节数，或者 WOULD_BLOCK。剩下的是 body.subarray(n)。',
    },
    {
      en: 'When send returns WOULD_BLOCK, wait for EPOLLOUT (there is room), as you waited for EPOLLIN in 02-spin.',
      zh: 'send 返回 WOULD_BLOCK 时，等 EPOLLOUT（有空间），就像 02-spin 里等 EPOLLIN。',
    },
    same(
      'while (unsent.length > 0) { const n = sockets.send(fd, unsent); if (n === sockets.WOULD_BLOCK) epoll.poll(); else unsent = unsent.subarray(n); }',
    ),
  ],
  lesson: {
    en: `send takes the bytes that fit. A blocking send waits until all are taken, so small programs never notice; a non-blocking send
returns a smaller number, or EAGAIN. Each sender therefore needs a place for the rest, and a wait for room.`,
    zh: `send 只取放得下的部分。阻塞的 send 会等到全部取走，所以小程序从来察觉不到；非阻塞的 send 返回较小的数，或者 EAGAIN。所以每个发送者都要有地方放剩余的字节，并等待空间。`,
  },
  man: 'send(2)',
  source: 'src/net/write-queue.ts, src/net/outbound.ts',
  judge: (learner) =>
    Program.run(learner, { setup: { clients: 1, bodyBytes: BODY_BYTES }, areReading: false }, async (program) => {
      const [client] = program.clients;
      await program.rest();
      const first = program.calls.find((line) => line.startsWith('send('));
      client?.resume();
      const outcome = await program.until(() => client?.hasEnded === true);
      const received = client?.length ?? 0;
      if (outcome.kind !== 'met' && outcome.kind !== 'ended') return describe(outcome, program);
      if (client?.received.equals(bodyOf(BODY_BYTES))) return undefined;
      if (program.error !== '' || first === undefined)
        return describe({ kind: 'ended', error: program.error }, program);
      if (received === BODY_BYTES) {
        return WRONG_BYTES;
      }
      return {
        en: `The client got ${grouped(received)} of ${grouped(BODY_BYTES)} bytes, and then the end of the stream. The first send:
    ${first}`,
        zh: `客户端收到 ${grouped(BODY_BYTES)} 字节中的 ${grouped(received)}，然后流就结束了。第一次 send：
    ${first}`,
      };
    }),
};
