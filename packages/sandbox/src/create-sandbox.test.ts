import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isRlloomError } from '@rlloom/spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox, probeSandbox } from './create-sandbox.ts';
import type { Sandbox } from './sandbox.ts';

const findings = await probeSandbox();
const missing = new Map(
  findings.isolations.filter(({ works }) => !works).map(({ name, detail }) => [name as string, detail]),
);

try {
  await (await createSandbox({ isolation: 'none' })).close();
} catch (error) {
  missing.set('none', String(error));
}

for (const isolation of ['bubblewrap', 'landlock', 'none'] as const) {
  const reason = missing.get(isolation);
  describe.skipIf(reason !== undefined)(`${isolation}${reason === undefined ? '' : ` (not here: ${reason})`}`, () => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await createSandbox({ isolation, concurrency: 2 });
    });
    afterAll(() => sandbox.close());

    it('runs Python with stdin and gives back what it wrote', async () => {
      const result = await sandbox.run({
        language: 'python',
        code: 'import sys\nprint(sum(map(int, input().split())))\nprint("no", file=sys.stderr)\nopen("a/b.txt", "a").write("!")\nexit(3)',
        stdin: '1 2 3\n',
        files: { 'a/b.txt': 'hello', 'c.bin': new Uint8Array([0, 255]) },
        fetchFiles: ['a/b.txt', 'c.bin', 'nowhere'],
      });
      expect(result).toMatchObject({ end: 'exited', exitCode: 3, signal: null, stdout: '6\n', stderr: 'no\n' });
      expect(Object.keys(result.files)).toEqual(['a/b.txt', 'c.bin']);
      expect(Buffer.from(result.files['a/b.txt'] ?? []).toString()).toBe('hello!');
      expect(Buffer.from(result.files['c.bin'] ?? [])).toEqual(Buffer.from([0, 255]));
      expect(result.wallMs).toBeGreaterThan(0);
      expect(result.cpuMs).toBeGreaterThan(0);
    });

    it.skipIf(!findings.capabilities?.languages.includes('javascript'))('runs JavaScript', async () => {
      const code =
        'process.stdin.on("data", (d) => console.log(String(d).length, require("fs").existsSync("main.js")))';
      expect(await sandbox.run({ language: 'javascript', code, stdin: 'four' })).toMatchObject({
        end: 'exited',
        exitCode: 0,
        stdout: '4 true\n',
      });
    });

    it.skipIf(!findings.capabilities?.languages.includes('javascript'))('runs modules of JavaScript', async () => {
      const code = 'import { sep } from "node:path"; console.log(await Promise.resolve(sep))';
      expect(await sandbox.run({ language: 'javascript', code })).toMatchObject({ stdout: '/\n', stderr: '' });
    });

    it.skipIf(!findings.capabilities?.languages.includes('typescript'))('runs TypeScript', async () => {
      const code = 'enum E { A = 7 }\nconst x: number = E.A;\nconsole.log(x satisfies number)';
      expect(await sandbox.run({ language: 'typescript', code })).toMatchObject({ exitCode: 0, stdout: '7\n' });
      const broken = await sandbox.run({ language: 'typescript', code: 'const x: = 1' });
      expect(broken).toMatchObject({ end: 'exited', exitCode: 1, stdout: '' });
      expect(broken.stderr).toContain('SyntaxError');
    });

    it.skipIf(!findings.capabilities?.languages.includes('bash'))('runs bash', async () => {
      const result = await sandbox.run({
        language: 'bash',
        code: 'read x; echo "<$x>"; kill -SEGV $$',
        stdin: 'a b\n',
      });
      expect(result).toMatchObject({ end: 'signal', exitCode: null, signal: 'SIGSEGV', stdout: '<a b>\n' });
    });

    it('shows a traceback that begins in the program', async () => {
      const { exitCode, stderr } = await sandbox.run({ language: 'python', code: 'def f():\n    1 / 0\nf()' });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^Traceback \(most recent call last\):\n {2}File ".*main\.py", line 3, in <module>\n/);
      expect(stderr).toMatch(/ZeroDivisionError: division by zero\n$/);
      const broken = await sandbox.run({ language: 'python', code: 'x = (' });
      expect(broken).toMatchObject({ end: 'exited', exitCode: 1 });
      expect(broken.stderr).toContain('SyntaxError');
    });

    it('is a Python like any other: modules beside it, exit hooks, threads, the same hashes', async () => {
      const code = [
        'import atexit, threading, helper, sys',
        'atexit.register(lambda: print("exit", flush=True))',
        'threading.Thread(target=lambda: print(helper.value)).start()',
        'print(__name__, sys.argv, len(open("/dev/stdin").read()))',
        'print(hash("rlloom") % 1000)',
      ].join('\n');
      const runs = await Promise.all(
        [1, 2].map(() => sandbox.run({ language: 'python', code, stdin: 'abc', files: { 'helper.py': 'value = 7' } })),
      );
      expect(runs[0]?.stderr).toBe('');
      expect(runs[0]?.stdout).toMatch(/^(7\n)?__main__ \['main\.py'\] 3\n(7\n)?\d+\n(7\n)?exit\n$/);
      expect(runs[1]?.stdout.split('\n').toSorted()).toEqual(runs[0]?.stdout.split('\n').toSorted());
    });

    it('takes input larger than a pipe, read or not', async () => {
      const stdin = 'x'.repeat(1_000_000);
      const code = 'import sys; print(len(sys.stdin.read()))';
      expect((await sandbox.run({ language: 'python', code, stdin })).stdout).toBe('1000000\n');
      expect((await sandbox.run({ language: 'python', code: 'print(1)', stdin })).stdout).toBe('1\n');
    });

    it('ends a run at once when its signal aborts, waiting or running', async () => {
      const controller = new AbortController();
      const forever = { language: 'python', code: 'while True: pass' } as const;
      const runs = [1, 2, 3].map(() => sandbox.run(forever, { signal: controller.signal }));
      const settled = Promise.allSettled(runs);
      setTimeout(() => controller.abort(), 200);
      for (const outcome of await settled) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { kind: 'interrupted' } });
      }
      await expect(sandbox.run(forever, { signal: controller.signal })).rejects.toMatchObject({ kind: 'interrupted' });
      expect((await sandbox.run({ language: 'python', code: 'print(1)' })).stdout).toBe('1\n');
    });

    it('refuses paths that lead out of the folder', async () => {
      for (const path of ['/etc/x', '../x', 'a/../../x', '', 'a//b', 'a\0b', 'x'.repeat(256), '\ud800']) {
        await expect(sandbox.run({ language: 'python', code: '', files: { [path]: '' } })).rejects.toSatisfy(
          isRlloomError,
        );
        await expect(sandbox.run({ language: 'python', code: '', fetchFiles: [path] })).rejects.toSatisfy(
          isRlloomError,
        );
      }
    });

    it('ends runs in progress when it is closed, and leaves nothing behind', async () => {
      const closing = await createSandbox({ isolation, concurrency: 1 });
      const runs = Promise.allSettled(
        [1, 2].map(() => closing.run({ language: 'python', code: 'open("x","w").write("x")\nwhile True: pass' })),
      );
      await new Promise((resolve) => setTimeout(resolve, 150));
      await Promise.all([closing.close(), closing.close()]);
      for (const outcome of await runs) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { kind: 'interrupted' } });
      }
      await expect(closing.run({ language: 'python', code: '' })).rejects.toMatchObject({ kind: 'interrupted' });
      const left = (await readdir(tmpdir())).filter((name) => name.startsWith('rlloom-filter-'));
      expect(left).toEqual([]);
    });
  });
}

it('refuses with advice where nothing works', async () => {
  const attempt = createSandbox({ pythonPath: '/nowhere/python3' });
  await expect(attempt).rejects.toMatchObject({
    kind: 'reward',
    fix: expect.stringContaining('install bubblewrap') as string,
  });
});

it.skipIf(process.platform !== 'linux')('says what works and what does not', async () => {
  const { isolations, capabilities, advice } = await probeSandbox({ bubblewrapPath: '/nowhere/bwrap' });
  expect(isolations[0]).toEqual({ name: 'bubblewrap', works: false, detail: '/nowhere/bwrap does not start' });
  expect(capabilities?.isolation).not.toBe('bubblewrap');
  expect(advice).toContain('install bubblewrap');
});
