import { tf } from '@rlloom/tensor';
import { chooseByWeight, flatIndex } from './choose-by-weight.ts';
import { type Truncation, truncatedWeights } from './truncate.ts';

// B = slots, V = vocabulary.

/** What a function that draws is compiled for; requests of one call share it. */
export interface DrawKind {
  /** `greedy`: all at temperature 0; `plain`: from the whole distribution; `truncated`: by top-k and the like. */
  readonly choice: 'greedy' | 'plain' | 'truncated';
  /** Whether some are at temperature 0. */
  readonly hasGreedy: boolean;
  /** Whether tokens are banned. */
  readonly bans: boolean;
  /** Whether log-probs at temperature 1 are wanted, too. */
  readonly rawLogProbs: boolean;
}

/** How each slot draws. */
export type DrawSettings = {
  /** 0 = greedy. `[B]` */
  readonly temperature: tf.Tensor;
  /** With choice `truncated`. */
  readonly truncation: Truncation | Record<string, never>;
};

/** A token per slot. */
export type DrawnTokens = {
  /** `[B]` int32 */
  readonly tokens: tf.Tensor1D;
  /** At the sampling temperature, before bans and truncation; NaN where the logits are not finite. `[B]` */
  readonly logProbs: tf.Tensor1D;
  /** Under the distribution that was drawn from; 0 for greedy; NaN where every token is banned. `[B]` */
  readonly samplingLogProbs: tf.Tensor1D;
  /** At temperature 1; without the option those at the sampling temperature. `[B]` */
  readonly rawLogProbs: tf.Tensor1D;
};

/**
 * Draws a token per row in float32, by the rules of `sampleToken`: it gives the same token wherever the random number is
 * not within rounding of the bound between two tokens, or a probability within rounding of where a truncation cuts.
 *
 * @param logits `[B,V]`
 * @param input.uniforms in [0, 1), `[B]`
 * @param input.banned with `bans`: true for tokens that are not drawn, `[B,V]`
 */
export function drawTokens(
  logits: tf.Tensor2D,
  input: { readonly uniforms: tf.Tensor; readonly settings: DrawSettings; readonly banned?: tf.Tensor | undefined },
  { choice, hasGreedy, rawLogProbs }: Omit<DrawKind, 'bans'>,
): DrawnTokens {
  const { uniforms, settings, banned } = input;
  const isGreedy = tf.equal(settings.temperature, 0);
  const divisor = tf.reshape(tf.where(isGreedy, tf.onesLike(settings.temperature), settings.temperature), [-1, 1]);
  const all = distribution(logits, divisor);
  const allowed =
    banned === undefined
      ? all
      : distribution(tf.where<tf.Tensor>(banned, tf.scalar(Number.NEGATIVE_INFINITY), logits), divisor);
  const best = hasGreedy ? tf.argMax<tf.Tensor1D>(allowed.scores, 1) : nearlyBest(allowed.scores);
  if (choice === 'greedy') {
    const logProbs = logProbAt(all, best);
    return {
      tokens: best,
      logProbs,
      samplingLogProbs: tf.mul<tf.Tensor1D>(allowed.total, 0),
      rawLogProbs: logProbs,
    };
  }
  const kept =
    choice === 'plain'
      ? allowed
      : withWeights(allowed.scores, truncatedWeights(allowed.scores, settings.truncation as Truncation));
  const drawn = chooseByWeight(kept.weights, uniforms, best);
  const tokens = tf.where(isGreedy, best, drawn);
  const logProbs = logProbAt(all, tokens);
  const sampling = kept === all ? logProbs : logProbAt(kept, tokens);
  return {
    tokens,
    logProbs,
    samplingLogProbs: tf.where<tf.Tensor1D>(isGreedy, tf.mul(kept.total, 0), sampling),
    rawLogProbs: rawLogProbs ? logProbAt(distribution(logits, 1), tokens) : logProbs,
  };
}

interface Distribution {
  /** `(logit − max) / temperature`, `[B,V]` */
  readonly scores: tf.Tensor2D;
  readonly weights: tf.Tensor2D;
  /** `[B]` */
  readonly total: tf.Tensor1D;
}

function distribution(logits: tf.Tensor, divisor: tf.Tensor | number): Distribution {
  const centered = tf.sub<tf.Tensor2D>(logits, tf.max(logits, 1, true));
  const scores = divisor === 1 ? centered : tf.div<tf.Tensor2D>(centered, divisor);
  return withWeights(scores, tf.exp(scores));
}

function withWeights(scores: tf.Tensor2D, weights: tf.Tensor2D): Distribution {
  return { scores, weights, total: tf.sum(weights, 1) };
}

function logProbAt({ scores, total }: Distribution, tokens: tf.Tensor1D): tf.Tensor1D {
  const [rows, size] = scores.shape;
  return tf.sub(tf.gather(tf.reshape(scores, [rows * size]), flatIndex(tokens, size)), tf.log(total));
}

// A minimum of ids is a plain reduction, which vectorizes; that of an argMax does not. XLA may compute a score twice, and
// differently rounded, so none may be 0.
function nearlyBest(scores: tf.Tensor2D): tf.Tensor1D {
  const size = scores.shape[1];
  const ids = tf.where<tf.Tensor>(tf.greater(scores, -1e-3), tf.range(0, size), tf.scalar(size - 1));
  return tf.cast(tf.min<tf.Tensor1D>(ids, 1), 'int32');
}
