import type { LossDescription, TrainingBatch } from '@rlloom/spec';
import type { FixtureFile } from '../fixture-file.ts';
import type { CaseResult } from '../results.ts';
import type { RunContext } from '../runner-map.ts';
import { replay } from './trajectory.ts';

interface Case {
  readonly id: string;
  readonly loss_type: string;
  readonly beta: number;
  readonly lr: number;
  readonly weight_decay: number;
  readonly max_grad_norm: number;
  readonly temperature: number;
  readonly max_completion_length: number;
  readonly epsilon_low: number;
  readonly epsilon_high: number;
  readonly importance_sampling_level: string;
  readonly inputs: {
    readonly prompt_ids: number[][];
    readonly prompt_mask: number[][];
    readonly completion_ids: number[][];
    readonly completion_mask: number[][];
    readonly advantages: number[];
    readonly ref_per_token_logps: number[][];
  };
  readonly old_per_token_logps: number[][];
  readonly steps: readonly {
    readonly loss: number;
    readonly grad_norm: number;
    readonly metrics: Readonly<Record<string, number>>;
    readonly params: Readonly<Record<string, number>>;
    readonly logps_after: number[][];
  }[];
  readonly initial: never;
  readonly final: never;
}

// TRL's loss types as aggregations (one optimizer step per batch, so local and global counts are the same).
const aggregations: Readonly<Record<string, string>> = {
  grpo: 'sequence-mean-token-mean',
  dapo: 'token-mean',
  bnpo: 'token-mean',
  dr_grpo: 'sequence-mean-token-sum-norm',
};

/** Replays every case of `train/grpo_trajectory.json` through the trainer's policy and its loss. */
export async function runGrpoTrajectory(file: FixtureFile, context: RunContext): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const entry of file.cases as unknown as Case[]) results.push(await runCase(entry, file, context));
  return results;
}

async function runCase(entry: Case, file: FixtureFile, context: RunContext): Promise<CaseResult> {
  const aggregation = aggregations[entry.loss_type];
  if (aggregation === undefined)
    return { id: entry.id, status: 'skipped', reason: `not built: loss type ${entry.loss_type}` };
  const loss: LossDescription = {
    name: 'policy',
    options: {
      clipRatioLow: entry.epsilon_low,
      clipRatioHigh: entry.epsilon_high,
      ratioLevel: entry.importance_sampling_level,
      aggregation,
      aggregationScale: aggregation === 'sequence-mean-token-sum-norm' ? entry.max_completion_length : null,
      klCoefficient: entry.beta,
      klEstimator: 'k3',
    },
  };
  const optimizer = {
    weightDecay: entry.weight_decay,
    maxGradientNorm: entry.max_grad_norm,
    temperature: entry.temperature,
  };
  return replay(file as never, context, {
    id: entry.id,
    optimizer,
    async run({ model, policy, check }) {
      await check.parameters('initial', model, entry.initial);
      const batch = batchOf(entry);
      const compareLogProbs = (where: string, logProbs: readonly Float32Array[], expected: readonly number[][]): void =>
        entry.inputs.completion_mask.forEach((mask, row) => {
          const sampled = expected[row]?.filter((_, t) => mask[t] === 1) ?? [];
          const own = (logProbs[row] ?? new Float32Array()).slice(-sampled.length);
          sampled.forEach((value, t) =>
            check.number(`${where}.logps_after[${row}][${t}]`, own[t] ?? Number.NaN, value),
          );
        });
      compareLogProbs('old', (await policy.logProbs(batch)).logProbs, entry.old_per_token_logps);
      for (const [index, step] of entry.steps.entries()) {
        const { metrics } = await policy.forwardBackward(batch, loss);
        const update = await policy.optimizerStep({ learningRate: entry.lr });
        check.number(`steps[${index}].loss`, metrics['loss'] ?? Number.NaN, step.loss);
        if (entry.beta > 0)
          check.number(`steps[${index}].kl.loss`, metrics['reference_kl'] ?? Number.NaN, step.metrics['kl']);
        check.number(`steps[${index}].grad_norm`, update['gradient_norm'] ?? Number.NaN, step.grad_norm);
        await check.parameters(`steps[${index}].params`, model, step.params);
        compareLogProbs(`steps[${index}]`, (await policy.logProbs(batch)).logProbs, step.logps_after);
      }
      await check.parameters('final', model, entry.final);
    },
  });
}

function batchOf(entry: Case): TrainingBatch {
  const { prompt_ids, prompt_mask, completion_ids, completion_mask, advantages, ref_per_token_logps } = entry.inputs;
  const sequences = prompt_ids.map((ids, row) => {
    const prompt = ids.filter((_, t) => prompt_mask[row]?.[t] === 1);
    const kept = completion_mask[row]?.flatMap((bit, t) => (bit === 1 ? [t] : [])) ?? [];
    const spread = (values: readonly number[] | undefined) =>
      Float32Array.from([...prompt.map(() => 0), ...kept.map((t) => values?.[t] ?? 0)]);
    return {
      tokens: Int32Array.from([...prompt, ...kept.map((t) => completion_ids[row]?.[t] as number)]),
      lossMask: Uint8Array.from([...prompt.map(() => 0), ...kept.map(() => 1)]),
      advantages: spread(kept.length === 0 ? [] : completion_ids[row]?.map(() => advantages[row] as number)),
      oldLogProbs: spread(entry.old_per_token_logps[row]),
      ...(entry.beta > 0 && { referenceLogProbs: spread(ref_per_token_logps[row]) }),
    };
  });
  return { sequences };
}
