/** Writes docs/differences.md. */
import type { Difference } from './differences.js';
import { DIRECTIVES } from './nginx-process.js';

/** @param compared  how many requests were sent to both servers */
export function differencesPage(differences: readonly Difference[], compared: number): string {
  const lines = [
    '# Differences from nginx',
    '',
    `A test sends the same ${compared} requests for the same folder to both servers, and compares status, body and length, media type,`,
    'ranges, redirects, validators, `Vary`, `Allow` and `Content-Encoding`. This page lists every difference, with the section that',
    'decides. It is made from the table of the test (`test/files/nginx/differences.ts`); the test fails for a difference that is not',
    'listed, and for a listed one that has gone. To run it:',
    '',
    '    npm run test:only -- test/files/nginx-comparison.test.ts',
    '',
    'The text of errors and redirects is not compared, nor the content of a tag, but whether it is strong. The modification time of all',
    'files was set to the same second. `{etag}` is the tag of the file. nginx is that of Debian 12 (1.22), configured like this server:',
    '',
    ...DIRECTIVES.trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
    '',
  ];
  for (const { title, section, why, rows, everywhere } of differences) {
    lines.push(`## ${title}`, '', `${section}. ${why}`, '', '| request | nginx | here |', '|---|---|---|');
    if (everywhere !== undefined) lines.push(tableRow('many', [everywhere]));
    for (const [name, fields] of Object.entries(rows)) {
      const request = name
        .split(' | ')
        .map((part) => `\`${part}\``)
        .join('<br>');
      lines.push(tableRow(request, fields));
    }
    lines.push('');
  }
  return lines.join('\n');
}

/** @param fields  `status: 405 | 501` */
function tableRow(request: string, fields: readonly string[]): string {
  const sides = [0, 1].map((side) => fields.map((field) => sideOf(field, side)).join('<br>'));
  return `| ${[request, ...sides].join(' | ')} |`;
}

function sideOf(field: string, side: number): string {
  const at = field.indexOf(': ');
  const [name, value] = [field.slice(0, at), field.slice(at + 2).split(' | ')[side]];
  if (name === 'status') return `${value}`;
  return value === '–' ? `no ${name}` : `${name}: ${value}`;
}
