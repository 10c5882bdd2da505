import { tf } from '@rlloom/tensor';
import { NotCovered } from '../algorithm-runner.ts';
import { programInput } from '../compiled-case.ts';
import type { Values } from '../compare.ts';

/** Inputs or parameters of a case, by name. */
type Named = Readonly<Record<string, Values>>;

/** A float tensor of an input. */
export function tensor<Kind extends tf.Tensor = tf.Tensor2D>(inputs: Named, name: string): Kind {
  const values = inputs[name] as number[][];
  return (programInput(values) ?? tf.tensor(values, undefined, 'float32')) as Kind;
}

/** Nested numbers of an input. */
export function numbers<Nested = number[][]>(inputs: Named, name: string): Nested {
  return inputs[name] as Nested;
}

/** A parameter that is a number, or `fallback` where the case leaves it out or says null. */
export function numberOf(params: Named, name: string, fallback: number): number {
  return typed(params[name] ?? fallback, 'number', name) as number;
}

/** A parameter that is true or false, or `fallback` where the case leaves it out or says null. */
export function flagOf(params: Named, name: string, fallback: boolean): boolean {
  return typed(params[name] ?? fallback, 'boolean', name) as boolean;
}

function typed(value: Values, type: string, name: string): Values {
  if (typeof value === type) return value;
  throw new NotCovered(`not built: ${name} ${JSON.stringify(value)}`);
}

/** A parameter that names something; anything but a text is shown as JSON, so that it matches no name. */
export function nameOf(params: Named, name: string, fallback = ''): string {
  const value = params[name] ?? fallback;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The value of a scalar function and its gradient for one tensor. */
export function valueAndGradient(
  f: (x: tf.Tensor2D) => tf.Scalar,
  x: tf.Tensor2D,
): { readonly value: tf.Scalar; readonly gradient: tf.Tensor } {
  const { value, grad } = tf.valueAndGrad(f as (x: tf.Tensor) => tf.Tensor)(x);
  return { value: value as tf.Scalar, gradient: grad };
}
