/** Reads a row of the table for the tests that run it. */
import type { Answer, RawRequest } from './raw-request.js';

/** Rows longer than this are cut here and there, and not at every byte: they are long because a limit is. */
const CUT_EVERYWHERE_BYTES_MAX = 1_000;

/** The places at which to cut so many bytes in two: after each byte except the last. */
export function cutsOf(length: number): number[] {
  const step = length <= CUT_EVERYWHERE_BYTES_MAX ? 1 : Math.ceil(length / 20);
  const cuts: number[] = [];
  for (let cut = 1; cut < length; cut++) {
    if (cut < 40 || cut > length - 12 || cut % step === 0) cuts.push(cut);
  }
  return cuts;
}

/** All answers but 100. */
export function finalAnswers({ answers }: Pick<RawRequest, 'answers'>): readonly Answer[] {
  return answers.filter((answer) => answer !== 100);
}

/** The result for a first head that is valid. */
export function firstHeadBytes({ raw }: Pick<RawRequest, 'raw'>): number {
  return raw.indexOf('\r\n\r\n') + 4;
}

export interface Echo {
  readonly method: string;
  /** As the parser has it: an empty one is echoed as `/`, and the row's head says so. */
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

/** The request as the handler has understood it; undefined for an answer that is a status. */
export function readEcho(answer: Answer | undefined): Echo | undefined {
  if (typeof answer !== 'string') return undefined;
  const match = /^(\S+) ([^\s?]*)(?:\?(\S*))? \[([\s\S]*)\](?: \S*)?$/.exec(answer);
  if (match === null) throw new Error(`not an echo: ${JSON.stringify(answer)}`);
  const [, method = '', path = '', query = '', body = ''] = match;
  return { method, path, query, body: unfolded(body) };
}

const TIMES = /^(\d+) times b$/;

function unfolded(body: string): string {
  const [, times] = TIMES.exec(body) ?? [];
  return times === undefined ? body : 'b'.repeat(Number(times));
}

/** As the handler echoes a body: a long one by its length. */
export function folded(body: string): string {
  return body.length > 10_000 && body === 'b'.repeat(body.length) ? `${body.length} times b` : body;
}
