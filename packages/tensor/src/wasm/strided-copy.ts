import type { SimdKernels } from './simd-kernels.ts';

/** One side of a copy: the byte address of its first element and the distance, in elements, between neighbours per axis. */
export interface Layout {
  readonly address: number;
  readonly strides: readonly number[];
}

interface Axis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Copies 32-bit elements for every index of `shape` from one layout to the other. */
export function stridedCopy(
  kernels: SimdKernels,
  shape: readonly number[],
  { from, to }: { readonly from: Layout; readonly to: Layout },
): void {
  if (shape.includes(0)) return;
  const axes = shape.map((size, i) => ({ size, from: from.strides[i] as number, to: to.strides[i] as number }));
  copyAxes(kernels, merge(axes), { from: from.address, to: to.address });
}

/** Fewer axes for the same copy: those of size one go, neighbours that lie one after the other on both sides join. */
function merge(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = merged.at(-1);
    if (last !== undefined && last.from === axis.from * axis.size && last.to === axis.to * axis.size) {
      merged[merged.length - 1] = { ...axis, size: last.size * axis.size };
    } else {
      merged.push(axis);
    }
  }
  return merged;
}

const none: Axis = { size: 1, from: 0, to: 0 };
const single: Axis = { size: 1, from: 1, to: 1 };

function copyAxes(
  kernels: SimdKernels,
  axes: readonly Axis[],
  { from, to }: { readonly from: number; readonly to: number },
): void {
  if (axes.length > 4) {
    const [outer, ...rest] = axes as [Axis, ...Axis[]];
    for (let i = 0; i < outer.size; i++) {
      copyAxes(kernels, rest, { from: from + i * outer.from * 4, to: to + i * outer.to * 4 });
    }
    return;
  }
  const [a, b, c] = [axes.at(-4) ?? none, axes.at(-3) ?? none, axes.at(-2) ?? none];
  const d = axes.at(-1) ?? single;
  // biome-ignore format: the groups of arguments as in assembly/
  kernels.stridedCopy(
    a.size, b.size, c.size, d.size,
    from, a.from, b.from, c.from, d.from,
    to, a.to, b.to, c.to, d.to,
  );
}

/** Strides of a tensor whose elements lie one after the other, last axis fastest. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}
