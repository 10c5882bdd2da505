import type { Sequence } from '@rlloom/models';
import { type EngineCallOptions, RlloomError } from '@rlloom/spec';
import type { ControlledEvaluateInputItem, LlamaContextSequence } from 'node-llama-cpp';
import { tellTokens } from '../tell-tokens.ts';
import { type DrawPlan, planDraw } from './draw-next.ts';

/** Writes a sequence to its end, or to `signal`. */
export async function generateSequence(
  slot: LlamaContextSequence,
  sequence: Sequence,
  options: {
    readonly vocabularySize: number;
    readonly signal?: AbortSignal | undefined;
    readonly onTokens?: EngineCallOptions['onTokens'];
  },
): Promise<void> {
  const plan = planDraw(sequence, options.vocabularySize);
  await slot.clearHistory();
  let unread: readonly number[] = [...sequence.prompt];
  while (sequence.stopReason === undefined) {
    if (options.signal?.aborted === true) return sequence.abort();
    plan.take(await evaluate(slot, unread, plan.ask));
    tellTokens(sequence, options.onTokens);
    unread = sequence.tokens.slice(-1);
  }
}

async function evaluate(slot: LlamaContextSequence, tokens: readonly number[], ask: DrawPlan['ask']) {
  const last = tokens.length - 1;
  const input = tokens.map((token, index) => (index < last ? token : [token, { generateNext: ask }]));
  try {
    const output = await slot.controlledEvaluate(input as ControlledEvaluateInputItem[]);
    return output[last]?.next ?? {};
  } catch (error) {
    throw new RlloomError('rollout', {
      what: `llama.cpp does not compute the sequence: ${error instanceof Error ? error.message : String(error)}`,
      where: `${slot.nextTokenIndex + tokens.length} tokens`,
      fix: 'lower max_batch_size or max_sequence_length',
      cause: error,
    });
  }
}
