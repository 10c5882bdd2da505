import type { Metrics, Policy, TrainingSequence } from '@rlloom/spec';
import type { SftConfig } from './sft.config.ts';

/** One supervised optimizer step: the mean loss over the trained tokens of the batch. */
export async function sftStep(step: {
  readonly policy: Policy;
  readonly sequences: readonly TrainingSequence[];
  readonly config: SftConfig;
  readonly learningRate: number;
}): Promise<Metrics> {
  const pass = await step.policy.forwardBackward(
    { sequences: step.sequences },
    { name: 'supervised', options: { kind: step.config.loss } },
  );
  const update = await step.policy.optimizerStep({ learningRate: step.learningRate });
  const tokens = step.sequences.reduce((sum, sequence) => sum + sequence.lossMask.reduce((a, b) => a + b, 0), 0);
  return {
    'sft/loss': pass.metrics['loss'] ?? Number.NaN,
    'sft/entropy': pass.metrics['entropy'] ?? Number.NaN,
    'sft/tokens': tokens,
    'sft/padding_fraction': pass.metrics['padding_fraction'] ?? 0,
    ...prefix(update),
  };
}

function prefix(metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`sft/${name}`, value]));
}
