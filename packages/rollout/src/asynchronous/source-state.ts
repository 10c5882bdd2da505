import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RlloomError, type Task, toStorageError } from '@rlloom/spec';

/** What a source needs beside its buffer to go on. */
export interface SourceState {
  /** Groups begun so far: the next one's random streams hang on it. */
  readonly begun: number;
  /** Tasks that come before the next of the stream: those that were being collected, and those returned. */
  readonly waiting: readonly Task[];
  /** The place in the tasks. */
  readonly stream: unknown;
}

/** File of the groups that wait, in a checkpoint. */
export function bufferFile(directory: string): string {
  return join(directory, 'rollout-buffer.bin');
}

/** Writes `rollouts.json` into a checkpoint that is being made. */
export async function writeSourceState(directory: string, state: SourceState): Promise<void> {
  const file = join(directory, 'rollouts.json');
  try {
    await writeFile(file, `${JSON.stringify(state)}\n`);
  } catch (error) {
    throw toStorageError(error, file);
  }
}

/**
 * Reads `rollouts.json` of a checkpoint; `undefined` when there is none, as in checkpoints of synchronous runs.
 *
 * @throws RlloomError `checkpoint` when it is not JSON
 */
export async function readSourceState(directory: string): Promise<SourceState | undefined> {
  const file = join(directory, 'rollouts.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as SourceState;
  } catch (cause) {
    throw new RlloomError('checkpoint', {
      what: 'the state of the rollouts cannot be read',
      where: file,
      fix: 'resume from another checkpoint (--resume NAME)',
      cause,
    });
  }
}
