import { type LogitsProcessor, processLogits } from '@rlloom/models';
import { type AlgorithmRunner, NotCovered } from '../algorithm-runner.ts';

type Numbers = Readonly<Record<string, number>>;

// transformers' names and parameters as ours.
const processors: Readonly<Record<string, (given: Numbers) => LogitsProcessor>> = {
  TemperatureLogitsWarper: (given) => ({ kind: 'temperature', temperature: number(given, 'temperature') }),
  TopKLogitsWarper: (given) => ({ kind: 'topK', topK: number(given, 'top_k') }),
  TopPLogitsWarper: (given) => ({ kind: 'topP', topP: number(given, 'top_p') }),
  MinPLogitsWarper: (given) => ({ kind: 'minP', minP: number(given, 'min_p') }),
  TypicalLogitsWarper: (given) => ({ kind: 'typical', mass: number(given, 'mass') }),
  EpsilonLogitsWarper: (given) => ({ kind: 'epsilon', epsilon: number(given, 'epsilon') }),
  RepetitionPenaltyLogitsProcessor: (given) => ({ kind: 'repetitionPenalty', penalty: number(given, 'penalty') }),
  NoRepeatNGramLogitsProcessor: (given) => ({ kind: 'noRepeatNgram', size: number(given, 'ngram_size') }),
  MinNewTokensLengthLogitsProcessor: (given) => ({
    kind: 'minNewTokens',
    promptLength: number(given, 'prompt_length_to_skip'),
    minNewTokens: number(given, 'min_new_tokens'),
    eosTokenIds: [number(given, 'eos_token_id')].flat(),
  }),
  SuppressTokensLogitsProcessor: (given) => ({
    kind: 'suppressTokens',
    tokens: given['suppress_tokens'] as unknown as readonly number[],
  }),
};

/** Chains of transformers' logits processors, row by row. */
export const logitsProcessors: AlgorithmRunner = {
  inputs: ['scores', 'input_ids'],
  params: ['chain'],
  run({ inputs, params }) {
    const chain = (params['chain'] as unknown as readonly (readonly [string, Numbers])[]).map(([name, given]) => {
      const make = processors[name];
      if (make === undefined) throw new NotCovered(`not built: ${name}`);
      return make(given);
    });
    const previous = inputs['input_ids'] as readonly (readonly number[])[];
    const scores = (inputs['scores'] as readonly (readonly number[])[]).map((row, index) => [
      ...processLogits(row, chain, previous[index] ?? []),
    ]);
    return { scores, probs: scores.map(softmax) };
  },
};

function softmax(scores: readonly number[]): number[] {
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function number(given: Numbers, name: string): number {
  const value = given[name];
  if (value === undefined) throw new NotCovered(`not built: a processor without ${name}`);
  return value;
}
