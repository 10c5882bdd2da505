import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { listFiles } from './list-files.ts';
import type { OnProgress, ProvisionStep } from './provision-progress.ts';

/** One resumable piece of work whose whole effect is the content of one folder. */
export interface Step {
  readonly name: ProvisionStep;
  readonly message: string;
  /** Everything its result depends on beside the results of the steps before it; plain data. */
  readonly inputs: unknown;
  /** Fills the empty folder `output`. `folderOf` gives the folder of an earlier step; `report` tells bytes done. */
  readonly run: (context: StepContext) => Promise<void>;
}

/** What a running step is given. */
export interface StepContext {
  readonly output: string;
  readonly folderOf: (step: ProvisionStep) => string;
  readonly report: (bytes: number, totalBytes?: number) => void;
}

const stamp = 'finished.json';

/**
 * Runs steps in order, each in a folder of its own under `workDirectory`. A step works in a temporary folder that
 * is renamed when it is complete, so a kill at any moment leaves only whole steps; the next run takes those over
 * whose inputs are still the same and whose files are still there.
 */
export async function runSteps(steps: readonly Step[], workDirectory: string, onProgress: OnProgress): Promise<void> {
  await mkdir(workDirectory, { recursive: true });
  await removeLeftovers(workDirectory);
  const folderOf = (name: ProvisionStep): string => join(workDirectory, name);
  let fingerprint = '';
  for (const { name, message, inputs, run } of steps) {
    fingerprint = createHash('sha256')
      .update(JSON.stringify([fingerprint, name, inputs]))
      .digest('hex');
    if (await isFinished(folderOf(name), fingerprint)) {
      onProgress({ step: name, state: 'reused', message });
      continue;
    }
    onProgress({ step: name, state: 'started', message });
    const output = join(workDirectory, `${name}.${randomBytes(6).toString('hex')}`);
    await mkdir(output);
    const report = (bytes: number, totalBytes?: number): void =>
      onProgress({ step: name, state: 'running', message, bytes, ...(totalBytes === undefined ? {} : { totalBytes }) });
    await run({ output, folderOf, report });
    const files = await listFiles(output);
    await writeFileAtomic(join(output, stamp), JSON.stringify({ fingerprint, files }));
    await rm(folderOf(name), { recursive: true, force: true });
    await rename(output, folderOf(name));
    onProgress({ step: name, state: 'finished', message, bytes: files.reduce((sum, file) => sum + file.bytes, 0) });
  }
}

// Folders with a dot are those of steps that were cut off.
async function removeLeftovers(workDirectory: string): Promise<void> {
  const names = await readdir(workDirectory);
  await Promise.all(
    names
      .filter((name) => name.includes('.'))
      .map((name) => rm(join(workDirectory, name), { recursive: true, force: true })),
  );
}

async function isFinished(folder: string, fingerprint: string): Promise<boolean> {
  try {
    const found = JSON.parse(await readFile(join(folder, stamp), 'utf8')) as { fingerprint: string; files: unknown };
    // A stamp can outlive its files: after a power cut, or when someone tidied the cache.
    const there = (await listFiles(folder)).filter(({ path }) => path !== stamp);
    return found.fingerprint === fingerprint && JSON.stringify(found.files) === JSON.stringify(there);
  } catch {
    return false;
  }
}
