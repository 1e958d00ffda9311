import { describe, type Exercise, grouped } from '../exercise.js';
import { Program } from '../program.js';
import { BODY_BYTES, bodyOf } from '../setup.js';

export const halfClose: Exercise = {
  name: '14-half-close',
  story: {
    en: `The client asks for 8 MiB, and then shuts down its writing half: it will
send no more, but still reads the answer. recv returns 0. serve() treats that
as the end of the connection, and closes it.`,
    zh: `客户端请求 8 MiB，然后关闭自己的写方向：它不再发送，只读回答。
recv 返回 0。serve() 以为连接结束了，就把它关闭。`,
  },
  todo: {
    en: 'send all that is unsent before you close; and sleep while there is no room',
    zh: '关闭之前发完所有未发的字节；没有空间时要睡眠',
  },
  hints: [
    {
      en: 'A result of 0 says that the peer will send no more. It does not say that the peer has stopped reading.',
      zh: '结果为 0 是说对方不再发送，不是说对方不再读取。',
    },
    {
      en: 'The end of the stream stays readable. If you keep EPOLLIN in the interest, the program spins.',
      zh: '流的结束会一直可读。如果关注里还有 EPOLLIN，程序就会空转。',
    },
    {
      en: 'When recv returns 0: epoll.modify(fd, EPOLLOUT). Close after the send that takes the last byte.',
      zh: 'recv 返回 0 时：epoll.modify(fd, EPOLLOUT)。发完最后一个字节之后再关闭。',
    },
  ],
  lesson: {
    en: `A connection has two halves, and each ends by itself: shutdown(SHUT_WR) ends one, and the peer's recv returns 0. EPOLLRDHUP
reports it; EPOLLHUP comes when both have ended. A program with nothing to read and bytes to send waits for EPOLLOUT alone.`,
    zh: `连接有两个方向，各自结束：shutdown(SHUT_WR) 结束一个，对方的 recv 返回 0。EPOLLRDHUP 报告它；两个方向都结束时才有 EPOLLHUP。没有数据可读、只有数据要发时，就只等 EPOLLOUT。`,
  },
  man: 'shutdown(2), epoll_ctl(2) (EPOLLRDHUP)',
  source: 'src/net/connection.ts',
  judge: (learner) =>
    Program.run(
      learner,
      {
        setup: { clients: 1, bodyBytes: BODY_BYTES },
        areReading: false,
        prepare: async ({ clients: [client] }) => {
          await client?.send('GET');
          await client?.shutdown();
        },
      },
      async (program) => {
        const [client] = program.clients;
        const [fd] = program.fds;
        const meanwhile = await program.rest();
        if (meanwhile.kind === 'floods') {
          return {
            en: `While the client does not read, your program makes calls without end:
    ${meanwhile.line}`,
            zh: `客户端不读的时候，你的程序不停地做调用：
    ${meanwhile.line}`,
          };
        }
        client?.resume();
        await program.until(() => client?.hasEnded === true);
        const received = client?.length ?? 0;
        if (client?.hasEnded && client.received.equals(bodyOf(BODY_BYTES))) return undefined;
        if (program.error !== '') return describe(meanwhile, program);
        const end = program.calls.find((line) => line.startsWith(`recv(${fd}, "", `)) ?? '';
        return {
          en: `The client got ${grouped(received)} of ${grouped(BODY_BYTES)} bytes. It had shut down its writing half, but was still reading:
    ${end}
    ${program.calls.at(-1)}`,
          zh: `客户端收到 ${grouped(BODY_BYTES)} 字节中的 ${grouped(received)}。它只关闭了写方向，还在读：
    ${end}
    ${program.calls.at(-1)}`,
        };
      },
    ),
};
