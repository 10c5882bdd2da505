import { valueAndGradients } from '../../../gradients/value-and-gradients.ts';
import { tf } from '../../../tf.ts';
import type { GivenTensors, KernelCall } from './kernel-call.ts';

/**
 * The gradient of Σ y² over the results y of a call that have numbers, for each of its float32 inputs, by place. The
 * squares make the gradient of each result differ.
 */
export function gradientOfCall({ call }: KernelCall, inputs: readonly tf.Tensor[]): Record<string, tf.Tensor> {
  const names = inputs.map((_, i) => `input${i}`);
  const trained = Object.fromEntries(
    inputs.flatMap((input, i) => (input.dtype === 'float32' ? [[`input${i}`, input] as const] : [])),
  );
  const { value, gradients } = valueAndGradients((sources) => {
    const given = names.map((name, i) => sources[name] ?? inputs[i]) as GivenTensors;
    const results = [call(...given)].flat().filter(({ dtype }) => dtype === 'float32');
    // None where a backend gives whole numbers.
    return { value: tf.addN([tf.scalar(0), ...results.map((result) => tf.sum<tf.Scalar>(tf.square(result)))]) };
  }, trained);
  value.dispose();
  return gradients;
}
