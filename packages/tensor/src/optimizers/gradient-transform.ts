import type { ParameterTree } from '../parameter-tree.ts';
import type { tf } from '../tf.ts';

/**
 * A number that changes from step to step: a number, or a scalar tensor `[]` where the computation is recorded once and
 * run often.
 */
export type Coefficient = number | tf.Scalar;

/**
 * What a transform remembers between updates: flat, so that a checkpoint is these tensors in a safetensors file
 * and these numbers in JSON. A per-parameter tensor is named `slot/parameter`.
 */
export interface TransformState {
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
  readonly scalars: Readonly<Record<string, number>>;
}

/** The numbers of one step, and those to remember for the next. */
export interface StepCoefficients {
  readonly coefficients: Readonly<Record<string, number>>;
  readonly scalars: Readonly<Record<string, number>>;
}

/** What an update may look at beside the gradient. */
export interface UpdateContext {
  /** The parameters before the update. Every name of the updates must be here. They stay the caller's. */
  readonly parameters: ParameterTree;
  /** What `coefficients` of the transform gave for this step, as numbers or as scalar tensors. They stay the caller's. */
  readonly coefficients: Readonly<Record<string, Coefficient>>;
}

/** The updates, and the tensors to remember, after one step; both belong to the caller. */
export interface TransformUpdate {
  readonly updates: ParameterTree;
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
}

/**
 * One step of an optimizer as a function of gradients, in the manner of optax: small transforms chained into an
 * optimizer, state passed in and out. {@link optimizerStep} takes a whole step.
 *
 * A step has two halves, so that it can be recorded as a graph: `coefficients` computes, in double precision and without
 * a tensor, every number that depends on the step; `update` computes with tensors, reads no value of one, and takes
 * these numbers as they are or as scalar tensors.
 *
 * Ownership moves with the values: `update` takes over the tensors of `updates` and of `tensors` (it frees them or
 * hands them on) and leaves the context alone; what it returns belongs to the caller. What others still use goes in as
 * a clone.
 */
export interface GradientTransform {
  /** The state before the first update. */
  init(parameters: ParameterTree): TransformState;
  /** The numbers of the next step, from those remembered. The names are the same at every step. */
  coefficients(scalars: TransformState['scalars'], step: { readonly learningRate: number }): StepCoefficients;
  /** One step: what to add to the parameters, and the tensors for the next step. */
  update(updates: ParameterTree, tensors: TransformState['tensors'], context: UpdateContext): TransformUpdate;
}
