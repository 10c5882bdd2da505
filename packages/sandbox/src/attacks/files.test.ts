import { expect } from 'vitest';
import type { SandboxResult } from '../sandbox.ts';
import { testAttacks } from './attack.ts';

const none = ({ files }: SandboxResult): void => {
  expect(files).toEqual({});
};
const asked = ['out.txt', 'd/out.txt'] as const;

testAttacks([
  {
    name: 'links in place of files that are fetched',
    code: 'os.symlink("/etc/passwd", "out.txt")\nos.symlink("/etc", "d")',
    fetchFiles: ['out.txt', 'd/passwd', 'd/hostname'],
    holds: none,
  },
  {
    name: 'links to the memory of processes',
    code: 'os.symlink("/proc/self/environ", "out.txt")\nos.symlink("/proc/1", "d")',
    fetchFiles: ['out.txt', 'd/environ', 'd/cmdline'],
    holds: none,
  },
  {
    name: 'a pipe, a folder, a socket and a device that are fetched',
    code: 'os.mkfifo("out.txt")\nos.makedirs("d/out.txt")\ntry: socket.socket(socket.AF_UNIX).bind("s")\nexcept OSError: pass\ntry: os.symlink("/dev/zero", "z")\nexcept OSError: pass',
    fetchFiles: [...asked, 's', 'z'],
    holds: none,
  },
  {
    name: 'a file that becomes a link and back while it is fetched',
    code: 'mark()\nopen("a", "w").write("mine")\nos.symlink("/etc/passwd", "b")\nif os.fork() == 0:\n  while True:\n    os.link("a", "t"); os.rename("t", "out.txt")\n    os.symlink("/etc/passwd", "t"); os.rename("t", "out.txt")\ntime.sleep(0.2)',
    fetchFiles: asked,
    holds: ({ files }) => {
      const got = files['out.txt'];
      if (got !== undefined) expect(Buffer.from(got).toString()).toBe('mine');
    },
  },
  {
    name: 'a file with holes that is fetched',
    code: 'with open("out.txt", "wb") as f: f.truncate(1 << 20)\nwith open("b", "wb") as f: f.truncate((1 << 20) + 1)',
    limits: { fileBytes: (1 << 20) + 10 },
    fetchFiles: ['out.txt', 'b'],
    ends: ['files'],
    holds: ({ files }) => {
      expect(Object.keys(files)).toEqual(['out.txt']);
    },
  },
  {
    name: 'a hard link to a file of the system',
    code: 'tried(lambda: os.link("/usr/bin/env", "out.txt"))\ntried(lambda: os.link("/etc/passwd", "d"))',
    stdout: 'held\nheld\n',
    fetchFiles: asked,
    holds: none,
  },
  {
    name: 'names nobody expects',
    code: 'for n in ("\\n", " ", "*", "-rf", "\\u202e", "\\U0001f600", b"\\xff\\xfe", "a" * 255, "$(id)"): open(n, "w").write("x")\nprint(len(os.listdir(".")))',
    stdout: '10\n',
    fetchFiles: ['\n', '*', '-rf', '😀', '$(id)'],
    holds: ({ files }) => {
      expect(Object.keys(files)).toHaveLength(5);
    },
  },
  {
    name: 'a folder deeper than any path',
    code: 'for _ in range(3000):\n  os.mkdir("d" * 50)\n  os.chdir("d" * 50)\nopen("x", "w").write("x")',
  },
  {
    name: 'a folder that lets nobody in',
    code: 'os.makedirs("d/e")\nopen("d/e/x", "w").write("x")\nfor p in ("d/e/x", "d/e", "d", "."):\n  try: os.chmod(p, 0)\n  except OSError: pass',
    fetchFiles: asked,
  },
  {
    name: 'its own folder and program taken away',
    code: 'import shutil\nos.unlink("main.py")\ntry: os.rmdir(os.getcwd())\nexcept OSError: pass\ntry: os.rename(os.getcwd(), os.getcwd() + "x")\nexcept OSError: pass\nprint("alive")',
    stdout: 'alive\n',
    fetchFiles: ['main.py'],
    holds: none,
  },
  {
    name: 'another program in place of the interpreter',
    code: 'open("python3", "w").write("#!/bin/sh\\necho forged")\nos.chmod("python3", 0o755)\nos.environ["PATH"] = os.getcwd()\nprint(sys.executable.startswith(os.getcwd()))',
    stdout: 'False\n',
  },
  {
    name: 'modules in place of the library',
    code: 'import json, posixpath\nprint(json.dumps([1]))',
    files: {
      'marshal.py': 'raise SystemExit(7)',
      'select.py': 'raise SystemExit(7)',
      'sitecustomize.py': 'raise SystemExit(7)',
    },
    stdout: '[1]\n',
  },
]);
