import { sockets } from 'epoll-reactor';

export function serve(fd, body) {
  // TODO
  sockets.send(fd, body);
  sockets.close(fd);
}
