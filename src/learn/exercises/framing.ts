import { describe, type Exercise, same, type Text } from '../exercise.js';
import { Program } from '../program.js';

const REQUEST = 'GET /one HTTP/1.1\r\n\r\n';

export const framing: Exercise = {
  name: '03-framing',
  story: {
    en: `A request ends with an empty line. serve() answers each request with its
path and a newline. It treats the bytes of one recv as one request. But TCP
is a stream of bytes: a request may come in pieces, or with the next one.`,
    zh: `请求以空行结束。serve() 对每个请求回答它的路径和一个换行。
它把一次 recv 返回的内容当作一个请求。但 TCP 是字节流：
一个请求可能分几段来，也可能和下一个一起来。`,
  },
  todo: {
    en: 'answer each whole request once, and keep the bytes after it for later',
    zh: '每个完整的请求只回答一次，多出来的字节留着',
  },
  hints: [
    {
      en: 'How does the program know where a request ends? Only from the bytes: look for the empty line, "\\r\\n\\r\\n".',
      zh: '程序怎么知道请求在哪里结束？只能看字节：找空行 "\\r\\n\\r\\n"。',
    },
    {
      en: 'Keep a string `received` across calls of recv. Add the new bytes, then take whole requests from its beginning.',
      zh: '用一个字符串 `received` 跨 recv 保存收到的内容。先加上新来的，再从开头取出完整的请求。',
    },
    same("for (let end; (end = received.indexOf('\\r\\n\\r\\n')) !== -1; received = received.slice(end + 4)) { … }"),
  ],
  lesson: {
    en: `A stream has no messages. The bytes must show where a message ends: an empty line, a length, a delimiter. A parser therefore has
three results: need more, a request, or an error. Bytes after a request belong to the next one.`,
    zh: `流里没有消息。消息在哪里结束必须写在字节里：空行、长度或分隔符。所以解析器有三种结果：还不够、一个请求、或者错误；请求之后的字节属于下一个请求。`,
  },
  man: 'tcp(7), recv(2)',
  source: 'src/http/request-parser.ts, src/models/respond.ts',
  judge: (learner) =>
    Program.run(learner, { setup: { clients: 1, isBlocking: true } }, async (program) => {
      const [client] = program.clients;
      if (client === undefined) return describe(await program.rest(), program);
      let seen = 0;
      const wrong = (pieces: readonly string[]): Text => {
        const sent = pieces.map((piece) => JSON.stringify(piece)).join(', ');
        const got = JSON.stringify(client.text.slice(seen));
        return {
          en: `The client sent ${sent}.\nYour program answered ${got}.`,
          zh: `客户端发了 ${sent}。\n你的程序回答 ${got}。`,
        };
      };
      /** Each piece is read before the next one is sent. */
      const ask = async (pieces: readonly string[], answer: string): Promise<Text | undefined> => {
        for (const piece of pieces) {
          await client.send(piece);
          const outcome = await program.rest();
          if (outcome.kind !== 'stands') return describe(outcome, program);
        }
        const outcome = await program.until(() => client.text.slice(seen) === answer);
        if (outcome.kind !== 'met') return wrong(pieces);
        seen = client.length;
        return undefined;
      };
      const cuts = Array.from({ length: REQUEST.length - 1 }, (_, i) => [
        REQUEST.slice(0, i + 1),
        REQUEST.slice(i + 1),
      ]);
      for (const pieces of [...cuts.slice(1), ...cuts.slice(0, 1)]) {
        const failure = await ask(pieces, '/one\n');
        if (failure !== undefined) return failure;
      }
      const two = REQUEST + REQUEST.replace('one', 'two');
      return (
        (await ask([two], '/one\n/two\n')) ?? (await ask([`${two}GET`, ' /three x\r\n\r\n'], '/one\n/two\n/three\n'))
      );
    }),
};
