#!/usr/bin/env python3
"""The tutorial's first server: a thread for each connection. Usage: threads_server.py DIR PORT

As in the tutorial, except for respond.py (Content-Length and keep-alive, as in src/models/threads.ts), a backlog of more than
5, and 127.0.0.1 in place of every interface.
"""
import socket
import sys
import threading

from respond import respond


def recv(conn, document_root):
    received = b''
    try:
        while True:
            data = conn.recv(1024)
            if not data:
                return
            answer, received, closes = respond(received + data, document_root)
            conn.sendall(answer)
            if closes:
                return
    except OSError:
        pass  # reset by the client
    finally:
        conn.close()


def spawn(function, *args):
    threading.Thread(target=function, args=args, daemon=True).start()


def main(spawn):
    document_root, port = sys.argv[1], int(sys.argv[2])
    sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sk.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sk.bind(('127.0.0.1', port))
    sk.listen(socket.SOMAXCONN)
    while True:
        conn, addr = sk.accept()
        spawn(recv, conn, document_root)


if __name__ == '__main__':
    main(spawn)
