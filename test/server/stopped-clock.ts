/** The reactor's clock is performance.now(): after stopClock(), only pass() moves it forward, so that a test need not wait. */
import { afterEach, beforeEach, jest } from '@jest/globals';
import type { TestServer } from './test-server.js';

let nowMs = 0;

/** For all tests of the file. */
export function stopClock(): void {
  beforeEach(() => {
    nowMs = Math.ceil(performance.now());
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });
}

/** Handles what has come, puts the clock forward, and handles what is due. */
export function pass(target: TestServer, ms: number): void {
  target.turns();
  nowMs += ms;
  target.reactor.turn(0);
}
