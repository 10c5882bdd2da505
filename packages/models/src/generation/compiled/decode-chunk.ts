import { type BodyResult, type ParameterTree, tf, updateSlice, whileLoop } from '@rlloom/tensor';
import type { ModelConfig } from '../../config/model-config.ts';
import { runDecoder } from '../../decoder/decoder.ts';
import { logits } from '../../forward-hidden.ts';
import { type CacheState, layersIn, updatesOf } from './cache-state.ts';
import { columnCache } from './column-cache.ts';
import { type DrawKind, drawTokens } from './draw-tokens.ts';
import { fuseWeights } from './fuse-weights.ts';
import { bannedTokens, endsAt, type SlotSettings } from './slot-settings.ts';

// B = slots, N = most rounds of a call, V = vocabulary.

/** What the loop starts from. */
export type ChunkInputs = {
  /** The last token of each slot, which is not in the cache yet. `[B]` int32 */
  readonly tokens: tf.Tensor;
  /** The column where that token goes; scalar, int32. */
  readonly column: tf.Tensor;
  /** The column of each slot's first token, float32 `[B]`. */
  readonly first: tf.Tensor;
  /** How many tokens each slot may still draw; 0 where none runs. Float32 `[B]` */
  readonly remaining: tf.Tensor;
  /** New tokens of each slot so far, float32 `[B]`. */
  readonly written: tf.Tensor;
  /** Most rounds, scalar int32. */
  readonly rounds: tf.Tensor;
  /** The loop ends when no more slots than these run, scalar float32. */
  readonly enough: tf.Tensor;
  /** A number in [0, 1) per round and slot, `[N,B]`. */
  readonly uniforms: tf.Tensor;
  readonly settings: SlotSettings;
};

/** What it drew; rows from `rounds` on have no meaning. */
export type ChunkOutputs = {
  /** Rounds done, scalar int32. */
  readonly rounds: tf.Tensor;
  /** `[N,B]` int32 */
  readonly tokens: tf.Tensor;
  /** Log-probs, sampling log-probs, raw log-probs; `[N,B]` each. */
  readonly logProbs: tf.Tensor;
  readonly samplingLogProbs: tf.Tensor;
  readonly rawLogProbs: tf.Tensor;
};

/**
 * The token loop: reads the last token of every slot, draws the next, and so on, until a limit of rounds or until enough
 * slots have ended. Keys and values go to the variables of `state`.
 */
export function decodeChunk(config: ModelConfig, state: CacheState, kind: DrawKind) {
  return (variables: ParameterTree, inputs: ChunkInputs): BodyResult<ChunkOutputs> => {
    const { settings } = inputs;
    const model = fuseWeights(config, variables);
    const one = tf.scalar(1, 'int32');
    const [most, slots] = inputs.uniforms.shape as [number, number];
    const numbers = (): tf.Tensor => tf.zeros([most, slots]);
    const end = whileLoop({
      state: {
        round: tf.scalar(0, 'int32'),
        tokens: inputs.tokens,
        remaining: inputs.remaining,
        keys: layersIn(variables, state.keys),
        values: layersIn(variables, state.values),
        drawn: {
          tokens: tf.zeros([most, slots], 'int32'),
          logProbs: numbers(),
          samplingLogProbs: numbers(),
          rawLogProbs: numbers(),
        },
      },
      condition: ({ round, remaining }) => {
        const running = tf.sum(tf.cast(tf.greater(remaining, 0), 'float32'));
        return tf.logicalAnd(tf.less(round, inputs.rounds), tf.greater(running, inputs.enough));
      },
      body: ({ round, tokens, remaining, keys, values, drawn }) => {
        const column = tf.add(inputs.column, round);
        const cache = columnCache({ keys, values }, { column, first: inputs.first });
        const { hidden } = runDecoder(model.config, model.parameters, {
          tokens: tf.reshape(tokens, [slots, 1]),
          positions: tf.maximum(tf.sub(tf.cast(column, 'float32'), inputs.first), 0),
          past: cache,
          rotatesInParts: true,
        });
        const written = tf.add(inputs.written, tf.cast(round, 'float32'));
        const banned = kind.bans ? bannedTokens(settings, config.vocabularySize, written) : undefined;
        const uniforms = tf.reshape(tf.gather(inputs.uniforms, tf.reshape(round, [1])), [slots]);
        const next = drawTokens(logits(config, variables, hidden), { uniforms, settings, banned }, kind);
        const put = (all: tf.Tensor, row: tf.Tensor): tf.Tensor =>
          updateSlice(all, tf.reshape(row, [1, slots]), { axis: 0, start: round });
        return {
          round: tf.add(round, one),
          tokens: next.tokens,
          remaining: tf.where(endsAt(settings, next.tokens), tf.zerosLike(remaining), tf.sub(remaining, 1)),
          keys: cache.keys,
          values: cache.values,
          drawn: {
            tokens: put(drawn.tokens, next.tokens),
            logProbs: put(drawn.logProbs, next.logProbs),
            samplingLogProbs: put(drawn.samplingLogProbs, next.samplingLogProbs),
            rawLogProbs: put(drawn.rawLogProbs, next.rawLogProbs),
          },
        };
      },
    });
    return { outputs: { rounds: end.round, ...end.drawn }, updates: updatesOf(state, end) };
  };
}
