import { lock } from 'proper-lockfile';
import type { OnProgress } from './provision-progress.ts';

// A holder that was killed stops touching its lock; after this long it counts as gone.
const stale = 6_000;

/** Runs `work` while no other process of this user does so for the same `directory`; waits for one that does, up to an hour. */
export async function withLock<T>(directory: string, onProgress: OnProgress, work: () => Promise<T>): Promise<T> {
  const options = {
    lockfilePath: `${directory}.lock`,
    realpath: false,
    stale,
    update: 2_000,
    // The default throws outside of any call. Every step ends in a rename, so a second holder can do no harm.
    onCompromised: () => undefined,
  };
  const release = await lock(directory, options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ELOCKED') throw error;
    onProgress({ step: 'lock', state: 'started', message: 'another setup is at work in this folder, waiting for it' });
    return lock(directory, { ...options, retries: { retries: 7_200, factor: 1, minTimeout: 500, maxTimeout: 500 } });
  });
  try {
    return await work();
  } finally {
    await release().catch(() => undefined);
  }
}
