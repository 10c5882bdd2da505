import { expect } from 'vitest';
import { testAttacks } from './attack.ts';

const soon = { wallMs: 1500, cpuSeconds: 30 };
const megabyte = 1024 * 1024;

testAttacks([
  { name: 'an endless loop', code: 'while True: pass', limits: { cpuSeconds: 0.3 }, ends: ['cpu'] },
  { name: 'an endless sleep', code: 'time.sleep(1e6)', limits: soon, ends: ['timeout'] },
  {
    name: 'an endless loop deaf to signals',
    code: 'for s in set(signal.valid_signals()) - {9, 19}:\n  try: signal.signal(s, signal.SIG_IGN)\n  except OSError: pass\nwhile True: pass',
    limits: { cpuSeconds: 0.3 },
    ends: ['cpu'],
  },
  {
    name: 'a limit on processor time that the program raises for itself',
    code: 'import resource\ntried(lambda: resource.setrlimit(resource.RLIMIT_CPU, (1000, 1000)))',
    stdout: 'held\n',
  },
  {
    name: 'processor time spread over children',
    code: 'for _ in range(8):\n  if os.fork() == 0:\n    while True: pass\nfor _ in range(8): os.wait()',
    limits: { cpuSeconds: 0.6 },
    ends: ['cpu'],
    holds: ({ cpuMs }) => {
      expect(cpuMs).toBeLessThan(5000);
    },
  },
  { name: 'a program that stops itself', code: 'os.kill(0, signal.SIGSTOP)', limits: soon, ends: ['timeout'] },
  {
    name: 'a fork bomb',
    code: 'mark()\nwhile True:\n  try: os.fork()\n  except OSError: pass',
    limits: { wallMs: 1500, cpuSeconds: 2 },
    ends: ['cpu', 'timeout'],
  },
  {
    name: 'more processes than allowed',
    code: 'mark()\nn = 0\ntry:\n  while n < 500:\n    if os.fork() == 0: time.sleep(100)\n    n += 1\nexcept OSError: pass\nprint(n < 32)',
    stdout: 'True\n',
    isolations: ['bubblewrap'],
  },
  {
    name: 'thousands of threads',
    code: 'n = 0\ntry:\n  while n < 5000:\n    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()\n    n += 1\nexcept RuntimeError: pass\nprint(n < 1000, flush=True)\nos._exit(0)',
    stdout: 'True\n',
  },
  { name: 'a memory bomb', code: 'x = bytearray(1 << 34)', ends: ['memory'] },
  {
    name: 'a memory bomb in small pieces',
    code: 'x = []\nwhile True: x.append(bytearray(1 << 20))',
    limits: { memoryMb: 200 },
    ends: ['memory'],
  },
  {
    name: 'twelve children of 450 MB',
    code: 'mark()\nfor _ in range(12):\n  if os.fork() == 0:\n    x = bytearray(450 << 20)\n    for i in range(0, len(x), 4096): x[i] = 1\n    time.sleep(100)\ntime.sleep(100)',
    ends: ['memory'],
  },
  {
    name: 'memory shared among children',
    code: 'import mmap\nmark()\nfor _ in range(8):\n  if os.fork() == 0:\n    x = mmap.mmap(-1, 200 << 20)\n    for i in range(0, len(x), 4096): x[i] = 1\n    time.sleep(100)\ntime.sleep(100)',
    limits: { memoryMb: 500 },
    ends: ['memory'],
  },
  {
    name: 'memory of processes that hide their maps',
    code: 'mark()\nfor _ in range(8):\n  if os.fork() == 0:\n    _libc.prctl(4, 0, 0, 0, 0)\n    x = bytearray(200 << 20)\n    for i in range(0, len(x), 4096): x[i] = 1\n    time.sleep(100)\ntime.sleep(100)',
    limits: { memoryMb: 500 },
    ends: ['memory'],
  },
  {
    name: 'a heap of JavaScript without end',
    language: 'javascript',
    code: 'const a = []; for (;;) a.push(new Array(1000).fill(1.5));',
    limits: { memoryMb: 200 },
    ends: ['memory'],
  },
  {
    name: 'memory outside the heap of JavaScript',
    language: 'javascript',
    code: 'const a = []; for (;;) a.push(Buffer.alloc(1 << 24, 1));',
    limits: { memoryMb: 300 },
    ends: ['memory'],
  },
  {
    name: 'memory in files without a name',
    code: 'print(call(319 if os.uname().machine == "x86_64" else 279, b"x", 0))',
    stdout: 'ENOSYS\n',
  },
  {
    name: 'memory in segments of System V',
    code: 'print(call(29 if os.uname().machine == "x86_64" else 194, 0, 1 << 30, 0o1600))',
    stdout: 'ENOSYS\n',
  },
  ...(['stdout', 'stderr'] as const).map((name) => ({
    name: `a gigabyte on ${name}`,
    code: `while True: os.write(sys.${name}.fileno(), b"\\xff\\x00" * 50000)`,
    limits: { outputBytes: 1000 },
    ends: ['output'] as const,
    holds: (result: { stdout: string; stderr: string }) => {
      expect(result[name].length).toBeLessThanOrEqual(1000);
    },
  })),
  {
    name: 'a flood on both outputs from many children',
    code: 'mark()\nfor _ in range(10):\n  if os.fork() == 0: break\nwhile True:\n  os.write(1, b"x" * 4096)\n  os.write(2, b"y" * 4096)',
    ends: ['output'],
    limits: { outputBytes: 65536 },
    holds: ({ stdout, stderr }) => {
      expect(Math.max(stdout.length, stderr.length)).toBe(65536);
    },
  },
  {
    name: 'one byte more than may be written, just before the end',
    code: 'os.write(1, b"x" * 101)\nos._exit(0)',
    limits: { outputBytes: 100 },
    ends: ['output'],
  },
  {
    name: 'a hundred thousand pieces of output',
    code: 'for _ in range(100000): os.write(1, b"x")',
    limits: { outputBytes: 1000 },
    ends: ['output'],
  },
  {
    name: 'a full disk',
    code: 'n = 0\ntry:\n  for i in range(1000):\n    with open(str(i), "wb") as f: n += f.write(bytes(1 << 20))\nexcept OSError: pass\nprint(n >> 20)\ntime.sleep(0.5)',
    limits: { fileBytes: 8 * megabyte },
    ends: ['exited', 'files'],
    holds: ({ stdout }) => {
      expect(Number(stdout || 0)).toBeLessThanOrEqual(8);
    },
    isolations: ['bubblewrap'],
  },
  {
    name: 'a full disk, watched',
    code: 'i = 0\nwhile True:\n  with open(str(i), "wb") as f: f.write(bytes(1 << 20))\n  i += 1',
    limits: { fileBytes: 8 * megabyte },
    ends: ['files'],
    isolations: ['landlock'],
  },
  {
    name: 'a full disk of shared memory',
    code: 'n = 0\ntry:\n  for i in range(1000):\n    with open("/dev/shm/" + str(i), "wb") as f: n += f.write(bytes(1 << 20))\nexcept OSError: pass\nprint(n >> 20 <= 8)',
    limits: { fileBytes: 8 * megabyte },
    ends: ['exited', 'files'],
  },
  {
    name: 'one file that is too large',
    code: 'f = open("x", "wb")\ntried(lambda: f.truncate(1 << 40))\ntried(lambda: os.posix_fallocate(f.fileno(), 0, 1 << 33))\ntried(lambda: [f.write(bytes(1 << 20)) for _ in range(100)])',
    stdout: 'held\nheld\nheld\n',
    ends: ['exited', 'files'],
    holds: ({ stdout }) => {
      expect(stdout).not.toContain('through');
    },
  },
  {
    name: 'hundreds of thousands of empty files',
    code: 'i = 0\nwhile True:\n  os.close(os.open(str(i), os.O_CREAT)); i += 1',
    ends: ['files'],
  },
  {
    name: 'every descriptor there is',
    code: 'n = []\ntry:\n  while True: n.append(os.open("/dev/null", os.O_RDONLY))\nexcept OSError as e: print(len(n) < 256, e.errno == errno.EMFILE)',
    stdout: 'True True\n',
  },
  {
    name: 'children that nobody collects',
    code: 'mark()\nfor _ in range(20):\n  if os.fork() == 0: os._exit(0)\ntime.sleep(0.2)',
  },
  {
    name: 'a source that is nested too deeply',
    code: 'for text in ("(" * 100000, "[" * 50 + "]" * 50, "-" * 100000 + "1", "a" + ".b" * 50000):\n  try: compile(text, "x", "eval")\n  except (SyntaxError, MemoryError, RecursionError, ValueError): pass\nprint("still here")',
    ends: ['exited', 'signal'],
  },
  {
    name: 'a compiler kept busy',
    code: 'compile("9" + "**9" * 3, "x", "eval")\nexec("x = 9 ** 9 ** 9")',
    limits: { cpuSeconds: 0.5 },
    ends: ['cpu', 'memory', 'exited'],
  },
  {
    name: 'an expression that backtracks for ever',
    code: 'import re\nre.match("(a*)*b", "a" * 60)',
    limits: { cpuSeconds: 0.5 },
    ends: ['cpu'],
  },
  {
    name: 'recursion without end',
    code: 'sys.setrecursionlimit(10**9)\ndef f(): f()\nf()',
    limits: { memoryMb: 128, cpuSeconds: 3 },
    ends: ['signal', 'memory', 'exited', 'cpu'],
  },
  {
    name: 'arguments without end',
    code: 'tried(lambda: subprocess.run(["/bin/true"] + ["x" * 100000] * 100, check=True))',
    stdout: 'held\n',
  },
]);
