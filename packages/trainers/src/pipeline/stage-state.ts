import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Metrics, RlloomError } from '@rlloom/spec';

/** What a stage needs beside the policy's own state to go on exactly. */
export interface StageState {
  readonly stage: string;
  /** Complete steps. */
  readonly step: number;
  /** The task stream's cursor. */
  readonly stream: unknown;
  /** The last evaluation. */
  readonly evaluation: Metrics;
  /** An evaluation after `step` was due and an interrupt came first: it is made up for when the stage goes on. */
  readonly evaluationDue: boolean;
  /** What the adaptive KL controller arrived at. */
  readonly klCoefficient: number | null;
  /** File with the reference weights, relative to the run's folder. */
  readonly reference: string | null;
}

/** Writes `stage.json` into a checkpoint that is being made. */
export async function writeStageState(directory: string, state: StageState): Promise<void> {
  await writeFile(join(directory, 'stage.json'), `${JSON.stringify(state, null, 2)}\n`);
}

/**
 * Reads `stage.json` of a checkpoint.
 *
 * @throws RlloomError `checkpoint` when it is missing or not JSON
 */
export async function readStageState(directory: string): Promise<StageState> {
  const file = join(directory, 'stage.json');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as StageState;
  } catch (cause) {
    throw new RlloomError('checkpoint', {
      what: 'the state of the stage cannot be read',
      where: file,
      fix: 'resume from another checkpoint (--resume NAME)',
      cause,
    });
  }
}
