import { getSystemErrorName } from 'node:util';
import { EPOLLOUT, Epoll, sockets } from 'epoll-reactor';

const { AF_INET, SOCK_STREAM, SOCK_NONBLOCK } = sockets;

export function serve(address) {
  const fd = sockets.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
  try {
    sockets.connect(fd, address);
  } catch (error) {
    if (error.code !== 'EINPROGRESS') throw error;
  }
  const epoll = new Epoll();
  epoll.register(fd, EPOLLOUT);
  epoll.poll();
  const n = sockets.getsockopt(fd, sockets.SOL_SOCKET, sockets.SO_ERROR);
  return n === 0 ? 'connected' : getSystemErrorName(-n);
}
