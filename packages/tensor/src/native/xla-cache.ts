import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { cacheRoot } from './native-directory.ts';
import { versions } from './pinned-versions.ts';

/** Programs that XLA has compiled, kept on disk for later processes. */
export interface XlaCache {
  /** Where TensorFlow looks for them and writes new ones; of this process alone. */
  readonly directory: string;
  /**
   * Runs what may compile. Once it has run, and nothing else that may compile is running, all files are whole: later
   * processes get them.
   */
  readonly during: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Removes the directory. */
  readonly close: () => void;
}

// Together; beyond it the oldest go.
const largestCache = 500 * 2 ** 20;
const ownPrefix = 'process-';

/**
 * Opens the cache of compiled programs. TensorFlow fails on a file that was cut short, so it works in a directory of the
 * process, with links to the files that are known to be whole; new ones become known by a link once they have run.
 *
 * @param options.threads that an operation may use: compiled code depends on it
 * @returns undefined where the disk does not take it
 */
export function openXlaCache({
  root,
  threads,
}: {
  readonly root?: string;
  readonly threads?: number;
}): XlaCache | undefined {
  const shared = join(cacheRoot(root), 'xla', machineKey(threads ?? availableParallelism()));
  try {
    mkdirSync(shared, { recursive: true });
    removeAbandoned(shared);
    removeOldest(shared);
    const directory = mkdtempSync(join(shared, `${ownPrefix}${process.pid}-`));
    linkNew(shared, directory);
    let running = 0;
    return {
      directory,
      during: async (work) => {
        running++;
        try {
          const result = await work();
          if (running === 1) linkNew(directory, shared);
          return result;
        } finally {
          running--;
        }
      },
      close: () => rmSync(directory, { recursive: true, force: true }),
    };
  } catch {
    // It saves seconds; a disk that is full or read-only must not stop anything.
    return undefined;
  }
}

/** Compiled code is for a processor, a library and a number of threads. */
function machineKey(threads: number): string {
  const processor = `${cpus()[0]?.model} ${processorFlags()}`;
  const digest = createHash('sha256').update(processor).digest('hex').slice(0, 12);
  return `tf${versions.tensorflow}-${process.arch}-${digest}-${threads}`;
}

function processorFlags(): string {
  try {
    return /^flags\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? '';
  } catch {
    return '';
  }
}

function programsIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.pb'));
}

function linkNew(from: string, to: string): void {
  const there = new Set(programsIn(to));
  for (const name of programsIn(from)) {
    if (there.has(name)) continue;
    try {
      linkSync(join(from, name), join(to, name));
    } catch {
      // Another process was first, or the file system has no links: it is compiled again next time.
    }
  }
}

/** Directories of processes that are gone. */
function removeAbandoned(shared: string): void {
  for (const name of readdirSync(shared)) {
    const pid = name.startsWith(ownPrefix) ? Number.parseInt(name.slice(ownPrefix.length), 10) : Number.NaN;
    if (Number.isInteger(pid) && !isRunning(pid)) rmSync(join(shared, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function removeOldest(shared: string): void {
  const files = programsIn(shared)
    .map((name) => ({ path: join(shared, name), ...sizeAndTime(join(shared, name)) }))
    .sort((a, b) => b.time - a.time);
  let total = 0;
  for (const { path, size } of files) {
    total += size;
    if (total > largestCache) rmSync(path, { force: true });
  }
}

function sizeAndTime(path: string): { readonly size: number; readonly time: number } {
  const { size, mtimeMs } = statSync(path);
  return { size, time: mtimeMs };
}
