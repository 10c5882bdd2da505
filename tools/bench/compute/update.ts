import type { TrainingSequence } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm } from '@rlloom/tensor';
import { createLocalPolicy } from '@rlloom/trainers';
import { watchResidentPeak } from '../peak-resident.ts';
import { benchmarkModel, randomTokens } from './benchmark-model.ts';
import type { Job, JobResult, ProgramChoice } from './jobs.ts';
import { assertCompiled, policyOptions } from './programs.ts';
import { time } from './repetitions.ts';
import type { Shape } from './shapes.ts';

/**
 * Times a GRPO update: forward, clipped loss against old log-probs, backward, clipping by the global norm, AdamW; the
 * whole batch in one pass.
 */
export async function timeUpdate(
  { shape, effort }: Job,
  choice: ProgramChoice,
): Promise<Omit<JobResult, 'job' | 'shape'>> {
  const model = benchmarkModel(shape);
  collectGarbage();
  const peak = watchResidentPeak();
  const policy = createLocalPolicy({
    model,
    optimizer: chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.01 })),
    padTokenId: 0,
    maxTokensPerMicroBatch: shape.batch * (shape.promptLength + shape.newTokens),
    ...policyOptions(choice),
  });
  const rows = Array.from({ length: shape.batch }, (_, row) => trainingSequence(shape, row));
  const { logProbs } = await policy.logProbs({ sequences: rows });
  const sequences = rows.map((row, index) => ({ ...row, oldLogProbs: logProbs[index] as Float32Array }));
  const timing = await time(async () => {
    await policy.forwardBackward({ sequences }, { name: 'policy', options: { clipRatioHigh: 0.28 } });
    await policy.optimizerStep({ learningRate: 1e-6 });
  }, effort);
  const peakBytes = peak() ?? null;
  assertCompiled(model, choice);
  policy.dispose();
  model.dispose();
  return { ...timing, peakBytes };
}

function trainingSequence(shape: Shape, row: number): TrainingSequence {
  const length = shape.promptLength + shape.newTokens;
  const lossMask = new Uint8Array(length).fill(1, shape.promptLength);
  return {
    tokens: randomTokens(shape, row, length),
    lossMask,
    advantages: Float32Array.from(lossMask, (trained) => trained * ((row % 2) * 2 - 1)),
  };
}

// What the weights were made from would be freed in the middle, and hide what the update takes.
function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}
