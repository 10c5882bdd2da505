import { tf } from '../tf.ts';
import type { SimdKernels } from './simd-kernels.ts';
import { addressOf, input, is32Bit, type WasmKernel } from './wasm-kernel.ts';

/**
 * `GatherV2` of whole rows, checked and copied in one pass. With `batchDims` tfjs's own gives wrong values, so what is
 * not rows of each item is refused there; other axes without `batchDims` go to it.
 */
export function gatherKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => {
    const [x, indices] = [input(call, 'x'), input(call, 'indices')];
    const { axis, batchDims } = call.attrs as { readonly axis: number; readonly batchDims: number };
    const rowAxis = tf.util.parseAxisParam(axis, x.shape)[0] as number;
    if (rowAxis !== batchDims || !is32Bit(x) || indices.dtype !== 'int32') {
      if (batchDims === 0) return stock(call);
      throw new Error(
        `gather on wasm needs axis = batchDims or batchDims = 0, got axis ${rowAxis} and batchDims ${batchDims}`,
      );
    }
    const batchShape = x.shape.slice(0, batchDims);
    const rowShape = x.shape.slice(batchDims + 1);
    const rows = x.shape[batchDims] as number;
    const out = call.backend.makeOutput([...batchShape, ...indices.shape.slice(batchDims), ...rowShape], x.dtype);
    const size = tf.util.sizeFromShape;
    // biome-ignore format: the groups of arguments as in assembly/
    const bad = kernels.gatherRows(
      size(batchShape), addressOf(call.backend, x), rows, size(rowShape),
      addressOf(call.backend, indices), size(indices.shape.slice(batchDims)), addressOf(call.backend, out),
    );
    if (bad < 0) return out;
    const index = call.backend.typedArrayFromHeap(indices)[bad];
    call.backend.disposeData(out.dataId);
    throw new Error(`gather: index ${index} is not in [0, ${rows - 1}]`);
  };
}
