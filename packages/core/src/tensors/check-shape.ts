import type { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';

/**
 * Checks that all tensors have one shape.
 *
 * @throws ShapeError naming every shape
 */
export function checkSameShape(caller: string, tensors: Readonly<Record<string, tf.Tensor>>): void {
  const [first, ...others] = Object.values(tensors);
  if (others.some((tensor) => !sameShape(tensor, first)))
    throw new ShapeError(caller, 'equal shapes', shapesOf(tensors));
}

/**
 * Checks that all tensors are `[B,T]` of one shape.
 *
 * @throws ShapeError naming every shape
 */
export function checkTokenTensors(caller: string, tensors: Readonly<Record<string, tf.Tensor>>): void {
  const [first, ...others] = Object.values(tensors);
  if (first?.rank !== 2 || others.some((tensor) => !sameShape(tensor, first))) {
    throw new ShapeError(caller, 'equal shapes [B,T]', shapesOf(tensors));
  }
}

/** Shapes by name, for a `ShapeError`. */
export function shapesOf(tensors: Readonly<Record<string, tf.Tensor>>): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.shape]));
}

function sameShape(a: tf.Tensor, b: tf.Tensor | undefined): boolean {
  return a.rank === b?.rank && a.shape.every((size, axis) => size === b.shape[axis]);
}
