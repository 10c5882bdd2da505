import type { ParameterTree } from '../parameter-tree.ts';
import type { GradientTransform, TransformState } from './gradient-transform.ts';

/** What a step starts from. */
export interface OptimizerStepInput {
  /** Taken over: freed, or handed on. */
  readonly gradients: ParameterTree;
  /** Those before the step; they stay the caller's. */
  readonly parameters: ParameterTree;
  readonly learningRate: number;
}

/** The updates and the state after one step; both belong to the caller. */
export interface TransformResult {
  /** What to add to the parameters: `applyUpdates`. */
  readonly updates: ParameterTree;
  readonly state: TransformState;
}

/**
 * One step of an optimizer: its coefficients, then its update. Takes over the tensors of `state`.
 *
 * @throws RlloomError kind `checkpoint` when the state is another optimizer's
 * @example
 * ```ts
 * const parameters = { w: tf.scalar(2) };
 * const optimizer = sgd();
 * const gradients = { w: tf.scalar(3) };
 * const state = optimizer.init(parameters);
 * const { updates } = optimizerStep(optimizer, state, { gradients, parameters, learningRate: 0.5 });
 * await updates.w.data(); // => Float32Array [-1.5]
 * ```
 */
export function optimizerStep(
  optimizer: GradientTransform,
  state: TransformState,
  { gradients, parameters, learningRate }: OptimizerStepInput,
): TransformResult {
  const { coefficients, scalars } = optimizer.coefficients(state.scalars, { learningRate });
  const { updates, tensors } = optimizer.update(gradients, state.tensors, { parameters, coefficients });
  return { updates, state: { tensors, scalars } };
}
