import { RlloomError } from '@rlloom/spec';
import type { RunConfig } from '../run-config.ts';

/** How prompts become optimizer steps in one RLVR step. */
export interface BatchArithmetic {
  readonly prompts: number;
  readonly samplesPerPrompt: number;
  readonly sequences: number;
  readonly miniBatchSize: number;
  readonly updateEpochs: number;
  readonly optimizerSteps: number;
  /** Most tokens a sequence can have. */
  readonly longestSequence: number;
  /** Micro-batches of one optimizer step when every sequence has the greatest length. */
  readonly microBatchesAtMost: number;
}

/**
 * The batch arithmetic of a configuration.
 *
 * @throws RlloomError `config` when mini-batches do not divide the sequences, or a group has no one to be compared with
 */
export function batchArithmetic(config: Pick<RunConfig, 'rollout' | 'actor' | 'trainingControl'>): BatchArithmetic {
  const { promptsPerStep } = config.trainingControl;
  const { groupSize, maxPromptLength, maxResponseLength } = config.rollout;
  const sequences = promptsPerStep * groupSize;
  const miniBatchSize = config.actor.miniBatchSize ?? sequences;
  if (sequences % miniBatchSize !== 0) {
    throw new RlloomError('config', {
      what: `${promptsPerStep} prompts × ${groupSize} samples = ${sequences} sequences cannot be split into mini-batches of ${miniBatchSize}`,
      where: 'actor.mini_batch_size',
      fix: `choose a divisor of ${sequences}, e.g. ${nearestDivisor(sequences, miniBatchSize)}`,
    });
  }
  if (groupSize < 2) {
    throw new RlloomError('config', {
      what: 'GRPO compares the samples of a group with one another, and a group of one has none',
      where: 'rollout.group_size',
      fix: 'use 2 or more (8 is common)',
    });
  }
  const longestSequence = maxPromptLength + maxResponseLength;
  const rowsPerMicroBatch = Math.max(1, Math.floor(config.actor.maxTokensPerMicroBatch / longestSequence));
  return {
    prompts: promptsPerStep,
    samplesPerPrompt: groupSize,
    sequences,
    miniBatchSize,
    updateEpochs: config.actor.updateEpochs,
    optimizerSteps: (sequences / miniBatchSize) * config.actor.updateEpochs,
    longestSequence,
    microBatchesAtMost: Math.ceil(miniBatchSize / rowsPerMicroBatch),
  };
}

/** The arithmetic as lines to read before the first step. */
export function formatBatchArithmetic(arithmetic: BatchArithmetic): string[] {
  const { prompts, samplesPerPrompt, sequences, miniBatchSize, updateEpochs, optimizerSteps } = arithmetic;
  return [
    `one step: ${prompts} prompts × ${samplesPerPrompt} samples = ${sequences} sequences of at most ${arithmetic.longestSequence} tokens`,
    `update:   ${sequences} sequences ÷ ${miniBatchSize} per mini-batch × ${updateEpochs} epoch${updateEpochs === 1 ? '' : 's'} = ${optimizerSteps} optimizer step${optimizerSteps === 1 ? '' : 's'}, each in at most ${arithmetic.microBatchesAtMost} micro-batches`,
  ];
}

function nearestDivisor(total: number, wanted: number): number {
  let best = 1;
  for (let candidate = 1; candidate <= total; candidate++) {
    if (total % candidate === 0 && Math.abs(candidate - wanted) < Math.abs(best - wanted)) best = candidate;
  }
  return best;
}
