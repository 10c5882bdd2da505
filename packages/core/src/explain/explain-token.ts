import { tf } from '@rlloom/tensor';
import { aggregateLoss } from '../losses/aggregate-loss.ts';
import type { Aggregated, PolicyLoss, PolicyLossInputs, TokenLosses } from '../losses/policy-loss.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { type GroupStanding, groupStanding, type RewardProvenance } from './group-standing.ts';

/** Which token of which sequence, counted from 0. */
export interface TokenPlace {
  readonly sequence: number;
  readonly token: number;
}

/** A batch as it went into a policy loss, and where its rewards came from. */
export interface ExplainedBatch<Options, Inputs extends PolicyLossInputs> {
  readonly loss: PolicyLoss<Options, string, Inputs>;
  readonly inputs: Inputs;
  readonly options: Options & Aggregated;
  /** Rewards, their parts and groups; without them the explanation starts at the advantage. */
  readonly provenance?: RewardProvenance;
}

/** From one token back to its reward, and forward to its share of the loss. */
export interface TokenExplanation extends TokenPlace {
  /** Reward parts, the reward, and how it stands in its group; `null` without provenance. */
  readonly reward: GroupStanding | null;
  readonly advantage: number;
  /** 1 where the token trains. A token that does not has a contribution and gradient of 0. */
  readonly mask: number;
  readonly logProb: number;
  readonly oldLogProb: number;
  /** As the loss used it: after its clamp, at its level. */
  readonly logRatio: number;
  readonly ratio: number;
  /** Rules of the loss that took hold of this token, e.g. `clipHigh`. */
  readonly rules: readonly string[];
  /** The loss of the token before weights. */
  readonly tokenLoss: number;
  /** Its importance weight; 1 without. */
  readonly importanceWeight: number;
  /** What one unit of its loss adds to the loss of the batch. */
  readonly aggregationWeight: number;
  /** `tokenLoss · importanceWeight · aggregationWeight`: over all tokens these add up to `batchLoss`. */
  readonly contribution: number;
  /** The gradient of the batch's loss for this token's log-prob. */
  readonly gradient: number;
  readonly batchLoss: number;
}

/**
 * Explains one token of a batch: the parts of its reward, how the reward stands in its group, the advantage, the
 * importance ratio, the rule of the loss that held it, its weight in the sum, its share of the loss and its gradient.
 *
 * Works for every policy loss. Reads values, so it is for looking, not for training.
 *
 * @throws RangeError for a place outside the batch
 * @throws ShapeError when shapes of the batch do not fit
 * @example
 * ```ts
 * const batch = {
 *   loss: clippedPolicyLoss,
 *   inputs: {
 *     logProbs: tf.tensor2d([[-1, -2]]),
 *     oldLogProbs: tf.tensor2d([[-2, -2]]),
 *     advantages: tf.tensor1d([1]),
 *     mask: tf.ones<tf.Rank.R2>([1, 2]),
 *   },
 *   options: { aggregation: { mode: 'token-mean' } } as const,
 * };
 * const { rules, tokenLoss, contribution } = await explainToken(batch, { sequence: 0, token: 0 });
 * rules; // => ['clip', 'clipHigh']
 * [tokenLoss.toFixed(2), contribution.toFixed(2)]; // => ['-1.20', '-0.60']
 * ```
 */
export async function explainToken<Options, Inputs extends PolicyLossInputs>(
  batch: ExplainedBatch<Options, Inputs>,
  place: TokenPlace,
): Promise<TokenExplanation> {
  const { sequence, token } = place;
  const [sequences, width] = batch.inputs.mask.shape;
  if (!(sequence >= 0 && sequence < sequences && token >= 0 && token < width)) {
    throw new RangeError(
      `explainToken: sequence ${sequence}, token ${token} is outside the batch of ${sequences} × ${width}`,
    );
  }
  const measured = tf.tidy(() => measure(batch));
  const { rules, ...numbers } = measured;
  const at = async (values: tf.Tensor): Promise<number> => {
    const one = tf.tidy(() => tf.reshape(tf.cast(tf.slice(values, [sequence, token], [1, 1]), 'float32'), [1]));
    const [value = Number.NaN] = await one.data();
    one.dispose();
    return value;
  };
  try {
    const holding: string[] = [];
    for (const [rule, holds] of Object.entries(rules)) {
      if ((await at(holds)) === 1 && (await at(numbers.mask)) === 1) holding.push(rule);
    }
    const tokenLoss = await at(numbers.tokenLoss);
    const importanceWeight = await at(numbers.importanceWeight);
    const aggregationWeight = await at(numbers.aggregationWeight);
    const [batchLoss = Number.NaN] = await numbers.batchLoss.data();
    return {
      sequence,
      token,
      reward: batch.provenance === undefined ? null : groupStanding(batch.provenance, sequence),
      advantage: await at(numbers.advantage),
      mask: await at(numbers.mask),
      logProb: await at(numbers.logProb),
      oldLogProb: await at(numbers.oldLogProb),
      logRatio: await at(numbers.logRatio),
      ratio: Math.exp(await at(numbers.logRatio)),
      rules: holding,
      tokenLoss,
      importanceWeight,
      aggregationWeight,
      contribution: aggregationWeight === 0 ? 0 : tokenLoss * importanceWeight * aggregationWeight,
      gradient: await at(numbers.gradient),
      batchLoss,
    };
  } finally {
    tf.dispose([...Object.values(numbers), ...Object.values(rules)]);
  }
}

function measure<Options, Inputs extends PolicyLossInputs>({ loss, inputs, options }: ExplainedBatch<Options, Inputs>) {
  const { mask, oldLogProbs, advantages, importanceWeights } = inputs;
  const { tokenLoss, logRatio, rules }: TokenLosses = loss.perToken(inputs, options);
  const { value, grad } = tf.valueAndGrad(
    (logProbs: tf.Tensor) => loss({ ...inputs, logProbs: logProbs as tf.Tensor2D }, options).loss,
  )(inputs.logProbs);
  const flat = tf.grad((losses: tf.Tensor) => aggregateLoss(losses as tf.Tensor2D, mask, options.aggregation));
  const trained = (values: tf.Tensor2D) => selectUnmasked(values, mask);
  const spread = advantages.rank === 1 ? tf.add(tf.expandDims(advantages, 1), tf.zerosLike(mask)) : advantages;
  return {
    rules: Object.fromEntries(Object.entries(rules).map(([rule, holds]) => [rule, holds.clone()])),
    tokenLoss: trained(tokenLoss as tf.Tensor2D),
    logRatio: logRatio.clone(),
    mask: mask.clone(),
    logProb: trained(inputs.logProbs),
    oldLogProb: trained(oldLogProbs ?? inputs.logProbs),
    advantage: trained(spread as tf.Tensor2D),
    importanceWeight: importanceWeights === undefined ? tf.onesLike(mask) : trained(importanceWeights),
    aggregationWeight: flat(tf.zerosLike(mask)),
    gradient: grad,
    batchLoss: value,
  };
}
