/** nginx, with one worker, as its documentation tunes it for static files: sendfile, tcp_nopush, open_file_cache, no log. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../harness/scratch.mjs';
import { SETUP_HINT, versionOf } from './version.mjs';

/** Debian has it where the PATH of a user who is not root does not look. */
const NGINX = '/usr/sbin/nginx';

/** @returns {import('../harness/contender.mjs').Contender} */
export function nginx() {
  const version = versionOf(NGINX, '-v')?.replace('nginx version: ', '');
  return {
    name: 'nginx',
    version: version ?? '',
    command: (folder, port) => {
      const own = scratchFolder();
      const file = join(own, 'nginx.conf');
      writeFileSync(file, configuration(own, folder, port));
      return [NGINX, '-p', own, '-e', 'stderr', '-c', file];
    },
    ...(version === undefined ? { missing: SETUP_HINT } : {}),
  };
}

/** @param {string} own  where it may write @param {string} folder @param {number} port */
function configuration(own, folder, port) {
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
    listen 127.0.0.1:${port} backlog=4096;
    root ${folder};
  }
}
`;
}
