/**
 * The trusted half of a run, in Python: first process inside the sandbox. It reads the run from descriptor 3, becomes
 * two by `fork`, lays limits on the child that runs the program (in this interpreter when it is Python, which saves a
 * second start), feeds stdin, caps output, watches time, memory and files, ends everything and reports on descriptor 3.
 *
 * What the program must not read (stdin that is still to come) arrives only after the fork; the supervisor itself is
 * not dumpable, so no process of the same user can open its memory or descriptors.
 */
export const supervisorSource: string = String.raw`
import gc, os, sys, time, select, resource
import _signal as signal

control = 3
page = resource.getpagesize()
ticks = os.sysconf('SC_CLK_TCK')
pid_one = os.getpid() == 1
folder = None


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
        view = view[os.write(control, view):]


def report(fields, blobs=()):
    # Only numbers, fixed words and plain messages come here, so this is JSON.
    text = '{' + ','.join('"%s":%s' % pair for pair in fields) + '}'
    write_all(b'%08d' % len(text) + text.encode() + b''.join(blobs))


def broken(message):
    safe = ''.join(c if c.isalnum() or c in ' .,:;/_-[]()=' else '_' for c in str(message))
    report([('end', '"broken"'), ('message', '"%s"' % safe[:500])])
    empty_folder()
    os._exit(0)


def prctl(option, value):
    # Not by the package ctypes: importing that costs 4 ms.
    import _ctypes
    library = _ctypes.dlopen(None, 0)
    return _ctypes.call_function(_ctypes.dlsym(library, 'prctl'), (option, value, 0, 0, 0))


def write_file(path, data):
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(path, 'wb') as file:
        file.write(data)


def fetch_file(path, budget):
    """The bytes of a regular file below the folder, by names that are no links; None when it is not there."""
    names = path.split('/')
    at = os.dup(folder)
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
    if pid_one or folder is None:
        return
    os.fchdir(folder)
    os.fchmod(folder, 0o700)
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
    if pid_one or header['ownUser']:
        attempt(os.kill, -1, signal.SIGKILL)
    else:
        attempt(os.killpg, child, signal.SIGKILL)
        for pid in descendants():
            attempt(os.kill, pid, signal.SIGKILL)


def attempt(work, *values):
    try:
        work(*values)
    except OSError:
        pass


def reap(flags):
    """Collects dead children; whether there are any left."""
    global status
    while True:
        try:
            pid, code = os.waitpid(-1, flags)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        if pid == child:
            status = code


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
                if total > header['fileBytes'] or names > header['fileCount']:
                    return True
    return False


def files_exceeded():
    if not pid_one:
        return folder_use()
    for place in (folder, '/dev/shm'):
        room = os.statvfs(place)
        if room.f_files - room.f_ffree > header['fileCount']:
            return True
    return False


def excess():
    """The limit that is exceeded now, or None."""
    seconds, resident, pids = usage()
    if seconds > header['cpuSeconds']:
        return 'cpu'
    if resident > header['memoryBytes'] and proportional(pids) > header['memoryBytes']:
        return 'memory'
    if files_exceeded():
        return 'files'
    return None


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
    python = header['argv'] is None
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler if python else signal.SIG_DFL)
    if not python:
        for name in ('SIGPIPE', 'SIGXFSZ'):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    os.setsid()
    os.dup2(stdin[0], 0)
    os.dup2(stdout[1], 1)
    os.dup2(stderr[1], 2)
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
    confine = header['confine']
    if confine is not None:
        exec(confine, {'folder': header['folder'], 'readable': header['readable'], 'filter': seccomp})
    limit('RLIMIT_CORE', 0)
    limit('RLIMIT_NOFILE', header['descriptors'])
    limit('RLIMIT_FSIZE', header['fileBytes'])
    limit('RLIMIT_CPU', int(header['cpuSeconds']) + 1)
    limit('RLIMIT_MSGQUEUE', 0)
    limit('RLIMIT_MEMLOCK', 65536)
    limit('RLIMIT_NPROC', header['processes'] + (0 if header['countsProcesses'] else tasks))
    if header['addressSpace'] is not None and linux:
        limit('RLIMIT_AS', header['addressSpace'])


def run_python(code, name):
    """Runs code as __main__, the way the interpreter itself would have."""
    import builtins, io
    try:
        import _sitebuiltins
        builtins.exit = _sitebuiltins.Quitter('exit', 'Ctrl-D (i.e. EOF)')
        builtins.quit = _sitebuiltins.Quitter('quit', 'Ctrl-D (i.e. EOF)')
    except ImportError:
        pass
    sys.stdin = sys.__stdin__ = io.open(0, 'r', encoding='utf-8', errors='surrogateescape', closefd=False)
    sys.stdout = sys.__stdout__ = io.open(1, 'w', encoding='utf-8', errors='surrogateescape', closefd=False)
    sys.stderr = sys.__stderr__ = io.open(2, 'w', 1, encoding='utf-8', errors='backslashreplace', closefd=False)
    sys.argv = [name]
    sys.path[:] = header['sysPath'][:]
    sys.path.insert(0, header['folder'])
    module = type(sys)('__main__')
    space = module.__dict__
    space['__builtins__'] = builtins
    space['__file__'] = header['folder'] + '/' + name
    sys.modules['__main__'] = module
    try:
        if type(code) is bytes:
            code = compile(code, space['__file__'], 'exec', dont_inherit=True)
        exec(code, space)
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        raise SystemExit(1) from None


def become_program():
    """The child: returns a function that runs the program, or does not return."""
    try:
        enter()
    except BaseException as error:
        os.write(2, ('the limits of the sandbox cannot be set: %r\n' % (error,)).encode())
        os._exit(71)
    if header['argv'] is not None:
        try:
            os.execve(header['argv'][0], header['argv'], header['environment'])
        except OSError as error:
            os.write(2, ('%s: %s\n' % (header['argv'][0], error.strerror)).encode())
            os._exit(127)
    os.environ.clear()
    os.environ.update(header['environment'])


def supervise():
    """The parent: until the program ended by itself or by a limit. Returns how, and the two outputs."""
    end = None
    buffers = {stdout[0]: bytearray(), stderr[0]: bytearray()}
    poll = select.poll()
    for descriptor in (stdout[0], stderr[0], wake[0], control):
        poll.register(descriptor, select.POLLIN)
    for descriptor in (stdin[1], stdout[0], stderr[0]):
        os.set_blocking(descriptor, False)
    pending = b''
    unread = header['stdinBytes']
    feed = stdin[1]
    if unread == 0:
        os.close(feed)
        feed = None
    check = time.monotonic_ns() + 20_000_000

    def take(descriptor):
        """Reads what is there; False at the end of the pipe."""
        kept = buffers[descriptor]
        while len(kept) <= header['outputBytes']:
            try:
                part = os.read(descriptor, 65536)
            except BlockingIOError:
                return True
            if not part:
                return False
            kept += part
        return True

    while end is None and status is None:
        now = time.monotonic_ns()
        if now >= header['deadline']:
            end = 'timeout'
            break
        if now >= check:
            end = excess()
            check = time.monotonic_ns() + 20_000_000
            continue
        for descriptor, happened in poll.poll(max(0, min(header['deadline'], check) - now) / 1e6 + 0.2):
            if descriptor in buffers:
                if not take(descriptor):
                    poll.unregister(descriptor)
                elif len(buffers[descriptor]) > header['outputBytes']:
                    end = 'output'
            elif descriptor == wake[0]:
                os.read(wake[0], 4096)
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
                    pending = pending[os.write(feed, pending):]
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
    while reap(0 if pid_one or header['ownUser'] else os.WNOHANG):
        # Without a namespace a child may have been born meanwhile.
        kill_all()
        time.sleep(0.001)
    for descriptor, kept in buffers.items():
        take(descriptor)
        if end is None and len(kept) > header['outputBytes']:
            end = 'output'
    kept = header['outputBytes']
    return end, bytes(buffers[stdout[0]][:kept]), bytes(buffers[stderr[0]][:kept])


def finish(end, out, err):
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    exit_code = number = -1
    if end is None:
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number in (signal.SIGKILL, signal.SIGXCPU) and seconds >= header['cpuSeconds']:
                end = 'cpu'
            elif number == signal.SIGXFSZ:
                end = 'files'
            else:
                end = 'signal'
        else:
            exit_code = os.WEXITSTATUS(status)
            end = 'exited'
    os.fchmod(folder, 0o700)
    files = []
    blobs = [out, err]
    budget = header['fileBytes']
    for index, path in enumerate(header['fetch']):
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


signal.signal(signal.SIGINT, signal.SIG_DFL)
header = eval(read_exactly(int(read_exactly(8))), {'__builtins__': {}, 'null': None, 'true': True, 'false': False})
seccomp = read_exactly(header['seccompBytes'])
if sys.platform == 'linux':
    if prctl(4, 0) != 0:
        broken('this process cannot be made safe from ptrace')
    if not pid_one and prctl(36, 1) != 0:
        broken('this process cannot become the parent of orphans')
program = read_exactly(header['codeBytes'])
files = [(path, read_exactly(size)) for path, size in header['files']]
os.umask(0o022)
folder = os.open(header['folder'], os.O_RDONLY | os.O_DIRECTORY)
try:
    os.chdir(header['folder'])
    if header['main'] is not None and not header['compiled']:
        write_file(header['main'], program)
    for path, data in files:
        write_file(path, data)
except OSError as error:
    broken('the files of the run cannot be written: ' + str(error.strerror))
del files
stdin, stdout, stderr, wake = os.pipe(), os.pipe(), os.pipe(), os.pipe()
for end_of_pipe in wake:
    os.set_blocking(end_of_pipe, False)
tasks = 0 if header['countsProcesses'] else tasks_of_user()
status = None
signal.signal(signal.SIGCHLD, lambda number, frame: None)
signal.set_wakeup_fd(wake[1], warn_on_full_buffer=False)
# The collector of the child leaves what is here alone: 1.5 ms fewer copied pages.
gc.freeze()
try:
    child = os.fork()
except OSError as error:
    broken('fork: ' + str(error.strerror))
if child == 0:
    become_program()
else:
    try:
        os.close(stdin[0])
        os.close(stdout[1])
        os.close(stderr[1])
        ended = supervise()
        if ended[0] == 'gone':
            empty_folder()
            if not pid_one:
                os.rmdir(header['folder'])
        else:
            finish(*ended)
    except BaseException as error:
        try:
            kill_all()
            broken('the supervisor failed: %r' % (error,))
        except BaseException:
            os._exit(72)
    os._exit(0)
`;

/**
 * What the interpreter is started with: reads the compiled supervisor and runs it. Only the child comes back from it,
 * to run the program at the bottom of the stack.
 */
export const bootSource = `
import marshal, os
def read(size):
    data = b''
    while len(data) < size:
        part = os.read(3, size - len(data))
        if not part:
            os._exit(70)
        data += part
    return data
space = {'__name__': 'supervisor', '__builtins__': __builtins__}
exec(marshal.loads(read(int(read(8)))), space)
code = space['program']
if space['header']['compiled']:
    code = marshal.loads(code)
space['run_python'](code, space['header']['main'] or 'main.py')
`;
