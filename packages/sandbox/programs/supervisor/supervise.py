"""The parent, while the program runs."""

import os
import select
import time

from .control import control
from .excess import excess
from .processes import kill_all, reap
from .state import pid_one, run


def supervise():
    """The parent: until the program ended by itself or by a limit. Returns how, and the two outputs."""
    end = None
    buffers = {run.stdout[0]: bytearray(), run.stderr[0]: bytearray()}
    poll = select.poll()
    for descriptor in (run.stdout[0], run.stderr[0], run.wake[0], control):
        poll.register(descriptor, select.POLLIN)
    for descriptor in (run.stdin[1], run.stdout[0], run.stderr[0]):
        os.set_blocking(descriptor, False)
    pending = b''
    unread = run.header['stdinBytes']
    feed = run.stdin[1]
    if unread == 0:
        os.close(feed)
        feed = None
    check = time.monotonic_ns() + 20_000_000

    def take(descriptor):
        """Reads what is there; False at the end of the pipe."""
        kept = buffers[descriptor]
        while len(kept) <= run.header['outputBytes']:
            try:
                part = os.read(descriptor, 65536)
            except BlockingIOError:
                return True
            if not part:
                return False
            kept += part
        return True

    while end is None and run.status is None:
        now = time.monotonic_ns()
        if now >= run.header['deadline']:
            end = 'timeout'
            break
        if now >= check:
            end = excess()
            check = time.monotonic_ns() + 20_000_000
            continue
        for descriptor, happened in poll.poll(max(0, min(run.header['deadline'], check) - now) / 1e6 + 0.2):
            if descriptor in buffers:
                if not take(descriptor):
                    poll.unregister(descriptor)
                elif len(buffers[descriptor]) > run.header['outputBytes']:
                    end = 'output'
            elif descriptor == run.wake[0]:
                os.read(run.wake[0], 4096)
                reap(os.WNOHANG)
            elif descriptor == control:
                # Nothing more to come, yet readable or hung up: the host has gone, or wants no result any more.
                if unread == 0 or not happened & select.POLLIN:
                    end = 'gone'
                    break
                pending = os.read(control, min(unread, 65536))
                if not pending:
                    end = 'gone'
                    break
                unread -= len(pending)
                if feed is None:
                    pending = b''
                else:
                    poll.modify(control, 0)
                    poll.register(feed, select.POLLOUT)
            elif descriptor == feed:
                try:
                    pending = pending[os.write(feed, pending) :]
                except BlockingIOError:
                    pass
                except OSError:
                    pending = b''
                    poll.unregister(feed)
                    os.close(feed)
                    feed = None
                    poll.modify(control, select.POLLIN)
                    continue
                if not pending:
                    poll.unregister(feed)
                    poll.modify(control, select.POLLIN)
                    if unread == 0:
                        os.close(feed)
                        feed = None
    kill_all()
    while reap(0 if pid_one or run.header['ownUser'] else os.WNOHANG):
        # Without a namespace a child may have been born meanwhile.
        kill_all()
        time.sleep(0.001)
    for descriptor, kept in buffers.items():
        take(descriptor)
        if end is None and len(kept) > run.header['outputBytes']:
            end = 'output'
    kept = run.header['outputBytes']
    return end, bytes(buffers[run.stdout[0]][:kept]), bytes(buffers[run.stderr[0]][:kept])
