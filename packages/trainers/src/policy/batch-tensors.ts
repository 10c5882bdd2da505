import type { TrainingSequence } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';

// B = sequences, T = longest sequence, R = most trained tokens in one sequence.

/** Per-token fields of a training sequence that losses may read. */
export type TokenField = 'advantages' | 'oldLogProbs' | 'referenceLogProbs' | 'rolloutLogProbs';

/** A micro-batch as tensors: whole sequences for the model, trained tokens only for the loss. */
export interface BatchTensors {
  /** Right-padded token ids. `[B,T]` int32 */
  readonly tokens: tf.Tensor2D;
  /** 1 where there is a token. `[B,T]` int32 */
  readonly attentionMask: tf.Tensor2D;
  /** Positions of the trained tokens in their row, 0 where unused. `[B,R]` int32 */
  readonly targets: tf.Tensor2D;
  /** 1 where `targets` is used. `[B,R]` */
  readonly mask: tf.Tensor2D;
  /** Fields that every sequence of the batch has. `[B,R]` each */
  readonly fields: Partial<Record<TokenField, tf.Tensor2D>>;
}

const tokenFields: readonly TokenField[] = ['advantages', 'oldLogProbs', 'referenceLogProbs', 'rolloutLogProbs'];

/** Positions of trained tokens; entry 0 of a sequence has nothing before it and never trains. */
export function trainedPositions(sequence: TrainingSequence): number[] {
  const positions: number[] = [];
  for (let t = 1; t < sequence.tokens.length; t++) if (sequence.lossMask[t] === 1) positions.push(t);
  return positions;
}

/**
 * Pads sequences into tensors. The caller owns the result (`disposeBatchTensors`).
 *
 * @param sequences at least one
 * @param padTokenId fills the padding; any valid id, its value has no effect
 */
export function toBatchTensors(sequences: readonly TrainingSequence[], padTokenId: number): BatchTensors {
  const positions = sequences.map(trainedPositions);
  const rows = sequences.length;
  const width = Math.max(...sequences.map((sequence) => sequence.tokens.length));
  const trained = Math.max(1, ...positions.map((list) => list.length));
  const tokens = new Int32Array(rows * width).fill(padTokenId);
  const attentionMask = new Int32Array(rows * width);
  const targets = new Int32Array(rows * trained);
  const mask = new Float32Array(rows * trained);
  sequences.forEach((sequence, row) => {
    tokens.set(sequence.tokens, row * width);
    attentionMask.fill(1, row * width, row * width + sequence.tokens.length);
    targets.set(positions[row] ?? [], row * trained);
    mask.fill(1, row * trained, row * trained + (positions[row]?.length ?? 0));
  });
  const fields: Partial<Record<TokenField, tf.Tensor2D>> = {};
  for (const field of tokenFields) {
    const values = gatherField(sequences, field, { positions, trained });
    if (values !== undefined) fields[field] = tf.tensor2d(values, [rows, trained]);
  }
  return {
    tokens: tf.tensor2d(tokens, [rows, width], 'int32'),
    attentionMask: tf.tensor2d(attentionMask, [rows, width], 'int32'),
    targets: tf.tensor2d(targets, [rows, trained], 'int32'),
    mask: tf.tensor2d(mask, [rows, trained]),
    fields,
  };
}

/** Frees what `toBatchTensors` made. */
export function disposeBatchTensors(batch: BatchTensors): void {
  tf.dispose([batch.tokens, batch.attentionMask, batch.targets, batch.mask, ...Object.values(batch.fields)]);
}

/**
 * Spreads values of trained tokens `[B,R]` back to one array per sequence, 0 where a token does not train.
 *
 * @param sequences the sequences the values belong to, in row order
 * @param values row-major `[B,R]`
 */
export function scatterToSequences(sequences: readonly TrainingSequence[], values: Float32Array): Float32Array[] {
  const width = values.length / Math.max(1, sequences.length);
  return sequences.map((sequence, row) => {
    const spread = new Float32Array(sequence.tokens.length);
    trainedPositions(sequence).forEach((t, r) => {
      spread[t] = values[row * width + r] ?? 0;
    });
    return spread;
  });
}

function gatherField(
  sequences: readonly TrainingSequence[],
  field: TokenField,
  { positions, trained }: { readonly positions: readonly number[][]; readonly trained: number },
): Float32Array | undefined {
  const gathered = new Float32Array(sequences.length * trained);
  for (const [row, sequence] of sequences.entries()) {
    const values = sequence[field];
    if (values === undefined) return undefined;
    positions[row]?.forEach((t, r) => {
      gathered[row * trained + r] = values[t] ?? 0;
    });
  }
  return gathered;
}
