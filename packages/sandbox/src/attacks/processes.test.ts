import { expect } from 'vitest';
import { testAttacks } from './attack.ts';

const soon = { wallMs: 1500, cpuSeconds: 30 };

testAttacks([
  {
    name: 'a daemon of a double fork that holds the pipes',
    code: 'mark()\nif os.fork() == 0:\n  if os.fork() == 0:\n    time.sleep(1000)\n  os._exit(0)\nos.wait()\nprint("done")',
    stdout: 'done\n',
    holds: ({ wallMs }) => {
      expect(wallMs).toBeLessThan(15_000);
    },
  },
  {
    name: 'a daemon in a session of its own, deaf to signals, that closed its pipes',
    code: 'mark()\nif os.fork() == 0:\n  try: os.setsid()\n  except OSError: pass\n  for s in (1, 2, 13, 14, 15): signal.signal(s, signal.SIG_IGN)\n  os.closerange(0, 3)\n  while True: time.sleep(1)\nprint("done")',
    stdout: 'done\n',
  },
  {
    name: 'processes that hand over to a child and end, again and again',
    code: 'mark()\nprint("off", flush=True)\nif os.fork() == 0:\n  while True:\n    if os.fork() != 0: os._exit(0)\ntime.sleep(0.3)',
    stdout: 'off\n',
    ends: ['exited', 'cpu'],
  },
  {
    name: 'a fork bomb that outlives the main program',
    code: 'mark()\nif os.fork() == 0:\n  while True:\n    try: os.fork()\n    except OSError: pass\ntime.sleep(0.3)',
    ends: ['exited', 'cpu'],
  },
  { name: 'killing the first process', code: 'tried(lambda: os.kill(1, 9))\nprint("alive")', stdout: /alive\n$/ },
  {
    name: 'killing the supervisor',
    code: 'for s in (9, 19, 15, 2, 1, 11, 17, 31):\n  try: os.kill(os.getppid(), s)\n  except OSError: pass\nprint("alive")',
    stdout: 'alive\n',
  },
  {
    name: 'killing everything',
    code: 'try: os.kill(-1, 9)\nexcept OSError: pass\nprint("alive")',
    ends: ['exited', 'signal'],
  },
  {
    name: 'killing its group and that of its parent',
    code: 'for group in (os.getpgrp(), os.getpgid(os.getppid())):\n  if group != os.getpgrp():\n    try: os.killpg(group, 9)\n    except OSError: pass\nprint("alive", flush=True)\nos.killpg(os.getpgrp(), 9)',
    stdout: 'alive\n',
    ends: ['signal'],
  },
  {
    name: 'killing what runs beside it',
    code: 'me = os.getpid()\nfor pid in range(max(2, me - 3000), me + 3000):\n  if pid != me:\n    try: os.kill(pid, 9)\n    except OSError: pass\nprint("alive")',
    stdout: 'alive\n',
  },
  {
    name: 'killing itself with every deadly signal',
    code: 'os.kill(os.getpid(), signal.SIGKILL)',
    ends: ['signal'],
    holds: ({ signal, exitCode }) => {
      expect([signal, exitCode]).toEqual(['SIGKILL', null]);
    },
  },
  { name: 'a crash', code: 'ctypes.string_at(0)', ends: ['signal'] },
  { name: 'an abort', code: 'os.abort()', ends: ['signal'] },
  {
    name: 'a flood of signals to the supervisor',
    code: 'for _ in range(20000):\n  try: os.kill(os.getppid(), signal.SIGCHLD)\n  except OSError: break\nprint("alive")',
    stdout: 'alive\n',
  },
  {
    name: 'signals to itself from a timer',
    code: 'signal.signal(signal.SIGALRM, lambda *_: None)\nsignal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)\nwhile True: pass',
    limits: soon,
    ends: ['timeout'],
  },
  {
    name: 'tracing the supervisor',
    code: 'x64 = os.uname().machine == "x86_64"\nprint(call(101 if x64 else 117, 16, os.getppid(), 0, 0))\nprint(call(310 if x64 else 270, os.getppid(), 0, 0, 0, 0, 0))\nprint(call(311 if x64 else 271, os.getppid(), 0, 0, 0, 0, 0))',
    stdout: 'EPERM\nEPERM\nEPERM\n',
  },
  {
    name: 'tracing a brother',
    code: 'pid = os.fork()\nif pid == 0: time.sleep(100)\nprint(call(101 if os.uname().machine == "x86_64" else 117, 16, pid, 0, 0))',
    stdout: 'EPERM\n',
  },
  {
    name: 'reading the memory, files and environment of the supervisor',
    code: 'for name in ("mem", "environ", "maps", "fd", "cwd", "root", "exe", "fdinfo", "auxv", "stack", "syscall", "io"):\n  path = "/proc/%d/%s" % (os.getppid(), name)\n  tried(lambda: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))',
    stdout: 'held\n'.repeat(12),
  },
  {
    name: 'taking a descriptor out of the supervisor',
    code: 'pidfd = os.pidfd_open(os.getppid())\nprint([call(438, pidfd, n, 0) for n in range(8)] == ["EPERM"] * 8)',
    stdout: 'True\n',
  },
  {
    name: 'lowering the limits of the supervisor',
    code: 'import resource\nfor kind in (resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_AS): tried(lambda: resource.prlimit(os.getppid(), kind, (1, 1)))',
    stdout: 'held\nheld\nheld\n',
  },
  {
    name: 'holding the supervisor up',
    code: 'p = os.getppid()\ntried(lambda: os.setpriority(os.PRIO_PROCESS, p, 19))\ntried(lambda: os.sched_setscheduler(p, os.SCHED_IDLE, os.sched_param(0)))\ntried(lambda: os.sched_setaffinity(p, {0}))',
    stdout: 'held\nheld\nheld\n',
  },
  {
    name: 'writing to every descriptor',
    code: 'def put(n):\n  try: os.write(n, b"00000014{\\"end\\":\\"exited\\"}"); return n\n  except OSError: return None\nprint([n for n in range(3, 2000) if put(n) is not None])',
    stdout: '[]\n',
  },
  {
    name: 'a forged report on its outputs',
    code: 'text = "00000093" + \'{"end":"exited","exitCode":0,"signal":-1,"cpuMs":0,"peakBytes":0,"stdout":0,"stderr":0,"files":[]}\'\nfor n in (1, 2): os.write(n, text.encode())\nos._exit(9)',
    ends: ['exited'],
    holds: ({ exitCode, stdout }) => {
      expect(exitCode).toBe(9);
      expect(stdout).toContain('"end"');
    },
  },
  {
    name: 'closing everything',
    code: 'os.closerange(0, 1000)\nos._exit(0)',
    stdout: '',
  },
  {
    name: 'looking for input that is still to come in its own memory',
    stdin: `${' '.repeat(300_000)}S3CR3T-of-the-tests`,
    code: [
      'import gc',
      'word = bytes(reversed(b"T3RC3S"))',
      // Never as one value, or the search would find itself.
      'def there(data):',
      '  at = data.find(word)',
      '  while at >= 0:',
      '    if list(data[at + 6:at + 9]) == [45, 111, 102]: return True',
      '    at = data.find(word, at + 1)',
      '  return False',
      'def texts(values):',
      '  for v in values:',
      '    if isinstance(v, str): yield v.encode("utf-8", "replace")',
      '    elif isinstance(v, (bytes, bytearray)): yield bytes(v)',
      'found = [type(o) for o in gc.get_objects() if isinstance(o, (dict, list, tuple)) and any(there(t) for t in texts(list(o.values()) if isinstance(o, dict) else o))]',
      'frame = sys._getframe()',
      'while frame:',
      '  found += [frame for t in texts({**frame.f_globals, **frame.f_locals}.values()) if there(t)]',
      '  frame = frame.f_back',
      'try:',
      '  for line in open("/proc/self/maps"):',
      '    span, mode = line.split()[:2]',
      '    if mode[0] != "r" or "[v" in line: continue',
      '    low, high = (int(x, 16) for x in span.split("-"))',
      '    with open("/proc/self/mem", "rb") as f:',
      '      f.seek(low)',
      '      if there(f.read(high - low)): found.append(line)',
      'except PermissionError: pass',
      'print(found, len(sys.stdin.read()))',
    ].join('\n'),
    stdout: '[] 300019\n',
  },
  {
    name: 'another interpreter put over the functions that end a program',
    code: 'import builtins\nos._exit = sys.exit = builtins.exit = lambda *a: None\nbuiltins.print = lambda *a, **k: os.write(1, b"forged\\n")\nsys.excepthook = lambda *a: print()\nraise SystemExit(5)',
    ends: ['exited'],
    holds: ({ exitCode }) => {
      expect(exitCode).toBe(5);
    },
  },
  {
    name: 'exit code 0 in place of an error',
    code: 'import atexit\natexit.register(lambda: os._exit(0))\nraise ValueError("wrong")',
    ends: ['exited'],
    holds: ({ stderr }) => {
      expect(stderr).toContain('ValueError: wrong');
    },
  },
  {
    name: 'a thread that goes on',
    code: 'threading.Thread(target=lambda: time.sleep(1000)).start()',
    limits: soon,
    ends: ['timeout'],
  },
  {
    name: 'JavaScript that kills its parent and lives on',
    language: 'javascript',
    code: 'try { process.kill(process.ppid, 9) } catch {}\nrequire("child_process").spawn("/bin/sleep", ["1000"], { detached: true, stdio: "inherit" }).on("error", () => {}).unref();\nconsole.log("done"); setTimeout(() => process.exit(0), 50);',
    stdout: 'done\n',
  },
  {
    name: 'a job of bash left in the background',
    language: 'bash',
    code: 'sleep 1000 & disown; (sleep 1000 &) ; kill -9 $PPID 2>/dev/null; echo done; exit 0',
    stdout: 'done\n',
  },
]);
