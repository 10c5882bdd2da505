import { tf } from '@rlloom/tensor';
import { bucketOf } from './buckets.ts';
import type { DrawKind, DrawSettings } from './draw-tokens.ts';
import type { Sequence } from '../sequence.ts';

// B = slots, V = vocabulary, E = most end tokens of a slot.

/** What the sequences of the slots ask for, as tensors. */
export type SlotSettings = DrawSettings & {
  /** Ids that end a sequence, filled up with −1; `[B,E]` int32. */
  readonly endTokens: tf.Tensor;
  /** With bans. */
  readonly bans:
    | {
        /** 1 for tokens that are never drawn, `[B,V]`. */
        readonly suppressed: tf.Tensor;
        /** New tokens before an end token may be drawn, `[B]`. */
        readonly minNewTokens: tf.Tensor;
      }
    | Record<string, never>;
};

/** The kind of drawing that serves all of them. */
export function drawKindOf(sequences: readonly Sequence[], rawLogProbs: boolean): DrawKind {
  const all = sequences.map(({ sampling }) => sampling);
  const drawing = all.filter(({ temperature }) => temperature > 0);
  const truncates = drawing.some(
    ({ topK, topP, minP, epsilonCutoff = 0 }) => topK > 0 || topP < 1 || minP > 0 || epsilonCutoff > 0,
  );
  return {
    choice: drawing.length === 0 ? 'greedy' : truncates ? 'truncated' : 'plain',
    hasGreedy: drawing.length < all.length,
    bans: sequences.some(
      ({ sampling: { suppressTokens = [], minNewTokens = 0 }, endTokens }) =>
        suppressTokens.length > 0 || (minNewTokens > 0 && endTokens.length > 0),
    ),
    rawLogProbs: rawLogProbs && drawing.some(({ temperature }) => temperature !== 1),
  };
}

/** The settings of slots; the caller owns the tensors. */
export function slotSettings(
  slots: readonly (Sequence | undefined)[],
  { choice, bans }: DrawKind,
  vocabularySize: number,
): SlotSettings {
  const each = (value: (sequence: Sequence) => number, empty = 0): tf.Tensor =>
    tf.tensor1d(
      slots.map((sequence) => (sequence === undefined ? empty : value(sequence))),
      'float32',
    );
  const most = bucketOf(Math.max(1, ...slots.map((sequence) => sequence?.endTokens.length ?? 0)));
  const ends = slots.flatMap((sequence) => Array.from({ length: most }, (_, i) => sequence?.endTokens[i] ?? -1));
  return {
    temperature: each(({ sampling }) => sampling.temperature),
    truncation:
      choice === 'truncated'
        ? {
            topK: each(({ sampling }) => sampling.topK),
            removable: each(({ sampling }) => 1 - sampling.topP),
            minP: each(({ sampling }) => sampling.minP),
            epsilon: each(({ sampling }) => sampling.epsilonCutoff ?? 0),
          }
        : {},
    endTokens: tf.tensor2d(ends, [slots.length, most], 'int32'),
    bans: bans
      ? {
          suppressed: suppressedTokens(slots, vocabularySize),
          minNewTokens: each(({ sampling }) => sampling.minNewTokens ?? 0),
        }
      : {},
  };
}

function suppressedTokens(slots: readonly (Sequence | undefined)[], size: number): tf.Tensor {
  const values = new Float32Array(slots.length * size);
  for (const [slot, sequence] of slots.entries()) {
    for (const token of sequence?.sampling.suppressTokens ?? []) values[slot * size + token] = 1;
  }
  return tf.tensor2d(values, [slots.length, size]);
}

/**
 * Tokens that cannot be drawn now: those to suppress, and end tokens while too few were written.
 *
 * @param written new tokens of each slot so far, `[B]`
 * @returns bool `[B,V]`
 */
export function bannedTokens({ endTokens, bans }: SlotSettings, size: number, written: tf.Tensor): tf.Tensor {
  const { suppressed, minNewTokens } = bans as Exclude<SlotSettings['bans'], Record<string, never>>;
  const [slots, most] = endTokens.shape as [number, number];
  const ids = tf.range(0, size, 1, 'int32');
  const ends = tf
    .split(endTokens, most, 1)
    .map((end) => tf.equal(ids, tf.reshape(end, [slots, 1])))
    .reduce((any, isEnd) => tf.logicalOr(any, isEnd));
  const isEarly = tf.reshape(tf.less(written, minNewTokens), [slots, 1]);
  return tf.logicalOr(tf.greater(suppressed, 0), tf.logicalAnd(ends, isEarly));
}

/** Whether each slot's token ends its sequence; bool `[B]`. */
export function endsAt({ endTokens }: SlotSettings, tokens: tf.Tensor): tf.Tensor {
  return tf.any(tf.equal(endTokens, tf.reshape(tokens, [-1, 1])), 1);
}
