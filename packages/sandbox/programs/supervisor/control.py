"""The connection to the host: descriptor 3."""

import os

control = 3


def read_exactly(size):
    parts = []
    while size > 0:
        part = os.read(control, min(size, 1 << 20))
        if not part:
            os._exit(70)
        parts.append(part)
        size -= len(part)
    return b''.join(parts)


def write_all(data):
    view = memoryview(data)
    while view:
        view = view[os.write(control, view) :]


def report(fields, blobs=()):
    # Only numbers, fixed words and plain messages come here, so this is JSON.
    text = '{' + ','.join('"%s":%s' % pair for pair in fields) + '}'
    write_all(b'%08d' % len(text) + text.encode() + b''.join(blobs))
