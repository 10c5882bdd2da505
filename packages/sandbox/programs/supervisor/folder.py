"""The folder of the run."""

import os

from .state import pid_one, run


def write_file(path, data):
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(path, 'wb') as file:
        file.write(data)


def fetch_file(path, budget):
    """The bytes of a regular file below the folder, by names that are no links; None when it is not there."""
    names = path.split('/')
    at = os.dup(run.folder)
    try:
        for name in names[:-1]:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        file = os.open(names[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    except OSError:
        return None
    finally:
        os.close(at)
    try:
        status = os.fstat(file)
        if status.st_mode & 0o170000 != 0o100000:
            return None
        if status.st_size > budget:
            return False
        parts = []
        left = status.st_size
        while left > 0:
            part = os.read(file, min(left, 1 << 20))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b''.join(parts)
    except OSError:
        return None
    finally:
        os.close(file)


def empty_folder():
    """Removes what is in the folder, by paths of two names only: no depth, no link and no mode stands in the way."""
    if pid_one or run.folder is None:
        return
    os.fchdir(run.folder)
    os.fchmod(run.folder, 0o700)
    serial = 0
    while True:
        entries = list(os.scandir('.'))
        if not entries:
            return
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.name)
                continue
            os.chmod(entry.name, 0o700)
            for inner in os.scandir(entry.name):
                path = entry.name + '/' + inner.name
                if inner.is_dir(follow_symlinks=False):
                    os.chmod(path, 0o700)
                    serial += 1
                    os.rename(path, '.rlloom-%d-%d' % (os.getpid(), serial))
                else:
                    os.unlink(path)
            os.rmdir(entry.name)
