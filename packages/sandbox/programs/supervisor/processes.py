"""The processes of the program."""

import _signal as signal
import os

from .state import pid_one, run
from .system import attempt


def children_of(pid):
    found = []
    for task in os.listdir('/proc/%s/task' % pid):
        with open('/proc/%s/task/%s/children' % (pid, task), 'rb') as file:
            found.extend(file.read().split())
    return [int(name) for name in found]


def descendants():
    """Every process of the program, as far as /proc tells."""
    if pid_one:
        return [int(name) for name in os.listdir('/proc') if name.isdigit() and name != '1']
    found = []
    waiting = [os.getpid()]
    while waiting:
        try:
            inner = children_of(waiting.pop())
        except OSError:
            continue
        found.extend(inner)
        waiting.extend(inner)
    return found


def kill_all():
    # Everything of a namespace or of a user of its own dies in one call; else the group, which no one may leave.
    if pid_one or run.header['ownUser']:
        attempt(os.kill, -1, signal.SIGKILL)
    else:
        attempt(os.killpg, run.child, signal.SIGKILL)
        for pid in descendants():
            attempt(os.kill, pid, signal.SIGKILL)


def reap(flags):
    """Collects dead children; whether there are any left."""
    while True:
        try:
            pid, code = os.waitpid(-1, flags)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        if pid == run.child:
            run.status = code
