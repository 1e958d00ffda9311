import { describe, expect, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { EDGE_TRIGGERED, ONE_SHOT, READABLE } from '../../src/reactor/readiness.js';
import { Descriptors, expectNoLeaks } from '../support/descriptors.js';
import { runProcess } from '../support/processes.js';
import { thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

function failing(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

describe('A handler that throws', () => {
  test('is reported to onError with its descriptor, which is unregistered; the others of the batch are served', () => {
    using fds = new Descriptors();
    const reports: unknown[] = [];
    using reactor = new Reactor({ onError: (error, fd) => reports.push([error, fd]) });
    const [a, b, c] = [fds.counter(1), fds.counter(1), fds.counter(1)];
    const error = new Error('from b');
    const calls: string[] = [];
    reactor.register(a, READABLE, () => calls.push('a'));
    reactor.register(b, READABLE, () => {
      throw error;
    });
    reactor.register(c, READABLE, () => calls.push('c'));
    expect(reactor.turn(0)).toBe(3);
    expect(reports).toEqual([[error, b]]);
    expect(calls).toEqual(['a', 'c']);
    expect(reactor.turn(0)).toBe(2);
    reactor.register(b, READABLE, () => calls.push('b'));
    reactor.turn(0);
    expect(calls.slice(4).sort()).toEqual(['a', 'b', 'c']);
  });

  test('makes turn() throw when the batch is done, without onError', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const calls: string[] = [];
    const bad = fds.counter(1);
    reactor.register(bad, READABLE, failing('bad'));
    reactor.register(fds.counter(1), READABLE, () => calls.push('good'));
    expect(thrownBy(() => reactor.turn(0))).toEqual(new Error('bad'));
    expect(calls).toEqual(['good']);
    expect(reactor.turn(0)).toBe(1);
    expect(thrownBy(() => reactor.unregister(bad))).toMatchObject({ code: 'ENOENT' });
  });

  test('makes run() throw without onError, and run() can be called again', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    reactor.register(fds.counter(1), READABLE, failing('bad'));
    expect(thrownBy(() => reactor.run())).toEqual(new Error('bad'));
    reactor.register(fds.counter(1), READABLE, () => reactor.stop());
    reactor.run();
  });

  test('in run() leaves a reactor that can be attached', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    reactor.register(fds.counter(1), READABLE, failing('bad'));
    expect(thrownBy(() => reactor.run())).toEqual(new Error('bad'));
    reactor.attach();
    reactor.detach();
  });

  test('in one turn with others makes one AggregateError, in the order of the batch', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    for (const message of ['one', 'two', 'three']) reactor.register(fds.counter(1), READABLE, failing(message));
    const error = thrownBy(() => reactor.turn(0));
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({
      message: '3 handlers threw in one turn',
      errors: [new Error('one'), new Error('two'), new Error('three')],
    });
    expect(reactor.turn(0)).toBe(0);
  });

  test('a value that is no Error, such as undefined, is reported as it is', () => {
    using fds = new Descriptors();
    const reports: unknown[] = [];
    using reactor = new Reactor({ onError: (error, fd) => reports.push([error, fd]) });
    const bad = fds.counter(1);
    reactor.register(bad, READABLE, () => {
      throw undefined;
    });
    reactor.turn(0);
    expect(reports).toEqual([[undefined, bad]]);
  });

  test('after it has unregistered its descriptor itself is reported', () => {
    using fds = new Descriptors();
    const reports: unknown[] = [];
    using reactor = new Reactor({ onError: (error, fd) => reports.push([error, fd]) });
    const bad = fds.counter(1);
    reactor.register(bad, READABLE, () => {
      reactor.unregister(bad);
      throw new Error('bad');
    });
    reactor.turn(0);
    expect(reports).toEqual([[new Error('bad'), bad]]);
  });

  test('after it has registered its descriptor with another handler leaves that registration alone', () => {
    using fds = new Descriptors();
    const reports: unknown[] = [];
    using reactor = new Reactor({ onError: (error, fd) => reports.push([error, fd]) });
    const counter = fds.counter(1);
    let called = 0;
    reactor.register(counter, READABLE, () => {
      reactor.unregister(counter);
      reactor.register(counter, READABLE, () => called++);
      throw new Error('bad');
    });
    reactor.turn(0);
    reactor.turn(0);
    expect([called, reports]).toEqual([1, [[new Error('bad'), counter]]]);
  });

  test('after it has closed its descriptor without unregister is reported, and the others are served', () => {
    using fds = new Descriptors();
    const reports: unknown[] = [];
    using reactor = new Reactor({ onError: (error, fd) => reports.push([error, fd]) });
    const bad = fds.counter(1);
    let called = 0;
    reactor.register(bad, READABLE, () => {
      fds.close(bad);
      throw new Error('bad');
    });
    reactor.register(fds.counter(1), READABLE, () => called++);
    reactor.turn(0);
    expect([called, reports]).toEqual([1, [[new Error('bad'), bad]]]);
  });

  test('after it has closed the reactor is reported', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    reactor.register(fds.counter(1), READABLE, () => {
      reactor.close();
      throw new Error('bad');
    });
    expect(thrownBy(() => reactor.turn(0))).toEqual(new Error('bad'));
  });
});

describe('onError that throws', () => {
  test('does not keep the others of the batch from being served', () => {
    using fds = new Descriptors();
    using reactor = new Reactor({
      onError: (error) => {
        throw error;
      },
    });
    let called = 0;
    reactor.register(fds.counter(1), READABLE, failing('bad'));
    reactor.register(fds.counter(1), READABLE | EDGE_TRIGGERED, () => called++);
    expect(thrownBy(() => reactor.turn(0))).toEqual(new Error('bad'));
    expect(called).toBe(1);
  });
});

describe('onWake that throws', () => {
  test('is reported, and is called again at the next wake', () => {
    let woken = 0;
    const reports: unknown[] = [];
    using reactor = new Reactor({
      onWake: () => {
        woken++;
        throw new Error(`wake ${woken}`);
      },
      onError: (error) => reports.push(error),
    });
    for (let i = 0; i < 2; i++) {
      reactor.wake();
      reactor.turn(0);
    }
    expect(reports).toEqual([new Error('wake 1'), new Error('wake 2')]);
  });
});

describe('A handler that throws while attached', () => {
  test('ends the process, as any uncaught exception', async () => {
    const { code, stdout, stderr } = await runProcess('attached-process.mjs', 'uncaught');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Error: from a handler');
  });

  test('is an uncaughtException, after which the reactor goes on', async () => {
    expect(await runProcess('attached-process.mjs', 'caught')).toEqual({
      code: 0,
      stdout: 'uncaughtException: from a handler\nthe other handler is still called\n',
      stderr: '',
    });
  });

  test('calls onError instead', async () => {
    using fds = new Descriptors();
    const bad = fds.counter(1);
    const report = await new Promise<unknown[]>((resolve) => {
      const reactor = new Reactor({
        onError: (error, fd) => {
          reactor.close();
          resolve([error, fd]);
        },
      });
      reactor.register(bad, READABLE | ONE_SHOT, failing('bad'));
      reactor.attach();
    });
    expect(report).toEqual([new Error('bad'), bad]);
    expect(native.eventfd_read(bad)).toBe(1);
  });
});
