"""
The checker of Python solutions: two processes. The parent runs the tests, the child the solution, and they speak by
pipes. The parent forks before it has read more than the names of modules, so neither the tests, nor what they expect,
nor the nonce of the verdict lines ever was in the memory of the child; it makes itself undumpable, so that the child
can read neither its memory nor its open files. Values cross by a codec of plain data; objects of the solution stay in
the child and are seen by the tests as handles, which never equal plain data and are never told what they are compared
with. So a program that passes has computed what was asked for. That this text can be read by anybody changes nothing.

Input (stdin): a line with the names of modules both will import, then a dictionary in the codec, see
`encodeCheckerInput`. Output: lines `nonce name field field ...`, fields in hexadecimal UTF-8.
"""

import os
import sys

from .channel import Channel
from .checker import Checker
from .codec import Reader
from .library import module
from .protect import protect
from .report import Quiet
from .solution import Solution


def load_common():
    """Imports what both processes will import, once for both: the first line of stdin names it."""
    line = b''
    while not line.endswith(b'\n'):
        b = os.read(0, 1)
        if not b:
            return
        line += b
    for name in line.decode().split():
        try:
            module(name)
        except ImportError:
            pass


def main():
    load_common()
    to_child, to_parent = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        null = os.open('/dev/null', os.O_RDWR)
        inbox, outbox = os.dup2(to_child[0], 10), os.dup2(to_parent[1], 11)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.closerange(3, 10)
        os.closerange(12, 256)
        try:
            Solution(inbox, outbox).serve()
        except BaseException:
            pass
        os._exit(0)
    os.close(to_child[0])
    os.close(to_parent[1])
    protected = protect()
    parts = []
    while True:
        b = os.read(0, 1 << 20)
        if not b:
            break
        parts.append(b)
    job = Reader(b''.join(parts), None).value()
    sys.stdout = sys.stderr = Quiet()
    checker = Checker(Channel(to_parent[0], to_child[1]), job)
    if not protected:
        checker.say('broken', 'the checker cannot protect itself here')
    else:
        checker.run()
    try:
        os.kill(child, 9)
    except OSError:
        pass
    os._exit(0)


if __name__ == '__main__':
    sys.path = [p for p in sys.path if p.startswith((sys.prefix, sys.base_prefix))]
    sys.dont_write_bytecode = True
    sys.setrecursionlimit(3000)
    main()
