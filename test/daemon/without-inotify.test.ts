/** If a user has no inotify or no watch left, the command looks up each file again, and sends its present state. */
import { writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { ask, get } from '../client/raw-client.js';
import { countWatches } from '../files/inotify-watches.js';
import { SiteFolder } from '../files/site-folder.js';
import { CommandProcess } from './command.js';
import { testWhere, works } from './programs.js';

/** In its own user namespace, which has its own limits. */
function limited(name: string, value: number): string[] {
  return ['unshare', '-Ur', 'sh', '-c', `echo ${value} > /proc/sys/user/${name} && exec "$@"`, 'sh'];
}

testWhere(works('unshare', '-Ur', 'true'), 'unshare is not installed, or may not make user namespaces').each([
  ['no inotify (EMFILE)', 'max_inotify_instances', 0],
  ['no watch (ENOSPC)', 'max_inotify_watches', 0],
  ['a watch for the folder, and none for a file in it', 'max_inotify_watches', 1],
  ['three watches', 'max_inotify_watches', 3],
])('with %s, files are served in their present state', async (_, name, value) => {
  const paths = ['/a.txt', '/b.txt', '/c/d.txt', '/c/e/f.txt', '/large.txt'];
  using site = new SiteFolder();
  const write = (version: string): void => {
    for (const path of paths)
      site.write(path.slice(1), `${version} ${path}`.padEnd(path === '/large.txt' ? 100_000 : 0));
  };
  write('first');
  await using command = await CommandProcess.serve([site.root], { under: limited(name, value) });
  for (const version of ['first', 'second', 'third']) {
    write(version);
    for (let round = 0; round < 4; round++) {
      for (const path of paths) {
        const { status, body } = await ask(command.address, get(path));
        expect([status, body.toString().trim()]).toEqual([200, `${version} ${path}`]);
      }
    }
  }
  writeFileSync(site.path('a.txt'), '');
  expect((await ask(command.address, get('/a.txt'))).body.length).toBe(0);
  expect(countWatches(command.pid)).toBeLessThanOrEqual(value);
  expect(command.stderr).toBe('');
});
