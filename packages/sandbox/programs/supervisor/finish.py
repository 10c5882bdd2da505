"""The report on a run that ended."""

import _signal as signal
import os
import resource
import sys

from .control import report
from .folder import empty_folder, fetch_file
from .state import run


def finish(end, out, err):
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    exit_code = number = -1
    if end is None:
        if os.WIFSIGNALED(run.status):
            number = os.WTERMSIG(run.status)
            if number in (signal.SIGKILL, signal.SIGXCPU) and seconds >= run.header['cpuSeconds']:
                end = 'cpu'
            elif number == signal.SIGXFSZ:
                end = 'files'
            else:
                end = 'signal'
        else:
            exit_code = os.WEXITSTATUS(run.status)
            end = 'exited'
    os.fchmod(run.folder, 0o700)
    files = []
    blobs = [out, err]
    budget = run.header['fileBytes']
    for index, path in enumerate(run.header['fetch']):
        data = fetch_file(path, budget)
        if data is False:
            end = 'files'
        elif data is not None:
            budget -= len(data)
            files.append('[%d,%d]' % (index, len(data)))
            blobs.append(data)
    peak = used.ru_maxrss * (1 if sys.platform == 'darwin' else 1024)
    empty_folder()
    report(
        [
            ('end', '"%s"' % end),
            ('exitCode', exit_code),
            ('signal', number),
            ('cpuMs', '%.3f' % (seconds * 1000)),
            ('peakBytes', peak),
            ('stdout', len(out)),
            ('stderr', len(err)),
            ('files', '[%s]' % ','.join(files)),
        ],
        blobs,
    )
