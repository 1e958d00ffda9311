import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { SourcePlaces } from '../../../src/xray/session/source-places.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BUILT = join(ROOT, 'dist/models/epoll.cjs');
/** In the built file as in its source. */
const CALL = 'console.log(';

describe('the place of a call', () => {
  test('is the line of source, with its text', () => {
    const lines = readFileSync(BUILT, 'utf8').split('\n');
    const line = lines.findIndex((text) => text.includes(CALL));
    const column = (lines[line] as string).indexOf(CALL);
    const source = readFileSync(join(ROOT, 'src/models/epoll.ts'), 'utf8').split('\n');
    const expected = source.findIndex((text) => text.includes(CALL));
    expect(new SourcePlaces().find(BUILT, line + 1, column + 1)).toEqual({
      src: `src/models/epoll.ts:${expected + 1}`,
      text: source[expected]?.trim(),
    });
  });

  test.each([
    ['a file without a source map', join(ROOT, 'scripts/build.mjs'), 'scripts/build.mjs:7'],
    ["a file of the user's", '/srv/app.mjs', 'app.mjs:7'],
    ['a file that is not beneath the package', `${ROOT}../secret`, 'secret:7'],
  ])('in %s is its name and line', (_, path, src) => {
    expect(new SourcePlaces().find(path, 7, 1)).toEqual({ src, text: undefined });
  });

  test('in a file whose text may be read has its text', () => {
    const own = fileURLToPath(import.meta.url);
    const [text] = readFileSync(own, 'utf8').split('\n');
    expect(new SourcePlaces([own]).find(own, 1, 1)).toEqual({ src: 'source-places.test.ts:1', text });
  });

  test.each([
    [0, 1],
    [1, 0],
    [9_999_999, 1],
  ])('that no file has (line %i, column %i) is no error', (line, column) => {
    expect(new SourcePlaces().find(BUILT, line, column)).toMatchObject({ text: undefined });
  });
});
