import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';
import { checkTokenTensors, shapesOf } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { offTape } from '../tensors/off-tape.ts';
import { type AggregationOptions, aggregateLoss } from './aggregate-loss.ts';
import type { ImportanceRatioInputs } from './importance-ratio.ts';
import { tokenShare } from './token-share.ts';

/** Inputs of a policy loss. B = sequences, T = tokens. */
export interface PolicyLossInputs extends ImportanceRatioInputs {
  /** Per token `[B,T]`, or per sequence `[B]`. */
  readonly advantages: tf.Tensor2D | tf.Tensor1D;
  /**
   * Constant weights of the token losses `[B,T]`: a correction for the engine that sampled, a mask of tokens or
   * sequences that shall not train although they count in the mean, or their product.
   */
  readonly importanceWeights?: tf.Tensor2D;
}

/** How a policy loss becomes one number; every policy loss takes this beside its own options. */
export interface Aggregated {
  /** How token losses become one number; see `aggregateLoss`. */
  readonly aggregation: AggregationOptions;
}

/** What a policy loss says of each token, `[B,T]` each, before weights and aggregation. */
export interface TokenLosses<Rule extends string = string> {
  readonly tokenLoss: tf.Tensor;
  /** Log of the importance ratio that the loss used. */
  readonly logRatio: tf.Tensor;
  /** Where each rule of the loss (a clip, a mask) took hold. */
  readonly rules: Readonly<Record<Rule, tf.Tensor>>;
}

/**
 * What a policy loss measures, as scalars: for each of its rules the fraction of trained tokens it held, and
 * `approximateKl`, the mean of `log π_old − log π` in nats (k1, how far the update has moved). With
 * `aggregation.tokenCount` given they are shares of the whole batch and add up over its micro-batches.
 */
export type PolicyLossMetrics<Rule extends string = never> = {
  readonly [Name in Rule as `${Name}Fraction`]: tf.Scalar;
} & {
  readonly approximateKl: tf.Scalar;
};

/** A loss that improves a policy from sampled tokens and their advantages. */
export interface PolicyLoss<Options, Rule extends string = never, Inputs extends PolicyLossInputs = PolicyLossInputs> {
  (
    inputs: Inputs,
    options: Options & Aggregated,
  ): { readonly loss: tf.Scalar; readonly metrics: PolicyLossMetrics<Rule> };
  /** The loss of each token before aggregation, and which rules held it; for plots and explanations. */
  perToken(inputs: Inputs, options: Options): TokenLosses<Rule>;
}

/** Inputs of a policy loss as its formula sees them: `[B,T]`, 0 at masked places whatever stood there. */
export interface TokenInputs {
  readonly logProbs: tf.Tensor2D;
  /** `log π_old`, a constant; that of `logProbs` on-policy. */
  readonly oldLogProbs: tf.Tensor2D;
  readonly advantages: tf.Tensor2D;
  readonly mask: tf.Tensor2D;
}

/**
 * Makes a policy loss from its formula per token: checks shapes, clears masked places, spreads advantages over tokens,
 * applies `importanceWeights`, aggregates and measures.
 *
 * @param name of the exported function, for errors
 * @param formula what the loss is per token; runs inside a tidy
 */
export function policyLoss<Options, Rule extends string = never, Inputs extends PolicyLossInputs = PolicyLossInputs>(
  name: string,
  formula: (given: TokenInputs, options: Options, inputs: Inputs) => TokenLosses<Rule>,
): PolicyLoss<Options, Rule, Inputs> {
  const perToken = (inputs: Inputs, options: Options): TokenLosses<Rule> => {
    const { logProbs, oldLogProbs, mask, importanceWeights } = inputs;
    checkTokenTensors(name, {
      logProbs,
      mask,
      ...(oldLogProbs && { oldLogProbs }),
      ...(importanceWeights && { importanceWeights }),
    });
    return tf.tidy(() => {
      const kept = selectUnmasked(logProbs, mask);
      const given = {
        logProbs: kept,
        oldLogProbs: offTape(() => (oldLogProbs === undefined ? kept.clone() : selectUnmasked(oldLogProbs, mask))),
        advantages: offTape(() => selectUnmasked(overTokens(name, inputs), mask)),
        mask,
      };
      return formula(given, options, inputs) as never;
    });
  };
  const loss = (inputs: Inputs, options: Options & Aggregated) =>
    tf.tidy(() => {
      const { mask, importanceWeights } = inputs;
      const { aggregation } = options;
      const { tokenLoss, logRatio, rules } = perToken(inputs, options);
      const weighted =
        importanceWeights === undefined
          ? tokenLoss
          : tf.mul(
              tokenLoss,
              offTape(() => selectUnmasked(importanceWeights, mask)),
            );
      const shares = Object.entries<tf.Tensor>(rules).map(
        ([rule, holds]) => [`${rule}Fraction`, tokenShare(holds, mask, aggregation)] as const,
      );
      return {
        loss: aggregateLoss(weighted as tf.Tensor2D, mask, aggregation),
        metrics: {
          ...Object.fromEntries(shares),
          approximateKl: tokenShare(tf.neg(logRatio), mask, aggregation),
        } as PolicyLossMetrics<Rule>,
      };
    });
  return Object.assign(loss, { perToken });
}

function overTokens(name: string, { advantages, logProbs }: PolicyLossInputs): tf.Tensor2D {
  if (advantages.rank === 1 && advantages.shape[0] === logProbs.shape[0]) {
    return tf.add(tf.expandDims(advantages, 1), tf.zerosLike(logProbs));
  }
  if (advantages.rank === 2 && advantages.shape.every((size, axis) => size === logProbs.shape[axis])) {
    return advantages as tf.Tensor2D;
  }
  throw new ShapeError(name, 'advantages [B] or [B,T]', shapesOf({ advantages, logProbs }));
}
