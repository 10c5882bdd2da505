import { after, scatterAdd, tf } from '@rlloom/tensor';
import { softCap } from '../decoder/soft-cap.ts';

// N = rows, C = rows of a chunk, V = vocabulary, H = hidden size.

/** Rows of hidden states and what to look up in them. */
export interface SelectedLogProbsInput {
  /** `[N,H]` */
  readonly hidden: tf.Tensor2D;
  /** The output layer, `[V,H]`. */
  readonly weight: tf.Tensor2D;
  /** The token to look up per row, `[N]` int32. */
  readonly ids: tf.Tensor1D;
}

/** How {@link selectedLogProbs} computes. */
export interface SelectedLogProbsOptions {
  /** Divides the logits; above 0. */
  readonly temperature: number;
  /** `c`: logits are `c · tanh(logits / c)` before that; `null`: as they are. */
  readonly softCap: number | null;
  /** Rows whose logits exist at one time. */
  readonly chunkSize: number;
  /** Whether the weight has a gradient. */
  readonly trainsWeight: boolean;
  /** Whether the entropies have a gradient. */
  readonly trainsEntropy: boolean;
}

/**
 * Per row the log-prob of one token (column 0) and the entropy of the distribution (column 1), `[N,2]`. Logits exist
 * for one chunk of rows at a time, and are computed again for the gradient.
 *
 * With `z = h·Wᵀ/τ`, or `c·tanh(h·Wᵀ/c)/τ` with a soft cap, and `p = softmax(z)`: `log p_y = z_y − logsumexp(z)`, `H = logsumexp(z) − Σ p·z`,
 * `∂ log p_y/∂z_j = [j=y] − p_j`, `∂H/∂z_j = −p_j·(log p_j + H)`.
 */
export function selectedLogProbs(input: SelectedLogProbsInput, options: SelectedLogProbsOptions): tf.Tensor2D {
  const compute = tf.customGrad((...given) => {
    const hidden = given[0] as tf.Tensor2D;
    const save = given.at(-1) as unknown as tf.GradSaveFunc;
    const { value, rows } = forward({ ...input, hidden }, options);
    save([input.weight, input.ids, value, ...rows]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [weight, ids, output, ...chunks] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, ...tf.Tensor2D[]];
        return backward({ weight, ids, output, rows: chunks, dy: dy as tf.Tensor2D }, options);
      },
    };
  });
  return options.trainsWeight ? compute(input.hidden, input.weight) : compute(input.hidden);
}

interface Chunk {
  readonly start: number;
  readonly size: number;
}

// A graph takes up the next chunk when it is done with the one before.
function forward(
  { hidden, weight, ids }: SelectedLogProbsInput,
  options: SelectedLogProbsOptions,
): { readonly value: tf.Tensor2D; readonly rows: readonly tf.Tensor2D[] } {
  const rows: tf.Tensor2D[] = [];
  const parts: tf.Tensor2D[] = [];
  for (const chunk of chunksOf(hidden.shape[0], options.chunkSize)) {
    const own = after(parts.at(-1), rowsOf(hidden, chunk));
    rows.push(own);
    parts.push(
      tf.tidy(() => {
        const { logProbs } = logSoftmax(own, weight, options);
        const entropies = tf.neg(tf.sum(tf.mul(tf.exp(logProbs), logProbs), 1));
        return tf.stack([selectPerRow(logProbs, rowsOf(ids, chunk)), entropies], 1) as tf.Tensor2D;
      }),
    );
  }
  return { value: tf.concat(parts, 0), rows };
}

/** What the gradient is computed from. */
interface BackwardInput extends Omit<SelectedLogProbsInput, 'hidden'> {
  /** Of each chunk, `[C,H]`. */
  readonly rows: readonly tf.Tensor2D[];
  readonly output: tf.Tensor2D;
  readonly dy: tf.Tensor2D;
}

function backward(input: BackwardInput, options: SelectedLogProbsOptions): tf.Tensor[] {
  const { weight, ids } = input;
  const scaled = tf.mul(input.dy, 1 / options.temperature);
  let dWeight: tf.Tensor2D | undefined;
  let before: tf.Tensor | undefined;
  const dHidden = chunksOf(ids.size, options.chunkSize).map((chunk, index) => {
    const rows = input.rows[index] as tf.Tensor2D;
    const [dRows, sum] = tf.tidy((): [tf.Tensor2D, tf.Tensor2D?] => {
      const { logProbs, capped } = logSoftmax(rows, weight, options);
      const ofChunk = after(before, tf.slice(scaled, [chunk.start, 0], [chunk.size, 2]));
      const part = (column: number) => tf.slice(ofChunk, [0, column], [chunk.size, 1]);
      const dLogProb = part(0);
      const ofEntropy = (): tf.Tensor => {
        const entropy = tf.slice(input.output, [chunk.start, 1], [chunk.size, 1]);
        return tf.mul(part(1), tf.add(logProbs, entropy));
      };
      const perProbability = options.trainsEntropy ? tf.add(dLogProb, ofEntropy()) : dLogProb;
      const perLogit = tf.mul<tf.Tensor2D>(tf.exp(logProbs), tf.neg(perProbability));
      const dCapped = scatterAdd(perLogit, selectedPlaces(rowsOf(ids, chunk)), tf.reshape(dLogProb, [chunk.size]));
      const dLogits = options.softCap === null ? dCapped : tf.mul(dCapped, capSlope(capped, options.softCap));
      const dRows = tf.matMul<tf.Tensor2D>(dLogits, weight);
      if (!options.trainsWeight) return [dRows];
      const dOfChunk = tf.matMul<tf.Tensor2D>(dLogits, rows, true, false);
      return [dRows, dWeight === undefined ? dOfChunk : tf.add(dWeight, dOfChunk)];
    });
    dWeight?.dispose();
    dWeight = sum;
    before = sum ?? dRows;
    return dRows;
  });
  return [tf.concat(dHidden, 0), ...(dWeight === undefined ? [] : [dWeight])];
}

function logSoftmax(
  rows: tf.Tensor2D,
  weight: tf.Tensor2D,
  options: SelectedLogProbsOptions,
): { readonly logProbs: tf.Tensor2D; readonly capped: tf.Tensor2D } {
  const capped = softCap(tf.matMul<tf.Tensor2D>(rows, weight, false, true), options.softCap);
  const logits = options.temperature === 1 ? capped : tf.mul(capped, 1 / options.temperature);
  const shifted = tf.sub<tf.Tensor2D>(logits, tf.max(logits, 1, true));
  return { logProbs: tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true))), capped };
}

// The derivative of y = c·tanh(x/c), from y: 1 − (y/c)².
function capSlope(capped: tf.Tensor2D, cap: number): tf.Tensor2D {
  return tf.sub(1, tf.square(tf.mul(capped, 1 / cap)));
}

// The entry of each row at its id: `[C,V], [C] → [C]`.
function selectPerRow(values: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor1D {
  const [rows, columns] = values.shape;
  const starts = tf.tensor1d(
    Int32Array.from({ length: rows }, (_, row) => row * columns),
    'int32',
  );
  return tf.gather(tf.reshape(values, [rows * columns]), tf.add(starts, ids));
}

// The coordinates of those entries: `[C] → [C,2]`.
function selectedPlaces(ids: tf.Tensor1D): tf.Tensor2D {
  return tf.stack([tf.range(0, ids.size, 1, 'int32'), ids], 1) as tf.Tensor2D;
}

function rowsOf<Shape extends tf.Tensor>(tensor: Shape, { start, size }: Chunk): Shape {
  if (start === 0 && size === tensor.shape[0]) return tensor;
  return tf.slice(tensor, start, size);
}

function chunksOf(rows: number, chunkSize: number): Chunk[] {
  return Array.from({ length: Math.ceil(rows / chunkSize) }, (_, i) => ({
    start: i * chunkSize,
    size: Math.min(chunkSize, rows - i * chunkSize),
  }));
}
