import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CausalLanguageModel } from '../../causal-language-model.ts';
import { maxPrefillTokens } from '../cache-bytes.ts';
import { abortAll, type Advance, type DecodeLoopOptions } from '../decode-loop.ts';
import { promptQueue } from '../prompt-queue.ts';
import type { Sequence } from '../sequence.ts';
import { CompiledBatch } from './compiled-batch.ts';
import { generatorFunctions } from './generator-functions.ts';
import { readPrompts } from './read-prompts.ts';
import { drawKindOf } from './slot-settings.ts';

/** Options of {@link compiledLoop}. */
export interface CompiledLoopOptions extends Omit<DecodeLoopOptions, 'longestSequence'> {
  /** The cache never needs more. */
  readonly mostColumns: number;
  readonly rawLogProbs: boolean;
  /** Whether somebody waits for single tokens. */
  readonly streams: boolean;
}

/**
 * `decodeLoop` with the token loop in compiled functions: several tokens of all slots per call, of which only tokens and
 * log-probs come back. Keys and values are variables of the model's program, and its weights are read where they are.
 */
export async function* compiledLoop(
  model: CausalLanguageModel,
  sequences: readonly Sequence[],
  options: CompiledLoopOptions,
): AsyncGenerator<readonly Advance[], void, undefined> {
  const { config, program } = model;
  const functions = generatorFunctions(program, config);
  const queue = promptQueue(sequences, {
    read: (prompts) => readPrompts(config, functions.read, { prompts, padTokenId: options.padTokenId }),
    maxTokens: maxPrefillTokens,
  });
  const kind = drawKindOf(sequences, options.rawLogProbs);
  const batch = new CompiledBatch({ config, program, functions, kind, ...options });
  const isAborted = (): boolean => options.signal?.aborted === true;
  const { giveTurn = nextTurn } = options;
  try {
    for (;;) {
      await giveTurn();
      if (isAborted()) {
        yield abortAll(sequences);
        return;
      }
      if (options.isHalted?.() === true) return;
      if (batch.shouldRefill(queue)) {
        yield await batch.refill(queue);
      } else if (batch.running > 0) {
        for (const advances of await batch.decode(queue)) {
          yield advances();
          if (isAborted()) break;
          // What a stream does with a token may take turns of its own; a signal is heard between any two.
          if (options.streams) await nextTurn();
        }
      } else {
        return;
      }
    }
  } finally {
    options.onStatistics?.({ ...batch.statistics, batchSize: options.batchSize, prompts: queue.promptsRead });
    queue.dispose();
    batch.dispose();
  }
}
