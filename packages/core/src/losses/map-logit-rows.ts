import { joinRows, tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';

// N = rows, C = rows of a chunk, V = vocabulary.

/** Options of the functions of logits. */
export interface LogitsOptions {
  /** Divides the logits, as in sampling. Default 1. */
  readonly temperature?: number;
  /**
   * Rows of the vocabulary worked on at one time; every value is the same for any number. Default: as many as make
   * a quarter of a million logits, at least 1: a chunk then fits the cache, and what is made of it on the way adds
   * a few megabytes.
   */
  readonly chunkRows?: number;
}

/** A function of each row of logits that does not change when a row is shifted, and its gradient. */
export interface RowFunction {
  /** `[C,V]` logits, already divided by the temperature (and then shifted), and the rows of `constants` → `[C]` or `[C,K]`. */
  readonly value: (logits: tf.Tensor2D, constants: readonly tf.Tensor[]) => tf.Tensor;
  /** The same, with the gradient of the value in the shape of the value → the gradient of these logits, `[C,V]`. */
  readonly gradient: (logits: tf.Tensor2D, constants: readonly tf.Tensor[], upstream: tf.Tensor) => tf.Tensor;
}

/**
 * A function of each row of logits, a chunk of rows at a time in both directions. It keeps the logits it was given and
 * nothing else for the backward pass, which makes one array of their size: the gradient.
 *
 * @param caller the function that errors name
 * @param inputs.logits `[...,V]`
 * @param inputs.constants `[...]` or `[...,V]` each: read by the function as they are, without a gradient
 * @returns `[N]` or `[N,K]`, N the product of all sizes but V
 */
export function mapLogitRows(
  inputs: { readonly caller: string; readonly logits: tf.Tensor; readonly constants?: readonly tf.Tensor[] },
  options: LogitsOptions,
  { value, gradient }: RowFunction,
): tf.Tensor {
  const { caller, logits, constants = [] } = inputs;
  const { temperature = 1 } = options;
  checkTemperature(caller, options);
  if (logits.rank < 1) throw new ShapeError(caller, 'logits [...,V]', { logits: logits.shape });
  const vocabulary = logits.shape.at(-1) as number;
  const rows = tf.util.sizeFromShape(logits.shape.slice(0, -1));
  const chunks = chunksOf(rows, checkChunkRows(caller, options, vocabulary));
  const scaled = (all: tf.Tensor, chunk: Chunk): tf.Tensor2D =>
    temperature === 1
      ? (rowsOf(all, chunk) as tf.Tensor2D)
      : // Shifted first: logits far from 0 would be rounded when they are scaled.
        tf.mul(shiftByMaximum(rowsOf(all, chunk)), 1 / temperature);
  return tf.tidy(() => {
    // Only where it must: TensorFlow's backend counts a reshaped tensor as new memory.
    const flat = logits.rank === 2 ? logits : tf.reshape(logits, [rows, vocabulary]);
    const perRow = constants.map((constant) =>
      tf.reshape(constant, constant.rank === logits.rank ? [rows, vocabulary] : [rows]),
    );
    return tf.customGrad((given, save) => {
      const all = given as tf.Tensor;
      // Constants too, not captured: the tidy would free them before the backward pass.
      (save as tf.GradSaveFunc)([all, ...perRow]);
      const parts = chunks.map((chunk) =>
        tf.tidy(() =>
          value(
            scaled(all, chunk),
            perRow.map((constant) => rowsOf(constant, chunk)),
          ),
        ),
      );
      return {
        value: parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, 0),
        gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) => {
          const [kept, ...keptConstants] = saved as [tf.Tensor, ...tf.Tensor[]];
          const pieces = chunks.map((chunk) => () => {
            const here = keptConstants.map((constant) => rowsOf(constant, chunk));
            const slope =
              temperature === 1 ? rowsOf(upstream, chunk) : tf.mul(rowsOf(upstream, chunk), 1 / temperature);
            return gradient(scaled(kept, chunk), here, slope);
          });
          return joinRows([rows, vocabulary], pieces);
        },
      };
    })(flat);
  });
}

/** `x − max(x)` along the last axis; the maximum counts as a constant, which changes no gradient of a softmax. */
export function shiftByMaximum(logits: tf.Tensor): tf.Tensor {
  return tf.sub(logits, tf.max(logits, -1, true));
}

/** `log Σ exp(x)` along the last axis, of logits already shifted. */
export function logSumOfExponentials(shifted: tf.Tensor): tf.Tensor {
  return tf.log(tf.sum(tf.exp(shifted), -1));
}

interface Chunk {
  readonly start: number;
  readonly size: number;
}

// Without rows there is still one chunk, so that shapes come out right.
function chunksOf(rows: number, chunkRows: number): Chunk[] {
  return Array.from({ length: Math.max(1, Math.ceil(rows / chunkRows)) }, (_, index) => ({
    start: index * chunkRows,
    size: Math.min(chunkRows, rows - index * chunkRows),
  }));
}

function rowsOf(tensor: tf.Tensor, { start, size }: Chunk): tf.Tensor {
  return size === tensor.shape[0] ? tensor : tf.slice(tensor, start, size);
}

function checkTemperature(caller: string, { temperature = 1 }: LogitsOptions): void {
  if (!(temperature > 0)) throw new RangeError(`${caller}: temperature must be above 0, given ${temperature}`);
}

function checkChunkRows(caller: string, { chunkRows }: LogitsOptions, vocabulary: number): number {
  if (chunkRows === undefined) return Math.max(1, Math.floor(2 ** 18 / Math.max(1, vocabulary)));
  if (Number.isInteger(chunkRows) && chunkRows > 0) return chunkRows;
  throw new RangeError(`${caller}: chunkRows must be a positive whole number, given ${chunkRows}`);
}
