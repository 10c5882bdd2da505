import { tf } from '../../tf.ts';
import type { Shape, ShapeFunction } from './define-operation.ts';

/** The output has the shape of the first input. */
export const sameShape: ShapeFunction = ({ shape }) => [shape(0)];

/** The output has the shape that all inputs are broadcast to. */
export const broadcastShape: ShapeFunction = ({ shapes }) => [broadcast(...shapes)];

/** The shape that tensors of these shapes are broadcast to. */
export function broadcast(...shapes: readonly Shape[]): Shape {
  return shapes.reduce((a, b) => tf.broadcast_util.assertAndGetBroadcastShape([...a], [...b]), []);
}

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** An axis counted from the front, in a tensor of `rank` axes. */
export function frontAxis(axis: number, rank: number): number {
  const place = axis < 0 ? axis + rank : axis;
  if (place < 0 || place >= rank) throw new Error(`there is no axis ${axis} among ${rank}`);
  return place;
}

/** `shape` with another length at one place. */
export function withLength(shape: Shape, axis: number, length: number): Shape {
  return shape.map((old, i) => (i === axis ? length : old));
}

/** `shape` without some axes, or with length 1 there. */
export function reduced(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  const gone = new Set(axes.map((axis) => frontAxis(axis, shape.length)));
  return keepDims ? shape.map((length, i) => (gone.has(i) ? 1 : length)) : shape.filter((_, i) => !gone.has(i));
}

/** An n × 2 matrix of constants as pairs. */
export function pairs(values: readonly number[]): [number, number][] {
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i] as number, values[2 * i + 1] as number]);
}

/** Element `place` (negative: from the end) of a shape that has it. */
export function lengthAt(shape: Shape, place: number): number {
  const length = shape.at(place);
  if (length === undefined) throw new Error(`a tensor of shape [${shape.join(', ')}] has no axis ${place}`);
  return length;
}
