import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import os from 'node:os';
import { dirname, resolve } from 'node:path';

/** What the operating system says of the machine. Sizes in bytes. */
export interface MachineFacts {
  readonly node: string;
  readonly platform: string;
  /** Cores this process may use. */
  readonly cores: number;
  readonly processor: string;
  /** Memory this process may use: of the machine, or of its container where that is less. */
  readonly memoryTotal: number;
  readonly memoryFree: number;
}

/** Room on the disk that holds a folder. */
export interface DiskFacts {
  readonly path: string;
  /** Bytes free for this user; `undefined` where the file system does not say. */
  readonly free: number | undefined;
  readonly writable: boolean;
}

/** Asks the operating system; loads nothing. */
export function machineFacts(): MachineFacts {
  const limit = process.constrainedMemory();
  const total = limit > 0 && limit < os.totalmem() ? limit : os.totalmem();
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}, ${os.release()}`,
    cores: os.availableParallelism(),
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    memoryTotal: total,
    memoryFree: Math.min(os.freemem(), total),
  };
}

/** Free space and write permission of a folder, or of its nearest parent that exists. */
export async function diskFacts(folder: string): Promise<DiskFacts> {
  const existing = await nearestExisting(resolve(folder));
  const writable = await succeeds(access(existing, constants.W_OK));
  try {
    const { bavail, bsize } = await statfs(existing);
    return { path: folder, free: bavail * bsize, writable };
  } catch {
    return { path: folder, free: undefined, writable };
  }
}

async function nearestExisting(path: string): Promise<string> {
  if (await succeeds(access(path))) return path;
  const parent = dirname(path);
  return parent === path ? path : nearestExisting(parent);
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
