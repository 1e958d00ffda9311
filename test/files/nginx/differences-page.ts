/** The page that tells the differences: docs/differences.md. */
import type { Difference } from './differences.js';
import { DIRECTIVES } from './nginx-process.js';

/** @param compared  how many requests both servers were asked */
export function differencesPage(differences: readonly Difference[], compared: number): string {
  const lines = [
    '# Where this server answers otherwise than nginx',
    '',
    `A test asks both the same ${compared} requests of the same folder, and compares the answers: status, body and length, media`,
    'type, ranges, redirects, validators, `Vary`, `Allow`, `Content-Encoding`. All that differs is on this page, with the section',
    'that decides. The page is made from the table of the test (`test/files/nginx/differences.ts`), which fails for a difference',
    'that is not listed, and for one that is none any more.',
    '',
    'Not compared is the text of errors and redirects, which is each server’s own, and what a tag consists of, but not whether it',
    'is strong. All files were modified at the same second. `{etag}` is the tag of the file. nginx is that of Debian 12 (1.22),',
    'with what is a matter of configuration set as here:',
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
