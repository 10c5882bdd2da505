import type { TrainingSequence } from '@rlloom/spec';
import type { FixtureFile } from '../fixture-file.ts';
import type { CaseResult } from '../results.ts';
import type { RunContext } from '../runner-map.ts';
import { replay } from './trajectory.ts';

/** Padded rows as a peer's trainer takes them. */
export interface PaddedBatch {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly labels: number[][];
}

interface Step {
  readonly batches: readonly PaddedBatch[];
  readonly lr: number;
  readonly loss: number;
  readonly grad_norm: number;
  readonly params: Readonly<Record<string, number>>;
}

/** Replays every case of `train/sft_trajectory.json` through the trainer's policy. */
export async function runSftTrajectory(file: FixtureFile, context: RunContext): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const entry of file.cases) {
    const { id, hparams, steps, initial, final } = entry as unknown as {
      readonly id: string;
      readonly hparams: { readonly weight_decay: number; readonly clip: number };
      readonly steps: readonly Step[];
      readonly initial: never;
      readonly final: never;
    };
    const optimizer = { weightDecay: hparams.weight_decay, maxGradientNorm: hparams.clip, temperature: 1 };
    const result = await replay(file as never, context, {
      id,
      optimizer,
      async run({ model, policy, check }) {
        await check.parameters('initial', model, initial);
        for (const [index, step] of steps.entries()) {
          // An accumulation window is one batch: the policy splits it as it likes.
          const { metrics } = await policy.forwardBackward(
            { sequences: step.batches.flatMap(sequencesOf) },
            { name: 'supervised', options: {} },
          );
          const update = await policy.optimizerStep({ learningRate: step.lr });
          check.number(`steps[${index}].loss`, metrics['loss'] ?? Number.NaN, step.loss);
          check.number(`steps[${index}].grad_norm`, update['gradient_norm'] ?? Number.NaN, step.grad_norm);
          await check.parameters(`steps[${index}].params`, model, step.params);
        }
        await check.parameters('final', model, final);
      },
    });
    results.push(result);
  }
  return results;
}

/** Rows without their padding; a label is a token that trains. */
export function sequencesOf(batch: PaddedBatch): TrainingSequence[] {
  return batch.input_ids.map((row, r) => {
    const kept = row.map((_, t) => t).filter((t) => batch.attention_mask[r]?.[t] === 1);
    return {
      tokens: Int32Array.from(kept, (t) => row[t] as number),
      lossMask: Uint8Array.from(kept, (t) => (batch.labels[r]?.[t] === -100 ? 0 : 1)),
    };
  });
}
