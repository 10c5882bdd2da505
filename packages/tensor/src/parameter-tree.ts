import type { tf } from './tf.ts';

/**
 * Named tensors: the parameters of a model, their gradients, or an optimizer's updates. Names are the keys of
 * the checkpoint (`model.layers.0.mlp.up_proj.weight`); the order of the keys is the order of iteration.
 */
export type ParameterTree = Readonly<Record<string, tf.Tensor>>;
