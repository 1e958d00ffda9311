/** lighttpd, tuned by its documentation: epoll, sendfile, keep-alive. It writes no access log by default. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../harness/scratch.mjs';
import { installed, versionOf } from './version.mjs';

const LIGHTTPD = '/usr/sbin/lighttpd';

/** @returns {import('../types.js').Contender} */
export function lighttpd() {
  return {
    name: 'lighttpd',
    ...installed(versionOf(LIGHTTPD, '-v')?.split(' ')[0]),
    command: (folder = '', port = '') => {
      const file = join(scratchFolder(), 'lighttpd.conf');
      writeFileSync(file, configuration(folder, port));
      return [LIGHTTPD, '-D', '-f', file];
    },
  };
}

/** @param {string} folder @param {string} port */
function configuration(folder, port) {
  return `server.document-root = "${folder}"
server.bind = "127.0.0.1"
server.port = ${port}
server.event-handler = "linux-sysepoll"
server.network-backend = "sendfile"
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 75
server.max-connections = 16384
server.max-fds = 20000
server.listen-backlog = 4096
mimetype.assign = (".html" => "text/html", ".bin" => "application/octet-stream")
`;
}
