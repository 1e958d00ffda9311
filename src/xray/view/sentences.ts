/** A plain sentence for each record, each finding, and for what is remarkable about a descriptor. */
import type { Call, ClientActed, ProgramState, XrayRecord } from '../records.js';
import { EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLOUT, formatBits, has, parseBits } from './bits.js';
import * as calls from './calls.js';
import { hasLeft } from './facts.js';
import { EN, type Sentences, time } from './sentences-en.js';
import { ZH } from './sentences-zh.js';
import type { Descriptor, Finding, State } from './state.js';

export type Language = 'en' | 'zh';

export const SENTENCES: Readonly<Record<Language, Sentences>> = { en: EN, zh: ZH };

/** A call that took so long has waited. */
const WAITED_US = 1000;

/** @param state  that after the record */
export function sentenceOf(record: XrayRecord, state: State, language: Language): string {
  const words = SENTENCES[language];
  if ('call' in record) return callSentence(record, words);
  if ('events' in record && record.isDone && record.events.length > 0) {
    return words.turnDone(
      record.turn,
      record.events.map(([fd]) => String(fd)),
    );
  }
  if ('events' in record) {
    return words.turn(
      record.turn,
      record.events.map(([fd, mask]) => `${fd} (${formatBits(mask)})`),
    );
  }
  if ('kernel' in record) return words.look(record.kernel.length);
  if ('asks' in record)
    return words.asks(
      record.by,
      record.asks.map(([fd, mask]) => `${fd} (${formatBits(mask, 'POLL')})`),
    );
  if ('submits' in record) return words.submits(record.submits.map(([call, fd]) => `${call}(${fd})`));
  if ('program' in record) return programSentence(record, state, words);
  if ('skipped' in record) return words.skipped(record.skipped.turns);
  if ('dropped' in record) return words.dropped(record.dropped);
  if ('does' in record) return clientSentence(record, words);
  if ('experiment' in record) {
    return record.state === 'begins' ? words.experiments[record.experiment]() : words.experimentEnded();
  }
  if ('thread' in record) return words.threadBegan(record.thread, record.pid);
  return 'gone' in record ? words.threadEnded(record.tid) : '';
}

export function findingSentence(finding: Finding, language: Language): string {
  const words = SENTENCES[language];
  const fd = finding.key?.slice(finding.key.indexOf('/') + 1);
  const who = fd === undefined ? '' : words.descriptor(Number(fd));
  const sentence = words.lints[finding.lint](who, finding.values);
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** What a reader should know of a descriptor beside its row; '' for most. */
export function descriptorSentence(one: Descriptor, language: Language): string {
  const words = SENTENCES[language].descriptors;
  if (!one.isOpen) return one.mask === null ? '' : words.closedInSet();
  const lies = one.unread ?? 0;
  if (hasLeft(one)) return one.kind === 'listener' ? words.edgeQueue(lies) : words.edgeLeft(lies);
  if (has(one.mask, EPOLLONESHOT) && !has(one.mask, EPOLLIN | EPOLLOUT)) return words.oneShot();
  if (one.facts.shortSend !== undefined) return words.noRoom();
  const isLevel = one.askedBy === 'epoll' && has(one.mask, EPOLLIN) && !has(one.mask, EPOLLET);
  return isLevel && lies > 0 && one.kind === 'connection' ? words.level(lies) : '';
}

function programSentence(
  { program, isReady, exit }: ProgramState,
  state: State,
  { program: words }: Sentences,
): string {
  if (program === 'paused') return isReady ? words.paused() : words.asleep();
  if (program === 'stepping') return isReady ? words.stepping() : words.asleep();
  if (program !== 'ended') return words[program]();
  const { lastCall } = state;
  const call = lastCall === undefined ? '' : callText(lastCall);
  if (exit === undefined) return words.ended(call);
  if (exit.signal !== null) return words.killed(exit.signal, call);
  return exit.code === null ? words.ended(call) : words.exited(exit.code, call);
}

function clientSentence({ client, does, port, bytes = 0 }: ClientActed, words: Sentences): string {
  const sentence: (client: number, port: number, bytes: number) => string = words.clients[does];
  return sentence(client, port, bytes);
}

/** `recv(7, "GET / HTTP/1.1\r\n"..., 1024, 0) = 78`, as strace(1) prints it. */
export function callText({ call, args, ret, errno }: Call): string {
  return `${call}(${args.join(', ')}) = ${ret}${errno === undefined ? '' : ` ${errno}`}`;
}

function callSentence(call: Call, words: Sentences): string {
  const sentence = resultSentence(call, words.calls);
  if (call.isOperation) return words.afterOperation(time(call.dur), sentence);
  const hasWaited = calls.mayWait(call) && !calls.isReadinessWait(call) && call.dur >= WAITED_US;
  return hasWaited ? words.afterSleep(time(call.dur), sentence) : sentence;
}

function resultSentence(call: Call, words: Sentences['calls']): string {
  const { call: name, fd, ret, errno, args } = call;
  if (calls.isReadinessWait(call)) {
    if (errno !== undefined) return errno === 'EINTR' ? words.interrupted(name) : words.failed(name, errno);
    if (name === 'io_uring_enter') return words.entered(ret, call.dur >= WAITED_US ? time(call.dur) : '');
    return call.dur >= WAITED_US ? words.slept(name, time(call.dur), ret) : words.didNotSleep(name, ret);
  }
  if (errno !== undefined) return failure(call, errno, words);
  if (name === 'accept4') return words.accepted(ret, address(args[1]));
  if (calls.isSend(call) && name !== 'eventfd_write') {
    const given = calls.length(call);
    return given !== undefined && ret < given ? words.sentShort(name, ret, given, fd) : words.sent(name, ret, fd);
  }
  switch (name) {
    case 'recv':
    case 'read':
      return received(call, words);
    case 'epoll_ctl':
      return controlled(args, words);
    case 'socket':
      return words.socket(ret);
    case 'bind':
      return words.bound(fd, address(args[1]));
    case 'listen':
      return words.listens(fd);
    case 'epoll_create1':
      return words.epoll(ret);
    case 'eventfd':
      return words.eventfd(ret);
    case 'timerfd_create':
      return words.timerfd(ret);
    case 'inotify_init1':
      return words.inotify(ret);
    case 'timerfd_settime':
      return words.timerSet(fd);
    case 'eventfd_read':
      return words.woken(fd);
    case 'fcntl':
      return args[2]?.includes('O_NONBLOCK') ? words.nonBlocking(fd) : words.returned(name, ret);
    case 'pread':
    case 'preadv2':
    case 'pread_job':
      return words.readFile(name, ret);
    case 'close':
    case 'close_job':
      return words.closed(fd);
    case 'setsockopt':
      return words.option(fd, args[2] ?? '', args[3] ?? '');
    case 'getsockname':
      return words.named(fd, address(args[1]));
    case 'fstat':
      return words.measured(fd);
    case 'shutdown':
      return words.shut(fd);
    default:
      return name.startsWith('openat2') ? words.opened(name, args[1] ?? '', ret) : words.returned(name, ret);
  }
}

function failure(call: Call, errno: string, words: Sentences['calls']): string {
  const { call: name, fd } = call;
  if (name === 'accept4') {
    if (calls.isWouldBlock(call)) return words.acceptWouldBlock(fd);
    return calls.isFull(call) ? words.acceptFull(errno) : words.failed(name, errno);
  }
  if (calls.isWouldBlock(call)) {
    if (calls.isRead(call)) return words.receiveWouldBlock(name, fd);
    if (calls.isSend(call)) return words.sendWouldBlock(name, fd);
  }
  if (errno === 'ECONNRESET') return words.reset(name, fd);
  return errno === 'EPIPE' ? words.broken(name, fd) : words.failed(name, errno);
}

function received(call: Call, words: Sentences['calls']): string {
  const { call: name, fd, ret, head = '' } = call;
  if (ret === 0) return words.receivedEnd(name, fd);
  if (calls.beginsRequest(call)) return words.received(name, ret, fd, head.split('\r\n', 1)[0] ?? '');
  return ret === calls.length(call) ? words.receivedFull(name, ret, fd) : words.received(name, ret, fd, '');
}

function controlled([, operation, target, events = '']: readonly string[], words: Sentences['calls']): string {
  const fd = Number(target);
  if (operation === 'EPOLL_CTL_DEL') return words.unregistered(fd);
  const mask = parseBits(events);
  if (operation === 'EPOLL_CTL_ADD') return words.registered(fd, formatBits(mask));
  const isForRoom = has(mask, EPOLLOUT) && !has(mask, EPOLLET);
  return isForRoom ? words.modifiedForRoom(fd, formatBits(mask)) : words.modified(fd, formatBits(mask));
}

/** An argument that is an address; '' for NULL. */
const address = (text = ''): string => (text.includes(':') || text.includes('AF_UNIX') ? text : '');
