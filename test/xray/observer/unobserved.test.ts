/** A program that is not observed pays nothing: no file of the observer is loaded. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PACKAGE_FOLDER } from '../../../src/native/package-folder.js';
import { OBSERVER } from './fake-xray.js';

/** The files that Node has loaded when the library and a model are. */
function loaded(...flags: string[]): string[] {
  const dist = join(PACKAGE_FOLDER, 'dist');
  const program = `for (const file of ['index', 'models/epoll', 'command-line']) {
    process.argv = [process.argv[0], 'epoll-reactor', '--version'];
    require(${JSON.stringify(dist)} + '/' + file + '.cjs');
  }
  process.on('exit', () => console.log(JSON.stringify(Object.keys(require.cache))));`;
  const lines = execFileSync(process.execPath, [...flags, '--eval', program], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return JSON.parse(lines.at(-1) as string) as string[];
}

test('no file of the observer is loaded by the library, the command or a model', () => {
  const files = loaded();
  expect(files.length).toBeGreaterThan(5);
  expect(files).not.toContain(OBSERVER);
  expect(loaded('--require', OBSERVER)).toContain(OBSERVER);
});
