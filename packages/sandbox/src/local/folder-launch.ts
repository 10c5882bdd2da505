import { chown, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toStorageError } from '@rlloom/spec';
import type { Launch } from './isolation.ts';
import type { SlotUser } from './slots.ts';

/** A launch without namespaces: the interpreter itself, in a folder of its own that is gone afterwards. */
export async function launchInFolder(user: SlotUser | null, boot: readonly string[]): Promise<Launch> {
  const folder = await newFolder(user);
  const [file = '', ...args] = boot;
  return {
    file,
    args,
    folder,
    descriptors: [],
    started: () => undefined,
    // The supervisor has emptied it, by means no program can stand against; this is for one that was killed.
    ended: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function newFolder(user: SlotUser | null): Promise<string> {
  const parent = await realpath(tmpdir());
  try {
    const folder = await mkdtemp(join(parent, 'rlloom-run-'));
    if (user !== null) await chown(folder, user.uid, user.gid);
    return folder;
  } catch (error) {
    throw toStorageError(error, parent);
  }
}
