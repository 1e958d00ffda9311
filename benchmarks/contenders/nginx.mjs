/** nginx with one worker, tuned by its documentation for static files: sendfile, tcp_nopush, open_file_cache, no log. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../harness/scratch.mjs';
import { installed, versionOf } from './version.mjs';

/** Debian installs it outside the PATH of ordinary users. */
const NGINX = '/usr/sbin/nginx';

/** @returns {import('../types.js').Contender} */
export function nginx() {
  return {
    name: 'nginx',
    ...installed(versionOf(NGINX, '-v')?.replace('nginx version: ', '')),
    command: (folder = '', port = '') => {
      const own = scratchFolder();
      const file = join(own, 'nginx.conf');
      writeFileSync(file, configuration(own, folder, port));
      return [NGINX, '-p', own, '-e', 'stderr', '-c', file];
    },
  };
}

/** @param {string} own  where it may write @param {string} folder @param {string} port */
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
