import { RlloomError } from '@rlloom/spec';
import type { ParameterTree } from '../parameter-tree.ts';
import type { tf } from '../tf.ts';

/**
 * What a transform remembers between updates: flat, so that a checkpoint is these tensors in a safetensors file
 * and these numbers in JSON. A per-parameter tensor is named `slot/parameter`.
 */
export interface TransformState {
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
  readonly scalars: Readonly<Record<string, number>>;
}

/** What an update may look at beside the gradient. */
export interface UpdateContext {
  /** The parameters before the update. Every name of the updates must be here. They stay the caller's. */
  readonly parameters: ParameterTree;
  /** The learning rate of this step. */
  readonly learningRate: number;
}

/** The updates and the state after one step; both belong to the caller. */
export interface TransformResult {
  readonly updates: ParameterTree;
  readonly state: TransformState;
}

/**
 * One step of an optimizer as a function of gradients, in the manner of optax: small transforms chained into an
 * optimizer, state passed in and out.
 *
 * Ownership moves with the values: `update` takes over the tensors of `updates` and of `state` (it frees them or
 * hands them on) and leaves `context.parameters` alone; what it returns belongs to the caller.
 */
export interface GradientTransform {
  /** The state before the first update. */
  init(parameters: ParameterTree): TransformState;
  /** One step: what to add to the parameters, and the state for the next step. */
  update(updates: ParameterTree, state: TransformState, context: UpdateContext): TransformResult;
}

/** The state of a transform that remembers nothing. */
export const emptyState: TransformState = { tensors: {}, scalars: {} };

/**
 * The tensor `name` of a state.
 *
 * @throws RlloomError kind `checkpoint` when the state has none: it is another optimizer's
 */
export function stateTensor(state: TransformState, name: string): tf.Tensor {
  return state.tensors[name] ?? missing(name);
}

/**
 * The number `name` of a state.
 *
 * @throws RlloomError kind `checkpoint` when the state has none: it is another optimizer's
 */
export function stateScalar(state: TransformState, name: string): number {
  return state.scalars[name] ?? missing(name);
}

function missing(name: string): never {
  throw new RlloomError('checkpoint', {
    what: `the optimizer state has no "${name}"`,
    fix: 'the checkpoint was written with another optimizer or model: resume with the same ones, or start without --resume',
  });
}
