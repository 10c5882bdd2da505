import { type BodyResult, type ParameterTree, tf, updateSlice } from '@rlloom/tensor';
import type { ModelConfig } from '../../config/model-config.ts';
import { type CacheState, layersIn, updatesOf } from './cache-state.ts';
import { type DrawKind, type DrawnTokens, drawTokens } from './draw-tokens.ts';
import type { PromptOutputs } from './read-prompts.ts';
import { bannedTokens, type SlotSettings } from './slot-settings.ts';

// B = slots, R = prompts that were read, T = their columns, K = key-value heads.

/** Which prompts go where. */
export type PlaceInputs = {
  readonly read: PromptOutputs;
  /** The prompt of each slot; any one for slots that take none. `[B]` int32 */
  readonly rows: tf.Tensor;
  /** The same for heads: the row of `read` of each head of each slot, `[B·K]` int32. */
  readonly heads: tf.Tensor;
  /** 1 for heads of slots that take a prompt, `[B·K]`. */
  readonly isPlaced: tf.Tensor;
  /** The column where the block of prompts begins; scalar int32. */
  readonly start: tf.Tensor;
  /** `[B]` */
  readonly uniforms: tf.Tensor;
  readonly settings: SlotSettings;
};

/** Copies prompts into slots and draws the first token of each; what it draws for other slots has no meaning. */
export function placePrompts(config: ModelConfig, state: CacheState, kind: DrawKind) {
  return (variables: ParameterTree, inputs: PlaceInputs): BodyResult<DrawnTokens> => {
    const { read, rows, heads, start, uniforms, settings } = inputs;
    const isPlaced = tf.reshape(tf.greater(inputs.isPlaced, 0), [-1, 1, 1]);
    const place = (cached: tf.Tensor3D, layer: number, prompts: readonly tf.Tensor[]): tf.Tensor => {
      const block = tf.gather(prompts[layer] as tf.Tensor, heads);
      return tf.where(isPlaced, updateSlice(cached, block, { axis: 1, start }), cached);
    };
    const logits = tf.gather(read.logits as tf.Tensor2D, rows);
    const banned = kind.bans ? bannedTokens(settings, config.vocabularySize, tf.zerosLike(uniforms)) : undefined;
    return {
      outputs: drawTokens(logits, { uniforms, settings, banned }, kind),
      updates: updatesOf(state, {
        keys: layersIn(variables, state.keys).map((cached, layer) => place(cached, layer, read.keys)),
        values: layersIn(variables, state.values).map((cached, layer) => place(cached, layer, read.values)),
      }),
    };
  };
}
