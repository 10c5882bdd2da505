import { packedTokens, type PackedPlace, packSequences, type TokenPacking } from '@rlloom/models';
import type { TrainingSequence } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import type { MicroBatch } from './micro-batches.ts';
import { roundUpToPowerOfTwo } from './round-up.ts';

// Of the model: P = rows, T = tokens of a row, N = trained tokens in all. Of the loss: B = sequences, R = most trained
// tokens of one sequence.

/** Per-token fields of a training sequence that losses may read. */
export type TokenField = 'advantages' | 'oldLogProbs' | 'referenceLogProbs' | 'rolloutLogProbs' | 'importanceWeights';

/** A micro-batch as tensors: packed rows for the model, one row of trained tokens per sequence for the loss. */
// A type, not an interface, so that compiled functions take it.
export type BatchTensors = {
  /** Token ids. `[P,T]` int32 */
  readonly tokens: tf.Tensor2D;
  /** 1 where there is a token. `[P,T]` int32 */
  readonly attentionMask: tf.Tensor2D;
  /** Which sequence a token belongs to; not there when each row is one sequence. */
  readonly packing?: TokenPacking;
  /** Where the trained tokens are, `row · T + position`; 0 where unused. `[N]` int32 */
  readonly places: tf.Tensor1D;
  /** Which of the N tokens the loss sees where; 0 where unused. `[B,R]` int32 */
  readonly sources: tf.Tensor2D;
  /** 1 where `sources` is used. `[B,R]` */
  readonly mask: tf.Tensor2D;
  /** Fields that every sequence of the batch has. `[B,R]` each */
  readonly fields: Partial<Record<TokenField, tf.Tensor2D>>;
};

/** How many trained tokens the model looks up, and how many places the loss has; what is not used is padding. */
export interface LossShape {
  /** N */
  readonly tokens: number;
  /** B */
  readonly sequences: number;
  /** R */
  readonly width: number;
}

const tokenFields: readonly TokenField[] = [
  'advantages',
  'oldLogProbs',
  'referenceLogProbs',
  'rolloutLogProbs',
  'importanceWeights',
];

/** Positions of trained tokens; entry 0 of a sequence has nothing before it and never trains. */
export function trainedPositions(sequence: TrainingSequence): number[] {
  const positions: number[] = [];
  for (let t = 1; t < sequence.tokens.length; t++) if (sequence.lossMask[t] === 1) positions.push(t);
  return positions;
}

/** The loss's places for the sequences of a pass. */
export function lossShape(sequences: readonly TrainingSequence[], groupSize: number): LossShape {
  const counts = sequences.map((sequence) => trainedPositions(sequence).length);
  return {
    tokens: Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    ),
    sequences: Math.ceil(sequences.length / groupSize) * groupSize,
    width: Math.max(1, ...counts),
  };
}

/** The same rounded up, so that passes over rows of one shape share few. */
export function roundedLossShape(
  { tokens, sequences, width }: LossShape,
  { shape, groupSize }: Pick<MicroBatch, 'shape'> & { readonly groupSize: number },
): LossShape {
  const quarter = Math.ceil((shape[0] * shape[1]) / 4);
  return {
    tokens: Math.ceil(tokens / quarter) * quarter,
    sequences: roundUpToPowerOfTwo(sequences / groupSize) * groupSize,
    width: roundUpToPowerOfTwo(width),
  };
}

/**
 * Sequences as tensors. The caller owns the result (`disposeBatchTensors`).
 *
 * @param sequences at least one
 * @param layout.shape rows and T, and whether rows may hold several sequences, as `formMicroBatches` says
 * @param layout.padTokenId fills the padding; any valid id, its value has no effect
 */
export function toBatchTensors(
  sequences: readonly TrainingSequence[],
  layout: Pick<MicroBatch, 'shape' | 'packs'> & { readonly loss: LossShape; readonly padTokenId: number },
): BatchTensors {
  const { shape, packs, loss, padTokenId } = layout;
  const packed = packSequences(sequences, { rowLength: packs ? shape[1] : 1, padTokenId, atLeast: shape });
  const { packing, ...rows } = packedTokens(packed);
  const isPacked = packed.places.some(({ start }) => start > 0);
  if (!isPacked) tf.dispose(packing);
  const positions = sequences.map(trainedPositions);
  const fields: Partial<Record<TokenField, tf.Tensor2D>> = {};
  for (const field of tokenFields) {
    const values = gatherField(sequences, field, { positions, loss });
    if (values !== undefined) fields[field] = tf.tensor2d(values, [loss.sequences, loss.width]);
  }
  return {
    ...rows,
    ...(isPacked && { packing }),
    ...lossPlaces(positions, { places: packed.places, width: packed.shape[1], loss }),
    fields,
  };
}

/** Frees what `toBatchTensors` made. */
export function disposeBatchTensors(batch: BatchTensors): void {
  tf.dispose(batch);
}

/**
 * Spreads values of trained tokens `[B,R]` back to one array per sequence, 0 where a token does not train.
 *
 * @param sequences the sequences the values belong to, in row order; the first of the B
 * @param values row-major `[B,R]`
 * @param width R
 */
export function scatterToSequences(
  sequences: readonly TrainingSequence[],
  values: Float32Array,
  width: number,
): Float32Array[] {
  return sequences.map((sequence, row) => {
    const spread = new Float32Array(sequence.tokens.length);
    trainedPositions(sequence).forEach((t, r) => {
      spread[t] = values[row * width + r] ?? 0;
    });
    return spread;
  });
}

function lossPlaces(
  positions: readonly number[][],
  {
    places,
    width,
    loss,
  }: { readonly places: readonly PackedPlace[]; readonly width: number; readonly loss: LossShape },
): Pick<BatchTensors, 'places' | 'sources' | 'mask'> {
  const all = new Int32Array(loss.tokens);
  const sources = new Int32Array(loss.sequences * loss.width);
  const mask = new Float32Array(sources.length);
  let next = 0;
  positions.forEach((list, index) => {
    const { row, start } = places[index] as PackedPlace;
    list.forEach((t, r) => {
      all[next] = row * width + start + t;
      sources[index * loss.width + r] = next;
      mask[index * loss.width + r] = 1;
      next += 1;
    });
  });
  const shape: [number, number] = [loss.sequences, loss.width];
  return {
    places: tf.tensor1d(all, 'int32'),
    sources: tf.tensor2d(sources, shape, 'int32'),
    mask: tf.tensor2d(mask, shape),
  };
}

function gatherField(
  sequences: readonly TrainingSequence[],
  field: TokenField,
  { positions, loss }: { readonly positions: readonly number[][]; readonly loss: LossShape },
): Float32Array | undefined {
  const gathered = new Float32Array(loss.sequences * loss.width);
  for (const [row, sequence] of sequences.entries()) {
    const values = sequence[field];
    if (values === undefined) return undefined;
    positions[row]?.forEach((t, r) => {
      gathered[row * loss.width + r] = values[t] ?? 0;
    });
  }
  return gathered;
}
