/** Whether this machine has IPv6. In containers /etc/hosts often names ::1 although the kernel does not have the address. */
import { SystemError } from '../native/system-error.js';
import { AF_INET6, bind, close, SOCK_STREAM, socket } from './sockets.js';

export function hasIpv6(): boolean {
  let fd = -1;
  try {
    fd = socket(AF_INET6, SOCK_STREAM);
    bind(fd, { address: '::1', port: 0 });
    return true;
  } catch (error) {
    if (error instanceof SystemError && (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL')) return false;
    throw error;
  } finally {
    if (fd >= 0) close(fd);
  }
}
