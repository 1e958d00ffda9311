#!/usr/bin/env python3
"""The tutorial's last server: epoll. Usage: epoll_server.py DIR PORT

As in the tutorial, except for respond.py (Content-Length and keep-alive, as in src/models/epoll.ts), a backlog of more than
5, 127.0.0.1 in place of every interface, and the corrections of src/models/epoll.ts: non-blocking connections, a short send,
events as a mask, unregister before close.
"""
import select
import socket
import sys

from respond import respond


def main():
    document_root, port = sys.argv[1], int(sys.argv[2])
    sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sk.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sk.bind(('127.0.0.1', port))
    sk.listen(socket.SOMAXCONN)
    sk.setblocking(False)

    epl = select.epoll()
    fd_socket_dict = {}  # fd: [conn, received, unsent, closes]
    epl.register(sk.fileno(), select.EPOLLIN)

    def converse(fd, event, entry):
        """False if the connection has to be closed."""
        conn = entry[0]
        if not event & select.EPOLLOUT:
            data = conn.recv(1024)
            if not data:
                return False
            entry[2], entry[1], entry[3] = respond(entry[1] + data, document_root)
        if entry[2]:
            entry[2] = entry[2][conn.send(entry[2]):]
            if entry[2]:
                epl.modify(fd, select.EPOLLOUT)
                return True
        if event & select.EPOLLOUT:
            epl.modify(fd, select.EPOLLIN)
        return not entry[3]

    while True:
        for fd, event in epl.poll():
            if fd == sk.fileno():
                conn, addr = sk.accept()
                conn.setblocking(False)
                epl.register(conn.fileno(), select.EPOLLIN)
                fd_socket_dict[conn.fileno()] = [conn, b'', b'', False]
                continue
            try:
                if converse(fd, event, fd_socket_dict[fd]):
                    continue
            except BlockingIOError:
                continue  # a spurious event
            except OSError:
                pass  # reset by the client
            epl.unregister(fd)
            fd_socket_dict.pop(fd)[0].close()


if __name__ == '__main__':
    main()
