import { afterAll, describe, expect, it } from 'vitest';
import type { SandboxResult, SandboxRun } from '../sandbox.ts';
import { createQuickJsSandbox } from './quickjs-sandbox.ts';

const sandbox = createQuickJsSandbox({ concurrency: 2 });
afterAll(() => sandbox.close());

function run(code: string, more: Partial<SandboxRun> = {}): Promise<SandboxResult> {
  return sandbox.run({ language: 'javascript', code, ...more });
}

describe('createQuickJsSandbox', () => {
  it('prints what console.log is given', async () => {
    expect(await run('console.log("a", 1, [1, { b: null }], undefined, 10n); console.error("oh")')).toMatchObject({
      end: 'exited',
      exitCode: 0,
      stdout: 'a 1 [1,{"b":null}] undefined 10\n',
      stderr: 'oh\n',
    });
  });

  it('reads lines', async () => {
    const { stdout } = await run('console.log(Number(readline()) + Number(readline()), readline())', {
      stdin: '1\n2\n',
    });
    expect(stdout).toBe('3 null\n');
  });

  it('runs what a promise left to do', async () => {
    expect((await run('(async () => { await null; console.log("later"); })()')).stdout).toBe('later\n');
    expect(await run('(async () => { throw new TypeError("late"); })()')).toMatchObject({ exitCode: 1 });
  });

  it('exits with 1 on an error, and says which', async () => {
    const result = await run('function f() { null.x; }\nf();');
    expect(result).toMatchObject({ end: 'exited', exitCode: 1, stdout: '' });
    expect(result.stderr).toMatch(/^TypeError: cannot read property 'x' of null\n.*main\.js:1/);
    expect((await run('let = ;')).stderr).toMatch(/^SyntaxError/);
    expect((await run('throw "text"')).stderr).toBe('Uncaught text\n');
  });

  it.each(['process', 'require', 'globalThis.process', 'setTimeout', 'fetch', 'std', 'os', 'WebAssembly', 'Worker'])(
    'has no %s',
    async (name) => {
      expect((await run(`console.log(typeof ${name})`)).stdout).toBe('undefined\n');
    },
  );

  it('starts each run from nothing', async () => {
    await run('globalThis.leak = 1; Array.prototype.map = () => "mine"; Object.prototype.x = 1');
    expect((await run('console.log(typeof leak, [1].map((x) => x + 1), {}.x)')).stdout).toBe(
      'undefined [2] undefined\n',
    );
  });

  it.each([
    ['a loop', 'for (;;) {}'],
    ['a regular expression', '/^(a+)+$/.test("a".repeat(40) + "b")'],
    ['a loop that catches', 'for (;;) { try { for (;;) {} } catch {} }'],
    ['promises without end', 'const f = () => Promise.resolve().then(f); f()'],
    ['a getter in a printed object', 'console.log({ get x() { for (;;) {} } })'],
  ])('ends %s', async (_name, code) => {
    expect(await run(code, { limits: { wallMs: 300 } })).toMatchObject({ end: 'timeout', exitCode: null });
  });

  it.each([
    ['text', 'let s = "x"; for (;;) s += s + Math.random()'],
    ['arrays', 'const a = []; for (;;) a.push(new Array(1000).fill(a.length))'],
    ['one piece', 'new ArrayBuffer(1e9)'],
  ])('stops a memory bomb of %s, in time', async (_name, code) => {
    const result = await run(code, { limits: { wallMs: 1500, memoryMb: 64 } });
    // Which limit is met first is a matter of speed; a piece too large is an error the script could have caught.
    expect(['memory', 'timeout', 'exited']).toContain(result.end);
    expect(result.exitCode).not.toBe(0);
    expect(result.wallMs).toBeLessThan(10_000);
    expect((await run('console.log(1)')).stdout).toBe('1\n');
  });

  it('survives deep recursion', async () => {
    const result = await run('function f() { return f() + 1; } f()');
    expect(result.exitCode).not.toBe(0);
    expect((await run('console.log(1)')).stdout).toBe('1\n');
  });

  it('stops a flood of output', async () => {
    const result = await run('for (;;) console.log("x".repeat(1000))', { limits: { outputBytes: 5000 } });
    expect(result).toMatchObject({ end: 'output', exitCode: null });
    expect(result.stdout.length).toBe(5000);
  });

  it('is ended by its signal, and others go on', async () => {
    const controller = new AbortController();
    const stuck = sandbox.run({ language: 'javascript', code: 'for (;;) {}' }, { signal: controller.signal });
    const fine = run('console.log("fine")');
    controller.abort();
    await expect(stuck).rejects.toMatchObject({ kind: 'interrupted' });
    expect((await fine).stdout).toBe('fine\n');
  });

  it('says what it cannot do', async () => {
    await expect(sandbox.run({ language: 'python', code: '' })).rejects.toThrow('QuickJS cannot run python');
    await expect(run('', { files: { a: '' } })).rejects.toThrow('QuickJS has no files');
  });

  it('ends what runs when it is closed', async () => {
    const other = createQuickJsSandbox();
    const stuck = other.run({ language: 'javascript', code: 'for (;;) {}' });
    stuck.catch(() => undefined);
    await other.close();
    await expect(stuck).rejects.toMatchObject({ kind: 'interrupted' });
    await other.close();
    await expect(other.run({ language: 'javascript', code: '' })).rejects.toMatchObject({ kind: 'interrupted' });
  });
});
