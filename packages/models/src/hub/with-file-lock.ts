import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';

// A holder that was killed stops touching its lock; after this long it counts as gone.
const stale = 10_000;

/** Runs `work` while nobody else holds the lock of that path, in this process or another; waits for who does. */
export async function withFileLock<Result>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  await mkdir(dirname(path), { recursive: true });
  const release = await waitForLock(path, signal);
  try {
    return await work();
  } finally {
    await release().catch(() => undefined);
  }
}

async function waitForLock(path: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  for (;;) {
    try {
      return await lock(path, {
        lockfilePath: path,
        realpath: false,
        stale,
        update: 3_000,
        // The default throws outside of any call. A download ends in a check and a rename, so a second holder does no harm.
        onCompromised: () => undefined,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    await sleep(200, undefined, signal === undefined ? {} : { signal });
  }
}
