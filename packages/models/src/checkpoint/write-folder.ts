import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { toStorageError } from '@rlloom/spec';
import { jsonText } from '../config/json-text.ts';

/**
 * Writes a folder. A new one appears complete or not at all. In one that exists, files are replaced one by one when
 * all of them are written, and others stay.
 *
 * @param write writes the files into the empty folder it is given
 * @param isOutdated says which files that were there and are not written again have to go; default none
 * @throws RlloomError kind `storage` when the disk is full or the folder cannot be written; what was there is intact
 */
export async function writeFolder(
  directory: string,
  write: (temporary: string) => Promise<void>,
  isOutdated: (name: string) => boolean = () => false,
): Promise<void> {
  const target = resolve(directory);
  let temporary: string | undefined;
  try {
    await mkdir(dirname(target), { recursive: true });
    temporary = await mkdtemp(`${target}.tmp-`);
    await write(temporary);
    await moveInto(target, temporary, isOutdated);
  } catch (error) {
    throw toStorageError(error, directory);
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

/** Writes a new JSON file and waits until it is on the disk. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeText(path, jsonText(value));
}

/** Writes a new text file and waits until it is on the disk. */
export async function writeText(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function moveInto(target: string, temporary: string, isOutdated: (name: string) => boolean): Promise<void> {
  const existing = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (existing === undefined) return rename(temporary, target);
  const written = await readdir(temporary);
  for (const name of written) await rename(join(temporary, name), join(target, name));
  for (const name of existing.filter((name) => isOutdated(name) && !written.includes(name))) {
    await rm(join(target, name));
  }
}
