"""Messages by a pipe: eight bytes of length, then that many bytes."""

import os

from .outcomes import Gone, Nonsense


def send(fd, data):
    data = memoryview(len(data).to_bytes(8, 'big') + data)
    while data:
        data = data[os.write(fd, data) :]


def receive(fd):
    size = int.from_bytes(exactly(fd, 8), 'big')
    if size > 1 << 26:
        raise Nonsense('a message of %d bytes' % size)
    return exactly(fd, size)


DEAD = []


def exactly(fd, n):
    parts = []
    while n:
        b = os.read(fd, min(n, 1 << 20))
        if not b:
            DEAD.append(True)
            raise Gone('the program ended')
        parts.append(b)
        n -= len(b)
    return b''.join(parts)
