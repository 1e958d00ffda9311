import { sockets } from 'epoll-reactor';

const [address = '127.0.0.1', port = '9369'] = process.argv.slice(2);
const fd = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM);
sockets.connect(fd, { address, port: Number(port) });
sockets.send(fd, Buffer.from(`HEAD / HTTP/1.1\r\nHost: ${address}:${port}\r\nConnection: close\r\n\r\n`));

const buffer = Buffer.alloc(4096);
for (let n = sockets.recv(fd, buffer); n > 0; n = sockets.recv(fd, buffer)) {
  process.stdout.write(buffer.subarray(0, n));
}
sockets.close(fd);
