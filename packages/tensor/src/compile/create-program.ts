import { tf } from '../tf.ts';
import { createEagerProgram } from './eager-program.ts';
import { createGraphProgram } from './graph-program.ts';
import type { Program } from './program.ts';

/** Options of {@link createProgram}. */
export interface CreateProgramOptions {
  /** `auto`: graphs where the active backend has them. `eager`: never. Default `auto`. */
  readonly mode?: 'auto' | 'eager';
}

/**
 * A program on the active backend: of TensorFlow graphs on the native backends, else one that runs operation by
 * operation.
 *
 * @example
 * ```ts
 * const program = createProgram();
 * program.addVariables({ total: tf.scalar(0) });
 * const add = program.define('add', ({ total }, { x }: { x: tf.Tensor }) => {
 *   const next = tf.add(total, tf.sum(x));
 *   return { outputs: { next }, updates: { total: next } };
 * });
 * await add({ x: tf.tensor1d([1, 2]) });
 * const { next } = await add({ x: tf.tensor1d([3]) });
 * await next.data(); // => Float32Array [6]
 * ```
 */
export function createProgram({ mode = 'auto' }: CreateProgramOptions = {}): Program {
  return mode === 'auto' && hasGraphs() ? createGraphProgram() : createEagerProgram();
}

/** Whether programs on the active backend are graphs. */
export function hasGraphs(): boolean {
  return tf.getBackend() === 'tensorflow';
}
