import type { ScoredGroup, Trajectory } from '@rlloom/spec';
import type { RunLine } from './jsonl-file.ts';

/** One kept sample: what was asked, what was answered, how it was judged. */
export interface SampleLine extends RunLine {
  readonly kind: 'train' | 'evaluation';
  readonly task_id: string;
  readonly tag: string;
  readonly difficulty?: number;
  readonly sample_index: number;
  /** The conversation before the answer, `role: content` per message. */
  readonly prompt: string;
  readonly response: string;
  /** The reference answer, if the task has one. */
  readonly final_answer?: string;
  readonly stop_reason: string;
  readonly verdict: string;
  /** The scalar the trainer saw; `null` = could not be verified. */
  readonly reward: number | null;
  readonly score: number | null;
  readonly parts: Readonly<Record<string, number | null>>;
  readonly reasons: readonly string[];
  /** Sampled tokens. */
  readonly token_count: number;
  /** Over the sampled tokens, as the rollout engine computed them. */
  readonly log_probs: { readonly mean: number; readonly min: number } | null;
}

/** What to keep of scored groups. */
export interface SampleSelection {
  readonly stage: string;
  readonly step: number;
  readonly kind: 'train' | 'evaluation';
  readonly groupCount: number;
  readonly samplesPerGroup: number;
}

/** The first samples of the first groups of each tag, as lines: tags take turns, so that a small count shows them all. */
export function sampleLines(groups: readonly ScoredGroup[], selection: SampleSelection): SampleLine[] {
  const { stage, step, kind } = selection;
  const chosen = tagsInTurn(groups).slice(0, selection.groupCount);
  return chosen.flatMap((group) =>
    group.trajectories.slice(0, selection.samplesPerGroup).flatMap((trajectory, index) => {
      const result = group.results[index];
      if (result === undefined) return [];
      const { task } = group;
      return {
        stage,
        step,
        kind,
        task_id: task.id,
        tag: task.tag,
        ...(task.difficulty !== undefined && { difficulty: task.difficulty }),
        sample_index: trajectory.sampleIndex,
        prompt: task.messages.map(({ role, content }) => `${role}: ${content}`).join('\n'),
        response: trajectory.responseText,
        ...(task.groundTruth !== undefined && { final_answer: task.groundTruth.finalAnswer }),
        stop_reason: trajectory.stopReason,
        verdict: result.verdict,
        reward: group.rewards[index] ?? null,
        score: result.score,
        parts: result.parts,
        reasons: result.reasons,
        ...tokenStatistics(trajectory),
      };
    }),
  );
}

function tagsInTurn(groups: readonly ScoredGroup[]): ScoredGroup[] {
  const seen = new Map<string, number>();
  const turns = groups.map((group) => {
    const turn = seen.get(group.task.tag) ?? 0;
    seen.set(group.task.tag, turn + 1);
    return { group, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ group }) => group);
}

function tokenStatistics({ lossMask, rolloutLogProbs }: Trajectory): Pick<SampleLine, 'token_count' | 'log_probs'> {
  let count = 0;
  let sum = 0;
  let least = 0;
  lossMask.forEach((sampled, t) => {
    if (sampled !== 1) return;
    const logProb = rolloutLogProbs[t] ?? Number.NaN;
    count += 1;
    sum += logProb;
    least = Math.min(least, logProb);
  });
  return { token_count: count, log_probs: count === 0 ? null : { mean: sum / count, min: least } };
}
