/** Loads the addon. No other file does. */
/// <reference path="./node-gyp-build.d.ts" />
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import prebuilt from 'node-gyp-build';
import { CLOSED_DESCRIPTOR } from './errno.js';
import type { Native } from './native-api.js';
import { PACKAGE_FOLDER } from './package-folder.js';
import { printLine, traced } from './syscall-trace.js';

const require = createRequire(import.meta.url);

const HOW_TO_BUILD = `With a C++20 compiler, make and Python installed, this builds it:
  npm install node-addon-api@8
  npm explore epoll-reactor -- npm run build:native   (in a clone: npm run build:native)`;

/** A copy: V8 keeps the exports of an addon as a dictionary, and would look up each call by name. */
const addon = { ...load() };

/** EPOLL_REACTOR_TRACE prints each call of any program that uses the package, and of its threads. */
export const native: Native = withOpenat2(process.env['EPOLL_REACTOR_TRACE'] ? traced(addon) : addon);

/** Prints a line of the trace; undefined without EPOLL_REACTOR_TRACE. */
export const trace = process.env['EPOLL_REACTOR_TRACE'] ? printLine : undefined;

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

/** Loads the TLS addon from the folder tls/ beside the main addon. @throws  Error ERR_DLOPEN_FAILED */
export function loadTlsAddon(): unknown {
  const path = pathOfAddon();
  return require(join(dirname(path), 'tls', basename(path).replace(/^epoll.reactor/, 'epoll_reactor_tls')));
}

function load(): Native {
  const path = pathOfAddon();
  try {
    return require(path) as Native;
  } catch (error) {
    // An older libc, another processor, or a broken file.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_DLOPEN_FAILED') throw error;
    throw unusable(`the addon cannot be loaded: ${(error as Error).message}. ${HOW_TO_BUILD}`, error);
  }
}

function pathOfAddon(): string {
  return process.env['EPOLL_REACTOR_ADDON'] ?? find(); // the variable: a build with sanitizers (npm run test:asan)
}

/** @returns  build/Release/*.node, which was built on this machine, or else the binary of the package for this platform */
function find(): string {
  if (process.platform !== 'linux') {
    throw unusable(`epoll is a system call of Linux: epoll-reactor does not run on ${process.platform}`);
  }
  try {
    return prebuilt.resolve(PACKAGE_FOLDER);
  } catch (error) {
    throw unusable(`the package has no addon for Linux on ${process.arch}. ${HOW_TO_BUILD}`, error);
  }
}

function unusable(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code: 'ERR_ADDON_NOT_BUILT' });
}
