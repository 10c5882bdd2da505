import type { TokenExplanation } from './explain-token.ts';

/**
 * An explanation as lines for people, from the reward to the gradient.
 *
 * @returns one line per step, without a final line break
 * @example
 * ```ts
 * const batch = {
 *   loss: reinforceLoss,
 *   inputs: { logProbs: tf.tensor2d([[-1]]), advantages: tf.tensor1d([0.5]), mask: tf.ones<tf.Rank.R2>([1, 1]) },
 *   options: { aggregation: { mode: 'token-mean' } } as const,
 *   provenance: { rewards: [1, 0], groups: ['p', 'p'], parts: [{ correct: 0.9, format: 0.1 }, {}] },
 * };
 * const lines = formatExplanation(await explainToken(batch, { sequence: 0, token: 0 })).split('\n');
 * lines[1]; // => 'reward       1 = correct 0.9 + format 0.1'
 * lines[2]; // => 'group        p: 2 rewards, mean 0.5, deviation 0.7071; this one 0.5 above the mean'
 * ```
 */
export function formatExplanation(explanation: TokenExplanation): string {
  const { sequence, token, mask, rules, reward } = explanation;
  const state = mask === 0 ? ' (masked: it does not train)' : '';
  return [
    line('token', `${token} of sequence ${sequence}${state}`),
    ...(reward === null ? [] : rewardLines(reward)),
    line('advantage', number(explanation.advantage)),
    line(
      'ratio',
      `${number(explanation.ratio)} = exp(${number(explanation.logRatio)}); log-prob ${number(explanation.logProb)}, ` +
        `before ${number(explanation.oldLogProb)}`,
    ),
    line('rules', rules.length === 0 ? 'none took hold' : rules.join(', ')),
    line(
      'loss',
      `${number(explanation.contribution)} = ${number(explanation.tokenLoss)} · weight ` +
        `${number(explanation.importanceWeight)} · share ${number(explanation.aggregationWeight)}; ` +
        `the batch costs ${number(explanation.batchLoss)}`,
    ),
    line('gradient', number(explanation.gradient)),
  ].join('\n');
}

function rewardLines(standing: NonNullable<TokenExplanation['reward']>): string[] {
  const { reward, parts, group, groupRewards, mean, deviation, aboveMean } = standing;
  const named = Object.entries(parts).map(([name, part]) => `${name} ${part === null ? 'unverifiable' : number(part)}`);
  const composed = named.length === 0 ? '' : ` = ${named.join(' + ')}`;
  const side =
    aboveMean === null ? '' : `; this one ${number(Math.abs(aboveMean))} ${aboveMean < 0 ? 'below' : 'above'} the mean`;
  return [
    line('reward', `${reward === null ? 'unverifiable' : number(reward)}${composed}`),
    line(
      'group',
      `${group}: ${groupRewards.length} rewards, mean ${number(mean)}, deviation ${number(deviation)}${side}`,
    ),
  ];
}

function line(name: string, text: string): string {
  return `${name.padEnd(12)} ${text}`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(4)));
}
