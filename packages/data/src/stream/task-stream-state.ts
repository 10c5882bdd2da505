import { createHash } from 'node:crypto';
import { RlloomError, type Task } from '@rlloom/spec';
import { z } from 'zod';

const taskStreamStateSchema = z.strictObject({
  version: z.literal(1),
  seed: z.int(),
  /** Of the ids and tags in order. */
  fingerprint: z.string(),
  /** Batches given so far. */
  step: z.int().min(0),
  /** Stage of the curriculum the last batch came from. */
  stage: z.int().min(0),
  domains: z.array(
    z.strictObject({
      tag: z.string(),
      epoch: z.int().min(0),
      /** Tasks of the epoch that are used up. */
      position: z.int().min(0),
      /** Tasks drawn since the start. */
      drawn: z.int().min(0),
    }),
  ),
});

/** Where a task stream stands: plain JSON, all that `restore` needs beside the tasks. */
export type TaskStreamState = z.infer<typeof taskStreamStateSchema>;

/** What a saved state has to fit. */
export interface StreamIdentity {
  readonly seed: number;
  readonly fingerprint: string;
  readonly tags: readonly string[];
}

/** A short name for the ids and tags of tasks in their order. */
export function taskFingerprint(tasks: readonly Task[]): string {
  const hash = createHash('sha256');
  for (const { id, tag } of tasks) hash.update(`${JSON.stringify([id, tag])}\n`);
  return hash.digest('hex').slice(0, 16);
}

/**
 * The state, if it is one of this stream.
 *
 * @throws RlloomError `checkpoint` saying what differs
 */
export function parseState(state: unknown, identity: StreamIdentity): TaskStreamState {
  const parsed = taskStreamStateSchema.safeParse(state);
  if (!parsed.success) {
    throw mismatch(`it is not the state of a task stream (${z.prettifyError(parsed.error)})`);
  }
  const { seed, fingerprint, domains } = parsed.data;
  if (seed !== identity.seed) throw mismatch(`it was drawn with seed ${seed}, this run has seed ${identity.seed}`);
  if (fingerprint !== identity.fingerprint) throw mismatch('the tasks are not the ones it was saved with');
  const tags = domains.map(({ tag }) => tag);
  if (tags.join('\n') !== identity.tags.join('\n')) {
    throw mismatch('data.domain_ratios was switched on or off, or has other tags');
  }
  return parsed.data;
}

function mismatch(why: string): RlloomError {
  return new RlloomError('checkpoint', {
    what: `the order of tasks cannot be continued: ${why}`,
    where: 'task stream',
    fix: 'resume with the same data, filters and seed, or start a new run',
  });
}
