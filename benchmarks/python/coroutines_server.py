#!/usr/bin/env python3
"""The tutorial's second server: gevent. Usage: coroutines_server.py DIR PORT

The code is that of the first server: after the patch, a call that would block switches to another coroutine.
"""
from gevent import monkey

monkey.patch_all()  # before socket is imported: the tutorial patches after it, which gevent forgives here and warns of elsewhere

import gevent  # noqa: E402

from threads_server import main  # noqa: E402

if __name__ == '__main__':
    main(gevent.spawn)
