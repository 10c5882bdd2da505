import { rename, rm } from 'node:fs/promises';
import { createTrajectoryWriter, readTrajectories, type TrajectoryWriter } from '@rlloom/data';
import type { Reporter, RunInfo } from '@rlloom/spec';

/**
 * Appends the sampled groups of a run to a trajectory file: tokens, masks, log-probs and verdicts, for
 * `rlloom inspect` and for research. A resumed stage first drops what was written after its checkpoint.
 */
export function trajectoryReporter(file: string): Reporter {
  let writer: TrajectoryWriter | undefined;
  return {
    name: 'trajectories',
    async onRunStart(info) {
      await dropLaterRows(file, info);
      writer = await createTrajectoryWriter(file);
    },
    async onSamples({ stage, step, groups }) {
      await writer?.append(groups.map((group) => ({ stage, step, group })));
    },
    async onRunEnd() {
      await writer?.close();
      writer = undefined;
    },
  };
}

async function dropLaterRows(file: string, info: RunInfo): Promise<void> {
  const kept = `${file}.partial`;
  await rm(kept, { force: true });
  let dropped = 0;
  let writer: TrajectoryWriter | undefined;
  try {
    for await (const row of readTrajectories(file)) {
      const isPast =
        info.completedStages.includes(row.stage) || (row.stage === info.stage && row.step <= info.startStep);
      writer ??= await createTrajectoryWriter(kept);
      if (isPast) await writer.append([row]);
      else dropped += 1;
    }
  } catch (error) {
    // No file yet is the ordinary start of a run.
    if (writer !== undefined) throw error;
  } finally {
    await writer?.close();
  }
  if (dropped > 0) await rename(kept, file);
  else await rm(kept, { force: true });
}
