import type { FixtureFile } from '../fixture-file.ts';
import type { CaseResult } from '../results.ts';
import type { RunContext } from '../runner-map.ts';
import { type PaddedBatch, sequencesOf } from './sft-trajectory.ts';
import { replay } from './trajectory.ts';

interface Run {
  readonly notes: string;
  readonly initial: never;
  readonly steps: readonly (PaddedBatch & {
    readonly loss: number;
    readonly grad_norm: number;
    readonly params: Readonly<Record<string, number>>;
  })[];
  readonly final: never;
}

/** Replays `train/lora_sft_trajectory.json`: supervised steps in which only the adapter's tensors move. */
export async function runLoraSftTrajectory(file: FixtureFile, context: RunContext): Promise<CaseResult[]> {
  const { notes, initial, steps, final } = file as unknown as Run;
  const result = await replay(file as never, context, {
    id: '(file)',
    optimizer: { weightDecay: 0, maxGradientNorm: numberAfter('clip', notes), temperature: 1 },
    async run({ model, adapter, policy, check }) {
      if (adapter === undefined) throw new Error('the file names no adapter beside its model');
      const frozen = { ...model.parameters };
      await check.parameters('initial', adapter, initial);
      for (const [index, step] of steps.entries()) {
        const { metrics } = await policy.forwardBackward(
          { sequences: sequencesOf(step) },
          { name: 'supervised', options: {} },
        );
        const update = await policy.optimizerStep({ learningRate: numberAfter('lr', notes) });
        check.number(`steps[${index}].loss`, metrics['loss'] ?? Number.NaN, step.loss);
        check.number(`steps[${index}].grad_norm`, update['gradient_norm'] ?? Number.NaN, step.grad_norm);
        await check.parameters(`steps[${index}].params`, adapter, step.params);
      }
      await check.parameters('final', adapter, final);
      const moved = Object.keys(frozen).find((name) => model.parameters[name] !== frozen[name]);
      if (moved !== undefined) throw new Error(`${moved} of the frozen model was replaced`);
    },
  });
  return [result];
}

// The file says its hyper-parameters in words: "AdamW lr 1e-2, no weight decay, clip 1.0".
function numberAfter(name: string, notes: string): number {
  const found = new RegExp(`\\b${name} ([\\d.]+(?:e-?\\d+)?)`).exec(notes)?.[1];
  if (found === undefined || !notes.includes('no weight decay')) throw new Error(`unknown hyper-parameters: ${notes}`);
  return Number(found);
}
