/**
 * Readiness of a descriptor, in words without Linux. Layers above the reactor use these names and not EPOLLIN and so
 * on. The values are the kernel's.
 */
import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from '../linux/epoll.js';

/** There is something to read: bytes, the end of the stream, a connection to accept. */
export const READABLE = EPOLLIN;
/** Writing would not block. */
export const WRITABLE = EPOLLOUT;
/** Urgent data; for sysfs and GPIO files: the value changed. */
export const PRIORITY = EPOLLPRI;
/** The peer has closed its writing half. */
export const READ_CLOSED = EPOLLRDHUP;
/** Both directions are closed. Reported whether asked for or not. */
export const HUNG_UP = EPOLLHUP;
/** An error is pending on the descriptor. Reported whether asked for or not. */
export const FAILED = EPOLLERR;

/**
 * Interest only: report the descriptor when something new comes, not as long as it is there. The handler must drain it: repeat
 * until would-block.
 */
export const EDGE_TRIGGERED = EPOLLET;
/** Interest only: report once, then not before modify(). */
export const ONE_SHOT = EPOLLONESHOT;

/** Reported whether asked for or not. */
export const ALWAYS_REPORTED = HUNG_UP | FAILED;

/** Called when a descriptor is ready. */
export interface ReadinessHandler {
  /**
   * Called in a turn of the reactor. If it throws, ReactorOptions.onError gets the error, and the descriptor is unregistered.
   * @param readiness  bits such as READABLE: those asked for, and those that are always reported
   */
  onReady(readiness: number): void;
}
