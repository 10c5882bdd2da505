import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import { linear } from './linear.ts';

/**
 * The gated feed-forward layer (SwiGLU, arXiv:2002.05202): `down(silu(gate(x)) · up(x))`.
 *
 * @param x `[N,H]`
 * @param layer the layer's parameters: `mlp.gate_proj.weight` and so on
 */
export function feedForward(layer: ParameterTree, x: tf.Tensor2D): tf.Tensor2D {
  const gate = linear(x, tensorOf(layer, 'mlp.gate_proj.weight'));
  const up = linear(x, tensorOf(layer, 'mlp.up_proj.weight'));
  return linear(tf.mul(tf.mul(gate, tf.sigmoid(gate)), up), tensorOf(layer, 'mlp.down_proj.weight'));
}
