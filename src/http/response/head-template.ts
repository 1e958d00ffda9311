/** The head of responses that are sent repeatedly: bytes in which only Date, Content-Length and Connection are rewritten. */
import { httpDate } from '../http-date.js';
import { headerLines, type ResponseHeaders, statusLine } from './response-head.js';
import { isBodyless } from './status.js';

const NO_BYTES = Buffer.alloc(0);
const NO_MESSAGE: Message = { bytes: NO_BYTES, bodyLength: 0 };
/** The text after the length of the body. */
const LINE_ENDS = Buffer.from('\r\n\r\n');
const DIGIT_0 = 0x30;

/** A head, perhaps followed by its body. */
export interface Message {
  readonly bytes: Buffer;
  readonly bodyLength: number;
}

export class HeadTemplate {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly #beforeDate: string;
  /** The text from the end of Date to the length of the body, or to the Connection line. */
  readonly #afterDate: string;
  #date = '';
  #start: Buffer = NO_BYTES;
  /** The last text that was sent, and its message at that date. */
  #text: string | undefined;
  #message: Message = NO_MESSAGE;

  /**
   * @param headers  kept by reference: they must not change afterwards
   * @throws         TypeError or RangeError for a head that cannot be sent
   */
  constructor(status: number, headers: ResponseHeaders) {
    this.status = status;
    this.headers = headers;
    this.#beforeDate = `${statusLine(status)}Date: `;
    this.#afterDate = `\r\n${headerLines(headers)}${isBodyless(status) ? '' : 'Content-Length: '}`;
  }

  /**
   * The head of a response with a body of `bodyLength` bytes.
   * @param connectionLine  with its line end, or ''
   * @param room            bytes to allocate after the head, for the body
   */
  head(bodyLength: number, nowMs: number, connectionLine: string = '', room: number = 0): Buffer {
    const start = this.#startAt(httpDate(nowMs));
    const hasLength = !isBodyless(this.status);
    const lengthEnd = hasLength ? start.length + decimalDigits(bodyLength) : start.length - 2; // overwrites the last line end
    const headLength = lengthEnd + LINE_ENDS.length + connectionLine.length;
    const bytes = Buffer.allocUnsafe(headLength + room);
    bytes.set(start);
    if (hasLength) writeDecimal(bytes, lengthEnd, bodyLength);
    if (connectionLine === '') bytes.set(LINE_ENDS, lengthEnd);
    else bytes.write(`\r\n${connectionLine}\r\n`, lengthEnd, 'latin1');
    return bytes;
  }

  /**
   * The head and the body in one buffer. Its bytes never change; if the text repeats within the same second, it is the same
   * buffer.
   */
  message(body: string | Uint8Array, nowMs: number, connectionLine: string = ''): Message {
    if (body === this.#text && connectionLine === '' && httpDate(nowMs) === this.#date) return this.#message;
    return this.#build(body, nowMs, connectionLine);
  }

  #build(body: string | Uint8Array, nowMs: number, connectionLine: string): Message {
    const bodyLength = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const bytes = this.head(bodyLength, nowMs, connectionLine, bodyLength);
    const message = { bytes, bodyLength };
    if (typeof body !== 'string') {
      bytes.set(body, bytes.length - bodyLength);
    } else {
      bytes.write(body, bytes.length - bodyLength);
      this.#text = connectionLine === '' ? body : undefined;
      this.#message = message;
    }
    return message;
  }

  #startAt(date: string): Buffer {
    if (this.#date !== date) {
      this.#start = Buffer.from(`${this.#beforeDate}${date}${this.#afterDate}`, 'latin1');
      this.#date = date;
      this.#text = undefined;
    }
    return this.#start;
  }
}

function decimalDigits(value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest /= 10) digits++;
  return digits;
}

/** @param end  the end of its digits */
function writeDecimal(bytes: Buffer, end: number, value: number): void {
  let at = end;
  let rest = value;
  do {
    bytes[--at] = DIGIT_0 + (rest % 10);
    rest = Math.floor(rest / 10);
  } while (rest > 0);
}
