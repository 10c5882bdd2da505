import { type ParameterTree, recompute, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import { activate } from './activation.ts';
import { project } from './project.ts';

/**
 * The feed-forward layer: gated, `down(f(gate(x)) · up(x))` (arXiv:2002.05202), or plain, `down(f(up(x)))`.
 *
 * @param layer the layer's parameters: `mlp.gate_proj.weight` and so on
 * @param x `[N,H]`
 */
export function feedForward(
  config: Pick<ModelConfig, 'feedForward' | 'storesInputFirst'>,
  layer: ParameterTree,
  x: tf.Tensor2D,
): tf.Tensor2D {
  const { module, layout, activation, down } = config.feedForward;
  const through = (name: string, states: tf.Tensor2D) =>
    project(layer, { name: `${module}.${name}`, storesInputFirst: config.storesInputFirst }, states);
  if (layout.kind === 'plain') return through(down, activate(activation, through(layout.up, x)));
  const [gate, up] =
    layout.kind === 'gated'
      ? [through(layout.gate, x), through(layout.up, x)]
      : (tf.split(through(layout.gateAndUp, x), 2, 1) as [tf.Tensor2D, tf.Tensor2D]);
  // A third of what a layer keeps for its gradient, and cheap to compute again.
  const product = recompute(
    (given) => tf.mul<tf.Tensor2D>(activate(activation, given['gate'] as tf.Tensor2D), given['up'] as tf.Tensor2D),
    { gate, up },
    { only: 'compiled' },
  );
  return through(down, product);
}
