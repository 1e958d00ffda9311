/** nginx with one worker, tuned by its documentation for static files: sendfile, tcp_nopush, open_file_cache, no log. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CIPHER } from '../harness/certificate.mjs';
import { scratchFolder } from '../harness/scratch.mjs';
import { installed, versionOf } from './version.mjs';

/** Debian installs it outside the PATH of ordinary users. */
const NGINX = '/usr/sbin/nginx';

/** @import { Contender, KeyFiles } from '../types.js' */

/** @param {KeyFiles} keys @returns {Contender[]} */
export function nginx({ cert, key }) {
  const about = installed(versionOf(NGINX, '-v')?.replace('nginx version: ', ''));
  const secure = `ssl_certificate ${cert};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_conf_command Ciphersuites ${CIPHER};`;
  const hello = `${secure}
    location = / {
      default_type text/plain;
      return 200 hello;
    }`;
  return [
    { name: 'nginx', ...about, command: runs('', '') },
    { name: 'nginx (https)', ...about, isSecure: true, command: runs('ssl', secure) },
    { name: 'nginx return (https)', ...about, isSecure: true, command: runs('ssl', hello) },
  ];
}

/** @param {string} flags  of its address @param {string} directives  of its server */
function runs(flags, directives) {
  return (folder = '', port = '') => {
    const own = scratchFolder();
    const file = join(own, 'nginx.conf');
    writeFileSync(
      file,
      configuration(own, folder, `listen 127.0.0.1:${port} backlog=4096 ${flags};\n    ${directives}`),
    );
    return [NGINX, '-p', own, '-e', 'stderr', '-c', file];
  };
}

/** @param {string} own  where it may write @param {string} folder @param {string} directives  of its server */
function configuration(own, folder, directives) {
  const isRoot = process.getuid?.() === 0;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes 1;
${isRoot ? 'user root;' : ''} # the folder is the benchmark's own, closed to others
pid ${own}/nginx.pid;
error_log stderr crit;
events {
  worker_connections 16384;
}
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 75s;
  keepalive_requests 1000000000;
  open_file_cache max=10000 inactive=60s;
  open_file_cache_valid 60s;
  types { text/html html; application/octet-stream bin; }
  ${temporary.map((name) => `${name}_temp_path ${own};`).join('\n  ')}
  server {
    ${directives}
    root ${folder};
  }
}
`;
}
