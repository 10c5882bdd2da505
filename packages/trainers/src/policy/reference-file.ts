import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeTensors } from '@rlloom/models';
import { toStorageError } from '@rlloom/spec';
import type { ParameterTree, tf } from '@rlloom/tensor';
import { readTree } from './policy-state.ts';

/**
 * Writes reference weights into the run's folder, once per version, by a rename.
 *
 * @param step the step after which these weights became the reference
 * @returns the file, relative to the run's folder
 */
export async function writeReference(runDirectory: string, step: number, parameters: ParameterTree): Promise<string> {
  const file = join('reference', `step-${String(step).padStart(6, '0')}.safetensors`);
  const path = join(runDirectory, file);
  try {
    await mkdir(dirname(path), { recursive: true });
    await rm(`${path}.partial`, { force: true });
    await writeTensors(`${path}.partial`, parameters);
    await rename(`${path}.partial`, path);
  } catch (error) {
    throw toStorageError(error, path);
  }
  return file;
}

/** Reads reference weights that must fit `expected`; the caller owns them. */
export async function readReference(path: string, expected: ParameterTree): Promise<Record<string, tf.Tensor>> {
  return readTree(path, expected);
}
