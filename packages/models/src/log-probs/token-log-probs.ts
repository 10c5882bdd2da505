import { RlloomError } from '@rlloom/spec';
import { type ParameterTree, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import { type ForwardOptions, forwardHidden, outputWeight, type PaddedTokens } from '../forward-hidden.ts';
import { selectedLogProbs } from './selected-log-probs.ts';

// B = sequences, T = tokens, R = tokens looked up per sequence, H = hidden size.

/** What {@link tokenLogProbs} reads. */
export interface TokenLogProbsInput extends PaddedTokens {
  /** Positions of the tokens in question in their row, 1..T−1; 0 = unused. `[B,R]` int32. Default: 1..T−1 of every row. */
  readonly targets?: tf.Tensor2D | undefined;
  /**
   * The tokens in question in the place of `targets`, wherever they stand: `row · T + position`; 0 = unused. `[N]` int32.
   * What is returned is `[1,N]` then.
   */
  readonly places?: tf.Tensor1D | undefined;
}

/** Options of {@link tokenLogProbs}. */
export interface TokenLogProbsOptions extends ForwardOptions {
  /** Divides the logits. Default 1. */
  readonly temperature?: number;
  /** Rows whose logits exist at one time. Default: as many as make 8 million logits, at least 64. */
  readonly chunkSize?: number;
  /** Return entropies too. Default false. */
  readonly entropy?: boolean;
  /** Whether the entropies have a gradient; one that is not wanted costs some passes over all logits. Default true. */
  readonly trainsEntropy?: boolean;
  /** Whether the output layer has a gradient; one that is not wanted costs a third of its backward pass. Default true. */
  readonly trainsOutput?: boolean;
}

/** What {@link tokenLogProbs} returns; the caller owns the tensors. */
export type TokenLogProbs = {
  /** `[B,R]`, or `[1,N]` with `places` */
  readonly logProbs: tf.Tensor2D;
  /** Entropy of the distribution each token was drawn from, in nats; in the shape of `logProbs`. */
  readonly entropies?: tf.Tensor2D;
};

/**
 * Log-probs of given tokens given those before them, `log softmax(logits / temperature)`, and the entropies of the
 * distributions. 0 where a target is unused, or it or the token before it is padding, or of another packed sequence.
 *
 * Differentiable in the parameters through both. Logits are computed only for the rows in question and in chunks, so
 * `[B·T, vocabulary]` is never held. Static shapes and no read-back.
 *
 * @throws RlloomError kind `config` for a temperature or chunk size that is not positive, or rows of one token
 */
// eslint-disable-next-line @typescript-eslint/max-params -- model (config, parameters), data, options: the order of all functions here
export function tokenLogProbs(
  config: ModelConfig,
  parameters: ParameterTree,
  input: TokenLogProbsInput,
  options: TokenLogProbsOptions = {},
): TokenLogProbs {
  const [batch, time] = input.tokens.shape;
  const { temperature = 1, entropy = false, trainsEntropy = true, trainsOutput = true } = options;
  const chunkSize = options.chunkSize ?? Math.max(64, Math.floor(2 ** 23 / config.vocabularySize));
  check({ temperature, chunkSize, time });
  return tf.tidy(() => {
    const { previous, targets } = lookUp(input);
    const shape: [number, number] = input.places === undefined ? [batch, previous.size / batch] : [1, previous.size];
    const flat = (tensor: tf.Tensor2D): tf.Tensor1D => tf.reshape(tensor, [batch * time]);
    const hidden = forwardHidden(config, parameters, input, options);
    const both = selectedLogProbs(
      {
        hidden: tf.gather(tf.reshape<tf.Rank.R2>(hidden, [batch * time, config.hiddenSize]), previous),
        weight: outputWeight(config, parameters),
        ids: tf.gather(flat(input.tokens), targets),
      },
      {
        temperature,
        softCap: config.logitSoftCap,
        chunkSize,
        trainsWeight: trainsOutput,
        trainsEntropy: entropy && trainsEntropy,
      },
    );
    const isToken = tf.cast(flat(input.attentionMask), 'bool');
    const isUsed = tf.logicalAnd(tf.notEqual(previous, targets), continues(input, { previous, targets }));
    const valid = tf.logicalAnd(isUsed, tf.logicalAnd(tf.gather(isToken, previous), tf.gather(isToken, targets)));
    // Not a product with 0: what stands at padding may be anything.
    const column = (index: number): tf.Tensor2D =>
      tf.reshape(tf.where(valid, tf.reshape(tf.slice(both, [0, index], [-1, 1]), [-1]), tf.zeros([valid.size])), shape);
    return { logProbs: column(0), ...(entropy ? { entropies: column(1) } : {}) };
  });
}

/** Whether a target is of the same sequence as the token before it. */
function continues({ packing }: TokenLogProbsInput, { previous, targets }: ReturnType<typeof lookUp>): tf.Tensor {
  if (packing === undefined) return tf.scalar(true, 'bool');
  const segments = tf.reshape<tf.Rank.R1>(packing.segments, [packing.segments.size]);
  return tf.equal(tf.gather(segments, previous), tf.gather(segments, targets));
}

// Places in the flattened [B·T] of the tokens in question and of those before them; the same place twice = unused.
function lookUp({ tokens, targets, places }: TokenLogProbsInput): { previous: tf.Tensor1D; targets: tf.Tensor1D } {
  const [batch, time] = tokens.shape;
  if (places !== undefined) {
    return { previous: tf.maximum(tf.sub(places, tf.scalar(1, 'int32')), tf.scalar(0, 'int32')), targets: places };
  }
  const wanted = targets ?? tf.tile(tf.reshape(tf.range(1, time, 1, 'int32'), [1, time - 1]), [batch, 1]);
  const starts = tf.reshape(tf.range(0, batch * time, time, 'int32'), [batch, 1]);
  const zero = tf.scalar(0, 'int32');
  const before = tf.maximum(tf.sub(wanted, tf.scalar(1, 'int32')), zero);
  return {
    previous: tf.reshape(tf.add(before, starts), [-1]),
    targets: tf.reshape(tf.add(wanted, starts), [-1]),
  };
}

function check({ temperature, chunkSize, time }: { temperature: number; chunkSize: number; time: number }): void {
  const what = !(temperature > 0)
    ? `the temperature must be above 0, given ${temperature}`
    : !(Number.isInteger(chunkSize) && chunkSize > 0)
      ? `the chunk size must be a positive whole number, given ${chunkSize}`
      : time < 2
        ? 'the first token of a sequence has no log-prob: sequences need at least two tokens'
        : undefined;
  if (what !== undefined) throw new RlloomError('config', { what });
}
