/**
 * Checks the package as a new user gets it: packs it, installs the tarball in bare folders, and uses it there.
 *
 *     npm run release:check
 *
 * It first builds the prebuilt addons, if one is missing or older than its source (npm run build:prebuilds).
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { importSource } from './import-source.mjs';
import { installNodes, LINES } from './install-nodes.mjs';

const INSTALLED_BYTES_MAX = 7_500_000; // half of what an installation took when the libraries were dependencies
const ANSWER_MS_MAX = 1_000;
const ADDONS = ['linux-arm64', 'linux-x64'].flatMap((platform) =>
  ['glibc', 'musl'].flatMap((libc) => [
    `${platform}/epoll-reactor.${libc}`,
    `${platform}/tls/epoll_reactor_tls.${libc}`,
  ]),
);
const LICENCES = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD']);

const nodes = [process.execPath, ...Object.values(installNodes(LINES)).map((folder) => join(folder, 'node'))];
const { selfSigned } = await importSource('src/tls/self-signed.ts');
const pair = selfSigned({ names: ['127.0.0.1'], days: 1 });
const scratch = mkdtempSync(join(tmpdir(), 'release-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Runs a program, and throws what it printed if it fails. */
function run(program, args, options = {}) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe', maxBuffer: 1e8, ...options });
}

/** @param {() => string | void | Promise<string | void>} what  resolves to a remark */
async function check(name, what) {
  try {
    const remark = await what();
    console.log(`ok      ${name}${remark ? `: ${remark}` : ''}`);
  } catch (error) {
    console.error(`FAILED  ${name}\n${[error.message, error.stdout, error.stderr].filter(Boolean).join('\n')}`);
    process.exitCode = 1;
  }
}

/** A folder of a user with the package in it. Its PATH has Node, and neither a compiler nor a shell's programs. */
function userFolder(name, node, files = {}) {
  const folder = join(scratch, name);
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(node, join(bin, 'node'));
  symlinkSync('/bin/sh', join(bin, 'sh')); // npm starts programs by it
  const npm = run('npm', ['root', '-g']).trim();
  const env = { ...process.env, PATH: bin };
  const user = {
    folder,
    npm: (...args) => run(node, [join(npm, 'npm/bin/npm-cli.js'), ...args], { cwd: folder, env }),
    node: (...args) => run(node, args, { cwd: folder, env }),
    start: (...args) => spawn(node, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] }),
  };
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  user.npm('install', '--ignore-scripts', tarball);
  return user;
}

function bytesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .map((path) => statSync(join(folder, path)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

let tarball = '';

await check('prebuilt addons', () => {
  const sources = [
    'scripts/prebuild.mjs',
    ...readdirSync('native', { recursive: true }).map((name) => `native/${name}`),
  ];
  const changedMs = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  const builtMs = ADDONS.map((name) => statSync(`prebuilds/${name}.node`, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (Math.min(...builtMs) < changedMs) execFileSync(process.execPath, ['scripts/prebuild.mjs'], { stdio: 'inherit' });
  return ADDONS.map((name) => `${name} ${megabytes(statSync(`prebuilds/${name}.node`).size)}`).join(', ');
});

await check('the glibc that the addons need is 2.28 or older', () => {
  const needed = ADDONS.filter((name) => name.endsWith('.glibc')).flatMap((name) => {
    const text = run('readelf', ['--version-info', '--wide', `prebuilds/${name}.node`]);
    return [...text.matchAll(/Name: GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  });
  const newest = Math.max(...needed);
  if (!(newest <= 28)) throw new Error(`an addon needs glibc 2.${newest}`);
  return `2.${newest}`;
});

await check('musl and Node have what the addons need', () => {
  const libc = '/lib/ld-musl-x86_64.so.1';
  if (!existsSync(libc)) return 'not checked: there is no musl here (Debian: apt-get install musl)';
  const namesIn = (file) =>
    run('nm', ['--dynamic', '--format=posix', file])
      .split('\n')
      .map((line) => line.split(' '));
  const provided = new Set(namesIn(libc).map(([name]) => name));
  for (const [name] of namesIn(process.execPath)) provided.add(name); // Node-API, libuv and OpenSSL
  const needed = ADDONS.filter((name) => /x64.*musl/.test(name))
    .flatMap((name) => namesIn(`prebuilds/${name}.node`))
    .filter(([, kind]) => kind === 'U')
    .map(([name]) => name);
  const missing = needed.filter((name) => !provided.has(name));
  if (missing.length > 0) throw new Error(missing.join(', '));
  return `${needed.length} symbols`;
});

await check('tarball', () => {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch]));
  tarball = join(scratch, packed.filename);
  return `${megabytes(packed.size)} packed, ${megabytes(packed.unpackedSize)} unpacked, ${packed.entryCount} files`;
});

for (const [i, node] of nodes.entries()) {
  const version = run(node, ['--version']).trim();
  let user;
  await check(`Node ${version}: npm install --ignore-scripts, without a compiler`, () => {
    user = userFolder(`node-${i}`, node, { 'index.html': 'mine' });
    const bytes = bytesBelow(join(user.folder, 'node_modules'));
    if (bytes > INSTALLED_BYTES_MAX) throw new Error(`${megabytes(bytes)} installed`);
    return `${megabytes(bytes)} installed`;
  });
  await check(`Node ${version}: the command answers`, async () => {
    // Another program may take the processor during one start; not during each of three.
    let ms = Infinity;
    for (let i = 0; i < 3 && ms > ANSWER_MS_MAX; i++) ms = Math.min(ms, await msToAnswer(user));
    if (ms > ANSWER_MS_MAX) throw new Error(`after ${ms} ms`);
    return `after ${ms.toFixed()} ms`;
  });
  await check(`Node ${version}: import and require load one library`, () => {
    const program = `import { createRequire } from 'node:module'; import { Reactor, serve } from 'epoll-reactor';
      const required = createRequire(import.meta.url)('epoll-reactor');
      if (required.Reactor !== Reactor || required.serve !== serve) process.exit(1);`;
    writeFileSync(join(user.folder, 'program.mjs'), program);
    user.node('program.mjs');
  });
  await check(`Node ${version}: HTTPS`, () => {
    const program = `import { get } from 'node:https'; import { serve } from 'epoll-reactor';
      const server = serve({ fetch: () => new Response('hello'), port: 0, tls: ${JSON.stringify(pair)} });
      get(server.url, { ca: ${JSON.stringify(pair.cert)}, agent: false }, async (response) => {
        for await (const bytes of response) console.log(response.socket.getProtocol() + ' ' + bytes);
        await server.close();
      });`;
    writeFileSync(join(user.folder, 'https.mjs'), program);
    const printed = user.node('https.mjs').trim();
    if (printed !== 'TLSv1.3 hello') throw new Error(printed);
    return user.node('node_modules/epoll-reactor/dist/cli.cjs', '--version').trim();
  });
}

/** From the start of the command to its first response. */
async function msToAnswer(user) {
  const sinceMs = performance.now();
  const command = user.start('node_modules/epoll-reactor/dist/cli.cjs', '.', '--port', '0');
  try {
    let text = '';
    for await (const chunk of command.stdout) {
      text += chunk;
      if (text.includes('Ctrl-C')) break;
    }
    const [url] = /http:\S+/.exec(text) ?? [];
    const response = await fetch(url);
    const ms = performance.now() - sinceMs;
    if ((await response.text()) !== 'mine') throw new Error(`${response.status}`);
    return ms;
  } finally {
    command.kill('SIGTERM');
    await Promise.race([once(command, 'exit'), delay(5_000)]);
  }
}

await check('types: strict, as a module and as CommonJS, with TypeScript 6 and 7', () => {
  const program = `import { type HttpHandler, HttpServer, Reactor, serve } from 'epoll-reactor';
    const handler: HttpHandler = (_, response) => response.send(200, {}, 'hello');
    new HttpServer(handler, { reactor: new Reactor() });
    serve({ fetch: () => new Response('hello') });\n`;
  const user = userFolder('types', process.execPath, { 'program.mts': program, 'program.cts': program });
  for (const compiler of ['node_modules/typescript', 'docs/reference/node_modules/typescript']) {
    for (const module of ['node16', 'nodenext']) {
      const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', module, '--target', 'es2022'];
      const tsc = join(process.cwd(), compiler, 'bin/tsc');
      run(process.execPath, [tsc, ...flags, 'program.mts', 'program.cts'], { cwd: user.folder });
    }
  }
});

await check('publint', () => void run('npx', ['publint', tarball, '--strict']));
await check('are the types wrong?', () => {
  run('npx', [
    'attw',
    tarball,
    '--exclude-entrypoints',
    'schema/config.schema.json',
    '--profile',
    'node16',
    '--no-color',
  ]);
});

await check('licences of the code in dist/', () => {
  const texts = readFileSync('dist/LICENSES.txt', 'utf8');
  const found = [...texts.matchAll(/^(\S+ \d\S*) \((.*)\)$/gm)];
  const other = found.filter(([, , licence]) => !LICENCES.has(licence));
  if (found.length === 0 || other.length > 0) throw new Error(`not allowed: ${other.map(([line]) => line).join(', ')}`);
  return `${found.length} packages`;
});

await check('npm audit of the code in dist/', () => {
  const { vulnerabilities = {}, message } = JSON.parse(outputOf('npm', ['audit', '--json']));
  if (message !== undefined) return `not checked: ${message}`;
  const texts = readFileSync('dist/LICENSES.txt', 'utf8');
  const bundled = Object.keys(vulnerabilities).filter((name) => texts.includes(`\n${name} `));
  if (bundled.length > 0) throw new Error(bundled.join(', '));
  return `none in dist/, ${Object.keys(vulnerabilities).length} in tools`;
});

await check('every exported symbol is documented', () => void run('npm', ['run', '-s', 'docs:api']));

/** The output of a program that exits with 1 if it has found something. */
function outputOf(program, args) {
  try {
    return run(program, args);
  } catch (error) {
    return error.stdout;
  }
}
