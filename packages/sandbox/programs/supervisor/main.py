"""
The trusted half of a run: first process inside the sandbox. It reads the run from descriptor 3, becomes two by `fork`,
lays limits on the child that runs the program (in this interpreter when it is Python, which saves a second start), feeds
stdin, caps output, watches time, memory and files, ends everything and reports on descriptor 3.

What the program must not read (stdin that is still to come) arrives only after the fork; the supervisor itself is not
dumpable, so no process of the same user can open its memory or descriptors. `boot.py` starts it.
"""

import _signal as signal
import gc
import os
import sys

from .broken import broken
from .control import read_exactly
from .enter import become_program, tasks_of_user
from .finish import finish
from .folder import empty_folder, write_file
from .processes import kill_all
from .run_python import run_python
from .state import pid_one, run
from .supervise import supervise
from .system import prctl

__all__ = ['main', 'run', 'run_python']


def main():
    """Returns in the child only, and there only to run Python."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    read_run()
    run.stdin, run.stdout, run.stderr, run.wake = os.pipe(), os.pipe(), os.pipe(), os.pipe()
    for end_of_pipe in run.wake:
        os.set_blocking(end_of_pipe, False)
    run.tasks = 0 if run.header['countsProcesses'] else tasks_of_user()
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(run.wake[1], warn_on_full_buffer=False)
    # The collector of the child leaves what is here alone: 1.5 ms fewer copied pages.
    gc.freeze()
    try:
        run.child = os.fork()
    except OSError as error:
        broken('fork: ' + str(error.strerror))
    if run.child == 0:
        become_program()
    else:
        watch()


def read_run():
    """Reads the run up to its stdin, and writes its files."""
    names = {'__builtins__': {}, 'null': None, 'true': True, 'false': False}
    run.header = eval(read_exactly(int(read_exactly(8))), names)
    run.seccomp = read_exactly(run.header['seccompBytes'])
    if sys.platform == 'linux':
        if prctl(4, 0) != 0:
            broken('this process cannot be made safe from ptrace')
        if not pid_one and prctl(36, 1) != 0:
            broken('this process cannot become the parent of orphans')
    run.program = read_exactly(run.header['codeBytes'])
    files = [(path, read_exactly(size)) for path, size in run.header['files']]
    os.umask(0o022)
    run.folder = os.open(run.header['folder'], os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.chdir(run.header['folder'])
        if run.header['main'] is not None and not run.header['compiled']:
            write_file(run.header['main'], run.program)
        for path, data in files:
            write_file(path, data)
    except OSError as error:
        broken('the files of the run cannot be written: ' + str(error.strerror))


def watch():
    """The parent: does not return."""
    try:
        os.close(run.stdin[0])
        os.close(run.stdout[1])
        os.close(run.stderr[1])
        end, out, err = supervise()
        if end == 'gone':
            empty_folder()
            if not pid_one:
                os.rmdir(run.header['folder'])
        else:
            finish(end, out, err)
    except BaseException as error:
        try:
            kill_all()
            broken('the supervisor failed: %r' % (error,))
        except BaseException:
            os._exit(72)
    os._exit(0)
