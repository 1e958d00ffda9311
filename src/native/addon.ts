/** Loads the addon. No other file does. */
import { createRequire } from 'node:module';
import { CLOSED_DESCRIPTOR } from './errno.js';
import type { Native } from './native-api.js';
import { traced } from './syscall-trace.js';

const require = createRequire(import.meta.url);

/** Another build of the addon, such as the one with sanitizers (`npm run test:asan`). */
const path = process.env['EPOLL_REACTOR_ADDON'] ?? '../../build/Release/epoll_reactor.node';

/** A copy: V8 keeps the exports of an addon as a dictionary, and would look up each call by name. */
const addon = { ...load() };

/** EPOLL_REACTOR_TRACE prints each call of any program that uses the package, and of its threads. */
export const native: Native = withOpenat2(process.env['EPOLL_REACTOR_TRACE'] ? traced(addon) : addon);

export const constants = native.constants;

/**
 * The kernel has openat2 since Linux 5.6, but the seccomp filter of a container may refuse it (EPERM): Docker's before 20.10,
 * systemd-nspawn's. Called with a closed descriptor, it returns EBADF if it is available.
 */
function withOpenat2(calls: Native): Native {
  const { O_PATH, RESOLVE_BENEATH } = calls.constants;
  if (addon.openat2(-1, '.', O_PATH, 0, RESOLVE_BENEATH) === CLOSED_DESCRIPTOR) return calls;
  const { openat2_walk, openat2_walk_job, openat2_walk_stat_job } = calls;
  return { ...calls, openat2: openat2_walk, openat2_job: openat2_walk_job, openat2_stat_job: openat2_walk_stat_job };
}

function load(): Native {
  try {
    return require(path) as Native;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    const hint = 'run npm rebuild epoll-reactor (in a clone: npm run build:native), with a C++20 compiler at hand';
    throw Object.assign(new Error(`the native addon is not built: ${hint}`, { cause }), {
      code: 'ERR_ADDON_NOT_BUILT',
    });
  }
}
