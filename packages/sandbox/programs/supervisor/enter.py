"""What the child lays on itself before it becomes the program."""

import _signal as signal
import os
import resource
import sys

from .confine import confine
from .state import run
from .system import attempt, prctl


def limit(name, value):
    if hasattr(resource, name):
        kind = getattr(resource, name)
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            value = min(value, ceiling)
        resource.setrlimit(kind, (value, value))


def tasks_of_user():
    """Processes and threads of this user, which a limit on them counts as well."""
    count = 0
    user = os.getuid()
    for name in os.listdir('/proc') if os.path.isdir('/proc') else ():
        try:
            if name.isdigit() and os.stat('/proc/' + name).st_uid == user:
                count += os.stat('/proc/' + name + '/task').st_nlink - 2
        except OSError:
            pass
    return count


def enter():
    """What the child lays on itself before it runs the program."""
    signal.set_wakeup_fd(-1)
    python = run.header['argv'] is None
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler if python else signal.SIG_DFL)
    if not python:
        for name in ('SIGPIPE', 'SIGXFSZ'):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    os.setsid()
    os.dup2(run.stdin[0], 0)
    os.dup2(run.stdout[1], 1)
    os.dup2(run.stderr[1], 2)
    linux = sys.platform == 'linux'
    # Those of the host as well, which it may have left open for its children.
    for name in os.listdir('/proc/self/fd' if linux else '/dev/fd'):
        if int(name) > 2:
            attempt(os.close, int(name))
    if linux:
        prctl(4, 1)
        try:
            with open('/proc/self/oom_score_adj', 'w') as file:
                file.write('1000')
        except OSError:
            pass
    if run.header['confined']:
        confine(run.header['folder'], run.header['readable'], run.seccomp)
    limit('RLIMIT_CORE', 0)
    limit('RLIMIT_NOFILE', run.header['descriptors'])
    limit('RLIMIT_FSIZE', run.header['fileBytes'])
    limit('RLIMIT_CPU', int(run.header['cpuSeconds']) + 1)
    limit('RLIMIT_MSGQUEUE', 0)
    limit('RLIMIT_MEMLOCK', 65536)
    limit('RLIMIT_NPROC', run.header['processes'] + (0 if run.header['countsProcesses'] else run.tasks))
    if run.header['addressSpace'] is not None and linux:
        limit('RLIMIT_AS', run.header['addressSpace'])


def become_program():
    """The child: returns a function that runs the program, or does not return."""
    try:
        enter()
    except BaseException as error:
        os.write(2, ('the limits of the sandbox cannot be set: %r\n' % (error,)).encode())
        os._exit(71)
    if run.header['argv'] is not None:
        try:
            os.execve(run.header['argv'][0], run.header['argv'], run.header['environment'])
        except OSError as error:
            os.write(2, ('%s: %s\n' % (run.header['argv'][0], error.strerror)).encode())
            os._exit(127)
    os.environ.clear()
    os.environ.update(run.header['environment'])
