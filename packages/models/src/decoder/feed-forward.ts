import { type ParameterTree, tf } from '@rlloom/tensor';
import { project } from './project.ts';

/**
 * The gated feed-forward layer (SwiGLU, arXiv:2002.05202): `down(silu(gate(x)) · up(x))`.
 *
 * @param x `[N,H]`
 * @param layer the layer's parameters: `mlp.gate_proj.weight` and so on
 */
export function feedForward(layer: ParameterTree, x: tf.Tensor2D): tf.Tensor2D {
  const gate = project(layer, 'mlp.gate_proj', x);
  const up = project(layer, 'mlp.up_proj', x);
  return project(layer, 'mlp.down_proj', tf.mul(tf.mul(gate, tf.sigmoid(gate)), up));
}
