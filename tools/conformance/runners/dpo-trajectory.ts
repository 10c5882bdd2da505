import { createReference, type PreferencePair, preferenceBatch, preferenceStep } from '@rlloom/trainers';
import type { FixtureFile } from '../fixture-file.ts';
import type { CaseResult } from '../results.ts';
import type { RunContext } from '../runner-map.ts';
import { sequencesOf } from './sft-trajectory.ts';
import { replay } from './trajectory.ts';

interface Case {
  readonly id: string;
  readonly loss_type: string;
  readonly beta: number;
  readonly lr: number;
  readonly weight_decay: number;
  readonly max_grad_norm: number;
  /** The first half of the rows is chosen, the second rejected. */
  readonly inputs: {
    readonly input_ids: number[][];
    readonly attention_mask: number[][];
    readonly completion_mask: number[][];
    readonly ref_chosen_logps: readonly number[];
    readonly ref_rejected_logps: readonly number[];
  };
  readonly initial: never;
  readonly steps: readonly {
    readonly loss: number;
    readonly grad_norm: number;
    readonly metrics: Readonly<Record<string, number>>;
    readonly params: Readonly<Record<string, number>>;
  }[];
  readonly final: never;
}

// TRL's metrics by ours.
const metricNames: Readonly<Record<string, string>> = {
  'preference/chosen_reward': 'rewards/chosen',
  'preference/rejected_reward': 'rewards/rejected',
  'preference/reward_margin': 'rewards/margins',
  'preference/reward_accuracy': 'rewards/accuracies',
  'preference/chosen_log_prob': 'logps/chosen',
  'preference/rejected_log_prob': 'logps/rejected',
};

/** Replays every case of `train/dpo_trajectory.json` through the preference step and a reference of the same weights. */
export async function runDpoTrajectory(file: FixtureFile, context: RunContext): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const entry of file.cases as unknown as Case[]) {
    const optimizer = { weightDecay: entry.weight_decay, maxGradientNorm: entry.max_grad_norm, temperature: 1 };
    const result = await replay(file as never, context, {
      id: entry.id,
      optimizer,
      async run({ model, policy, check }) {
        const pairs = pairsOf(entry.inputs);
        const options = { temperature: 1, maxTokensPerMicroBatch: 4096, padTokenId: 0 };
        const reference = createReference(model, options);
        try {
          await check.parameters('initial', model, entry.initial);
          const sums = (await reference.logProbs(preferenceBatch(pairs))).map((row) => row.reduce((a, b) => a + b, 0));
          entry.inputs.ref_chosen_logps.forEach((expected, pair) => {
            check.number(`ref_chosen_logps[${pair}]`, sums[2 * pair] ?? Number.NaN, expected);
          });
          entry.inputs.ref_rejected_logps.forEach((expected, pair) => {
            check.number(`ref_rejected_logps[${pair}]`, sums[2 * pair + 1] ?? Number.NaN, expected);
          });
          for (const [index, step] of entry.steps.entries()) {
            const metrics = await preferenceStep({
              policy,
              reference,
              pairs,
              loss: { loss: entry.loss_type, beta: entry.beta } as never,
              learningRate: entry.lr,
            });
            check.number(`steps[${index}].loss`, metrics['preference/loss'] ?? Number.NaN, step.loss);
            check.number(
              `steps[${index}].grad_norm`,
              metrics['preference/gradient_norm'] ?? Number.NaN,
              step.grad_norm,
            );
            for (const [own, peer] of Object.entries(metricNames)) {
              // The noise of a mean of log-probs is that of a loss.
              check.number(`steps[${index}].${peer}.loss`, metrics[own] ?? Number.NaN, step.metrics[peer]);
            }
            await check.parameters(`steps[${index}].params`, model, step.params);
          }
          await check.parameters('final', model, entry.final);
        } finally {
          reference.dispose();
        }
      },
    });
    results.push(result);
  }
  return results;
}

function pairsOf({ input_ids, attention_mask, completion_mask }: Case['inputs']): PreferencePair[] {
  const labels = completion_mask.map((mask, row) =>
    mask.map((bit, t) => (bit === 1 ? (input_ids[row]?.[t] as number) : -100)),
  );
  const sequences = sequencesOf({ input_ids, attention_mask, labels });
  const count = sequences.length / 2;
  return sequences.slice(0, count).map((chosen, pair) => ({ chosen, rejected: sequences[count + pair] as never }));
}
