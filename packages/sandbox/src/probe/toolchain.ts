import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { SlotUser } from '../local/slots.ts';
import { programFile } from '../programs/programs.ts';
import { programPaths } from './program-paths.ts';

const execute = promisify(execFile);

/** A Python that a run can use. Paths are real ones. */
export interface PythonFacts {
  readonly path: string;
  readonly version: string;
  /** Folders that must be readable for it to run. */
  readonly folders: readonly string[];
  /** Its module search path. */
  readonly searchPath: readonly string[];
  readonly pytest: boolean;
  /** Sources compiled for exactly this version, by their name. */
  readonly compiled: Readonly<Record<string, Buffer>>;
}

/** What programs are run with. */
export interface Toolchain {
  readonly python: PythonFacts;
  readonly node: { readonly path: string; readonly version: string } | null;
  readonly bash: string | null;
}

/** Where to look. */
export interface ToolchainOptions {
  readonly pythonPath?: string | undefined;
  readonly nodePath?: string | undefined;
  /** The user that must be able to run what is found. */
  readonly user: SlotUser | null;
  /** Python sources to compile, by name. */
  readonly sources: Readonly<Record<string, string>>;
}

/** A toolchain, or why there is none. */
export type ToolchainResult =
  | { readonly toolchain: Toolchain; readonly problem: null }
  | { readonly toolchain: null; readonly problem: string };

/**
 * Finds interpreters that `user` may run. A shim on the PATH (pyenv) or one in a folder closed to that user is passed
 * over for the next one.
 */
export async function findToolchain(options: ToolchainOptions): Promise<ToolchainResult> {
  const pythons = options.pythonPath === undefined ? await programPaths(['python3', 'python']) : [options.pythonPath];
  const failures: string[] = [];
  const [node, bash] = await Promise.all([findNode(options), firstWorking(await programPaths(['bash']), options.user)]);
  for (const path of pythons) {
    const python = await probePython(path, options);
    if (typeof python !== 'string') return { toolchain: { python, node, bash }, problem: null };
    failures.push(`${path}: ${python}`);
  }
  const problem = failures.length === 0 ? 'no python3 on the PATH' : `no usable Python (${failures.join('; ')})`;
  return { toolchain: null, problem };
}

async function probePython(path: string, { user, sources }: ToolchainOptions): Promise<PythonFacts | string> {
  try {
    const running = execute(path, ['-I', '-c', programFile('probe.py')], runOptions(user));
    running.child.stdin?.on('error', ignore);
    running.child.stdin?.end(JSON.stringify(sources));
    const { stdout } = await running;
    const facts = JSON.parse(stdout) as Omit<PythonFacts, 'compiled'> & { compiled: Record<string, string> };
    const compiled = Object.entries(facts.compiled).map(([name, text]) => [name, Buffer.from(text, 'base64')] as const);
    await execute(facts.path, ['-S', '-c', ''], runOptions(user));
    return { ...facts, compiled: Object.fromEntries(compiled) };
  } catch (error) {
    return firstLine(error);
  }
}

async function findNode({ nodePath, user }: ToolchainOptions): Promise<Toolchain['node']> {
  const own = /^node(\.exe)?$/.test(process.execPath.split(/[\\/]/).at(-1) ?? '') ? [process.execPath] : [];
  const candidates = nodePath === undefined ? [...own, ...(await programPaths(['node']))] : [nodePath];
  for (const candidate of candidates) {
    try {
      const { stdout } = await execute(candidate, ['-p', 'process.version + " " + process.execPath'], runOptions(user));
      const [version = '', path = ''] = stdout.trim().split(' ');
      return { path: await realpath(path), version: version.slice(1) };
    } catch {
      // The next one may do.
    }
  }
  return null;
}

async function firstWorking(paths: readonly string[], user: SlotUser | null): Promise<string | null> {
  for (const path of paths) {
    try {
      await execute(path, ['-c', ':'], runOptions(user));
      return await realpath(path);
    } catch {
      // The next one may do.
    }
  }
  return null;
}

function runOptions(user: SlotUser | null) {
  return { env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' }, cwd: '/', timeout: 20_000, ...user };
}

function firstLine(error: unknown): string {
  const { code, stderr, message } = error as { code?: unknown; stderr?: string; message?: string };
  if (code === 'EACCES' || code === 'EPERM') return 'not open to the user of the sandbox';
  const lines = (stderr ?? '').trim().split('\n');
  return (lines.at(-1) || message || String(error)).slice(0, 200);
}

const ignore = (): void => undefined;
