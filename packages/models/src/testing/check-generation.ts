import type { GenerationRequest } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import { generate } from '../generation/generate.ts';
import type { ForwardFixture } from './check-forward.ts';
import { forwardTolerance } from './check-forward.ts';
import { compareExactly, compareNumbers, type ConformanceResult, flatten, skipped } from './conformance-result.ts';

/** Greedy continuations as the peer computed them. */
export interface GenerationFixtures {
  readonly greedy: {
    /** The batch that is continued, by name. */
    readonly prompt: string;
    readonly max_new_tokens: number;
    readonly tokens: readonly (readonly number[])[];
    /** The smallest lead of a chosen token over the next. */
    readonly min_top1_top2_margin: number;
    readonly completion_logprobs: readonly (readonly number[])[];
  };
  readonly greedy_with_eos: {
    readonly eos_token_id: number;
    readonly pad_token_id: number;
    readonly tokens: readonly (readonly number[])[];
  };
}

/** Compares greedy continuations, with and without an end token. */
export async function checkGeneration(
  model: ModelWeights,
  fixtures: GenerationFixtures,
  prompts: Pick<ForwardFixture, 'input_ids' | 'attention_mask'>,
): Promise<ConformanceResult[]> {
  const { greedy, greedy_with_eos: withEnd } = fixtures;
  const promptTokens = prompts.input_ids.map((row, r) => row.filter((_, t) => prompts.attention_mask[r]?.[t] === 1));
  const request = (tokens: readonly number[], eosTokenIds: readonly number[]): GenerationRequest => ({
    promptTokens: tokens,
    seed: 0,
    sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, maxNewTokens: greedy.max_new_tokens, eosTokenIds },
  });
  if (greedy.min_top1_top2_margin < 10 * forwardTolerance) {
    return [skipped('greedy', `two tokens are within ${greedy.min_top1_top2_margin}, too close to call`)];
  }
  // Where the backend has graphs it is the compiled loop that is compared; the other backends compare the eager one.
  const compiled = tf.getBackend() === 'tensorflow' ? 'always' : 'auto';
  const run = (eosTokenIds: readonly number[]) =>
    generate(
      model,
      promptTokens.map((tokens) => request(tokens, eosTokenIds)),
      { compiled },
    );
  const free = await run([]);
  const ended = await run([withEnd.eos_token_id]);
  const padded = ended.map(({ tokens }) => {
    return Array.from({ length: greedy.max_new_tokens }, (_, t) => tokens[t] ?? withEnd.pad_token_id);
  });
  return [
    compareExactly(
      'greedy.tokens',
      free.map(({ tokens }) => [...tokens]),
      greedy.tokens,
    ),
    compareNumbers(
      'greedy.completion_logprobs',
      free.flatMap(({ logProbs }) => [...logProbs]),
      {
        values: flatten(greedy.completion_logprobs),
        tolerance: forwardTolerance,
      },
    ),
    compareExactly('greedy_with_eos.tokens', padded, withEnd.tokens),
  ];
}
