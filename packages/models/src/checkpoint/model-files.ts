import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';

/**
 * Reads a JSON file of a model folder.
 *
 * @returns the parsed file, or `undefined` when there is none
 * @throws RlloomError kind `model` when it is not JSON or cannot be read
 */
export async function readJsonFile(directory: string, name: string): Promise<unknown> {
  const text = await readTextFile(directory, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new RlloomError('model', {
      what: 'the file is not valid JSON',
      where: join(directory, name),
      fix: 'download or copy the file again',
      cause: error,
    });
  }
}

/**
 * Reads a text file of a model folder.
 *
 * @returns its text, or `undefined` when there is none
 * @throws RlloomError kind `model` when it cannot be read
 */
export async function readTextFile(directory: string, name: string): Promise<string | undefined> {
  const path = join(directory, name);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new RlloomError('model', {
      what: 'the file cannot be read',
      where: path,
      fix: 'check its permissions',
      cause: error,
    });
  }
}
