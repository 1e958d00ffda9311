/** On a kernel without openat2, or under a filter that refuses it, the command serves and is as strict. */
import { symlinkSync } from 'node:fs';
import { expect } from '@jest/globals';
import { ask, get } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { CommandProcess } from './command.js';
import { testWhere, works } from './programs.js';

testWhere(works('strace', '-o', '/dev/null', 'true'), 'strace is not installed, or may not trace').each([
  ['before Linux 5.6', 'ENOSYS'],
  ["in a container whose filter knows no openat2, such as Docker's before 20.10", 'EPERM'],
])('%s (%s)', async (_, error) => {
  using site = new SiteFolder({ 'folder/a.txt': 'inside', 'index.html': 'page', '../secret': 'secret' });
  symlinkSync('../secret', site.path('outside'));
  symlinkSync('../folder/a.txt', site.path('folder/link'));
  await using command = await CommandProcess.serve([site.root], {
    under: ['strace', '-f', '-o', '/dev/null', '-e', 'trace=openat2', '-e', `inject=openat2:error=${error}`],
  });
  for (const [path, status, body] of [
    ['/', 200, 'page'],
    ['/folder/a.txt', 200, 'inside'],
    ['/folder/../folder/a.txt', 200, 'inside'],
    ['/folder/link', 200, 'inside'],
    ['/folder', 301, undefined],
    ['/outside', 404, undefined],
    ['/../secret', 404, undefined],
    ['/folder/..%2f..%2fsecret', 404, undefined],
    ['/folder/../../root/index.html', 404, undefined],
    ['//etc/passwd', 404, undefined],
  ] as const) {
    const response = await ask(command.address, get(path));
    expect([path, response.status]).toEqual([path, status]);
    expect(response.body.toString()).toMatch(body ?? /^\d{3}: /);
  }
});
