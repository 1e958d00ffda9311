/**
 * Builds dist/, which needs no other package at run time: CommonJS files, an ES module that exports the same objects, the
 * declarations of types, the page of the X-ray, and the licences of the packages whose code is in the files.
 *
 * CommonJS, since Node starts it faster than ES modules, and since both kinds of programs can load it: a process has one
 * copy of the library. Names stay as they are in src/, so that a stack trace can be read.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodedMappings, encodedMappings, TraceMap } from '@jridgewell/trace-mapping';
import { rolldown } from 'rolldown';
import { buildPage } from './build-page.mjs';

const DIST = 'dist';

/** The files that are started or imported from outside. */
const ENTRIES = {
  cli: 'src/daemon/cli.ts',
  worker: 'src/daemon/workers/worker.ts',
  index: 'src/index.ts',
  'learn-runner': 'src/learn/runner.ts',
  'xray-client': 'src/xray/experiments/main.ts',
  // For the benchmarks, which measure single calls.
  addon: 'src/native/addon.ts',
  // Preloaded in programs that the X-ray observes.
  'xray-observer': 'src/xray/observer/main.ts',
};

rmSync(DIST, { recursive: true, force: true });
const bundle = await rolldown({
  input: ENTRIES,
  platform: 'node',
  external: /^node:/,
  preserveEntrySignatures: 'allow-extension',
});
const { output } = await bundle.write({
  dir: DIST,
  format: 'cjs',
  comments: false,
  sourcemap: 'hidden', // without the comment: Node loads none, and the X-ray finds them by name
  entryFileNames: '[name].cjs',
  chunkFileNames: ({ facadeModuleId, moduleIds }) => {
    if (facadeModuleId?.includes('/models/')) return 'models/[name].cjs';
    return isLinux(moduleIds) ? 'linux/[name].cjs' : '[name].cjs';
  },
  codeSplitting: {
    includeDependenciesRecursively: false, // what the command line needs of src/ must not load the addon
    groups: [
      // Each of these is loaded by every server. One file in place of seven saves some milliseconds of its start.
      { name: 'linux', test: /\/src\/linux\/(?!ring|signals|has-ipv6)/ },
      { name: 'ring', test: /\/src\/linux\/ring/ }, // one model uses it: it would become a part of that
      {
        name: 'server',
        test: /\/src\/(?:reactor|net|http|server|disk|files|sites\/(?!options))|\/node_modules\/mime\//,
      },
    ],
  },
});
const chunks = output.filter((file) => file.type === 'chunk');
for (const chunk of chunks) keepLines(chunk);
chmodSync(join(DIST, 'cli.cjs'), 0o755);
for (const folder of ['programs', 'solutions'])
  cpSync(`src/learn/${folder}`, join(DIST, 'learn', folder), { recursive: true });

const { exports } = chunks.find(({ fileName }) => fileName === 'index.cjs');
const names = exports.join(', ');
writeFileSync(join(DIST, 'index.mjs'), `import library from './index.cjs';\nexport const { ${names} } = library;\n`);

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
keepReachable(join(DIST, 'types'), 'index.d.ts');
writeFileSync(join(DIST, 'types/package.json'), '{ "type": "commonjs" }\n');
for (const kind of ['mts', 'cts']) {
  writeFileSync(join(DIST, `index.d.${kind}`), '/// <reference types="node" />\nexport * from \'./types/index.js\';\n');
}

const pageModules = await buildPage(join(DIST, 'xray'));
writeFileSync(join(DIST, 'LICENSES.txt'), licences([...chunks.flatMap(({ moduleIds }) => moduleIds), ...pageModules]));

/**
 * Makes a source map small: the X-ray asks which line of the source made a call. So a map says for each line and column of the built
 * file where another line of the source begins, and nothing else. Those of the models have their source, which the package has
 * not. (All maps together: 0.19 MB in place of 2.28.)
 */
function keepLines({ fileName, moduleIds }) {
  const path = join(DIST, `${fileName}.map`);
  if (isLinux(moduleIds) || !moduleIds.some((id) => /\/src\/(?!xray)/.test(id))) {
    rmSync(path, { force: true });
    return;
  }
  const { sources, sourcesContent, ...map } = JSON.parse(readFileSync(path, 'utf8'));
  const lines = decodedMappings(new TraceMap({ ...map, sources })).map((segments) =>
    segments
      .map((segment) => segment.slice(0, 4))
      .filter(([, source, line], i) => {
        const before = segments[i - 1];
        return before === undefined || source !== before[1] || line !== before[2];
      }),
  );
  const mappings = encodedMappings(new TraceMap({ ...map, sources, names: [], mappings: lines }));
  const isOfModels = moduleIds.some((id) => id.includes('/src/models/'));
  writeFileSync(
    path,
    JSON.stringify({ version: 3, sources, names: [], mappings, ...(isOfModels && { sourcesContent }) }),
  );
}

/** The X-ray takes these files for what stands between a program and its system calls. */
function isLinux(moduleIds) {
  return moduleIds.every((id) => /\/src\/(?:native|linux|options)\//.test(id));
}

/** Deletes the declarations that no public type needs. */
function keepReachable(folder, entry) {
  const reached = new Set([entry]);
  for (const file of reached) {
    for (const [, to] of readFileSync(join(folder, file), 'utf8').matchAll(/["'](\.[^"']+)\.js["']/g)) {
      reached.add(join(dirname(file), `${to}.d.ts`));
    }
  }
  for (const file of readdirSync(folder, { recursive: true })) {
    if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(join(folder, file));
  }
}

/** The licences of packages, by the modules that were taken from them. */
function licences(modules) {
  const folders = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? license : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
