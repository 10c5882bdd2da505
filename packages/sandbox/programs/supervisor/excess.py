"""What the program uses of its limits."""

import os
import resource

from .processes import descendants
from .state import pid_one, run

page = resource.getpagesize()
ticks = os.sysconf('SC_CLK_TCK')


def usage():
    """Processor seconds and resident bytes of all that runs; seconds include what has ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = ended.ru_utime + ended.ru_stime
    resident = 0
    pids = descendants()
    for pid in pids:
        try:
            with open('/proc/%d/stat' % pid, 'rb') as file:
                fields = file.read().rsplit(b')', 1)[1].split()
            seconds += (int(fields[11]) + int(fields[12])) / ticks
            resident += int(fields[21]) * page
        except (OSError, IndexError):
            pass
    return seconds, resident, pids


def proportional(pids):
    """Resident bytes, shared pages counted once."""
    total = 0
    for pid in pids:
        try:
            with open('/proc/%d/smaps_rollup' % pid, 'rb') as file:
                for line in file:
                    if line.startswith(b'Pss:'):
                        total += int(line.split()[1]) * 1024
        except OSError:
            # Hidden by the program itself, or gone: count it whole.
            try:
                with open('/proc/%d/statm' % pid, 'rb') as file:
                    total += int(file.read().split()[1]) * page
            except (OSError, IndexError):
                pass
    return total


def folder_use():
    """Bytes and names below the folder, counted up to the limit."""
    total = names = 0
    waiting = ['.']
    while waiting:
        try:
            entries = os.scandir(waiting.pop())
        except OSError:
            continue
        with entries:
            for entry in entries:
                names += 1
                try:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
                except OSError:
                    pass
                if total > run.header['fileBytes'] or names > run.header['fileCount']:
                    return True
    return False


def files_exceeded():
    if not pid_one:
        return folder_use()
    for place in (run.folder, '/dev/shm'):
        room = os.statvfs(place)
        if room.f_files - room.f_ffree > run.header['fileCount']:
            return True
    return False


def excess():
    """The limit that is exceeded now, or None."""
    seconds, resident, pids = usage()
    if seconds > run.header['cpuSeconds']:
        return 'cpu'
    if resident > run.header['memoryBytes'] and proportional(pids) > run.header['memoryBytes']:
        return 'memory'
    if files_exceeded():
        return 'files'
    return None
