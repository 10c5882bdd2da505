import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RlloomError, toStorageError } from '@rlloom/spec';

/** The folders and files of one run. */
export interface RunDirectory {
  readonly root: string;
  readonly config: string;
  readonly checkpoints: string;
  /** The trained model, or the trained adapter. */
  readonly model: string;
  /** The model with the trained adapter in its weights. */
  readonly merged: string;
  /** Weights on their way to servers. */
  readonly weights: string;
  readonly events: string;
  readonly trajectories: string;
}

/** The paths of the run `name` below `outputDirectory`. */
export function runDirectory(outputDirectory: string, name: string): RunDirectory {
  const root = resolve(outputDirectory, name);
  return {
    root,
    config: join(root, 'config.yaml'),
    checkpoints: join(root, 'checkpoints'),
    model: join(root, 'model'),
    merged: join(root, 'merged'),
    weights: join(root, 'weights'),
    events: join(root, 'events.jsonl'),
    trajectories: join(root, 'trajectories.msgpack'),
  };
}

/**
 * Makes the run's folder for a new run, or checks that there is one to resume.
 *
 * @throws RlloomError `config` when a new run would write over an old one, or there is nothing to resume; `storage` when it cannot be made
 */
export async function openRunDirectory(directory: RunDirectory, mode: 'new' | 'resume' | 'overwrite'): Promise<void> {
  const names = await readdir(directory.root).catch(() => []);
  const isUsed = names.length > 0;
  if (mode === 'new' && isUsed) {
    throw new RlloomError('config', {
      what: 'this run exists already',
      where: directory.root,
      fix: 'continue it with --resume, start over with --overwrite, or choose another exp.name',
    });
  }
  if (mode === 'resume' && !isUsed) {
    throw new RlloomError('checkpoint', {
      what: 'there is no run to resume',
      where: directory.root,
      fix: 'start it without --resume, or check exp.name and exp.output_dir',
    });
  }
  try {
    if (mode === 'overwrite') await rm(directory.root, { recursive: true, force: true });
    await mkdir(directory.root, { recursive: true });
  } catch (error) {
    throw toStorageError(error, directory.root);
  }
}
