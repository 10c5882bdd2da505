import { RlloomError } from '@rlloom/spec';
import { bubblewrapIsolation, bubblewrapVersion } from './bubblewrap/bubblewrap.ts';
import { pythonChecker } from './checker/check-solution.ts';
import { landlockIsolation, landlockVersion, leastLandlockVersion } from './landlock/landlock.ts';
import type { LocalIsolation } from './local/isolation.ts';
import { localSandbox } from './local/local-sandbox.ts';
import { noIsolation } from './local/no-isolation.ts';
import { slotUser } from './local/slots.ts';
import { programPaths } from './probe/program-paths.ts';
import { findToolchain, type ToolchainResult } from './probe/toolchain.ts';
import { joinedProgram } from './programs/programs.ts';
import type { Sandbox, SandboxCapabilities, SandboxLimits } from './sandbox.ts';
import type { FilterArchitecture } from './seccomp/syscalls.ts';

/** How programs are kept in. `auto` takes the first of bubblewrap and landlock that works; never `none`. */
export type SandboxIsolation = 'auto' | 'bubblewrap' | 'landlock' | 'none';

/** Options of `createSandbox`. */
export interface SandboxOptions {
  /** Default `auto` */
  readonly isolation?: SandboxIsolation;
  /** Runs at the same time; more wait. Default: the cores of this machine. */
  readonly concurrency?: number;
  /** Limits of runs that name none themselves. */
  readonly limits?: Partial<SandboxLimits>;
  /** The Python of the programs. Default: the first usable `python3` on the PATH. */
  readonly pythonPath?: string;
  /** The Node of the programs. Default: this one. */
  readonly nodePath?: string;
  /** The bubblewrap program. Default `/usr/bin/bwrap` or one on the PATH. */
  readonly bubblewrapPath?: string;
}

/** Whether one way to run programs works here. */
export interface IsolationFinding {
  readonly name: 'bubblewrap' | 'landlock';
  readonly works: boolean;
  /** Its version where it works, else why it does not. */
  readonly detail: string;
}

/** What `probeSandbox` found out. */
export interface SandboxFindings {
  readonly isolations: readonly IsolationFinding[];
  /** Of the first that works. */
  readonly capabilities: SandboxCapabilities | null;
  /** What to install; `null` when the best one works. */
  readonly advice: string | null;
}

/**
 * A sandbox on this machine. Whether an isolation works is found out by running a program in it.
 *
 * Throws `RlloomError` `reward` that says what to install when none works; it never falls back to `none`.
 *
 * @example
 * ```ts
 * const sandbox = await createSandbox();
 * const { stdout } = await sandbox.run({ language: 'python', code: 'print(6 * 7)' });
 * await sandbox.close();
 * ```
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { isolation = 'auto' } = options;
  if (isolation === 'none') {
    const { toolchain, problem } = await toolchainFor(options);
    if (toolchain === null) throw noSandbox([problem]);
    return start(noIsolation(toolchain), options);
  }
  const names = isolation === 'auto' ? (['bubblewrap', 'landlock'] as const) : ([isolation] as const);
  const attempts = await tryInOrder(names, options);
  const working = attempts.at(-1);
  if (working?.sandbox) return working.sandbox;
  throw noSandbox(attempts.map(({ name, detail }) => `${name}: ${detail}`));
}

/** Finds out which isolations work on this machine, by running a program in each; for `rlloom doctor`. */
export async function probeSandbox(options: SandboxOptions = {}): Promise<SandboxFindings> {
  const attempts = await Promise.all(localNames.map((name) => attempt(name, options)));
  for (const { sandbox } of attempts) await sandbox?.close();
  const working = attempts.find(({ sandbox }) => sandbox !== null);
  return {
    isolations: attempts.map(({ name, sandbox, detail }) => ({ name, works: sandbox !== null, detail })),
    capabilities: working?.sandbox?.capabilities ?? null,
    advice: working?.name === 'bubblewrap' ? null : installAdvice,
  };
}

const localNames = ['bubblewrap', 'landlock'] as const;
type LocalName = (typeof localNames)[number];

interface Attempt {
  readonly name: LocalName;
  readonly sandbox: Sandbox | null;
  readonly detail: string;
}

/** Tries one after the other up to the first that works. */
async function tryInOrder(names: readonly LocalName[], options: SandboxOptions): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (const name of names) {
    const next = await attempt(name, options);
    attempts.push(next);
    if (next.sandbox !== null) break;
  }
  return attempts;
}

async function attempt(name: LocalName, options: SandboxOptions): Promise<Attempt> {
  const found = await (name === 'bubblewrap' ? findBubblewrap(options) : findLandlock(options));
  if (typeof found === 'string') return { name, sandbox: null, detail: found };
  const sandbox = start(found.isolation, options);
  try {
    const { stdout, stderr, end } = await sandbox.run({ language: 'python', code: 'print(6 * 7)' });
    if (stdout === '42\n') return { name, sandbox, detail: found.version };
    await sandbox.close();
    return { name, sandbox: null, detail: `a first program failed (${end}): ${stderr.slice(-300)}` };
  } catch (error) {
    await sandbox.close();
    return { name, sandbox: null, detail: error instanceof RlloomError ? error.what : String(error) };
  }
}

interface Found {
  readonly isolation: LocalIsolation;
  readonly version: string;
}

async function findBubblewrap(options: SandboxOptions): Promise<Found | string> {
  const architecture = filterArchitecture();
  if (architecture === null) return notHere();
  const path = options.bubblewrapPath ?? (await programPaths(['bwrap']))[0] ?? null;
  if (path === null) return 'the program bwrap is not installed';
  const version = await bubblewrapVersion(path);
  if (version === null) return `${path} does not start`;
  const { toolchain, problem } = await toolchainFor(options);
  if (toolchain === null) return problem;
  return { isolation: bubblewrapIsolation(path, toolchain, architecture), version };
}

async function findLandlock(options: SandboxOptions): Promise<Found | string> {
  const architecture = filterArchitecture();
  if (architecture === null) return notHere();
  const { toolchain, problem } = await toolchainFor(options);
  if (toolchain === null) return problem;
  const version = await landlockVersion(toolchain, slotUser());
  if (version < leastLandlockVersion) {
    return version === 0
      ? 'this kernel offers no landlock'
      : `landlock ${version} of this kernel is too old (Linux 6.2)`;
  }
  return { isolation: landlockIsolation(toolchain, architecture, version), version: `ABI ${version}` };
}

function filterArchitecture(): FilterArchitecture | null {
  if (process.platform !== 'linux') return null;
  return process.arch === 'x64' || process.arch === 'arm64' ? process.arch : null;
}

function notHere(): string {
  return `works on Linux on x64 and arm64, not on ${process.platform} ${process.arch}`;
}

async function toolchainFor({ pythonPath, nodePath }: SandboxOptions): Promise<ToolchainResult> {
  return findToolchain({
    pythonPath,
    nodePath,
    user: slotUser(),
    sources: { supervisor: joinedProgram('supervisor/main.py'), checker: joinedProgram(pythonChecker) },
  });
}

function start(isolation: LocalIsolation, { concurrency, limits }: SandboxOptions): Sandbox {
  return localSandbox(isolation, {
    concurrency,
    limits,
    preludes: new Map([[joinedProgram(pythonChecker), 'checker']]),
  });
}

const installAdvice =
  'install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap; Fedora: dnf install bubblewrap; Alpine: apk add bubblewrap) and python3';

function noSandbox(reasons: readonly string[]): RlloomError {
  return new RlloomError('reward', {
    what: `no sandbox for untrusted code works here (${reasons.join('; ')})`,
    fix: `${installAdvice}, or name a remote Sandbox Fusion; in a container user namespaces must be allowed`,
  });
}
