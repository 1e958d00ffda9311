/**
 * The field's words for what a descriptor is ready for. The Linux words (EPOLLIN …) end here: layers above the reactor
 * say readable and writable. The values are the kernel's own, so that naming them costs nothing.
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

/** Interest only: tell when it becomes ready, not as long as it is. Then drain: repeat until would-block. */
export const EDGE_TRIGGERED = EPOLLET;
/** Interest only: tell once, then stay silent until modify(). */
export const ONE_SHOT = EPOLLONESHOT;

/** What is reported whether asked for or not. */
export const ALWAYS_REPORTED = HUNG_UP | FAILED;

/** Waits for a descriptor. */
export interface ReadinessHandler {
  /** @param readiness  the bits above, those asked for and those always reported */
  onReady(readiness: number): void;
}
