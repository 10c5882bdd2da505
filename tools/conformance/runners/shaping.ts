import { overlongPenalty, repetitionPenalty } from '@rlloom/core';
import { formatReward } from '@rlloom/rewards';
import { type AlgorithmRunner, type CaseArguments, NotCovered } from '../algorithm-runner.ts';
import { nameOf, numberOf, numbers } from './case-inputs.ts';

type Rewards = (given: CaseArguments) => Promise<number[]> | number[];

/** TRL's ready-made rewards: token counts and ids to core's shaping, texts to a format check. */
export const trlRewards: AlgorithmRunner = {
  inputs: ['completion_ids', 'completions'],
  params: ['reward', 'max_completion_len', 'soft_punish_cache', 'ngram_size', 'max_penalty'],
  async run(given) {
    const reward = nameOf(given.params, 'reward');
    const compute = Object.hasOwn(rewardsByName, reward) ? rewardsByName[reward] : undefined;
    if (compute === undefined) throw new NotCovered(`not built: reward ${reward}`);
    return { rewards: await compute(given) };
  },
};

const rewardsByName: Readonly<Record<string, Rewards>> = {
  soft_overlong_punishment({ inputs, params }) {
    const maxLength = numberOf(params, 'max_completion_len', Number.NaN);
    const bufferLength = numberOf(params, 'soft_punish_cache', Number.NaN);
    return numbers(inputs, 'completion_ids').map((ids) =>
      overlongPenalty(ids.length, { maxLength, bufferLength, beyondMax: 'flat' }),
    );
  },
  repetition_penalty({ inputs, params }) {
    const ngramSize = numberOf(params, 'ngram_size', 3);
    const maxPenalty = numberOf(params, 'max_penalty', -1);
    return numbers(inputs, 'completion_ids').map((ids) => repetitionPenalty(ids, { ngramSize, maxPenalty }));
  },
  // TRL asks for less than our think_tags: nothing need follow the closing tag, which may come again.
  async think_format({ inputs }) {
    const check = formatReward({
      checks: [{ check: 'pattern', name: 'think', pattern: '^<think>(?!.*<think>).*?</think>' }],
    });
    const task = { id: 'fixture', tag: 'format', messages: [] };
    const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
    const scores: number[] = [];
    for (const responseText of numbers<string[]>(inputs, 'completions')) {
      const { score } = await check({ task, responseText, responseTokenCount: 0, stopReason: 'eos' }, context);
      scores.push(score ?? Number.NaN);
    }
    return scores;
  },
};
