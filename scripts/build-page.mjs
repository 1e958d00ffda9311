/**
 * Builds the page of the X-ray: one HTML file, one script, one style sheet. Browsers load nothing else, so the page works
 * without a network, under a Content-Security-Policy that allows neither inline scripts nor eval.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const SOURCE = 'src/xray/page';

/** In the order of the cascade. */
const STYLES = [
  'node_modules/uplot/dist/uPlot.min.css',
  ...['theme', 'layout', 'parts', 'wheel', 'table'].map((name) => `${SOURCE}/${name}.css`),
];

/** @returns  the modules whose code is in the script */
export async function buildPage(folder) {
  mkdirSync(folder, { recursive: true });
  copyFileSync(`${SOURCE}/index.html`, join(folder, 'index.html'));
  copyFileSync('site/favicon.svg', join(folder, 'favicon.svg'));
  writeFileSync(join(folder, 'xray.css'), STYLES.map((file) => smaller(readFileSync(file, 'utf8'))).join('\n'));

  const bundle = await rolldown({
    input: { xray: `${SOURCE}/main.tsx` },
    platform: 'browser',
    tsconfig: 'tsconfig.page.json',
  });
  const { output } = await bundle.write({
    dir: folder,
    format: 'iife',
    minify: true,
    comments: false,
    entryFileNames: '[name].js',
  });
  return output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
}

/** Without comments and indentation. */
function smaller(css) {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s*\n\s*/g, '\n')
    .trim();
}
