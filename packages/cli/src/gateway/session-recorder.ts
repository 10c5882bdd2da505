import { createTrajectoryWriter } from '@rlloom/data';
import type { SessionRecord } from '@rlloom/rollout/gateway';
import type { RewardScorer, TrajectoryGroup } from '@rlloom/spec';
import { createSessionGroups } from './session-groups.ts';

/** Writes what sessions recorded. */
export interface SessionRecorder {
  /** Keeps a session; its group is judged and written when it is whole. */
  record(session: SessionRecord): Promise<void>;
  /** Writes the groups that are not whole, and closes the file. */
  close(): Promise<void>;
}

/**
 * Appends judged groups of sessions to a trajectory file; each is a row, numbered from 1 as its step.
 *
 * @throws RlloomError `data`, `storage`: the file is of another kind, or cannot be written
 */
export async function createSessionRecorder(options: {
  readonly file: string;
  readonly groupSize: number;
  readonly mostGroups: number;
  readonly rewards: RewardScorer;
}): Promise<SessionRecorder> {
  const { rewards } = options;
  const writer = await createTrajectoryWriter(options.file);
  const groups = createSessionGroups(options.groupSize, options.mostGroups);
  let step = 0;
  let last: Promise<void> = Promise.resolve();
  const write = async (group: TrajectoryGroup): Promise<void> => {
    if (group.trajectories.length === 0) return;
    const [scored] = await rewards.score([group]);
    step += 1;
    await writer.append([{ stage: 'gateway', step, group: scored! }]);
  };
  // One at a time, in the order in which groups became whole.
  const enqueue = (group: TrajectoryGroup): Promise<void> => {
    const next = last.then(() => write(group));
    last = next.catch(() => undefined);
    return next;
  };
  return {
    async record(session) {
      const group = groups.add(session);
      if (group !== undefined) await enqueue(group);
    },
    async close() {
      try {
        for (const group of groups.rest()) await enqueue(group);
        await last;
      } finally {
        await writer.close();
      }
    },
  };
}
