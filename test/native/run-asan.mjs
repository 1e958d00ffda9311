// Runs the tests of the addons with their build with sanitizers: `npm run test:asan`. Arguments go to Jest.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const { status, signal } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    // AddressSanitizer keeps freed memory for a while: tests that promise constant memory cannot hold.
    '--testNamePattern=^((?!constant memory|stays constant).)*$',
    'test/native',
    'test/tls',
    ...process.argv.slice(2),
    // Chromium and curl do not start with the sanitizer's library preloaded.
    '--testPathIgnorePatterns=/other-clients',
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      EPOLL_REACTOR_ADDON: `${root}build/asan/epoll_reactor.node`,
      // Node itself has no sanitizer in it, and the runtime has to be the first library of the process. Threads and
      // child processes of the tests inherit it.
      LD_PRELOAD: execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim(),
      // No leak detection: it does not look for pointers in V8's heap, so that all that JavaScript holds looks leaked.
      // The tests count descriptors instead, of which each watch has one.
      ASAN_OPTIONS: 'detect_leaks=0:strict_string_checks=1',
      UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
    },
  },
);
process.exitCode = signal === null ? (status ?? 1) : 1;
