import { tf, whileLoop } from '@rlloom/tensor';

// B = rows, V = vocabulary.

/** Truncation of each row, float32 `[B]`. */
export type Truncation = {
  /** 0: all. */
  readonly topK: tf.Tensor;
  /** `1 − topP`: the probability that may be removed. */
  readonly removable: tf.Tensor;
  readonly minP: tf.Tensor;
  readonly epsilon: tf.Tensor;
};

/**
 * Weights with those of removed tokens 0: top-k, then top-p, then min-p, then epsilon, as `processLogits` defines them,
 * ties included. No row is sorted: what decides is the lowest score that stays, which is found by halving.
 *
 * @param scores `(logit − max) / temperature`, `[B,V]`: at most 0, and 0 for the most likely token
 * @returns `[B,V]`
 */
export function truncatedWeights(scores: tf.Tensor2D, truncation: Truncation): tf.Tensor2D {
  const size = scores.shape[1];
  const column = (values: tf.Tensor): tf.Tensor => tf.reshape(values, [-1, 1]);
  const isAll = tf.equal(truncation.topK, 0);
  const count = column(tf.where(isAll, tf.fill(truncation.topK.shape, size), truncation.topK));
  const lowest = highestThat(scores, { unless: tf.all(isAll) }, (bound) => {
    const above = tf.sum(tf.cast(tf.greaterEqual(scores, bound), 'float32'), 1, true);
    return tf.greaterEqual(above, count);
  });
  const all = tf.exp(scores);
  const none = tf.zerosLike(all);
  const ofTopK = tf.where(tf.greaterEqual(scores, justBelow(lowest)), all, none);
  const ofTopP = keepTopP(scores, ofTopK, column(truncation.removable));
  const isTop = tf.greaterEqual(scores, -rounding);
  const isProbable = tf.logicalOr(isTop, tf.greaterEqual(all, column(truncation.minP)));
  const ofMinP = tf.where(isProbable, ofTopP, none);
  const least = tf.mul(column(truncation.epsilon), tf.sum(ofMinP, 1, true));
  return tf.where(tf.logicalOr(isTop, tf.greaterEqual(ofMinP, least)), ofMinP, none) as tf.Tensor2D;
}

/** Removes the least likely tokens as long as what is removed stays within a share of the whole. */
function keepTopP(scores: tf.Tensor2D, weights: tf.Tensor, removable: tf.Tensor): tf.Tensor {
  const size = scores.shape[1];
  const none = tf.zerosLike(weights);
  const budget = tf.mul(removable, tf.sum(weights, 1, true));
  const below = (bound: tf.Tensor): tf.Tensor => tf.sum(tf.where(tf.less(scores, bound), weights, none), 1, true);
  // Rounding may let the budget cover all: the top stays.
  const bound = tf.minimum(
    highestThat(scores, { unless: tf.equal(tf.max(removable), 0) }, (middle) => tf.lessEqual(below(middle), budget)),
    0,
  );
  // Of equally likely tokens at the bound those with lower ids go, as far as the budget reaches; one stays.
  const least = justBelow(bound);
  const isAt = tf.logicalAnd(
    tf.logicalAnd(tf.greaterEqual(scores, least), tf.lessEqual(scores, tf.sub(tf.mul(bound, 2), least))),
    tf.greater(weights, 0),
  );
  const count = tf.sum(tf.cast(isAt, 'float32'), 1, true);
  const affordable = tf.floor(tf.div(tf.sub(budget, below(least)), tf.exp(bound)));
  const surplus = tf.maximum(tf.minimum(affordable, tf.sub(count, 1)), 0);
  const ids = tf.range(0, size);
  const firstKept = halve(
    { low: tf.zerosLike(surplus), high: tf.fill(surplus.shape, size) },
    { rounds: Math.ceil(Math.log2(size)) + 1, unless: tf.equal(tf.max(surplus), 0) },
    (middle) => {
      const before = tf.logicalAnd(isAt, tf.less(ids, tf.floor(middle)));
      return tf.lessEqual(tf.sum(tf.cast(before, 'float32'), 1, true), surplus);
    },
  );
  const isGone = tf.logicalOr(tf.less(scores, least), tf.logicalAnd(isAt, tf.less(ids, tf.floor(firstKept))));
  return tf.where(isGone, none, weights);
}

// XLA may compute a score twice, and differently rounded: what is compared with a score that was found leaves room for it.
const rounding = 1e-6;

function justBelow(scores: tf.Tensor): tf.Tensor {
  return tf.sub(tf.mul(scores, 1 + rounding), rounding);
}

// exp of less is 0 in float32: whether such a token stays makes no difference.
const lowestScore = -128;
// Halves 129 until two float32 numbers of the size of a score's rounding are neighbours.
const scoreRounds = 40;

/**
 * The highest score for which `holds`, which is true below a bound of each row and false above; the lowest of all with
 * `unless`. `[B,1]`
 */
function highestThat(
  scores: tf.Tensor2D,
  { unless }: { readonly unless: tf.Tensor },
  holds: (bound: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const shape = [scores.shape[0], 1];
  const range = { low: tf.fill(shape, lowestScore), high: tf.fill(shape, 1) };
  return halve(range, { rounds: scoreRounds, unless }, holds);
}

function halve(
  range: { readonly low: tf.Tensor; readonly high: tf.Tensor },
  { rounds, unless }: { readonly rounds: number; readonly unless: tf.Tensor },
  holds: (middle: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const { low } = whileLoop({
    state: { i: tf.scalar(0, 'int32'), ...range },
    condition: ({ i }) => tf.logicalAnd(tf.less(i, tf.scalar(rounds, 'int32')), tf.logicalNot(unless)),
    body: ({ i, low, high }) => {
      const middle = tf.mul(tf.add(low, high), 0.5);
      const isLow = holds(middle);
      return {
        i: tf.add(i, tf.scalar(1, 'int32')),
        low: tf.where(isLow, middle, low),
        high: tf.where(isLow, high, middle),
      };
    },
  });
  return low;
}
