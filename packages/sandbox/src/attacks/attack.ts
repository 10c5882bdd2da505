import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox, probeSandbox } from '../create-sandbox.ts';
import type { Sandbox, SandboxEnd, SandboxLimits, SandboxResult, SandboxRun } from '../sandbox.ts';

/** A program that tries to get out, to outlive its run or to harm others, and what must hold. */
export interface Attack {
  readonly name: string;
  readonly code: string;
  /** Default `python` */
  readonly language?: SandboxRun['language'];
  readonly stdin?: string;
  readonly files?: SandboxRun['files'];
  readonly fetchFiles?: readonly string[];
  readonly limits?: Partial<SandboxLimits>;
  /** Where it is tried. Default: both */
  readonly isolations?: readonly IsolationName[];
  /** What it may end by. Default: by itself with exit code 0 */
  readonly ends?: readonly SandboxEnd[];
  /** What it must have printed. */
  readonly stdout?: string | RegExp;
  readonly holds?: (result: SandboxResult) => void;
}

type IsolationName = 'bubblewrap' | 'landlock';

/**
 * Before every Python attack: `tried(work)` prints what an attempt came to, `call` makes a bare system call and
 * returns its error, `mark` names the process so that the test finds it on the host if it survives.
 */
const prelude = `
import ctypes, errno, os, signal, socket, subprocess, sys, threading, time
_libc = ctypes.CDLL(None, use_errno=True)
def call(number, *values):
    result = _libc.syscall(ctypes.c_long(number), *[ctypes.c_long(v) if isinstance(v, int) else v for v in values])
    return 'done' if result >= 0 else errno.errorcode[ctypes.get_errno()]
def tried(work):
    try:
        work()
    except Exception:
        print('held', flush=True)
    else:
        print('through', flush=True)
def mark():
    _libc.prctl(15, b'MARK', 0, 0, 0)
`;

/** Longest a run of these tests may take, and how much longer its end. Generous: the machine may be busy. */
const wallMs = 20_000;

const findings = await probeSandbox();

/** Tries every attack in every isolation, each beside a neighbour that must come to no harm. */
export function testAttacks(attacks: readonly Attack[]): void {
  for (const { name, works, detail } of findings.isolations) {
    describe.skipIf(!works)(`in ${name}${works ? '' : ` (not here: ${detail})`}`, () => {
      let sandbox: Sandbox;
      beforeAll(async () => {
        sandbox = await createSandbox({ isolation: name, concurrency: 2, limits: { wallMs } });
      });
      afterAll(() => sandbox.close());
      const chosen = attacks.filter(({ isolations = ['bubblewrap', 'landlock'] }) => isolations.includes(name));
      const known = chosen.filter(({ language = 'python' }) => findings.capabilities?.languages.includes(language));
      it.each(known)('$name', async (attack) => {
        await testAttack(sandbox, attack);
      });
    });
  }
}

let marks = 0;

async function testAttack(sandbox: Sandbox, attack: Attack): Promise<void> {
  const { language = 'python', code, stdin, files, fetchFiles, limits, ends = ['exited'], stdout, holds } = attack;
  const mark = `rlx${process.pid}.${(marks += 1)}`;
  const program = {
    language,
    code: language === 'python' ? prelude.replace('MARK', mark) + code : code,
    ...(stdin === undefined ? {} : { stdin }),
    ...(files === undefined ? {} : { files }),
    ...(fetchFiles === undefined ? {} : { fetchFiles }),
    ...(limits === undefined ? {} : { limits }),
  };
  const [result, neighbour] = await Promise.all([sandbox.run(program), sandbox.run(bystander)]);
  const told = JSON.stringify({ ...result, files: Object.keys(result.files) }).slice(0, 2000);
  expect(ends, told).toContain(result.end);
  if (attack.ends === undefined) expect(result.exitCode, told).toBe(0);
  if (typeof stdout === 'string') expect(result.stdout, told).toBe(stdout);
  else if (stdout !== undefined) expect(result.stdout, told).toMatch(stdout);
  holds?.(result);
  expect(neighbour).toMatchObject({ end: 'exited', exitCode: 0, stdout: '499999500000\n', stderr: '' });
  expect(Buffer.from(neighbour.files['n.txt'] ?? []).toString()).toBe('mine');
  expect(processesNamed(mark)).toEqual([]);
}

/** What runs at the same time: it computes, writes and reads, and starts another process. */
const bystander: SandboxRun = {
  language: 'python',
  code: `
import os, sys, time
open('n.txt', 'w').write('mine')
time.sleep(0.05)
pid = os.fork()
if pid == 0:
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert sys.stdin.read() == 'input'
print(sum(range(1000000)))
`,
  stdin: 'input',
  fetchFiles: ['n.txt'],
  limits: { wallMs: 60_000, cpuSeconds: 30 },
};

/** Processes of the host with this name, zombies that only wait to be collected left out. */
export function processesNamed(name: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return status.includes(`(${name})`) && !/\) Z /.test(status);
    } catch {
      return false;
    }
  });
}
