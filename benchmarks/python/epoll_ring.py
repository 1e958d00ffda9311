#!/usr/bin/env python3
"""The ring of floor/ring.c on select.epoll. Usage: epoll_ring.py REGISTERED ACTIVE MILLISECONDS pass|stay"""
import json
import os
import resource
import select
import sys
import time

EVENTS_BETWEEN_LOOKS = 1000


def main():
    registered, active, milliseconds = (int(argument) for argument in sys.argv[1:4])
    passes = sys.argv[4] == 'pass'
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    pipes = [os.pipe2(os.O_NONBLOCK) for _ in range(registered)]
    next_writer = {reader: pipes[(i + 1) % registered][1] for i, (reader, _) in enumerate(pipes)}
    epl = select.epoll()
    for reader, _ in pipes:
        epl.register(reader, select.EPOLLIN)
    for i in range(active):
        os.write(pipes[i * (registered // active)][1], b'x')

    now = time.process_time()
    end = now + milliseconds / 4000  # a quarter to warm up
    for _ in range(2):
        total, begin = 0, now
        while now < end:
            goal = total + EVENTS_BETWEEN_LOOKS
            while total < goal:
                events = epl.poll()
                if passes:
                    for fd, _event in events:
                        os.write(next_writer[fd], os.read(fd, 1))
                else:
                    for fd, _event in events:
                        pass
                total += len(events)
            now = time.process_time()
        end = now + milliseconds / 1000
    print(json.dumps({'events': total, 'seconds': now - begin}))


if __name__ == '__main__':
    main()
